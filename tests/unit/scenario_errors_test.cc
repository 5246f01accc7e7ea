// SPDX-License-Identifier: Apache-2.0
// Bad scenarios: each with the exact message, line and column that its author gets.
#include "tests/unit/scenario_fixture.h"

#include <ostream>

namespace tcesim::scenario {
namespace {

/// The good scenario with one text replaced, and what that must cause.
struct Mistake {
    const char *name;
    const char *from;
    const char *to;
    std::vector<std::string> errors;
};

void PrintTo(const Mistake &mistake, std::ostream *out) {
    *out << mistake.name;
}

class ScenarioMistake : public ScenarioFiles, public testing::WithParamInterface<Mistake> {};

TEST_P(ScenarioMistake, IsToldWithItsPlace) {
    write("s.yaml", replaced(good_scenario(), GetParam().from, GetParam().to));
    const LoadResult result = load("s.yaml");
    EXPECT_FALSE(result.scenario);
    EXPECT_EQ(first_lines(result), GetParam().errors);
}

const Mistake key_mistakes[] = {
    {"unknown_key_misspelt",
     "4KiB, levels",
     "4KiB, lvels",
     {"s.yaml:6:64: error: unknown key 'lvels' in iommu.windows[0]; did you mean 'levels'?"}},
    {"unknown_key_swapped",
     "page: 4KiB",
     "pgae: 4KiB",
     {"s.yaml:6:52: error: unknown key 'pgae' in iommu.windows[0]; did you mean 'page'?"}},
    {"unknown_key_elsewhere",
     "tce: real}",
     "tce: real, mtu: 9000}",
     {"s.yaml:5:35: error: unknown key 'mtu' in host; it belongs in traffic"}},
    {"unknown_key_nowhere",
     "tce: real}",
     "tce: real, colour: 9000}",
     {"s.yaml:5:35: error: unknown key 'colour' in host"}},
    {"unknown_key_outermost",
     "guest: {",
     "geust: {",
     {"s.yaml:4:1: error: unknown key 'geust'; did you mean 'guest'?"}},
    {"duplicate_key",
     "page: 64KiB,",
     "page: 64KiB, page: 4KiB,",
     {"s.yaml:4:34: error: duplicate key 'page' in guest; it stands already in line 4"}},
    {"duplicate_key_block",
     "  mtu: 1500\n",
     "  mtu: 1500\n  mtu: 9000\n",
     {"s.yaml:13:3: error: duplicate key 'mtu' in traffic; it stands already in line 12"}},
    {"duplicate_key_outermost",
     "expect:\n",
     "seed: 1\nseed: 2\nexpect:\n",
     {"s.yaml:17:1: error: duplicate key 'seed'; it stands already in line 16"}},
    {"missing_key", "ram: 32GiB, ", "", {"s.yaml:4:1: error: missing required key 'ram' in guest"}},
    {"missing_key_block", "  mtu: 1500\n", "", {"s.yaml:8:1: error: missing required key 'mtu' in traffic"}},
    {"missing_map",
     "device: {model: cxgb3, link: {gen: 1, lanes: 8, mps: 128B, mrrs: 512B}}\n",
     "",
     {"s.yaml:1:1: error: missing required key 'device'"}},
    {"missing_machine",
     "extends: machine.yaml\n",
     "",
     {"s.yaml:1:1: error: missing required key 'machine'; extend a machine file such as machines/power8.yaml"}},
    {"key_without_value", "mtu: 1500", "mtu:", {"s.yaml:12:3: error: traffic.mtu has no value"}},
    {"key_with_null", "page: 64KiB", "page: ~", {"s.yaml:4:27: error: guest.page has no value"}},
    {"list_for_map",
     "{kernel: \"5.10\", tce: real}",
     "[1, 2]",
     {"s.yaml:5:7: error: host must be a map of keys, not a list"}},
    {"map_for_value",
     "page: 64KiB",
     "page: {size: 64KiB}",
     {"s.yaml:4:27: error: guest.page must be a single value, not a map"}},
    {"map_for_list",
     "[{base: 0, size: 2GiB, page: 4KiB, levels: 1}]",
     "{base: 0}",
     {"s.yaml:6:29: error: iommu.windows must be a list, not a map"}},
    {"value_for_map",
     "{kernel: \"5.10\", tce: real}",
     "real",
     {"s.yaml:5:7: error: host must be a map of keys, not a single value"}},
    {"three_windows",
     "levels: 1}]",
     "levels: 1}, {size: 2GiB, page: 4KiB, levels: 1}, {size: 2GiB, page: 4KiB, levels: 1}]",
     {"s.yaml:6:29: error: iommu.windows must have 1..2 elements, not 3; a bridge has two windows for a device"}},
    {"no_window",
     "[{base: 0, size: 2GiB, page: 4KiB, levels: 1}]",
     "[]",
     {"s.yaml:6:29: error: iommu.windows must have 1..2 elements, not 0; a bridge has two windows for a device"}},
};
INSTANTIATE_TEST_SUITE_P(Keys, ScenarioMistake, testing::ValuesIn(key_mistakes), testing::PrintToStringParamName());

const Mistake quantity_mistakes[] = {
    {"unit_missing",
     "32GiB",
     "32",
     {"s.yaml:4:14: error: guest.ram: '32' has no unit; a size is written in B, KiB, MiB, GiB or TiB"}},
    {"unit_missing_zero",
     "20ms",
     "0",
     {"s.yaml:15:11: error: traffic.warmup: '0' has no unit; a time is written in ps, ns, us, ms or s"}},
    {"unit_decimal_bytes",
     "64KiB, vcpus",
     "64KB, vcpus",
     {"s.yaml:4:27: error: guest.page: unknown unit 'KB' in '64KB'; did you mean 'KiB'?"}},
    {"unit_letter_only",
     "32GiB",
     "32G",
     {"s.yaml:4:14: error: guest.ram: unknown unit 'G' in '32G'; did you mean 'GiB'?"}},
    {"unit_wrong_case",
     "32GiB",
     "32gib",
     {"s.yaml:4:14: error: guest.ram: unknown unit 'gib' in '32gib'; did you mean 'GiB'?"}},
    {"unit_time_misspelt",
     "200ms",
     "200msec",
     {"s.yaml:14:13: error: traffic.duration: unknown unit 'msec' in '200msec'; did you mean 'ms'?"}},
    {"unit_unknown",
     "32GiB",
     "32parsec",
     {"s.yaml:4:14: error: guest.ram: unknown unit 'parsec' in '32parsec'; a size is written in B, KiB, MiB, GiB or "
      "TiB"}},
    {"unit_of_other_dimension",
     "32GiB",
     "32ms",
     {"s.yaml:4:14: error: guest.ram: '32ms' is a time, but a size in B, KiB, MiB, GiB or TiB is needed"}},
    {"unit_on_count",
     "1500",
     "1500B",
     {"s.yaml:12:8: error: traffic.mtu: '1500B' is a size, but a number without unit is needed"}},
    {"unit_unknown_on_count",
     "1500",
     "1500q",
     {"s.yaml:12:8: error: traffic.mtu: '1500q' has a unit, but a plain number is needed"}},
    {"unit_after_space",
     "32GiB",
     "32 GiB",
     {"s.yaml:4:14: error: guest.ram: '32 GiB' has a space before its unit; write them together"}},
    {"negative", "200ms", "-200ms", {"s.yaml:14:13: error: traffic.duration: '-200ms' is negative"}},
    {"not_a_number",
     "200ms",
     "long",
     {"s.yaml:14:13: error: traffic.duration: 'long' is not a number with a unit (ps, ns, us, ms or s)"}},
    {"number_with_empty_fraction",
     "200ms",
     "200.ms",
     {"s.yaml:14:13: error: traffic.duration: '200.ms' is not a number with a unit (ps, ns, us, ms or s)"}},
    {"fraction_of_a_byte",
     "128B",
     "128.5B",
     {"s.yaml:7:54: error: device.link.mps: '128.5B' is not a whole number of B"}},
    {"fraction_of_a_picosecond",
     "200ms",
     "0.0001ns",
     {"s.yaml:14:13: error: traffic.duration: '0.0001ns' is not a whole number of ps"}},
    {"fraction_of_a_count", "1500", "1500.5", {"s.yaml:12:8: error: traffic.mtu: '1500.5' is not a whole number"}},
    {"more_than_64_bits",
     "32GiB",
     "99999999999TiB",
     {"s.yaml:4:14: error: guest.ram: '99999999999TiB' is too large; the limit is 2^64-1 B"}},
    {"more_digits_than_64_bits",
     "1500",
     "18446744073709551616",
     {"s.yaml:12:8: error: traffic.mtu: '18446744073709551616' is too large; the limit is 2^64-1"}},
    {"below_range", "ram: 32GiB", "ram: 32MiB", {"s.yaml:4:14: error: guest.ram must be 64MiB..1TiB, not 32MiB"}},
    {"above_range", "ram: 32GiB", "ram: 2TiB", {"s.yaml:4:14: error: guest.ram must be 64MiB..1TiB, not 2TiB"}},
    {"not_a_multiple",
     "ram: 32GiB",
     "ram: 67108865B",
     {"s.yaml:4:14: error: guest.ram must be a multiple of 64KiB, not 67108865B"}},
    {"not_a_power_of_two",
     "size: 2GiB",
     "size: 3GiB",
     {"s.yaml:6:46: error: iommu.windows[0].size must be a power of two such as 2GiB or 4GiB, not 3GiB"}},
    {"window_too_small",
     "size: 2GiB",
     "size: 2MiB",
     {"s.yaml:6:46: error: iommu.windows[0].size must be 4MiB..524288TiB, not 2MiB"}},
    {"page_not_offered",
     "page: 64KiB",
     "page: 16KiB",
     {"s.yaml:4:27: error: guest.page must be 4KiB or 64KiB, not 16KiB"}},
    {"lanes_not_offered",
     "lanes: 8",
     "lanes: 3",
     {"s.yaml:7:46: error: device.link.lanes must be 1, 2, 4, 8 or 16, not 3"}},
    {"only_one_value",
     "vcpus: 1",
     "vcpus: 2",
     {"s.yaml:4:41: error: guest.vcpus must be 1, not 2; one vCPU is modelled"}},
    {"only_base_zero",
     "base: 0",
     "base: 4096",
     {"s.yaml:6:37: error: the first window of a device begins at bus address 0, not 4096"}},
    {"second_window_over_the_first",
     "levels: 1}]",
     "levels: 1}, {base: 0, size: 2GiB, page: 4KiB, levels: 1}]",
     {"s.yaml:6:83: error: the second window of a device begins at bus address 576460752303423488 (2^59), not 0"}},
    {"chunk_beyond_offload",
     "chunk: 64KiB",
     "chunk: 128KiB",
     {"s.yaml:11:10: error: traffic.chunk must be 1KiB..64KiB, not 128KiB; 64KiB is the most that segmentation offload "
      "takes"}},
    {"duration_zero",
     "duration: 200ms",
     "duration: 0ms",
     {"s.yaml:14:13: error: traffic.duration must be 1us..10000000s, not 0ms"}},
    {"duration_of_traffic_without_an_end",
     "duration: 200ms",
     "duration: 11s",
     {"s.yaml:14:13: error: tcp_stream traffic is simulated for at most 10s, not 11s"}},
    {"levels_beyond_range",
     "levels: 1",
     "levels: 6",
     {"s.yaml:6:72: error: iommu.windows[0].levels must be 1..5, not 6"}},
    {"fault_zero",
     "expect:\n",
     "faults: {skip_tce_kill: 0}\nexpect:\n",
     {"s.yaml:16:25: error: faults.skip_tce_kill must be at least 1, not 0"}},
};
INSTANTIATE_TEST_SUITE_P(Quantities, ScenarioMistake, testing::ValuesIn(quantity_mistakes),
                         testing::PrintToStringParamName());

const Mistake word_mistakes[] = {
    {"word_misspelt",
     "tce: real",
     "tce: rael",
     {"s.yaml:5:29: error: host.tce must be userspace, virtual or real, not 'rael'; did you mean 'real'?"}},
    {"word_unknown",
     "\"5.10\"",
     "\"2.6\"",
     {"s.yaml:5:16: error: host.kernel must be 4.12, 4.19.81, 4.19, 5.10, 6.1 or fixed, not '2.6'"}},
    {"word_wrong_case",
     "phb: phb3",
     "phb: PHB3",
     {"s.yaml:6:14: error: iommu.phb must be p7ioc, phb3 or phb4, not 'PHB3'"}},
    {"boolean_yes",
     "multitce: false",
     "multitce: no",
     {"s.yaml:4:54: error: guest.multitce must be true or false, not 'no'"}},
    {"empty_text", "about: a scenario that is right", "about: \"\"", {"s.yaml:2:8: error: about must not be empty"}},
};
INSTANTIATE_TEST_SUITE_P(Words, ScenarioMistake, testing::ValuesIn(word_mistakes), testing::PrintToStringParamName());

const Mistake rule_mistakes[] = {
    {"iommu_page_that_no_guest_is_offered",
     "page: 4KiB, levels",
     "page: 16GiB, levels",
     {"s.yaml:6:58: error: iommu.windows[0].page must be 4KiB, 64KiB, 2MiB, 16MiB, 256MiB or 1GiB, not 16GiB"}},
    {"window_below_one_page",
     "size: 2GiB, page: 4KiB",
     "size: 8MiB, page: 16MiB",
     {"s.yaml:6:46: error: a DMA window of 8MiB holds no page of 16MiB",
      "s.yaml:6:46: error: a DMA window of 0 pages cannot hold the rings and buffers of the device: it needs 256, "
      "4GiB"}},
    {"guest_pages_of_a_radix_host",
     "ram: 32GiB",
     "ram: 32GiB, ram_pages: 2MiB",
     {"s.yaml:4:32: error: a power8 host has no pages of 2MiB to make guest memory of; guest.ram_pages must be 64KiB "
      "or 16MiB"}},
    {"host_pages_that_no_handlers_are_built_for",
     "host: {kernel: \"5.10\", tce: real}",
     "host: {kernel: fixed, page: 4KiB, tce: real}",
     {"s.yaml:5:29: error: the program has no handlers of kernel fixed for a host with pages of 4KiB; it has those of "
      "5.10, and tools/build-handlers makes others"}},
    {"small_guest_pages_of_a_host_with_larger_ones",
     "ram: 32GiB",
     "ram: 32GiB, ram_pages: 4KiB",
     {"s.yaml:4:32: error: a power8 host has no pages of 4KiB to make guest memory of; guest.ram_pages must be 64KiB "
      "or 16MiB"}},
    {"large_guest_pages_of_a_host_with_smaller_ones",
     "ram: 32GiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\",",
     "ram: 32GiB, ram_pages: 64KiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\", page: 4KiB,",
     {"s.yaml:4:32: error: a power8 host has no pages of 64KiB to make guest memory of; guest.ram_pages must be 4KiB "
      "or 16MiB"}},
    {"memory_of_a_broken_huge_page",
     "ram: 32GiB",
     "ram: 1000MiB, ram_pages: 16MiB",
     {"s.yaml:4:14: error: guest.ram (1000MiB) is no whole number of the pages that it is made of (16MiB, "
      "guest.ram_pages)"}},
    {"memory_of_a_broken_iommu_page",
     "ram: 32GiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\", tce: real}\niommu: {phb: phb3, "
     "windows: [{base: 0, size: 2GiB, page: 4KiB",
     "ram: 1000MiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\", tce: real}\niommu: {phb: phb3, "
     "windows: [{base: 0, size: 16GiB, page: 16MiB",
     {"s.yaml:4:14: error: guest.ram (1000MiB) is no whole number of IOMMU pages (16MiB): a TCE for its end would "
      "reach past it"}},
    {"kernel_whose_view_has_the_hardware_s_pages",
     "\"5.10\", tce: real}\niommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB",
     "\"4.12\", tce: real}\niommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 2MiB",
     {"s.yaml:6:58: error: kernel 4.12 refuses to handle a window with pages of 2MiB whose hardware TCEs have 64KiB "
      "(EINVAL), as they have with this guest.ram_pages and bridge; host.tce must be userspace, the page 64KiB, or the "
      "kernel a later one"}},
    {"three_levels_of_64k_pages",
     "size: 2GiB, page: 4KiB, levels: 1",
     "size: 1TiB, page: 64KiB, levels: 3",
     {"s.yaml:6:73: error: 3 levels of 13 bits over pages of 16 bits make 55 address bits, the host allows 54; this "
      "window takes at most 2 levels"}},
    {"four_levels_of_4k_pages",
     "page: 4KiB, levels: 1",
     "page: 4KiB, levels: 4",
     {"s.yaml:6:72: error: 4 levels of 13 bits over pages of 12 bits make 64 address bits, the host allows 54; this "
      "window takes at most 3 levels"}},
    {"phb_of_other_machine",
     "phb: phb3",
     "phb: phb4",
     {"s.yaml:6:14: error: machine power8 has phb3 bridges, not phb4"}},
    {"two_levels_on_p7ioc",
     "phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1",
     "phb: p7ioc, windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 2",
     {"s.yaml:5:1: error: the kernel refuses container v2 on p7ioc bridges (EPERM), which have no dynamic windows; it "
      "must be v1",
      "s.yaml:6:14: error: machine power8 has phb3 bridges, not p7ioc",
      "s.yaml:6:73: error: p7ioc knows tables of 1 level only, not of 2"}},
    {"window_below_traffic",
     "window: 1MiB",
     "window: 1GiB",
     {"s.yaml:6:46: error: a DMA window of 2GiB cannot hold traffic.window (1GiB): large buffers get a quarter of it, "
      "so it needs 4GiB"}},
    {"chunk_beyond_traffic_window",
     "window: 1MiB",
     "window: 32KiB",
     {"s.yaml:11:10: error: traffic.chunk (64KiB) must not exceed traffic.window (32KiB)"}},
    {"version_1_on_a_bridge_with_dynamic_windows",
     "tce: real}",
     "tce: real, container: v1}",
     {"s.yaml:5:46: error: the kernel refuses container v1 on phb3 bridges (EPERM), which have dynamic windows; it "
      "must be v2, or the bridge p7ioc"}},
    {"version_1_with_large_pages",
     "tce: real}\niommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB",
     "tce: real, container: v1}\nmachine: {name: power7}\niommu: {phb: p7ioc, windows: [{base: 0, size: 2GiB, page: "
     "64KiB",
     {"s.yaml:6:1: error: missing required key 'weights' in machine",
      "s.yaml:6:1: error: missing required key 'constants' in machine",
      "s.yaml:7:59: error: container v1 has only the default window, whose pages are 4KiB, not 64KiB"}},
    {"window_beyond_memory",
     "size: 2GiB",
     "size: 16384TiB",
     {"s.yaml:6:46: error: tables and bitmaps of a DMA window of 16384TiB take more memory than the simulated host "
      "has; with pages of 4KiB, 1 level and the handlers of kernel 5.10 it has at most 8TiB"}},
    {"real_mode_retired",
     "kernel: \"5.10\", tce: real",
     "kernel: \"6.1\", tce: real",
     {"s.yaml:5:28: error: kernel 6.1 has no real-mode handlers (retired in 5.19); host.tce must be virtual or "
      "userspace"}},
    {"traffic_beyond_guest_memory",
     "ram: 32GiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\", tce: real}\niommu: {phb: phb3, "
     "windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1}]}\ndevice: {model: cxgb3, link: {gen: 1, lanes: 8, mps: "
     "128B, mrrs: 512B}}\ntraffic:\n  kind: tcp_stream\n  direction: tx\n  chunk: 64KiB\n  mtu: 1500\n  window: 1MiB",
     "ram: 64MiB, page: 64KiB, vcpus: 1, multitce: false}\nhost: {kernel: \"5.10\", tce: real}\niommu: {phb: phb3, "
     "windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1}]}\ndevice: {model: cxgb3, link: {gen: 1, lanes: 8, mps: "
     "128B, mrrs: 512B}}\ntraffic:\n  kind: tcp_stream\n  direction: tx\n  chunk: 64KiB\n  mtu: 1500\n  window: 64MiB",
     {"s.yaml:4:14: error: guest.ram (64MiB) has no room for the buffers of traffic.window (64MiB) in chunks of 64KiB; "
      "they need 102720KiB"}},
};
INSTANTIATE_TEST_SUITE_P(Rules, ScenarioMistake, testing::ValuesIn(rule_mistakes), testing::PrintToStringParamName());

const Mistake expect_mistakes[] = {
    {"metric_misspelt",
     "metric: throughput",
     "metric: troughput",
     {"s.yaml:17:32: error: unknown metric 'troughput'; did you mean 'throughput'?"}},
    {"metric_unknown", "metric: throughput", "metric: colour", {"s.yaml:17:32: error: unknown metric 'colour'"}},
    {"variant_unknown",
     "variant: default",
     "variant: real",
     {"s.yaml:17:15: error: unknown variant 'real'; there is default"}},
    {"variant_misspelt",
     "expect:\n  - {variant: default",
     "variants: {fast: {seed: 1}}\nexpect:\n  - {variant: fats",
     {"s.yaml:16:19: error: seed belongs to the whole scenario, not to a variant",
      "s.yaml:18:15: error: unknown variant 'fats'; did you mean 'fast'?"}},
    {"limit_in_other_unit",
     "198MB/s",
     "198Mb/s",
     {"s.yaml:17:49: error: expect[0].min: '198Mb/s' is a rate of bits, but a rate of bytes in B/s, KB/s, MB/s or GB/s "
      "is needed"}},
    {"limit_without_unit",
     "198MB/s",
     "198",
     {"s.yaml:17:49: error: expect[0].min: '198' has no unit; a rate of bytes is written in B/s, KB/s, MB/s or GB/s"}},
    {"limit_in_binary_rate",
     "198MB/s",
     "198MiB/s",
     {"s.yaml:17:49: error: expect[0].min: unknown unit 'MiB/s' in '198MiB/s'; did you mean 'MB/s'?"}},
    {"limits_crossed",
     "min: 198MB/s",
     "min: 198MB/s, max: 100MB/s",
     {"s.yaml:17:49: error: expect[0].min (198MB/s) exceeds max (100MB/s); nothing can be both"}},
    {"no_limit",
     "min: 198MB/s, ",
     "",
     {"s.yaml:17:5: error: expect[0] expects nothing; give min, max, equals, above or below"}},
    {"no_source", ", source: paper", "", {"s.yaml:17:5: error: missing required key 'source' in expect[0]"}},
    {"above_itself",
     "min: 198MB/s",
     "above: default",
     {"s.yaml:17:51: error: expect[0].above must name another variant than 'default' itself"}},
    {"below_unknown",
     "min: 198MB/s",
     "below: unreal",
     {"s.yaml:17:51: error: unknown variant 'unreal'; there is default"}},
    {"published_in_other_unit",
     "source: paper",
     "published: 220, source: paper",
     {"s.yaml:17:69: error: expect[0].published: '220' has no unit; a rate of bytes is written in B/s, KB/s, MB/s or "
      "GB/s"}},
    {"published_backwards",
     "source: paper",
     "published: 1020..750MB/s, source: paper",
     {"s.yaml:17:69: error: expect[0].published: '1020..750MB/s' ends below its beginning"}},
    {"published_without_end",
     "source: paper",
     "published: 750MB/s.., source: paper",
     {"s.yaml:17:69: error: expect[0].published: '' is not a number with a unit (B/s, KB/s, MB/s or GB/s)"}},
    {"limit_beyond_63_bits",
     "198MB/s",
     "18446744073709551615B/s",
     {"s.yaml:17:49: error: expect[0].min: '18446744073709551615B/s' is too large; the limit is 2^63-1 B/s"}},
};
INSTANTIATE_TEST_SUITE_P(Expect, ScenarioMistake, testing::ValuesIn(expect_mistakes),
                         testing::PrintToStringParamName());

const Mistake variant_mistakes[] = {
    {"path_misspelt",
     "expect:\n",
     "variants: {default: {host.tec: real}}\nexpect:\n",
     {"s.yaml:16:27: error: unknown key 'tec' in host; did you mean 'tce'?"}},
    {"path_misspelt_quoted",
     "expect:\n",
     "variants: {default: {\"host.tec\": real}}\nexpect:\n",
     {"s.yaml:16:28: error: unknown key 'tec' in host; did you mean 'tce'?"}},
    {"path_malformed",
     "expect:\n",
     "variants: {default: {host..tce: real}}\nexpect:\n",
     {"s.yaml:16:27: error: 'host..tce' is not a path such as iommu.windows[0].page"}},
    {"path_to_map",
     "expect:\n",
     "variants: {default: {host: real}}\nexpect:\n",
     {"s.yaml:16:22: error: host is not a single value; set one of its keys"}},
    {"path_to_missing_element",
     "expect:\n",
     "variants: {default: {\"iommu.windows[1].levels\": 2}}\nexpect:\n",
     {"s.yaml:16:37: error: there is no element [1]; the list has 1"}},
    {"path_with_index_of_no_list",
     "expect:\n",
     "variants: {default: {\"host[0].tce\": real}}\nexpect:\n",
     {"s.yaml:16:28: error: host is not a list"}},
    {"path_of_whole_scenario",
     "expect:\n",
     "variants: {default: {seed: 2}}\nexpect:\n",
     {"s.yaml:16:22: error: seed belongs to the whole scenario, not to a variant"}},
    {"path_to_source",
     "expect:\n",
     "variants: {default: {machine.constants.syscall.source: me}}\nexpect:\n",
     {"s.yaml:16:48: error: machine.constants.syscall.source cannot be overridden"}},
    {"path_to_unknown_constant",
     "expect:\n",
     "variants: {default: {machine.constants.sycall.value: 1us}}\nexpect:\n",
     {"s.yaml:16:40: error: unknown key 'sycall' in machine.constants; did you mean 'syscall'?"}},
    {"path_to_absent_constant",
     "expect:\n",
     "variants: {default: {machine.constants.opal_tce_kill.value: 1us}}\nexpect:\n",
     {"s.yaml:16:40: error: the machine has no constant 'opal_tce_kill' to override"}},
    {"value_of_wrong_type",
     "expect:\n",
     "variants: {default: {guest.ram: 2ms}}\nexpect:\n",
     {"s.yaml:16:33: error: guest.ram: '2ms' is a time, but a size in B, KiB, MiB, GiB or TiB is needed"}},
    {"value_is_a_map",
     "expect:\n",
     "variants: {default: {guest.ram: {size: 2GiB}}}\nexpect:\n",
     {"s.yaml:16:33: error: guest.ram must be a single value, not a map"}},
    {"value_absent",
     "expect:\n",
     "variants: {default: {guest.ram: }}\nexpect:\n",
     {"s.yaml:16:22: error: guest.ram has no value"}},
    {"name_in_capitals",
     "expect:\n  - {variant: default",
     "variants: {Real: {host.tce: real}}\nexpect:\n  - {variant: Real",
     {"s.yaml:16:12: error: variant name 'Real' must consist of lower-case letters, digits and _"}},
    {"no_variant",
     "expect:\n",
     "variants: {}\nexpect:\n",
     {"s.yaml:16:11: error: variants must name at least one variant, or be absent"}},
    {"same_path_twice",
     "expect:\n",
     "variants: {default: {host.tce: real, host.tce: virtual}}\nexpect:\n",
     {"s.yaml:16:38: error: duplicate key 'host.tce' in variants.default; it stands already in line 16"}},
    {"rule_broken_by_one",
     "expect:\n  - {variant: default",
     "variants: {flat: {host.tce: real}, deep: {host.tce: real, \"iommu.windows[0].levels\": 4}}\nexpect:\n  - "
     "{variant: flat",
     {"s.yaml:16:86: error: 4 levels of 13 bits over pages of 12 bits make 64 address bits, the host allows 54; this "
      "window takes at most 3 levels"}},
    {"rule_broken_at_the_base_by_one",
     "expect:\n  - {variant: default",
     "variants: {flat: {host.tce: real}, big: {traffic.window: 1GiB}}\nexpect:\n  - {variant: flat",
     {"s.yaml:6:46: error: a DMA window of 2GiB cannot hold traffic.window (1GiB): large buffers get a quarter of it, "
      "so it needs 4GiB (variant 'big')"}},
    {"missing_in_one",
     "tce: real}",
     "}\nvariants: {default: {host.tce: real}, other: {guest.mmu: hash}}",
     {"s.yaml:5:1: error: missing required key 'tce' in host (variant 'other')"}},
};
INSTANTIATE_TEST_SUITE_P(Variants, ScenarioMistake, testing::ValuesIn(variant_mistakes),
                         testing::PrintToStringParamName());

const Mistake yaml_mistakes[] = {
    {"flow_map_not_closed",
     "multitce: false}",
     "multitce: false",
     {"s.yaml:5:5: error: not YAML: missing comma in flow mapping"}},
    {"text_not_closed",
     "\"5.10\"",
     "\"5.10",
     {"s.yaml:5:17: error: not YAML: double-quoted scalar without closing quote"}},
    {"tab_indentation",
     "  mtu: 1500",
     "\tmtu: 1500",
     {"s.yaml:12:2: error: not YAML: invalid tab used as indentation"}},
    {"anchor",
     "page: 64KiB",
     "page: &page 64KiB",
     {"s.yaml:4:33: error: anchors are not part of a scenario; share values with 'extends'"}},
    {"alias",
     "about: a scenario that is right",
     "about: &a text\nname2: *a",
     {"s.yaml:2:11: error: anchors are not part of a scenario; share values with 'extends'",
      "s.yaml:3:1: error: unknown key 'name2'; did you mean 'name'?",
      "s.yaml:3:9: error: aliases are not part of a scenario; share values with 'extends'"}},
    {"tag",
     "vcpus: 1",
     "vcpus: !!int 1",
     {"s.yaml:4:47: error: tags are not part of a scenario; the key gives the type"}},
    {"second_document",
     "traffic:\n",
     "---\ntraffic:\n",
     {"s.yaml:8:1: error: a second YAML document; a file holds one scenario"}},
    {"not_utf8", "about: a", "about: \xff", {"s.yaml:2:8: error: this byte is not UTF-8 text"}},
    {"key_is_a_list", "vcpus: 1", "[a]: 1, vcpus: 1", {"s.yaml:4:34: error: a key must be a single word"}},
    {"column_counts_characters",
     "{ram: 32GiB",
     "{\"\xc3\xa4\": 1, rma: 32GiB",
     {"s.yaml:4:9: error: unknown key '\xc3\xa4' in guest",
      "s.yaml:4:17: error: unknown key 'rma' in guest; did you mean 'ram'?"}},
};
INSTANTIATE_TEST_SUITE_P(Yaml, ScenarioMistake, testing::ValuesIn(yaml_mistakes), testing::PrintToStringParamName());

/// The machine file with one text replaced, under a scenario that is right.
class MachineMistake : public ScenarioFiles, public testing::WithParamInterface<Mistake> {};

TEST_P(MachineMistake, IsToldWithItsPlace) {
    write("machine.yaml", replaced(good_machine(), GetParam().from, GetParam().to));
    write("s.yaml", good_scenario());
    const LoadResult result = load("s.yaml");
    EXPECT_FALSE(result.scenario);
    EXPECT_EQ(first_lines(result), GetParam().errors);
}

const Mistake machine_mistakes[] = {
    {"unknown_constant",
     "guest_exit",
     "gest_exit",
     {"machine.yaml:5:5: error: unknown key 'gest_exit' in machine.constants; did you mean 'guest_exit'?"}},
    {"unknown_constant_far_from_all",
     "guest_exit",
     "colour",
     {"machine.yaml:2:9: error: machine power8 lacks the constant 'guest_exit' (a time: full exit from the guest to "
      "the host kernel)",
      "machine.yaml:5:5: error: unknown key 'colour' in machine.constants"}},
    {"wrong_dimension",
     "value: 128B",
     "value: 128ns",
     {"machine.yaml:7:25: error: machine.constants.cache_line.value: '128ns' is a time, but a size in B, KiB, MiB, GiB "
      "or TiB is needed"}},
    {"no_unit",
     "value: 128B",
     "value: 128",
     {"machine.yaml:7:25: error: machine.constants.cache_line.value: '128' has no unit; a size is written in B, KiB, "
      "MiB, GiB or TiB"}},
    {"not_a_power_of_two",
     "value: 128B",
     "value: 100B",
     {"machine.yaml:7:25: error: machine.constants.cache_line.value must be a power of two such as 64B or 128B, not "
      "100B"}},
    {"beyond_63_bits",
     "value: 36us",
     "value: 9223372036854775808ps",
     {"machine.yaml:6:25: error: machine.constants.guest_send.value: '9223372036854775808ps' is too large; the limit "
      "is "
      "2^63-1 ps"}},
    {"off_the_midpoint",
     "value: 2us",
     "value: 1.9us",
     {"machine.yaml:5:25: error: machine.constants.guest_exit.value is assumed and must stand at the midpoint of "
      "1.5us..2.5us, which is 2us, not 1.9us"}},
    {"low_above_high",
     "low: 1.5us",
     "low: 3us",
     {"machine.yaml:5:35: error: machine.constants.guest_exit.low (3us) exceeds high (2.5us)"}},
    {"midpoint_no_integer",
     "low: 1.5us",
     "low: 1500001ps",
     {"machine.yaml:5:35: error: machine.constants.guest_exit: the midpoint of low..high (1500001ps..2.5us) is no "
      "whole "
      "number of ps"}},
    {"assumed_with_wrong_low",
     "low: 1.5us",
     "low: 1.5B",
     {"machine.yaml:5:35: error: machine.constants.guest_exit.low: '1.5B' is a size, but a time in ps, ns, us, ms or s "
      "is needed"}},
    {"confidence_misspelt",
     "confidence: assumed",
     "confidence: asumed",
     {"machine.yaml:5:67: error: machine.constants.guest_exit.confidence must be published, derived, assumed or "
      "fitted, "
      "not 'asumed'; did you mean 'assumed'?"}},
    {"source_empty",
     "confidence: published, source: book",
     "confidence: published, source: \"\"",
     {"machine.yaml:7:62: error: machine.constants.cache_line.source must not be empty"}},
    {"published_is_not_fitted",
     "value: 128B,",
     "value: 128B, fitted_to: book,",
     {"machine.yaml:7:31: error: machine.constants.cache_line is published; only a fitted constant has 'fitted_to'"}},
    {"published_outside_its_range",
     "value: 128B,",
     "value: 128B, low: 8B, high: 64B,",
     {"machine.yaml:7:25: error: machine.constants.cache_line.value must lie in low..high (8B..64B), not 128B"}},
    {"machine_unknown",
     "name: power8",
     "name: power10",
     {"machine.yaml:2:9: error: machine.name must be power7, power8 or power9, not 'power10'; did you mean 'power7'?"}},
    {"power9_needs_constants_of_its_own",
     "name: power8",
     "name: power9",
     {"s.yaml:6:14: error: machine power9 has phb4 bridges, not phb3",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'idle_stop0_lite' (a time: wake-up from this idle "
      "state)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'idle_stop0' (a time: wake-up from this idle state)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'idle_stop1' (a time: wake-up from this idle state)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'idle_stop2' (a time: wake-up from this idle state)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'opal_tce_kill' (a time: firmware's invalidation of "
      "one TCE or of all of a PE, completion included)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'kill_interference' (a time: addition to the first "
      "invalidation after one in another bridge)",
      "machine.yaml:2:9: error: machine power9 lacks the constant 'npu_flush_above' (a number: pages in a call above "
      "which firmware flushes all of an NPU instead)"}},
};
INSTANTIATE_TEST_SUITE_P(Constants, MachineMistake, testing::ValuesIn(machine_mistakes),
                         testing::PrintToStringParamName());

class ScenarioErrors : public ScenarioFiles {
protected:
    std::vector<std::string> errors_of(const std::string &text, const std::vector<std::string> &sets = {}) {
        write("s.yaml", text);
        const LoadResult result = load("s.yaml", sets);
        EXPECT_NE(result.scenario.has_value(), !result.errors.empty());
        return first_lines(result);
    }
    using Lines = std::vector<std::string>;
};

TEST_F(ScenarioErrors, ConstantsThatTheMachineNeedsAreNamedInItsFile) {
    write("machine.yaml",
          replaced(good_machine(), "    pin_page: {value: 1us, confidence: published, source: book}\n", ""));
    EXPECT_EQ(errors_of(good_scenario()), Lines{"machine.yaml:2:9: error: machine power8 lacks the constant 'pin_page' "
                                                "(a time: pinning one page and releasing it later)"});
}

TEST_F(ScenarioErrors, ConfidenceNamesTheKeysThatItNeeds) {
    write("machine.yaml", replaced(good_machine(), ", low: 1.5us, high: 2.5us", ""));
    EXPECT_EQ(errors_of(good_scenario()),
              Lines{"machine.yaml:5:5: error: machine.constants.guest_exit is assumed and needs 'low' and 'high'"});
    write("machine.yaml", replaced(good_machine(), "fitted_to: book, allowed_low: 16us, allowed_high: 56us, ", ""));
    EXPECT_EQ(errors_of(good_scenario()), Lines{"machine.yaml:6:5: error: machine.constants.guest_send is fitted and "
                                                "needs 'fitted_to', 'allowed_low' and 'allowed_high'"});
}

TEST_F(ScenarioErrors, ExtendsNamesAFileThatCanBeRead) {
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "machines/none.yaml")),
              Lines{"s.yaml:3:10: error: cannot read 'machines/none.yaml': No such file or directory"});
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "[machine.yaml, .]")),
              Lines{"s.yaml:3:25: error: cannot read '': it is a directory"});
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "{file: machine.yaml}")),
              Lines{"s.yaml:3:10: error: extends must be a path or a list of paths, not a map"});
    EXPECT_EQ(errors_of(replaced(good_scenario(), "extends: machine.yaml", "extends: [machine.yaml, []]")),
              Lines{"s.yaml:3:25: error: extends must be a path or a list of paths, not a list"});
    EXPECT_EQ(errors_of(replaced(good_scenario(), "extends: machine.yaml", "extends:")),
              Lines{"s.yaml:3:1: error: extends must be a path or a list of paths, not nothing"});
}

