// SPDX-License-Identifier: Apache-2.0
#include "sim/command_line.h"

#include <gmock/gmock.h>
#include <sstream>

namespace tcesim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const std::vector<std::string> &arguments) {
    return parse_command_line(arguments).error;
}

TEST(CommandLine, AFileAloneMeansRun) {
    for (const auto &arguments : std::vector<std::vector<std::string>>{
             {"a.yaml"}, {"run", "a.yaml"}, {"--quiet", "a.yaml"}, {"a.yaml", "--quiet"}}) {
        const CommandLine line = parse_command_line(arguments);
        EXPECT_EQ(line.error, "");
        EXPECT_EQ(line.command, Command::run);
        EXPECT_EQ(line.file, "a.yaml");
    }
    EXPECT_EQ(parse_command_line({"dir/file"}).file, "dir/file");
}

TEST(CommandLine, EveryOptionOfRun) {
    const CommandLine line =
        parse_command_line({"run", "a.yaml", "--set", "guest.vcpus=4", "--set=host.tce=real", "--variant", "a",
                            "--variant=b", "--json", "-", "--seed", "18446744073709551615", "-j4", "--follow", "3",
                            "--kernel=systemc", "--no-cache", "--quiet", "--no-color"});
    ASSERT_EQ(line.error, "");
    EXPECT_THAT(line.set, ElementsAre("guest.vcpus=4", "host.tce=real"));
    EXPECT_THAT(line.variants, ElementsAre("a", "b"));
    EXPECT_EQ(line.json, "-");
    EXPECT_EQ(line.seed, 18446744073709551615U);
    EXPECT_EQ(line.jobs, 4u);
    EXPECT_EQ(line.follow, 3u);
    EXPECT_TRUE(line.one_wakeup_per_event && line.no_cache && line.quiet && line.no_color);
    EXPECT_EQ(line.file, "a.yaml");
}

TEST(CommandLine, ValidateTakesAnyNumberOfFiles) {
    EXPECT_TRUE(parse_command_line({"validate"}).files.empty());
    const CommandLine line = parse_command_line({"validate", "a.yaml", "--json", "-", "b.yaml", "c.yaml", "-j2"});
    ASSERT_EQ(line.error, "");
    EXPECT_EQ(line.command, Command::validate);
    EXPECT_THAT(line.files, ElementsAre("a.yaml", "b.yaml", "c.yaml"));
    EXPECT_EQ(line.json, "-");
    EXPECT_TRUE(parse_command_line({"validate", "--list"}).list);
    EXPECT_THAT(error_of({"validate", "--list", "--json=-"}), HasSubstr("--list runs nothing"));
    EXPECT_THAT(error_of({"validate", "--variant", "a"}), HasSubstr("unknown option"));
}

TEST(CommandLine, ASlipGetsASuggestion) {
    EXPECT_THAT(error_of({"rnu", "a.yaml"}), HasSubstr("did you mean 'run'?"));
    EXPECT_THAT(error_of({"a.yaml", "--vairant", "x"}), HasSubstr("did you mean '--variant'?"));
    EXPECT_THAT(error_of({"a.yaml", "--kernel=systmc"}), HasSubstr("did you mean 'systemc'?"));
    EXPECT_THAT(error_of({"a.yaml", "--var", "x"}), HasSubstr("unknown option"));
}

TEST(CommandLine, NumbersAreWholeAndInRange) {
    for (const char *bad : {"-1", "0", "1.5", "x", "", "4x", "99999999999999999999999"})
        EXPECT_THAT(error_of({"a.yaml", std::string("--follow=") + bad}), testing::Ne("")) << bad;
    EXPECT_NE(error_of({"a.yaml", "-j0"}), "");
    EXPECT_EQ(error_of({"a.yaml", "--seed=0"}), "");
}

TEST(CommandLine, WhatIsMissingOrTooMuchIsNamed) {
    EXPECT_THAT(error_of({}), HasSubstr("which scenario?"));
    EXPECT_THAT(error_of({"run"}), HasSubstr("which scenario?"));
    EXPECT_THAT(error_of({"a.yaml", "b.yaml"}), HasSubstr("'b.yaml'"));
    EXPECT_THAT(error_of({"metrics", "a.yaml"}), HasSubstr("'a.yaml'"));
    EXPECT_NE(error_of({"a.yaml", "--json"}), "");
}

TEST(CommandLine, ASubCommandRefusesOptionsThatWouldDoNothing) {
    EXPECT_THAT(error_of({"lint", "a.yaml", "--seed=1"}), HasSubstr("unknown option '--seed'"));
    EXPECT_THAT(error_of({"metrics", "--set", "a=b"}), HasSubstr("unknown option '--set'"));
}

