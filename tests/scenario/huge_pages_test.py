# SPDX-License-Identifier: Apache-2.0
"""Windows of larger pages, over guest memory of larger pages: what they save, exactly, and what they do not."""

import functools
import json
import pathlib
import tempfile
import unittest

from program import SCENARIOS, results, setting, tcesim

MIB = 1 << 20
MAPPED = 64 * MIB
PAGES = {"64k": 1 << 16, "2m": 2 * MIB, "16m": 16 * MIB}
KERNELS = ("4.19.81", "5.10", "fixed")

# Machine, its bridge and its huge pages; with them, the hardware pages of windows of 64 KiB, 2 MiB and 16 MiB.
HOSTS = {
    "power8": ("phb3", "hash", "16MiB", ("64k", "64k", "16m")),
    "power9": ("phb4", "radix", "2MiB", ("64k", "2m", "2m")),
}

TEXT = """name: map
about: maps memory through windows of several pages
extends: {scenarios}/machines/{machine}.yaml
guest: {{ram: 64MiB, page: 64KiB, vcpus: 1, multitce: {lists}, mmu: {mmu}}}
host: {{kernel: "5.10", tce: virtual}}
iommu: {{phb: {phb}, windows: [{{base: 0, size: 1GiB, page: 64KiB, levels: 1}}]}}
traffic: {{kind: map_memory, mapped: 64MiB, map: hypercalls, duration: 1s}}
variants: {variants}
"""


def text(size):
    return f"{size >> 20}MiB" if size >= MIB else f"{size >> 10}KiB"


def variants(ram):
    """Each page size of the window over huge pages, and over the host's own: "2m" and "2m_small"."""
    named = {}
    for page, size in PAGES.items():
        window = {"iommu.windows[0].page": text(size)}
        named[page] = {**window, "guest.ram_pages": ram}
        named[page + "_small"] = window
    return named


@functools.lru_cache(maxsize=None)
def mapped(machine, lists, kernel="5.10"):
    """Memory mapped on `machine`, one variant for each page size with and without huge pages."""
    phb, mmu, ram, _ = HOSTS[machine]
    with tempfile.TemporaryDirectory() as folder:
        scenario = pathlib.Path(folder) / "map.yaml"
        scenario.write_text(TEXT.format(scenarios=SCENARIOS, machine=machine, lists=str(lists).lower(), mmu=mmu,
                                        phb=phb, variants=json.dumps(variants(ram))))
        return results(scenario, values={"host.kernel": kernel}, codes=(0,))


