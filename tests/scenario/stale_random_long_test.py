# SPDX-License-Identifier: Apache-2.0
"""Stale DMA under random guests, on every kernel: none without a fault, sound reports with one."""

import unittest

from stale_campaign import KERNELS, campaign

CASES = 30  # of each kernel


class StaleDma(unittest.TestCase):
    def test_only_with_a_fault_and_then_named_rightly(self):
        ran, found, accesses = campaign(self, seed=2, cases=CASES)
        print(f"{ran} cases, stale DMA under the fault of {found}, {accesses} stale accesses")
        self.assertEqual(ran, CASES * len(KERNELS))
        self.assertGreater(2 * found, ran, "most faults show")


if __name__ == "__main__":
    unittest.main()
