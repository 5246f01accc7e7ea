# SPDX-License-Identifier: Apache-2.0
"""Long loops of the handlers: charging most of their steps like others is running them, to the picosecond."""

import pathlib
import tempfile
import unittest

from program import JUDGED, SCENARIOS, results, tcesim, without_host

HEAD = """\
name: loops
about: windows that are cleared
extends: {machine}
guest:   {{ram: 1GiB, page: 64KiB, vcpus: 1, multitce: true, mmu: hash}}
host:    {{kernel: "5.10", tce: real}}
iommu:   {{phb: {phb}, windows: [{{base: 0, size: 32GiB, page: 64KiB, levels: 2}}]}}
traffic: {{kind: clear_window, mapped: 0B, clear: remove, duration: 1000s}}
variants:
"""
SIZE, LEVELS, PAGE = (f'"iommu.windows[0].{key}"' for key in ("size", "levels", "page"))
SERVICE, STORE = ("machine.constants.%s.value" % name for name in ("phb_kill_service", "mmio_store"))
ATTACHED = {"traffic.clear": "unmap"}
POWER8 = {
    **{f"era_{number}": {"host.kernel": f'"{kernel}"', "host.tce": "virtual", **ATTACHED}
       for number, kernel in enumerate(("4.19.81", "4.19", "6.1", "fixed"))},
    **{f"detached_{way}": {"host.clear": way} for way in ("walk", "skip_leaf", "skip_leaf_posted", "subtree")},
    **{f"attached_{way}": {"host.clear": way, **ATTACHED} for way in ("walk", "skip_leaf", "subtree")},
    "both": {"host.clear": "walk", "traffic.clear": "both"},
    "siblings": {"guest.core_threads": 8, "host.clear": "walk", **ATTACHED},
    "mapped": {"host.clear": "walk", "traffic.mapped": "64MiB", **ATTACHED},
    "mapped_skip": {"traffic.mapped": "128MiB", "traffic.clear": "shutdown"},
    "small_pages": {PAGE: "4KiB", SIZE: "4GiB", "host.clear": "walk"},
    "small_pages_skip": {PAGE: "4KiB", SIZE: "64TiB", LEVELS: 3},
    "three_levels": {PAGE: "4KiB", SIZE: "64TiB", LEVELS: 3, "host.clear": "skip_leaf", "traffic.mapped": "64MiB"},
    "quick_bridge": {SERVICE: "1ns", STORE: "50ns", **ATTACHED},
    "slow_bridge": {SERVICE: "900ns", **ATTACHED},
    "late_kills": {"faults.delay_tce_kill": "3us", SIZE: "2GiB", **ATTACHED},
    "lost_kills": {"faults.skip_tce_kill": "5", SIZE: "2GiB", **ATTACHED},
}
POWER9 = {f"power9_{way}": {"host.clear": way, **ATTACHED} for way in ("walk", "subtree")}


def scenario(folder, machine, phb, variants):
    lines = [HEAD.format(machine=SCENARIOS / f"machines/{machine}.yaml", phb=phb)]
    lines += [f"  {name}: {{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}\n"
              for name, values in variants.items()]
    path = pathlib.Path(folder) / f"{machine}.yaml"
    path.write_text("".join(lines))
    return path


class Compared(unittest.TestCase):
    maxDiff = 2000

    def compare(self, machine, phb, variants, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = scenario(folder, machine, phb, variants)
            runs = [tcesim(path, "--json", "-", *arguments, *more) for more in ((), ("--exact-loops",))]
        for run in runs:
            self.assertIn(run.returncode, JUDGED, run.stderr)
        self.assertEqual(without_host(runs[0].stdout), without_host(runs[1].stdout))


class ExactLoops(Compared):
    def test_of_every_era_and_way(self):
        self.compare("power8", "phb3", POWER8)

    def test_when_the_bridge_needs_as_long_as_the_stores_take(self):
        with tempfile.TemporaryDirectory() as folder:
            quick = scenario(folder, "power8", "phb3", {"quick": {SERVICE: "1ns", STORE: "200ns", **ATTACHED}})
            clear = results(quick)["quick"]
        step = clear["clear_time"] // clear["window_entries"]
        times = range(step - 40, step + 41, 10)  # picoseconds, of which some stores wait for a few
        self.compare("power8", "phb3", {f"even_{ps}": {SERVICE: f"{ps}ps", STORE: "200ns", **ATTACHED} for ps in times})

    def test_most_steps_need_not_run(self):
        # 2^39 entries, looked up and invalidated one by one: days of running them, seconds of charging them.
        walk = results(SCENARIOS / "sparse_55bit.yaml", "--variant", "walk_unmap", codes=(0,))["walk_unmap"]
        self.assertEqual(walk["window_entries"], 1 << 39)
        self.assertGreater(walk["table_lookups"], 1 << 39)

    def test_with_firmware_that_kills(self):
        self.compare("power9", "phb4", POWER9)

    def test_with_the_kernel_of_systemc(self):
        some = {name: POWER8[name] for name in ("attached_walk", "slow_bridge", "mapped_skip")}
        self.compare("power8", "phb3", some, "--kernel=systemc")


if __name__ == "__main__":
    unittest.main()
