// SPDX-License-Identifier: Apache-2.0
#include "sim/annotate.h"

#include "sim/source_text.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <unistd.h>

namespace tcesim {
namespace {

using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::SizeIs;

constexpr std::uint64_t ns = 1000;

LineRow row(const std::string &file, std::uint64_t line, std::uint64_t ps, const std::string &text) {
    return {0, "H_PUT_TCE", "real mode", {"f", file, line}, {}, "f@" + file, text, 2, 12, {}, {{"code", ps}}};
}

VariantResult variant(LineProfile profile, std::int64_t hypercalls = 2) {
    VariantResult result;
    result.name = "real";
    if (hypercalls)
        result.set("hypercalls", hypercalls);
    result.profile = std::move(profile);
    return result;
}

const Style plain(false);

TEST(AnnotateTest, ALineIsOneWhereverItWasInlined) {
    LineProfile profile = {row("bits.h", 7, 3, "a"), row("bits.h", 7, 4, "a"), row("bits.h", 8, 5, "b")};
    profile[1].inlined_into = {{"g", "kvm/a.c", 3}};
    profile[1].level = "host kernel";
    const std::vector<AnnotatedLine> lines = annotated_lines(profile);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].place.line, 7u);
    EXPECT_EQ(lines[0].figures.ps, 7u);
    EXPECT_EQ(lines[0].figures.calls, 4u);
}

TEST(AnnotateTest, HotLinesArePerHypercallAndSayWhatIsNotShown) {
    LineProfile profile = {row("kvm/a.c", 1, 300 * ns, "hot();"), row("kvm/a.c", 2, 100 * ns, "cold();")};
    profile[0].time["cpu/mmio_store/constant"] = 600 * ns;
    const std::string text = hot_lines_to_text(variant(profile), 1, plain);
    EXPECT_THAT(text, HasSubstr("500 ns per hypercall (2 of them)"));
    EXPECT_THAT(text,
                HasSubstr("    450  90.0 %   6.00          1.00  kvm/a.c:1  f\n         hot();  [mmio_store 300 ns]"));
    EXPECT_THAT(text, Not(HasSubstr("cold();")));
    EXPECT_THAT(text, HasSubstr("1 line not shown"));
    EXPECT_THAT(text, HasSubstr("    500 100.0 %   12.0"));
}

TEST(AnnotateTest, PartsOfATimeHaveShortNames) {
    LineRow line = row("kvm/a.c", 1, 100 * ns, "x");
    line.time = {{"kill_queue/wait/wait", 6 * ns},
                 {"port/access/memory", 3 * ns},
                 {"memory", 2 * ns},
                 {"user/user_operation_rest/notify", 4 * ns}};
    EXPECT_THAT(hot_lines_to_text(variant({line}, 1), 1, plain),
                HasSubstr("[kill_queue wait 6.00, memory 5.00, notify 4.00 ns]"));
}

TEST(AnnotateTest, WithoutHypercallsFiguresAreTotals) {
    EXPECT_THAT(hot_lines_to_text(variant({row("kvm/a.c", 1, 300 * ns, "x")}, 0), 1, plain),
                HasSubstr("300 ns in all"));
}

TEST(AnnotateTest, NothingIsWiderThanTheTerminal) {
    const std::string wide(200, 'x');
    LineRow long_row = row("kvm/" + std::string(90, 'n') + ".c", 1, 9 * ns, wide);
    long_row.time["port/access/memory"] = 9 * ns;
    EXPECT_THAT(lines_of(hot_lines_to_text(variant({long_row}), 5, plain)), Each(SizeIs(Le(text_width))));
    const VariantResult in_file = variant({row("kvm/a.c", 1, 9 * ns, wide)});
    const std::vector<std::string> source = {wide, "\t\t\t\t\t\t\t\t\t\t\t\t\t" + wide, "", "a b " + wide};
    EXPECT_THAT(lines_of(file_to_text(in_file, "kvm/a.c", source, plain)), Each(SizeIs(Le(text_width))));
}

TEST(AnnotateTest, AWholeFileHasFiguresWhereItRan) {
    const VariantResult result = variant({row("kvm/a.c", 2, 30 * ns, "ran();"), row("kvm/b.c", 1, 10 * ns, "x")});
    const std::string text = file_to_text(result, "kvm/a.c", {"idle();", "\tran();"}, plain);
    EXPECT_THAT(text, HasSubstr("75.0 % of the handlers' time"));
    EXPECT_THAT(text, HasSubstr("\n                          1  idle();\n  15.0  6.00        1.00  2    ran();\n"));
}

class SourceText : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("source_text." + std::to_string(getpid()));
        std::filesystem::create_directories(folder_ / "good/kvm");
        std::filesystem::create_directories(folder_ / "bad/kvm");
        std::ofstream(folder_ / "good/kvm/a.c") << "one\n\ttwo \xe9\xa9;\n";
        std::ofstream(folder_ / "bad/kvm/a.c") << "one\n\tother;\n";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string directory(const char *name) const { return folder_ / name; }

    std::filesystem::path folder_;
    const LineProfile profile_ = {row("kvm/a.c", 2, 1, "two \xef\xbf\xbd;")};
};

TEST_F(SourceText, TheFirstDirectoryThatAgreesIsTaken) {
    std::string error;
    const auto lines =
        find_source(profile_, "kvm/a.c", {directory("none"), directory("bad"), directory("good")}, error);
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->size(), 2u);
}

TEST_F(SourceText, SourceThatIsNotWhatRanIsRefusedWithTheLine) {
    std::string error;
    EXPECT_FALSE(find_source(profile_, "kvm/a.c", {directory("bad")}, error));
    EXPECT_THAT(error, HasSubstr("bad/kvm/a.c, line 2: "));
    EXPECT_THAT(error, HasSubstr("'other;'"));
    EXPECT_THAT(error, EndsWith("--source names the directory of the handlers that ran"));
    const LineProfile longer = {row("kvm/a.c", 3, 1, "three")};
    EXPECT_FALSE(find_source(longer, "kvm/a.c", {directory("good")}, error));
    EXPECT_THAT(error, HasSubstr("behind the end of the file"));
}

TEST(ProfiledFile, IsFoundByNamePathOrEnd) {
    const LineProfile profile = {row("kvm/a.c", 1, 1, ""), row("mm/a.c", 1, 1, ""), row("mm/region.c", 1, 1, "")};
    std::string error;
    for (const char *name : {"mm/region.c", "hcall/mm/region.c", "/src/hcall/mm/region.c", "region.c"})
        EXPECT_EQ(find_profiled_file(profile, name, error), "mm/region.c") << name;
    EXPECT_FALSE(find_profiled_file(profile, "a.c", error));
    EXPECT_THAT(error, HasSubstr("may be kvm/a.c or mm/a.c"));
    EXPECT_FALSE(find_profiled_file(profile, "regoin.c", error));
    EXPECT_THAT(error, HasSubstr("did you mean 'region.c'?"));
    EXPECT_FALSE(find_profiled_file(profile, "x", error));
    EXPECT_THAT(error, HasSubstr("there is kvm/a.c, mm/a.c or mm/region.c"));
}

} // namespace
} // namespace tcesim
