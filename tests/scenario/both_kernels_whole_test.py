# SPDX-License-Identifier: Apache-2.0
"""--kernel=systemc changes nothing in any scenario as it is shipped."""

import unittest

from both_kernels import FILES, check


class BothKernels(unittest.TestCase):
    def test_each_scenario_is_the_same(self):
        for name in FILES:
            with self.subTest(scenario=name):
                check(self, name, {})


if __name__ == "__main__":
    unittest.main()
