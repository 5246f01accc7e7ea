# SPDX-License-Identifier: Apache-2.0
"""Stale DMA under random guests, on every kernel: none without a fault, sound reports with one. Few cases; more in
stale_random_long_test."""

import unittest

from stale_campaign import KERNELS, campaign


class StaleDma(unittest.TestCase):
    def test_only_with_a_fault_and_then_named_rightly(self):
        ran, found, accesses = campaign(self, seed=1, cases=2)
        self.assertEqual(ran, 2 * len(KERNELS))
        self.assertGreater(2 * found, ran, "most faults show")
        self.assertGreater(accesses, 100)


if __name__ == "__main__":
    unittest.main()
