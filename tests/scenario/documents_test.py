# SPDX-License-Identifier: Apache-2.0
"""What the documents show is what the program prints, and where they point there is something."""

import re
import unittest

from program import HEADLINE, SOURCE, tcesim

DOCUMENTS = sorted(SOURCE.glob("*.md")) + sorted(SOURCE.glob("docs/*.md")) + sorted(SOURCE.glob("tools/*/README.md"))


class Documents(unittest.TestCase):
    def test_the_sample_of_the_readme_is_the_output(self):
        sample = re.search(r"```\n(cxgb3_10g: .*?)\n```", (SOURCE / "README.md").read_text(), re.S)[1]
        done = tcesim(HEADLINE.relative_to(SOURCE))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.rstrip().splitlines(), sample.splitlines())

    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
                if "://" not in target:
                    with self.subTest(document=document.name, target=target):
                        self.assertTrue((document.parent / target).exists())

    def test_scenarios_that_are_named_exist(self):
        for document in DOCUMENTS:
            for name in re.findall(r"scenarios/([a-z0-9_/]+\.yaml)", document.read_text()):
                if document.name != "scenario.md":  # its examples are made up
                    with self.subTest(document=document.name, scenario=name):
                        self.assertTrue((SOURCE / "scenarios" / name).exists())


if __name__ == "__main__":
    unittest.main()