TEST_F(ScenarioErrors, ExtendsInACircleIsShownInFull) {
    write("a.yaml", "extends: dir/b.yaml\n");
    write("dir/b.yaml", "extends: ../s.yaml\n");
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "a.yaml")),
              Lines{"dir/b.yaml:1:10: error: extends goes in a circle: s.yaml -> a.yaml -> dir/b.yaml -> s.yaml"});
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "s.yaml")),
              Lines{"s.yaml:3:10: error: extends goes in a circle: s.yaml -> s.yaml"});
}

TEST_F(ScenarioErrors, ErrorOfAFileReachedTwiceIsToldOnce) {
    write("bad.yaml", "extends: machine.yaml\nguest: {rma: 1GiB}\n");
    write("a.yaml", "extends: bad.yaml\n");
    write("b.yaml", "extends: bad.yaml\n");
    EXPECT_EQ(errors_of(replaced(good_scenario(), "machine.yaml", "[a.yaml, b.yaml]")),
              Lines{"bad.yaml:2:9: error: unknown key 'rma' in guest; did you mean 'ram'?"});
}

TEST_F(ScenarioErrors, HandlerObjectThatCannotBeRead) {
    const std::string text = replaced(good_scenario(), "tce: real", "tce: real, handlers: none.so");
    EXPECT_EQ(errors_of(text),
              Lines{"s.yaml:5:45: error: host.handlers: cannot read 'none.so': No such file or directory"});
    EXPECT_EQ(errors_of(replaced(text, "none.so", ".")),
              Lines{"s.yaml:5:45: error: host.handlers: cannot read '': it is a directory"});
    EXPECT_EQ(errors_of(replaced(text, "none.so", "''")), Lines{"s.yaml:5:45: error: host.handlers must not be empty"});
    EXPECT_EQ(errors_of(good_scenario() + "variants: {default: {}, mine: {host.handlers: none.so}}\n"),
              Lines{"s.yaml:18:47: error: host.handlers: cannot read 'none.so': No such file or directory"});
    EXPECT_EQ(first_lines(load("s.yaml", {"host.handlers=/none.so"})).back(),
              "--set:1:15: error: host.handlers: cannot read '/none.so': No such file or directory");
}

