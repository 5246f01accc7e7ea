# SPDX-License-Identifier: Apache-2.0
"""Long loops of the handlers, 67 million steps each: charging most of them is running them, to the picosecond."""

import unittest

from loops_test import ATTACHED, LEVELS, SIZE, Compared

LARGE = {SIZE: "4TiB", LEVELS: 2, "host.clear": "walk"}


class ExactLoops(Compared):
    def test_of_2_26_entries(self):
        self.compare("power8", "phb3", {"detached": LARGE, "attached": {**LARGE, **ATTACHED}})


if __name__ == "__main__":
    unittest.main()
