# SPDX-License-Identifier: Apache-2.0
"""host.kernel takes every preset of the handlers, and its own object runs."""

import json
import pathlib
import re
import unittest

from handlers import SOURCE
from program import HEADLINE, PROGRAM, setting, tcesim

import units

PRESETS = list(units.presets(SOURCE / "hcall"))
SHORT = {"traffic.duration": "3ms", "traffic.warmup": "1ms"}


class Kernels(unittest.TestCase):
    def test_there_are_those_of_policy_h(self):
        run = tcesim(HEADLINE, "--set", "host.kernel=none")
        words = re.search(r"host\.kernel must be (.*), not 'none'", run.stderr)[1]
        self.assertEqual(re.split(r", | or ", words), PRESETS)

    def test_each_has_an_object_that_runs(self):
        for preset in PRESETS:
            with self.subTest(preset=preset):
                values = {**SHORT, "host.kernel": preset, "host.tce": "virtual"}  # all variants must be valid
                run = tcesim(HEADLINE, *setting(values), "--variant", "virtual", "--json", "-")
                self.assertIn(run.returncode, (0, 3), run.stderr)
                variant = json.loads(run.stdout)["variants"][0]
                self.assertNotIn("error", variant)
                self.assertEqual(variant["handlers"]["object"], f"built-in {preset}")
                self.assertGreater(variant["metrics"]["hypercalls"]["value"], 100)

    def test_each_object_names_its_preset(self):
        for preset in PRESETS:
            content = (pathlib.Path(PROGRAM).parents[1] / f"handlers-{preset}.so").read_bytes()
            self.assertIn(f"\0{preset}\0".encode(), content)


if __name__ == "__main__":
    unittest.main()
