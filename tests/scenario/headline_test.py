# SPDX-License-Identifier: Apache-2.0
"""The headline: user space, virtual mode and real mode, as its file is shipped."""

import unittest

from program import HEADLINE, results, tcesim

DURATION = 200_000_000_000  # ps


class Headline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.results = results(HEADLINE)

    def check_each(self, check):
        for variant in self.results.variants.values():
            with self.subTest(variant=variant.name):
                check(variant)

    def test_meets_every_expectation(self):
        self.assertEqual(self.results.code, 0)
        self.assertEqual([line["pass"] for line in self.results.document["expect"]], [True] * 4)

    def test_the_published_order(self):
        userspace, virtual, real = (self.results[name]["throughput"] for name in ("userspace", "virtual", "real"))
        self.assertLess(userspace, virtual)
        self.assertLess(virtual, real)

    def test_every_picosecond_has_one_owner(self):
        def check(variant):
            ledger = variant.document["ledger"]
            leaves = [row["leaf"] for row in ledger]
            self.assertEqual(len(leaves), len(set(leaves)))
            self.assertTrue(all(leaf.startswith("vcpu0/") and leaf.count("/") == 3 for leaf in leaves), leaves)
            self.assertTrue(all(isinstance(row["ps"], int) and row["ps"] > 0 for row in ledger))
            self.assertEqual(sum(row["ps"] for row in ledger), DURATION)
            self.assertGreaterEqual(variant["named_busy"], 950_000)

        self.check_each(check)

    def test_invariants_hold(self):
        def check(variant):
            self.assertEqual(set(variant.document["invariants"].values()), {True})
            self.assertEqual(variant.document["quirks"], {})
            self.assertEqual(variant["stale_dma"], 0)

        self.check_each(check)

    def test_figures_of_one_run_agree(self):
        def check(variant):
            self.assertEqual(variant["throughput"], variant["payload_bytes"] * 10**12 // DURATION)
            self.assertEqual(variant["tce_cache_hits"] + variant["tce_cache_misses"], variant["phb_translations"])
            self.assertLessEqual(variant["tce_walks"], variant["tce_cache_misses"])
            self.assertLessEqual(variant["cpu_busy"], 1_000_000)
            self.assertLessEqual(variant["hcall_time_p50"], variant["hcall_time_p99"])
            self.assertLessEqual(variant["hcall_service_p50"], variant["hcall_time_p50"])
            self.assertEqual(variant.document["histograms"]["hcall.h_put_tce"]["count"], variant["hypercalls"])

        self.check_each(check)

    def test_where_hypercalls_end(self):
        userspace, virtual, real = (self.results[name] for name in ("userspace", "virtual", "real"))
        self.assertAlmostEqual(userspace["exits_to_user"], userspace["hypercalls"], delta=1)
        for kernel in (virtual, real):
            self.assertEqual(kernel["exits_to_user"], 0)
        # Beyond hypercalls only interrupts and idling leave the guest.
        self.assertGreaterEqual(virtual["exits_to_host"], virtual["hypercalls"])
        self.assertLess(real["exits_to_host"], real["hypercalls"] // 10)

    def test_the_table_for_people_shows_the_same_verdict(self):
        run = tcesim(HEADLINE)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("expectations: 4 of 4 met", run.stdout)


if __name__ == "__main__":
    unittest.main()
