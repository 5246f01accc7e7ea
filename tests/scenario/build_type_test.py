# SPDX-License-Identifier: Apache-2.0
"""The checked build, with sanitizers and without optimisation, gives the same bytes for every scenario."""

import os
import unittest

import determinism_test
from program import SCENARIOS

OTHER_PROGRAM = determinism_test.OTHER_PROGRAM


class BuildType(unittest.TestCase):
    @unittest.skipUnless(os.path.exists(OTHER_PROGRAM), "needs the checked build's program (TCESIM_OTHER_PROGRAM)")
    def test_each_scenario_is_the_same(self):
        document = determinism_test.Determinism.document
        for scenario in sorted(SCENARIOS.glob("*.yaml")):
            with self.subTest(scenario=scenario.stem):
                self.assertEqual(document(scenario, program=OTHER_PROGRAM), document(scenario))


if __name__ == "__main__":
    unittest.main()