TEST_F(ScenarioErrors, FileThatCannotBeReadHasNoLine) {
    EXPECT_EQ(first_lines(load("none.yaml")),
              Lines{"none.yaml: error: cannot read this file: No such file or directory"});
    EXPECT_EQ(first_lines(load("")), Lines{": error: cannot read this file: it is a directory"});
    write("empty.yaml", "# nothing but this\n");
    EXPECT_EQ(first_lines(load("empty.yaml")), Lines{"empty.yaml: error: the file is empty"});
    write("list.yaml", "\n- 1\n");
    EXPECT_EQ(first_lines(load("list.yaml")), Lines{"list.yaml:2:1: error: a scenario is a map of keys, not a list"});
}

TEST_F(ScenarioErrors, SetIsToldLikeAFile) {
    const std::string good = good_scenario();
    EXPECT_EQ(errors_of(good, {"guest.rma=1GiB"}),
              Lines{"--set:1:7: error: unknown key 'rma' in guest; did you mean 'ram'?"});
    EXPECT_EQ(errors_of(good, {"guest.ram=1GB"}),
              Lines{"--set:1:11: error: guest.ram: unknown unit 'GB' in '1GB'; did you mean 'GiB'?"});
    EXPECT_EQ(errors_of(good, {"guest.ram="}), Lines{"--set:1:11: error: guest.ram has no value"});
    EXPECT_EQ(errors_of(good, {"guest.ram"}),
              Lines{"--set:1:1: error: --set takes path=value, such as --set host.tce=real"});
    EXPECT_EQ(errors_of(good, {"=1"}), Lines{"--set:1:1: error: '' is not a path such as iommu.windows[0].page"});
    EXPECT_EQ(errors_of(good, {"iommu.windows[0.page=4KiB"}),
              Lines{"--set:1:15: error: 'iommu.windows[0.page' is not a path such as iommu.windows[0].page"});
    EXPECT_EQ(errors_of(good, {"iommu.windows[2].page=4KiB"}),
              Lines{"--set:1:15: error: there is no element [2]; the list has 1"});
    EXPECT_EQ(errors_of(good, {"name=x"}), Lines{"--set:1:1: error: name cannot be overridden"});
    EXPECT_EQ(errors_of(good, {"seed=1", "seed=2"}), Lines{"--set:1:1: error: 'seed' is set twice"});
    EXPECT_EQ(errors_of(good, {"machine.constants.core_clock.value=0GHz"}),
              Lines{"--set:1:36: error: machine.constants.core_clock.value must be 100MHz..100GHz, not 0GHz"});
    write("s.yaml", good);
    const LoadResult result = load("s.yaml", {"guest.ram=1GiB", "guest.page=4K"});
    ASSERT_EQ(result.errors.size(), 1U);
    EXPECT_EQ(format(result.errors[0]), "--set:1:12: error: guest.page: unknown unit 'K' in '4K'; did you mean 'KiB'?\n"
                                        "guest.page=4K\n"
                                        "           ^\n");
}

