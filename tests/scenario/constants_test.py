# SPDX-License-Identifier: Apache-2.0
"""Every constant at both ends of its range: what the checks let through, the machine runs."""

import json
import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from program import HEADLINE, SCENARIOS, SOURCE, setting, tcesim

SHORT = {"traffic.duration": "1ms", "traffic.warmup": "200us"}
ANALOG = SCENARIOS / "validation" / "iotlb_latency.yaml"
OF_BENCH = ("dma_bench_", "llc_", "memory_read_")  # constants that only this one has
DISK = SCENARIOS / "nvme_4k.yaml"
OF_DISK = ("nvme_", "guest_io_")
RAN = (0, 3)
REFUSED = 2


def ranges():
    """(constant, lowest, highest) as the reference prints them."""
    tables = (SOURCE / "docs/scenario.md").read_text().split("## Constants of a machine")[1]
    return re.findall(r"^\| `(\w+)` \| [^|]*?: `([^`]+)` to `([^`]+)`", tables, re.M)


def run(job):
    scenario, values = job
    return job, tcesim(scenario, *setting(values), *setting(SHORT), "--json", "-")


def constants_of(scenario):
    """Names of those that the scenario's machine has: some belong to one machine or device only."""
    result = json.loads(tcesim(scenario, *setting(SHORT), "--json", "-").stdout)
    return next(iter(result["scenario"]["resolved"].values()))["machine"]["constants"].keys()


class Constants(unittest.TestCase):
    def test_the_reference_gives_a_range_for_each(self):
        rows = (SOURCE / "docs/scenario.md").read_text().split("## Constants of a machine")[1].count("\n| `")
        self.assertEqual(len(ranges()), rows)
        self.assertGreater(rows, 50)

    def test_each_end_of_a_range_runs_or_is_refused_with_its_place(self):
        jobs = [
            (scenario, {f"machine.constants.{name}.value": value})
            for name, *ends in ranges()
            for value in ends
            for scenario in (
                (ANALOG,)
                if name.startswith(OF_BENCH)
                else (DISK,)
                if name.startswith(OF_DISK)
                else (HEADLINE, SCENARIOS / "cxgb3_10g_power9.yaml")
            )
            if name != "opal_tce_kill" or scenario != HEADLINE
        ]
        with ThreadPoolExecutor(2) as pool:
            for (scenario, values), ended in pool.map(run, jobs):
                with self.subTest(scenario=scenario.name, **values):
                    self.assertIn(ended.returncode, (*RAN, REFUSED), ended.stderr)
                    if ended.returncode == REFUSED:
                        self.assertRegex(ended.stderr, r"^--set:1:\d+: error: ")
                        self.assertEqual(ended.stdout, "")

    def test_a_machine_without_any_cost_runs(self):
        free = [name for name, low, _ in ranges() if low == "0ps"]
        for scenario in (SCENARIOS / "cxgb3_10g_power9.yaml", ANALOG, DISK):
            with self.subTest(scenario=scenario.name):
                there = constants_of(scenario)
                values = {f"machine.constants.{name}.value": "0ps" for name in free if name in there}
                _, ended = run((scenario, values))
                self.assertIn(ended.returncode, RAN, ended.stderr)

    def test_what_joins_several_constants_is_refused_with_its_place(self):
        for name, value in (
            ("phb_tce_cache_ways", "3"),
            ("phb_tce_line", "256B"),
            ("phb_pe_count", "1000"),
            ("phb_pe_count", "1"),
            ("cache_ways", "3"),
            ("l1_size", "100B"),
            ("pcie_request_credits", "4294967297"),
        ):
            with self.subTest(constant=name, value=value):
                _, ended = run((HEADLINE, {f"machine.constants.{name}.value": value}))
                self.assertEqual(ended.returncode, REFUSED)
                self.assertRegex(ended.stderr, rf"^--set:1:{len(f'machine.constants.{name}.value=') + 1}: error: ")
                self.assertEqual(ended.stdout, "")

    def test_the_largest_windows_run_in_little_memory(self):
        for level, page, levels, size in (
            ("userspace", "4KiB", 1, "4TiB"),
            ("userspace", "4KiB", 2, "16TiB"),
            ("virtual", "4KiB", 2, "1024TiB"),
            ("real", "4KiB", 1, "8TiB"),
            ("real", "64KiB", 2, "16384TiB"),
        ):
            window = {"size": size, "page": page, "levels": levels}
            with self.subTest(level=level, **window):
                # Every variant is checked, so that each has to handle TCEs at this level.
                values = {"host.tce": level, **{f"iommu.windows[0].{key}": value for key, value in window.items()}}
                ended = tcesim(HEADLINE, *setting(values), *setting(SHORT), "--variant", level, "--json", "-")
                self.assertIn(ended.returncode, RAN, ended.stderr)


if __name__ == "__main__":
    unittest.main()