TEST(CommandLine, AnnotateTakesAResultOrScenarioAndASource) {
    const CommandLine hot = parse_command_line({"annotate", "r.json", "--top", "5", "--folded=-"});
    EXPECT_THAT(hot.error, HasSubstr("standard output"));
    const CommandLine line = parse_command_line({"annotate", "r.json", "kvm/kvm.c", "--source=mine", "--folded", "f"});
    EXPECT_EQ(line.error, "");
    EXPECT_EQ(line.command, Command::annotate);
    EXPECT_EQ(line.file, "r.json");
    EXPECT_EQ(line.source_file, "kvm/kvm.c");
    EXPECT_EQ(line.handlers, "mine");
    EXPECT_EQ(line.folded, "f");
    EXPECT_THAT(error_of({"annotate"}), HasSubstr("which"));
    EXPECT_THAT(error_of({"annotate", "r.json", "--top", "-1"}), HasSubstr("from 1, not '-1'"));
    EXPECT_THAT(error_of({"annotate", "r.json", "a.c", "--top", "3"}), HasSubstr("--top"));
    EXPECT_THAT(error_of({"annotate", "r.json", "--source", "d"}), HasSubstr("--source"));
    EXPECT_THAT(error_of({"annotate", "r.json", "--folded=-", "--speedscope=-"}), HasSubstr("both"));
    EXPECT_THAT(error_of({"annotate", "r.json", "a.c", "b.c"}), HasSubstr("'b.c'"));
}

TEST(CommandLine, ConformHandsItsArgumentsOnWhenTheyAreRight) {
    const CommandLine line = parse_command_line({"conform", "--only", "3", "a.jsonl", "b.jsonl.gz"});
    EXPECT_EQ(line.error, "");
    EXPECT_EQ(line.command, Command::conform);
    EXPECT_THAT(line.conform, testing::ElementsAre("--only", "3", "a.jsonl", "b.jsonl.gz"));
    EXPECT_THAT(error_of({"conform"}), HasSubstr("which recording?"));
    EXPECT_THAT(error_of({"conform", "--stop-after=0", "a"}), HasSubstr("from 1, not '0'"));
    EXPECT_THAT(error_of({"conform", "--handler", "a"}), HasSubstr("'--handlers'"));
    EXPECT_EQ(parse_command_line({"conform", "--help"}).topic, "conform");
}

TEST(CommandLine, ReplayTakesALogAndOneWayToDoIt) {
    const CommandLine line =
        parse_command_line({"replay", "a.log", "--ram=2GiB", "--pace", "x0.1", "--scenario=s.yaml", "--variant=real"});
    EXPECT_EQ(line.error, "");
    EXPECT_EQ(line.command, Command::replay);
    EXPECT_EQ(line.file, "a.log");
    EXPECT_EQ(line.ram, 2ULL << 30);
    EXPECT_EQ(line.scenario, "s.yaml");
    EXPECT_THAT(error_of({"replay"}), HasSubstr("which log?"));
    EXPECT_THAT(error_of({"replay", "a.log", "--pace=fast"}), HasSubstr("not 'fast'"));
    EXPECT_THAT(error_of({"replay", "a.log", "--ram=100MiB"}), HasSubstr("multiple of 256MiB"));
    EXPECT_THAT(error_of({"replay", "a.log", "--parse-only", "--pace=asap"}), HasSubstr("runs nothing"));
    EXPECT_THAT(error_of({"replay", "a.log", "--seed=1"}), HasSubstr("unknown option '--seed'"));
}

TEST(CommandLine, HelpAndVersionFromAnywhere) {
    EXPECT_EQ(parse_command_line({"--help"}).command, Command::help);
    EXPECT_EQ(parse_command_line({"-h"}).command, Command::help);
    EXPECT_EQ(parse_command_line({"--version"}).command, Command::version);
    const CommandLine line = parse_command_line({"lint", "--help"});
    EXPECT_EQ(line.command, Command::help);
    EXPECT_EQ(line.topic, "lint");
    EXPECT_EQ(parse_command_line({"help", "run"}).topic, "run");
    EXPECT_THAT(error_of({"help", "rnu"}), HasSubstr("'rnu'"));
}

TEST(CommandLine, HelpFitsTheTerminal) {
    for (const char *topic : {"", "run", "annotate", "lint", "params", "metrics", "conform", "record", "replay", "help"}) {
        std::istringstream lines(help_text(topic));
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(line.size(), 80u) << line;
    }
}

} // namespace
} // namespace tcesim