TEST_F(ScenarioErrors, AllComeInOnePassInTheOrderOfTheText) {
    write("machine.yaml",
          read_file(directory() / "machine.yaml") + "    fence2: {value: 1, confidence: derived, source: x}\n");
    std::string text = replaced(good_scenario(), "tce: real", "tce: rael");
    text = replaced(text, "ram: 32GiB", "ram: 32");
    text = replaced(text, "page: 4KiB", "pgae: 4KiB");
    text = replaced(text, "  mtu: 1500\n", "");
    text = replaced(text, "metric: throughput", "metric: troughput");
    const std::vector<std::string> lines = errors_of(text, {"seed=-1"});
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines[0],
              "s.yaml:4:14: error: guest.ram: '32' has no unit; a size is written in B, KiB, MiB, GiB or TiB");
    EXPECT_EQ(lines[1],
              "s.yaml:5:29: error: host.tce must be userspace, virtual or real, not 'rael'; did you mean 'real'?");
    EXPECT_EQ(lines[2], "s.yaml:6:52: error: unknown key 'pgae' in iommu.windows[0]; did you mean 'page'?");
    EXPECT_EQ(lines[3], "s.yaml:8:1: error: missing required key 'mtu' in traffic");
    EXPECT_EQ(lines[4], "s.yaml:16:32: error: unknown metric 'troughput'; did you mean 'throughput'?");
    EXPECT_NE(lines[5].find(": error: unknown key 'fence2' in machine.constants; did you mean 'fence'?"),
              std::string::npos);
    EXPECT_EQ(lines[6], "--set:1:6: error: seed: '-1' is negative");
}

