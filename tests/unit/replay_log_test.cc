// SPDX-License-Identifier: Apache-2.0
/// Logs of recorded guests: every form of a line, the counts of whole logs, and what is no log.
#include "sim/replay/log/trace_counts.h"

#include <gmock/gmock.h>

namespace tcesim::replay {
namespace {

using testing::HasSubstr;

/// All events of a text; statistics are those at its end.
struct Read {
    std::vector<TraceEvent> events;
    ReadStatistics statistics;

    explicit Read(const std::string &text) {
        TraceReader reader(open_text(text));
        TraceEvent event;
        while (reader.next(&event))
            events.push_back(event);
        statistics = reader.statistics();
    }
};

TraceEvent only(const std::string &line) {
    const Read read(line);
    EXPECT_EQ(read.events.size(), 1U) << line;
    return read.events.empty() ? TraceEvent() : read.events.front();
}

constexpr const char *put = "spapr_iommu_pci_put liobn=0x80000000 ioba=0x1000 tce=0x1e374003 ret=0";

TEST(ReplayLine, EveryPrefixOfQemu) {
    const TraceEvent plain = only(put);
    EXPECT_EQ(plain.kind, EventKind::put);
    EXPECT_TRUE(plain.pci);
    EXPECT_FALSE(plain.has_time);
    EXPECT_EQ(plain.liobn, 0x80000000U);
    EXPECT_EQ(plain.ioba, 0x1000U);
    EXPECT_EQ(plain.tce, 0x1e374003U);

    const TraceEvent timed = only(std::string("30109@1795164896.091703:") + put + "\n");
    EXPECT_EQ(timed.thread, 30109U);
    EXPECT_EQ(timed.time, 1795164896'091703000U);

    const TraceEvent iso = only(std::string("2025-07-21T18:43:28.089797Z ") + put);
    EXPECT_EQ(iso.time, 1753123408'089797000U);
    EXPECT_EQ(only(std::string("2024-02-29T00:00:00Z ") + put).time, 1709164800'000000000U);
    EXPECT_EQ(only(std::string("2024-03-01T00:00:00Z ") + put).time, 1709251200'000000000U);
}

TEST(ReplayLine, EveryEventOfQemu) {
    const TraceEvent get = only("spapr_iommu_get liobn=0x71000002 ioba=0x2000 ret=-4 tce=0x0");
    EXPECT_EQ(get.kind, EventKind::get);
    EXPECT_FALSE(get.pci);
    EXPECT_EQ(get.ret, -4);
    const TraceEvent list =
        only("spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x200000 tcelist=0x8000 iobaN=0x1ff tceN=0x11ff003 ret=0");
    EXPECT_EQ(list.list, 0x8000U);
    EXPECT_EQ(list.last, 0x1ffU);
    EXPECT_EQ(list.tce, 0x11ff003U);
    const TraceEvent stuff =
        only("spapr_iommu_pci_stuff liobn=0x80000000 ioba=0x14000 tcevalue=0x9000003 npages=4 ret=0");
    EXPECT_EQ(stuff.pages, 4U);
    EXPECT_EQ(stuff.tce, 0x9000003U);
    const TraceEvent xlate = only("spapr_iommu_xlate liobn=0x80000000 0x4000 -> 0x1e34f000 perm=3 mask=0xfff");
    EXPECT_EQ(xlate.ioba, 0x4000U);
    EXPECT_EQ(xlate.tce, 0x1e34f000U);
    EXPECT_EQ(xlate.perm, 3U);
    EXPECT_EQ(only("spapr_iommu_new_table liobn=0x80000000 table=(nil) fd=-1").kind, EventKind::new_table);
    EXPECT_EQ(only("spapr_iommu_new_table liobn=0x80000000 table=0x7fb9341fc010 fd=19").kind, EventKind::new_table);
    EXPECT_EQ(only("spapr_iommu_pre_save liobn=80000000 40000 bus_offset=0x0 ps=12").pages, 0x40000U);
    EXPECT_EQ(only("spapr_iommu_post_load liobn=80000000 0 => 0x40000 bus_offset=0x0 ps=12").pages, 0x40000U);
    EXPECT_EQ(only("spapr_iommu_ddw_query buid=0x800000020000000 addr=0x0, 1 windows available, max window "
                   "size=0x80000000, mask=0x107")
                  .mask,
              0x107U);
    const TraceEvent create = only("spapr_iommu_ddw_create buid=0x800000020000000 addr=0x0, page size=0x1000000, "
                                   "requested=0x80000000, start addr=0x800000000000000, liobn=0x80000001");
    EXPECT_EQ(create.page, 0x1000000U);
    EXPECT_EQ(create.size, 0x80000000U);
    EXPECT_EQ(create.ioba, 0x800000000000000U);
    EXPECT_EQ(create.liobn, 0x80000001U);
    EXPECT_EQ(only("spapr_iommu_ddw_remove liobn=0x80000001").liobn, 0x80000001U);
    EXPECT_EQ(only("spapr_iommu_ddw_reset buid=0x800000020000000 addr=0x0").buid, 0x800000020000000U);
}

TEST(ReplayLine, OldQemuWithoutPrefixOfNumbers) {
    const TraceEvent event = only("spapr_iommu_put liobn=80000000 ioba=1000 tce=1e374003 ret=0");
    EXPECT_EQ(event.liobn, 0x80000000U);
    EXPECT_EQ(event.tce, 0x1e374003U);
    EXPECT_EQ(only("spapr_iommu_xlate liobn=80000000 0x4000 -> 0x4000 perm=3 mask=fff").mask, 0xfffU);
    EXPECT_EQ(only("spapr_iommu_ddw_create buid=800000020000000 addr=0, page size=0x10000, requested=0x100000000, "
                   "start addr=0x800000000000000, liobn=80000001")
                  .liobn,
              0x80000001U);
}

TEST(ReplayLine, SimpletraceAndMarksOfFtrace) {
    const TraceEvent simple =
        only("spapr_iommu_pci_put 12.345 pid=30109 liobn=0x80000000 ioba=0x1000 tce=0x5003 ret=0xfffffffffffffffc");
    EXPECT_EQ(simple.tce, 0x5003U);
    EXPECT_EQ(simple.ret, -4);
    EXPECT_EQ(only("spapr_iommu_pci_indirect 1.0 pid=1 liobn=0x80000000 ioba=0x0 tce=0x8000 iobaN=0x1 tceN=0x2003 "
                   "ret=0x0")
                  .list,
              0x8000U);
    const TraceEvent mark =
        only(std::string(" qemu-system-ppc-77  [002] .....  29.000001: tracing_mark_write: ") + put);
    EXPECT_EQ(mark.kind, EventKind::put);
    EXPECT_EQ(mark.time, 29'000001000U);
}

TEST(ReplayLine, EveryPrinterOfLinux) {
    const char *const text = " VCPU 3: hcall=H_PUT_TCE GPR4-7=0x80000000,0x1000,0x5003,0x0\n";
    for (const char *prefix : {"       CPU 0/KVM-1234  [003] d..1.  5512.090312: kvm_hcall_enter:",
                               "       CPU 0/KVM-1234  (   77) [003] d..1  5512.090312: kvm_hcall_enter:",
                               "CPU 0/KVM  1234 [003]  5512.090312:        kvm_hv:kvm_hcall_enter:",
                               "CPU 0/KVM  1234/1250 [003]  5512.090312312: kvm_hv:kvm_hcall_enter:",
                               "   CPU 0/KVM-1234  [003]  5512.090312: kvm_hcall_enter:     "}) {
        const TraceEvent event = only(std::string(prefix) + text);
        EXPECT_EQ(event.kind, EventKind::kvm_enter) << prefix;
        EXPECT_EQ(event.thread, 3U);
        EXPECT_EQ(event.time / 1000, 5512'090312U);
        EXPECT_EQ(event.opcode, 0x20U);
        EXPECT_EQ(event.tce, 0x5003U);
    }
}

TEST(ReplayLine, HypercallsOfLinuxThatHaveNothingToDoWithTcesAreNoEvents) {
    const Read read("a-1 [000] .....  1.000001: kvm_hcall_enter: VCPU 0: hcall=H_CEDE GPR4-7=0x0,0x0,0x0,0x0\n"
                    "a-1 [000] .....  1.000002: kvm_hcall_exit: VCPU 0: ret=RESUME_GUEST hcall_rc=H_SUCCESS\n"
                    "a-1 [000] .....  1.000003: kvm_hcall_enter: VCPU 0: hcall=0x138 GPR4-7=0x80000000,0x0,0x0,0x2\n"
                    "a-1 [000] .....  1.000004: kvm_hcall_exit: VCPU 0: ret=RESUME_HOST hcall_rc=H_TOO_HARD\n"
                    "a-1 [000] .....  1.000005: hcall_entry: opcode=224\n");
    ASSERT_EQ(read.events.size(), 2U);
    EXPECT_EQ(read.events[0].opcode, 0x138U);
    EXPECT_TRUE(read.events[1].too_hard);
    EXPECT_EQ(read.statistics.other, 3U);
    EXPECT_EQ(read.statistics.kind, LogKind::kvm);
}

TEST(ReplayLine, DmaEvents) {
    const Read read(
        "nc-440 [001] .....  29.8: dma_map_page: 0000:01:00.0 dir=TO_DEVICE dma_addr=800000012345 size=1500 "
        "phys_addr=12345 attrs=\n"
        "nc-440 [001] .....  29.9: dma_unmap_page: 0000:01:00.0 dir=TO_DEVICE dma_addr=800000012345 "
        "size=1500 attrs=SKIP_CPU_SYNC\n"
        "nc-440 [001] .....  29.9: dma_map_sg: 0000:01:00.0 dir=FROM_DEVICE nents=2/2 ents=2/2 "
        "dma_addrs={0x1000,0x4000} sizes={4096,8192} phys_addrs={0x7000,0x9000} attrs=\n");
    ASSERT_EQ(read.events.size(), 3U) << (read.statistics.shown.empty() ? "" : read.statistics.shown[0].text);
    EXPECT_EQ(read.events[0].ioba, 0x800000012345U);
    EXPECT_EQ(read.events[0].size, 1500U);
    EXPECT_EQ(read.events[0].gpa, 0x12345U);
    EXPECT_TRUE(read.events[0].reads);
    EXPECT_EQ(read.events[2].pieces, 2U);
    EXPECT_EQ(read.events[2].piece[1].size, 8192U);
    EXPECT_TRUE(read.events[2].writes);
}

TEST(ReplayLog, WhatCannotBeAnEventIsCountedAndShown) {
    std::string text = "put_tce_emu: spapr_vio_put_tce on out-of-bounds IOBA 0x0000000040000000\n";
    for (const char *line : {"spapr_iommu_pci_put liobn=0x80000000 ioba=0x1000 tce=0x5003",
                             "spapr_iommu_pci_put liobn=0x80000000 ioba=0x1000 tce=0x5003 ret=0 more",
                             "spapr_iommu_pci_put liobn=0x8000000g ioba=0x1000 tce=0x5003 ret=0",
                             "spapr_iommu_pci_put liobn=0x123456789abcdef01 ioba=0x1000 tce=0x5003 ret=0",
                             "spapr_iommu_pci_put liobn=0x80000000 ioba=0x10spapr_iommu_pci_put liobn=0x80000000",
                             "spapr_iommu_xlate liobn=0x80000000 0x4000 -> 0x1000 perm=4 mask=0xfff"})
        text += std::string(line) + "\n";
    const Read read(text + put);
    EXPECT_EQ(read.statistics.broken, 6U);
    EXPECT_EQ(read.statistics.other, 1U);
    EXPECT_EQ(read.events.size(), 1U);
    ASSERT_EQ(read.statistics.shown.size(), 6U);
    EXPECT_EQ(read.statistics.shown[0].number, 2U);
}

TEST(ReplayLog, TheFirstTenAreShownWithFileAndLine) {
    std::string text = put + std::string("\n");
    for (int i = 0; i < 20; ++i)
        text += "spapr_iommu_pci_put \x01" + std::to_string(i) + "\n";
    TraceReader reader(open_text(text));
    const std::string shown = counts_text(reader, "x.log");
    EXPECT_THAT(shown, HasSubstr("20 lines cannot be read and are left out; the first of them:\n"
                                 "  x.log:2: spapr_iommu_pci_put ?0\n"));
    EXPECT_THAT(shown, HasSubstr("x.log:11: "));
    EXPECT_THAT(shown, testing::Not(HasSubstr("x.log:12: ")));
}

TEST(ReplayLog, LongLinesAreRefusedAndThoseBehindThemAreRead) {
    const std::string text = put + std::string(1 << 20, 'x') + "\n" + std::string(1 << 20, '\0') + "\n" + put + "\n";
    const Read read(text);
    EXPECT_EQ(read.statistics.lines, 3U);
    EXPECT_EQ(read.statistics.broken, 1U);
    EXPECT_EQ(read.events.size(), 1U);
}

TEST(ReplayLog, OneKindOfEventsIsTaken) {
    const Read read(std::string(put) + "\na-1 [000] .....  1.000005: hcall_entry: opcode=32\n");
    EXPECT_EQ(read.statistics.kind, LogKind::qemu);
    EXPECT_EQ(read.statistics.foreign, 1U);
}

TEST(ReplayLog, WithoutAnEventItIsNoLog) {
    TraceReader reader(open_text("# tracer: nop\n#\n"));
    EXPECT_THROW(counts_text(reader, "x.log"), BadLog);
    EXPECT_THROW(open_file("tests/replay/absent.log"), BadLog);
    EXPECT_THROW(open_file("tests/replay"), BadLog);
}

DeviceCounts sum_of(const std::string &file, ReadStatistics *statistics) {
    TraceReader reader(open_file("tests/replay/" + file));
    TraceCounts counts;
    TraceEvent event;
    while (reader.next(&event))
        counts.add(event);
    *statistics = reader.statistics();
    DeviceCounts sum;
    for (const auto &[name, d] : counts.devices()) {
        sum.put += d.put, sum.indirect += d.indirect, sum.stuff += d.stuff, sum.xlate += d.xlate;
        sum.failed += d.failed, sum.maps += d.maps, sum.unmaps += d.unmaps;
    }
    return sum;
}

TEST(ReplayLog, CountsOfRecordedGuests) {
    struct Row {
        const char *file;
        std::uint64_t put, indirect, stuff, xlate, maps, unmaps;
    };
    for (const Row &row :
         {Row{"mini-noddw.log.gz", 1393, 218, 1663, 0, 2588, 35356},
          Row{"mini-vio.log.gz", 1672, 967, 2927, 0, 7992, 155448}, Row{"mini-ddw.log.gz", 0, 2, 64, 0, 256, 32768},
          Row{"mini-xlate.log.gz", 295, 141, 488, 1816, 1183, 33951}}) {
        SCOPED_TRACE(row.file);
        ReadStatistics statistics;
        const DeviceCounts sum = sum_of(row.file, &statistics);
        EXPECT_EQ(sum.put, row.put);
        EXPECT_EQ(sum.indirect, row.indirect);
        EXPECT_EQ(sum.stuff, row.stuff);
        EXPECT_EQ(sum.xlate, row.xlate);
        EXPECT_EQ(sum.maps, row.maps);
        EXPECT_EQ(sum.unmaps, row.unmaps);
        EXPECT_EQ(sum.failed, 0U);
        EXPECT_EQ(statistics.broken + statistics.other + statistics.foreign, 0U);
        EXPECT_EQ(statistics.cut_off, "");
    }
}

} // namespace
} // namespace tcesim::replay