class Mapping(unittest.TestCase):
    def test_the_number_of_hypercalls_scales_exactly(self):
        for machine in HOSTS:
            for variant in mapped(machine, lists=False).variants.values():
                with self.subTest(machine=machine, variant=variant.name):
                    pages = MAPPED // PAGES[variant.name.split("_")[0]]
                    self.assertEqual(variant["pages_mapped"], pages)
                    self.assertEqual(variant["hypercalls"], pages)  # in 1 s
            for variant in mapped(machine, lists=True).variants.values():
                with self.subTest(machine=machine, variant=variant.name, lists=True):
                    pages = MAPPED // PAGES[variant.name.split("_")[0]]
                    self.assertEqual(variant["hypercalls"], -(-pages // 512))

    def test_bigger_pages_are_never_slower(self):
        for machine in HOSTS:
            for lists in (False, True):
                for memory in ("", "_small"):
                    times = [mapped(machine, lists)[page + memory]["map_time"] for page in PAGES]
                    with self.subTest(machine=machine, lists=lists, memory=memory or "huge"):
                        self.assertEqual(times, sorted(times, reverse=True))

    def test_what_the_hardware_writes_decides(self):
        # A window of larger pages over hardware pages that are no larger saves hypercalls; with them it saves TCEs.
        for machine, (_, _, _, hardware) in HOSTS.items():
            for page, own in zip(PAGES, hardware):
                huge, small = (mapped(machine, True)[page + memory]["map_time"] for memory in ("", "_small"))
                with self.subTest(machine=machine, page=page):
                    if own == "64k":
                        self.assertEqual(huge, small)
                    else:
                        self.assertLess(4 * huge, small)

    def test_every_kernel_keeps_its_state_right(self):
        for kernel in KERNELS:
            for variant in mapped("power9", True, kernel).variants.values():
                with self.subTest(kernel=kernel, variant=variant.name):
                    self.assertEqual(set(variant.document["invariants"].values()), {True})
                    self.assertEqual(variant.document["violations"], [])


class VeryLarge(unittest.TestCase):
    def mapped(self, machine, ram, page):
        phb, mmu, _, _ = HOSTS[machine]
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "map.yaml"
            scenario.write_text(TEXT.format(scenarios=SCENARIOS, machine=machine, lists="false", mmu=mmu, phb=phb,
                                            variants=json.dumps({"one": {}})))
            values = {"guest.ram": "2GiB", "guest.ram_pages": ram, "traffic.mapped": "2GiB",
                      "iommu.windows[0].size": "8GiB", "iommu.windows[0].page": page}
            return results(scenario, values=values, codes=(0,))["one"]

    def test_each_guest_page_is_one_hypercall_and_as_many_hardware_pages_as_it_takes(self):
        for machine, ram, page, hardware in (
            ("power8", "16MiB", "256MiB", 16 * MIB),
            ("power8", "16MiB", "1GiB", 16 * MIB),
            ("power9", "1GiB", "256MiB", 2 * MIB),
            ("power9", "1GiB", "1GiB", 1024 * MIB),
        ):
            with self.subTest(machine=machine, ram=ram, page=page):
                found = self.mapped(machine, ram, page)
                bytes_of = {"256MiB": 256 * MIB, "1GiB": 1024 * MIB}[page]
                self.assertEqual(found["hypercalls"], 2048 * MIB // bytes_of)  # in 1 s
                self.assertEqual(set(found.document["invariants"].values()), {True})
                least = max(8192 * MIB // hardware * 8, 64 << 10)  # a level of the table has a host page at least
                self.assertEqual(found["table_memory"], 2 * least + (64 << 10))


class Stream(unittest.TestCase):
    scenario = SCENARIOS / "huge_pages.yaml"
    short = {"traffic.duration": "10ms", "traffic.warmup": "3ms"}

    def test_the_scenario_as_shipped(self):
        shipped = results(self.scenario, codes=(0,))
        for variant in shipped.variants.values():
            self.assertEqual(set(variant.document["invariants"].values()), {True}, variant.name)
            self.assertEqual(variant.document["violations"], [], variant.name)
        self.assertEqual(shipped["w64k"].metrics, shipped["w64k_huge"].metrics)

    def test_a_lost_invalidation_of_a_huge_page_is_caught(self):
        lost = {**self.short, "faults.skip_tce_kill": "2"}
        variant = results(self.scenario, "--variant", "w16m_huge", values=lost)["w16m_huge"]
        self.assertGreater(variant.document["quirks"]["stale_dma"], 0)


class Reads(unittest.TestCase):
    def test_a_window_of_bigger_pages_is_read_no_slower(self):
        values = {"guest.ram_pages": "16MiB", "traffic.duration": "300us", "traffic.warmup": "100us"}
        latencies = []
        for size in PAGES.values():
            run = results(SCENARIOS / "dma_bench.yaml", values={**values, "iommu.windows[0].page": text(size)})
            latencies.append(run["pages_4k"]["dma_read_latency_mean"])
        self.assertEqual(latencies, sorted(latencies, reverse=True))


class Refused(unittest.TestCase):
    def check(self, scenario, values, *messages):
        run = tcesim(SCENARIOS / scenario, *setting(values))
        self.assertEqual(run.returncode, 2, run.stderr)
        for message in messages:
            self.assertIn(message, run.stderr)

    def test_what_a_guest_is_not_offered(self):
        self.check("huge_pages.yaml", {"iommu.windows[0].page": "16GiB"},
                   "iommu.windows[0].page must be 4KiB, 64KiB, 2MiB, 16MiB, 256MiB or 1GiB, not 16GiB")
        self.check("ddw_on_off.yaml", {"guest.ddw": "direct", "iommu.windows[1].page": "1GiB"},
                   "a guest cannot ask firmware for pages of 1GiB")

    def test_pages_that_the_host_has_not(self):
        self.check("huge_pages.yaml", {"guest.ram_pages": "2MiB"}, "a power8 host has no pages of 2MiB")
        self.check("cxgb3_10g_power9.yaml", {"guest.ram_pages": "16MiB"},
                   "a power9 host has no pages of 16MiB to make guest memory of; guest.ram_pages must be 64KiB, 2MiB or 1GiB")

    def test_kernel_4_12_takes_windows_of_the_hardware_s_pages_only(self):
        run = tcesim(SCENARIOS / "huge_pages.yaml", "--set", "host.kernel=4.12")
        self.assertEqual(run.returncode, 2)
        # Where the page of the variant stands; w16m_huge and w64k are right.
        for place, page in (("huge_pages.yaml:17:", "2MiB"), ("huge_pages.yaml:19:", "16MiB")):
            self.assertIn(place, run.stderr)
            self.assertIn(f"kernel 4.12 refuses to handle a window with pages of {page} whose hardware TCEs have 64KiB (EINVAL)",
                          run.stderr)
        self.assertEqual(run.stderr.count(": error: "), 2, run.stderr)
        in_user_space = {"host.kernel": "4.12", "host.tce": "userspace", **Stream.short}
        for variant in results(SCENARIOS / "huge_pages.yaml", values=in_user_space).variants.values():
            self.assertEqual(set(variant.document["invariants"].values()), {True}, variant.name)


if __name__ == "__main__":
    unittest.main()