TEST_F(ScenarioErrors, CaretStandsUnderTheColumn) {
    write("s.yaml", replaced(good_scenario(), "host: {kernel", "host: \t{\"\xc3\xa4\": 1, krenel"));
    const LoadResult result = load("s.yaml");
    ASSERT_EQ(result.errors.size(), 2U);
    EXPECT_EQ(relative(format(result.errors[1])),
              "s.yaml:5:17: error: unknown key 'krenel' in host; did you mean 'kernel'?\n"
              "host: \t{\"\xc3\xa4\": 1, krenel: \"5.10\", tce: real}\n"
              "      \t         ^\n");
}

TEST_F(ScenarioErrors, LineEndsOfOtherSystemsAreNoText) {
    std::string text;
    for (const char c : replaced(good_scenario(), "vcpus: 1", "vcpus: 7"))
        text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    write("s.yaml", text);
    const LoadResult result = load("s.yaml");
    ASSERT_EQ(result.errors.size(), 1U);
    EXPECT_EQ(result.errors[0].line, 4);
    EXPECT_EQ(result.errors[0].column, 41);
    EXPECT_EQ(result.errors[0].source_line.back(), '}');
}

TEST_F(ScenarioErrors, DepthHasALimit) {
    EXPECT_EQ(errors_of("a: " + std::string(100000, '[')),
              Lines{"s.yaml:1:35: error: nested deeper than any key of a scenario"});
}

TEST_F(ScenarioErrors, TheYamlLibraryPrintsNothingItself) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    errors_of("name: [\n");
    errors_of("name: 'x\n");
    errors_of("a: b: c\n");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

} // namespace
} // namespace tcesim::scenario
