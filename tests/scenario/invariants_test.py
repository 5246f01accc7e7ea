# SPDX-License-Identifier: Apache-2.0
"""What the handlers keep is consistent at the end of every run, also in the middle of a hypercall."""

import unittest

from program import HEADLINE, SCENARIOS, SMALLER, results

OF_HANDLERS = {
    "mapped_counts",
    "mirror_matches",
    "entries_translate",
    "entries_pinned",
    "views_agree",
    "locked_pages",
    "no_too_hard",
    "all_given_back",
}
SHORT = {"traffic.duration": "3ms", "traffic.warmup": "500us"}
WINDOW = "iommu.windows[0]"
MACHINES = {
    "as shipped": {},
    "guest pages of 4 KiB": {"guest.page": "4KiB"},
    "IOMMU pages of 64 KiB": {f"{WINDOW}.page": "64KiB"},
    "lists": {"guest.multitce": "true"},
    "two levels": {f"{WINDOW}.levels": 2},
    "two levels, lists, IOMMU pages of 64 KiB": {
        f"{WINDOW}.levels": 2,
        f"{WINDOW}.page": "64KiB",
        f"{WINDOW}.size": "64GiB",
        "guest.multitce": "true",
    },
}
MULTITCE = {"guest.multitce": "true"}


class Invariants(unittest.TestCase):
    def check(self, scenario, values):
        """Every variant holds every invariant of the handlers; returns the variants by name."""
        # A guest from which its process has taken a window still believes in it: nobody asks whether views agree.
        wanted = OF_HANDLERS - {"views_agree"} if scenario.stem in SMALLER else OF_HANDLERS
        run = results(scenario, values=values)
        for variant in run.variants.values():
            with self.subTest(scenario=scenario.name, values=values, variant=variant.name):
                invariants = variant.document["invariants"]
                self.assertLessEqual(wanted, invariants.keys())
                broken = {name for name in wanted if not invariants[name]}
                self.assertFalse(broken, variant.document["violations"])
                self.assertEqual(variant.metrics.get("hypercalls_failed", 0), 0)
        return run.variants

    def test_every_scenario(self):
        for scenario in sorted(SCENARIOS.glob("*.yaml")):
            self.check(scenario, SMALLER.get(scenario.stem, SHORT))

    def test_every_kind_of_machine(self):
        for values in MACHINES.values():
            self.check(HEADLINE, SHORT | values)

    def test_whenever_the_run_ends(self):
        # Most of these instants lie in a hypercall; each stands at another place of it.
        for scenario, values in ((HEADLINE, {}), (HEADLINE, MULTITCE), (SCENARIOS / "cxgb3_10g_v1.yaml", MULTITCE)):
            for step in range(12):
                end = {"traffic.warmup": "100us", "traffic.duration": f"{1_000_000 + step * 13_577}ns"}
                self.check(scenario, values | end)

    def test_a_missing_kill_is_no_matter_of_the_handlers(self):
        skipped = self.check(SCENARIOS / "stale_dma.yaml", {})["skipped"]
        self.assertGreater(skipped["stale_dma"], 0)

    def test_pages_that_stay_pinned_break_nothing(self):
        virtual = self.check(SCENARIOS / "cxgb3_10g_v1.yaml", SHORT)["virtual"]
        self.assertGreater(virtual.document["quirks"]["pages_left_pinned"], 0)


if __name__ == "__main__":
    unittest.main()
