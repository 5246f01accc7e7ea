# SPDX-License-Identifier: Apache-2.0
"""Stale DMA is found where an invalidation is missing, and nowhere else."""

import re
import unittest

from program import HEADLINE, SCENARIOS, results, tcesim

SCENARIO = SCENARIOS / "stale_dma.yaml"
ACCESS = re.compile(
    r"stale DMA: device (?:read|wrote) \d+ bytes at ioba 0x([0-9a-f]+), request at the PHB at ([\d.]+) us, "
    r"through hpa 0x[0-9a-f]+ sampled at ([\d.]+) us; "
    r"(H_[A-Z_]+) number (\d+) \(ioba 0x([0-9a-f]+), value 0x[0-9a-f]+, entered at ([\d.]+) us\)"
)
PAGE = 4096


class StaleDma(unittest.TestCase):
    def stale_accesses(self, variant):
        """What each violation says about its stale access."""
        violations = [text for text in variant.document["violations"] if not text.startswith("the peer received")]
        self.assertTrue(violations)
        for text in violations:
            self.assertRegex(text, ACCESS)
        return [ACCESS.match(text).groups() for text in violations]

    def test_the_scenario_as_shipped(self):
        shipped = results(SCENARIO, codes=(0,))
        self.assertEqual(shipped["kill"]["stale_dma"], 0)
        self.assertTrue(shipped["kill"].document["invariants"]["no_stale_dma"])
        self.assertGreater(shipped["skipped"]["stale_dma"], 0)

    def test_a_violation_names_the_hypercall_whose_invalidation_is_missing(self):
        for every in (1, 2):
            skipped = results(SCENARIO, values={"faults.skip_tce_kill": every})["skipped"]
            for ioba, arrived, sampled, opcode, number, entry, entered in self.stale_accesses(skipped):
                self.assertEqual(opcode, "H_PUT_TCE")
                self.assertGreater(int(number), 0)
                self.assertEqual(int(ioba, 16) // PAGE * PAGE, int(entry, 16))
                self.assertEqual(int(entry, 16) // PAGE % every, 0, "only every N-th page misses its kill")
                self.assertLess(float(sampled), float(arrived))
                self.assertLess(float(entered), float(arrived))

    def test_lists_are_named_by_the_call_that_clears_them(self):
        for every in (1, 2):
            skipped = results(SCENARIO, values={"faults.skip_tce_kill": every, "guest.multitce": "true"})["skipped"]
            self.assertGreater(skipped["stale_dma"], 0)
            accesses = self.stale_accesses(skipped)
            for ioba, _, _, opcode, _, first, _ in accesses:
                self.assertIn(opcode, ("H_STUFF_TCE", "H_PUT_TCE_INDIRECT", "H_PUT_TCE"))
                self.assertEqual(int(ioba, 16) // PAGE % every, 0)
                self.assertLessEqual(int(first, 16), int(ioba, 16))
            self.assertIn("H_STUFF_TCE", {access[3] for access in accesses})

    def test_more_missing_kills_are_no_better(self):
        stale = [results(SCENARIO, values={"faults.skip_tce_kill": every})["skipped"]["stale_dma"] for every in (1, 2, 1 << 40)]
        self.assertGreater(stale[0], stale[1])
        self.assertGreater(stale[1], stale[2])

    def test_consequences_are_counted(self):
        quirks = results(SCENARIO)["skipped"].document["quirks"]
        self.assertGreater(quirks["skipped_tce_kills"], 0)
        self.assertGreater(quirks["wrong_payload"], 0)
        self.assertEqual(quirks["dma_faults"], 0)

    def test_a_large_window_hides_the_fault(self):
        # Bus addresses come back late, when the PHB has long replaced what it cached.
        large = results(SCENARIO, values={"iommu.windows[0].size": "2GiB"})["skipped"]
        self.assertGreater(large.document["quirks"]["skipped_tce_kills"], 0)
        self.assertEqual(large["stale_dma"], 0)

    def test_without_a_fault_nothing_is_stale_in_any_window(self):
        for size in ("4MiB", "8MiB", "16MiB", "1GiB"):
            for multitce in ("false", "true"):
                values = {"iommu.windows[0].size": size, "guest.multitce": multitce, "traffic.duration": "5ms"}
                for variant in results(HEADLINE, values=values).variants.values():
                    with self.subTest(window=size, multitce=multitce, variant=variant.name):
                        self.assertEqual(variant["stale_dma"], 0)
                        self.assertEqual(set(variant.document["invariants"].values()), {True})

    def test_exit_codes(self):
        self.assertEqual(tcesim(SCENARIO).returncode, 0)
        self.assertEqual(tcesim(SCENARIO, "--set", "faults.skip_tce_kill=1").returncode, 3)
        self.assertEqual(tcesim(SCENARIO, "--set", "faults.skip_tce_kill=0").returncode, 2)


if __name__ == "__main__":
    unittest.main()
