# SPDX-License-Identifier: Apache-2.0
"""How far approximate weights, those of x86 code, are from the instructions that POWER code retires."""

import statistics
import unittest
from unittest import mock

from handlers import SOURCE
from program import METER_STORE

import check
import toolchain
import weighing


def weigh_native(_path, _preset, _source, units, maps, native, _cross, work):
    """The rule as it ends on a host without a compiler for POWER."""
    return weighing.weigh_native(units, maps, native, work)


class Approximate(unittest.TestCase):
    """The bounds are what tools/meter/README.md states, rounded up."""

    @classmethod
    def setUpClass(cls):
        with mock.patch.object(weighing, "weigh", weigh_native):
            cls.tables = check.measure(SOURCE / "hcall", "5.10", SOURCE / "tests/paths", METER_STORE, [])

    def errors(self, cpu, held_out):
        return [abs(row.errors()[0]) for row in self.tables[cpu] if row.held_out == held_out]

    def test_they_are_near_on_the_paths_that_the_factor_was_fitted_to(self):
        for cpu in toolchain.CPUS:
            errors = self.errors(cpu, held_out=False)
            self.assertGreaterEqual(len(errors), 54)
            self.assertLess(statistics.mean(errors), 3)
            self.assertLess(max(errors), 17)

    def test_they_are_no_nonsense_on_all_others(self):
        for cpu in toolchain.CPUS:
            errors = self.errors(cpu, held_out=True)
            self.assertLess(statistics.mean(errors), 7.5)
            self.assertLess(max(errors), 175)
