# SPDX-License-Identifier: Apache-2.0
"""Whole windows: clearing them, mapping all of a guest's memory, and the end of a guest."""

import unittest

from program import SCENARIOS, results, setting, tcesim, without_host

CLEAR = SCENARIOS / "validation/window_clear.yaml"
SHUTDOWN = SCENARIOS / "validation/guest_shutdown.yaml"
MAP = SCENARIOS / "validation/map_memory.yaml"
NS = 1000
SMALL = {"iommu.windows[0].size": "1GiB"}  # 2^14 entries
LITTLE = {"traffic.mapped": "64MiB"}  # 1024 pages


class Clear(unittest.TestCase):
    def test_the_scenario_as_shipped(self):
        shipped = results(CLEAR, codes=(0,))
        for variant in shipped.variants.values():
            self.assertEqual(set(variant.document["invariants"].values()), {True})
            self.assertEqual(variant["window_entries"], 1 << 20)

    def test_the_parts_are_the_whole(self):
        both = results(CLEAR, values=SMALL)["both"]
        self.assertEqual(both["clear_time"], both["unmap_time"] + both["remove_time"])

    def test_each_entry_pays_one_kill_store(self):
        slow, fast = (results(CLEAR, values=SMALL)[f"attached_{end}"]["clear_time"] for end in ("slow", "fast"))
        self.assertEqual(slow - fast, (1 << 14) * 200 * NS)

    def test_time_grows_with_the_entries(self):
        # What an ioctl costs once is the same.
        times = [results(CLEAR, values={"iommu.windows[0].size": size}).variants for size in ("1GiB", "2GiB", "4GiB")]
        for variant in ("detached", "attached"):
            one, two, four = (each[variant]["clear_time"] for each in times)
            self.assertAlmostEqual((four - two) / (two - one), 2, delta=0.02)

    def test_mapped_entries_take_longer_than_absent_ones(self):
        empty = results(CLEAR, values=SMALL)
        full = results(CLEAR, values={**SMALL, "traffic.mapped": "1GiB"})
        for variant in empty.variants:
            self.assertGreater(full[variant]["clear_time"], empty[variant]["clear_time"], variant)
            self.assertEqual(set(full[variant].document["invariants"].values()), {True})

    def test_a_duration_that_is_too_short_is_said(self):
        run = tcesim(CLEAR, *setting({"traffic.duration": "10us"}))
        self.assertEqual(run.returncode, 2)
        self.assertIn("traffic.duration (10.0 us) is too short: the window is not cleared by its end", run.stderr)

    def test_what_does_not_fit_is_named(self):
        for values, message in (
            ({"traffic.mapped": "2GiB"}, "traffic.mapped (2GiB) exceeds guest.ram (1GiB)"),
            ({"iommu.npu": "flush"}, "only machines with phb4 bridges have an NPU"),
            ({"traffic.warmup": "1ms"}, "traffic, not to clear_window"),
        ):
            run = tcesim(CLEAR, *setting(values))
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)


class Shutdown(unittest.TestCase):
    values = {"guest.ram": "256MiB", "traffic.mapped": "256MiB"}

    def test_the_parts_are_the_whole_and_nothing_is_left(self):
        for kernel in ("4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed"):
            values = {**self.values, "host.kernel": kernel, "host.tce": "virtual", "iommu.windows[0].size": "4GiB"}
            for variant in results(SHUTDOWN, values=values).variants.values():
                with self.subTest(kernel=kernel, variant=variant.name):
                    parts = [variant[f"{part}_time"] for part in ("remove", "unregister", "free")]
                    self.assertEqual(variant["clear_time"], sum(parts))
                    self.assertEqual(set(variant.document["invariants"].values()), {True})
                    self.assertNotIn("pages_left_pinned", variant.document["quirks"])


class Map(unittest.TestCase):
    def test_lists_do_not_change_how_often_is_killed(self):
        lists = results(MAP, values={**LITTLE, "guest.multitce": "true"})
        singles = results(MAP, values={**LITTLE, "guest.multitce": "false"})
        self.assertEqual(lists["per_tce"]["pages_mapped"], 1024)
        self.assertLess(lists["per_tce"]["map_time"], singles["per_tce"]["map_time"])

    def test_two_bridges_killed_in_turn_interfere(self):
        free = {**LITTLE, "machine.constants.kill_interference.value": "0us"}
        with_it, without = (results(MAP, values=values) for values in (LITTLE, free))
        difference = with_it["per_tce"]["map_time"] - without["per_tce"]["map_time"]
        self.assertAlmostEqual(difference, 2 * 1024 * 3000 * NS, delta=2 * 3000 * NS)
        # Two batches of 512 pages: four calls.
        difference = with_it["batched"]["map_time"] - without["batched"]["map_time"]
        self.assertAlmostEqual(difference, 4 * 3000 * NS, delta=2 * 3000 * NS)

    def test_a_flush_is_one_kill(self):
        run = results(MAP, values=LITTLE)
        self.assertLess(run["flushing"]["map_time"], run["batched"]["map_time"] * 6 // 10)

    def test_both_kernels_of_the_simulator_agree(self):
        for scenario, values in ((MAP, LITTLE), (CLEAR, SMALL), (SHUTDOWN, Shutdown.values)):
            arguments = [scenario, *setting(values), "--json", "-"]
            plain, systemc = (tcesim(*arguments, *more) for more in ((), ("--kernel=systemc",)))
            self.assertIn(plain.returncode, (0, 3), plain.stderr)
            self.assertEqual(without_host(plain.stdout), without_host(systemc.stdout))

    def test_nothing_to_map_is_said(self):
        run = tcesim(MAP, "--set", "traffic.mapped=0B")
        self.assertEqual(run.returncode, 2)
        self.assertIn("traffic.mapped is 0B", run.stderr)


if __name__ == "__main__":
    unittest.main()
