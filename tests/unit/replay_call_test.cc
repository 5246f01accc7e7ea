// SPDX-License-Identifier: Apache-2.0
/// From lines of a log to the calls that the guest made, and what has to be known before the first of them.
#include "hcall/abi.h"
#include "sim/replay/log/shadow_table.h"
#include "sim/replay/log/survey.h"
#include "sim/replay/log/trace_counts.h"
#include "sim/replay/pace.h"

#include <gtest/gtest.h>

namespace tcesim::replay {
namespace {

constexpr WindowShape window = {0, 1ULL << 30, 12};

RecordedCall call_of_line(const std::string &line, const WindowShape &shape = window) {
    TraceReader reader(open_text(line));
    TraceEvent event;
    EXPECT_TRUE(reader.next(&event)) << line;
    return call_of(event, shape);
}

Survey survey_of(const std::string &text) {
    TraceReader reader(open_text(text));
    return survey(reader, "x.log");
}

TEST(RecordedCall, StuffShowsWhereItHasEnded) {
    const RecordedCall done =
        call_of_line("spapr_iommu_pci_stuff liobn=0x80000000 ioba=0x18000 tcevalue=0x300003 npages=8 ret=0");
    EXPECT_EQ(done.opcode, H_STUFF_TCE);
    EXPECT_EQ(done.ioba, 0x10000U);
    EXPECT_EQ(done.pages, 8U);
    const RecordedCall large = call_of_line(
        "spapr_iommu_pci_stuff liobn=0x80000001 ioba=0x80000 tcevalue=0x0 npages=2 ret=0", {0, 1 << 30, 16});
    EXPECT_EQ(large.ioba, 0x60000U);
    const RecordedCall refused =
        call_of_line("spapr_iommu_pci_stuff liobn=0x80000000 ioba=0x40000000 tcevalue=0x0 npages=8 ret=-4");
    EXPECT_EQ(refused.ioba, 0x40000000U);
    EXPECT_FALSE(refused.start_known);
}

TEST(RecordedCall, AListIsContiguousUpToTheEntryThatIsShown) {
    const RecordedCall call = call_of_line(
        "spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x200000 tcelist=0x8000 iobaN=0x1ff tceN=0x11ff003 ret=0");
    EXPECT_EQ(call.pages, 512U);
    EXPECT_EQ(call.value, 0x8000U);
    EXPECT_EQ(call.tce(0), 0x1000003U);
    EXPECT_EQ(call.tce(511), 0x11ff003U);
}

TEST(RecordedCall, AListWhoseEndCannotFollowFromItsBeginningHasOneValue) {
    const RecordedCall call =
        call_of_line("spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x0 tcelist=0x8000 iobaN=0x7 tceN=0x1003 ret=0");
    EXPECT_EQ(call.tce(0), 0x1003U);
    EXPECT_EQ(call.tce(7), 0x1003U);
}

TEST(RecordedCall, ARefusedListReachesOneEntryPastTheWindow) {
    const RecordedCall three = call_of_line(
        "spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x3fffd000 tcelist=0x100000 iobaN=0x2 tceN=0x209000 ret=-4");
    EXPECT_EQ(three.pages, 4U);
    EXPECT_EQ(three.tce(3), 0x209000U);
    const RecordedCall none = call_of_line(
        "spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x40000000 tcelist=0x100000 iobaN=0x0 tceN=0x200003 ret=-4");
    EXPECT_EQ(none.pages, 1U);
    const RecordedCall empty = call_of_line(
        "spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x10000 tcelist=0x100000 iobaN=0x0 tceN=0x0 ret=-4");
    EXPECT_EQ(empty.pages, 0U);
}

TEST(Survey, WindowsAreWhatSuccessfulCallsAskFor) {
    const Survey found = survey_of("spapr_iommu_pci_put liobn=0x80000000 ioba=0x3ff0000 tce=0x1003 ret=0\n"
                                   "spapr_iommu_pci_put liobn=0x80000000 ioba=0x4000000 tce=0x1003 ret=-4\n"
                                   "spapr_iommu_put liobn=0x71000002 ioba=0x1000 tce=0x1003 ret=0\n"
                                   "spapr_iommu_pci_put liobn=0x80000900 ioba=0x1000 tce=0x1003 ret=-4\n");
    ASSERT_EQ(found.windows.size(), 2U);
    EXPECT_EQ(found.windows.at(0x80000000).size, 64ULL << 20);
    EXPECT_EQ(found.windows.at(0x71000002).size, 256ULL << 20);
    EXPECT_EQ(found.first_map, 1U);
    EXPECT_EQ(found.last_map, 4U);
    EXPECT_FALSE(found.lists);
}

TEST(Survey, MemoryIsTheHighestAddressRoundedUp) {
    const std::string put = "spapr_iommu_pci_put liobn=0x80000000 ioba=0x0 tce=";
    EXPECT_EQ(survey_of(put + "0x1003 ret=0\n").memory(), 256ULL << 20);
    EXPECT_EQ(survey_of(put + "0xffff003 ret=0\n").memory(), 256ULL << 20);
    EXPECT_EQ(survey_of(put + "0x10000003 ret=0\n").memory(), 512ULL << 20);
    const Survey tried = survey_of(put + "0xffffff0000003 ret=0\n");
    EXPECT_EQ(tried.memory(), 256ULL << 20);
    EXPECT_EQ(tried.beyond, 1U);
}

TEST(Survey, WithoutACallThereIsNothingToReplay) {
    EXPECT_THROW(survey_of("spapr_iommu_new_table liobn=0x80000000 table=(nil) fd=-1\n"), BadLog);
    EXPECT_THROW(survey_of("a-1 [000] .....  1.000005: hcall_entry: opcode=32\n"), BadLog);
    EXPECT_THROW(survey_of("x\n"), BadLog);
}

TEST(ShadowTable, CountsWhatLetsADeviceIn) {
    ShadowTable table;
    EXPECT_EQ(table.set(1ULL << 40, 0), 0U);
    EXPECT_EQ(table.set(5, 0x1003), 0U);
    EXPECT_EQ(table.set(6, 0x2000), 0U);
    EXPECT_EQ(table.live(), 1U);
    EXPECT_EQ(table.set(5, 0x3001), 0x1003U);
    EXPECT_EQ(table.live(), 1U);
    EXPECT_EQ(table.set(5, 0), 0x3001U);
    EXPECT_EQ(table.live(), 0U);
    EXPECT_EQ(table.get(6), 0x2000U);
}

TEST(Pace, FactorsAreExact) {
    EXPECT_EQ(parse_pace("asap")->millionths, 0U);
    EXPECT_EQ(parse_pace("recorded")->millionths, 1'000'000U);
    EXPECT_EQ(parse_pace("x0.1")->millionths, 100'000U);
    EXPECT_EQ(parse_pace("x2.5")->millionths, 2'500'000U);
    EXPECT_EQ(parse_pace("x0.000001")->millionths, 1U);
    EXPECT_EQ(parse_pace("x0.1")->scaled(30), 3000U);
    for (const char *bad :
         {"", "x", "x0", "0.1", "x.1", "x1.", "x0.0000001", "x1e3", "x-1", "fast", "x99999999999999999999"})
        EXPECT_FALSE(parse_pace(bad)) << bad;
}

} // namespace
} // namespace tcesim::replay
