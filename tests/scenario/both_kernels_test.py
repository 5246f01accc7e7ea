# SPDX-License-Identifier: Apache-2.0
"""--kernel=systemc changes nothing in any scenario; long ones are cut short here, and whole in both_kernels_whole_test."""

import unittest

from both_kernels import FILES, check, runs
from program import SMALLER

CUT = {"traffic.duration": "10ms", "traffic.warmup": "3ms"}
SHORT = {
    **SMALLER,
    "cxgb3_10g": CUT,
    "cxgb3_10g_both": CUT,
    "cxgb3_10g_multitce": CUT,
    "cxgb3_10g_rx": CUT,
    "ddw_on_off": {**CUT, **SMALLER["ddw_on_off"]},
    "kernels_10g": CUT,
    "nvme_1m": {"traffic.duration": "10ms"},
    "sparse_4k_host": {"iommu.windows[0].size": "1TiB", "traffic.mapped": "64MiB"},
    "sparse_55bit": {"iommu.windows[0].size": "64TiB", "traffic.mapped": "64MiB"},
    "validation/guest_shutdown": {"guest.ram": "256MiB", "traffic.mapped": "256MiB"},
    "validation/headline": CUT,
    "validation/iotlb_bandwidth": {"traffic.duration": "100us", "traffic.warmup": "50us"},
    "validation/map_memory": {"traffic.mapped": "64MiB"},
    "validation/window_clear": {"iommu.windows[0].size": "1GiB"},
}


class BothKernels(unittest.TestCase):
    def test_each_scenario_is_the_same(self):
        for name in FILES:
            with self.subTest(scenario=name):
                check(self, name, SHORT.get(name, {}))

    def test_what_is_cut_short_is_there(self):
        self.assertLessEqual(SHORT.keys(), FILES.keys())

    def test_only_files_of_formulas_are_not_run(self):
        self.assertEqual([name for name, path in FILES.items() if not runs(path)], ["validation/pcie", "validation/tables"])


if __name__ == "__main__":
    unittest.main()
