# SPDX-License-Identifier: Apache-2.0
"""Scenarios that predict: nothing in them was fitted, and their expectations were written first."""

import unittest

from program import HEADLINE, SCENARIOS, results


class Predictions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.headline = results(HEADLINE)
        cls.multitce, cls.v1, cls.power9 = (
            results(SCENARIOS / f"cxgb3_10g_{name}.yaml") for name in ("multitce", "v1", "power9")
        )
        cls.kernels = results(SCENARIOS / "kernels_10g.yaml")

    def check_each(self, check):
        for name in ("multitce", "v1", "power9", "kernels"):
            with self.subTest(scenario=name):
                check(getattr(self, name))

    def test_meet_their_own_expectations(self):
        def check(prediction):
            self.assertEqual(prediction.code, 0)
            self.assertTrue(prediction.document["expect"])
            self.assertTrue(all(line["pass"] for line in prediction.document["expect"]))

        self.check_each(check)

    def test_ledger_and_invariants_hold_everywhere(self):
        def check(prediction):
            for variant in prediction.variants.values():
                self.assertEqual(sum(row["ps"] for row in variant.document["ledger"]), 200_000_000_000)
                self.assertEqual(set(variant.document["invariants"].values()), {True})
                self.assertGreaterEqual(variant["named_busy"], 950_000)

        self.check_each(check)

    def test_lists_help_most_where_a_hypercall_costs_most(self):
        gain = {
            name: self.multitce[name]["throughput"] / self.headline[name]["throughput"]
            for name in ("userspace", "virtual", "real")
        }
        self.assertGreater(gain["real"], 1)
        self.assertGreater(gain["virtual"], gain["real"])
        self.assertGreater(gain["userspace"], 1)

    def test_pinning_page_by_page_helps_nobody(self):
        free = results(SCENARIOS / "cxgb3_10g_v1.yaml", values={"machine.constants.pin_page.value": "0ps"})
        for name in ("userspace", "virtual", "real"):
            self.assertLess(self.v1[name]["throughput"], free[name]["throughput"], name)
            self.assertLess(self.v1[name]["throughput"], self.headline[name]["throughput"], name)

    def test_a_power7_says_that_its_code_is_power8s(self):
        for variant in self.v1.variants.values():
            self.assertEqual(variant.document["approximations"], ["POWER7 weighed with POWER8 code"])
        for variant in (*self.headline.variants.values(), *self.power9.variants.values()):
            self.assertEqual(variant.document["approximations"], [])

    def test_a_version_1_container_completes_maps_in_user_space_only(self):
        for name in ("virtual", "real"):
            variant = self.v1[name]
            self.assertAlmostEqual(variant["exits_to_user"], variant["hypercalls"] / 2, delta=variant["hypercalls"] / 50)
            self.assertGreater(variant.document["quirks"]["pages_left_pinned"], 0)
        self.assertNotIn("pages_left_pinned", self.v1["userspace"].document["quirks"])

    def test_a_firmware_call_per_kill_costs_time(self):
        for name in ("userspace", "virtual"):
            self.assertLess(self.power9[name]["throughput"], self.headline[name]["throughput"], name)

    def test_all_kernels_stay_in_the_kernel_and_only_6_1_leaves_real_mode(self):
        for name, variant in self.kernels.variants.items():
            with self.subTest(kernel=name):
                self.assertEqual(variant["exits_to_user"], 0)
                self.assertEqual(variant["exits_to_host"] > variant["hypercalls"] // 10, name == "v6_1")

    def test_a_kernel_is_the_same_whoever_names_it(self):
        self.assertEqual(self.kernels["v5_10"].metrics, self.headline["real"].metrics)


if __name__ == "__main__":
    unittest.main()
