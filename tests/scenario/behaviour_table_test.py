# SPDX-License-Identifier: Apache-2.0
"""docs/behaviour.md: the table of kernel eras is whole, and every proof that it names exists."""

import gzip
import json
import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["TCESIM_SOURCE_DIR"])
COLUMNS = ["behaviour", "4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed", "evidence", "proven by"]


def table():
    """Rows of the table as lists of cells, headings between them left out."""
    lines = (SOURCE / "docs/behaviour.md").read_text().splitlines()
    first = lines.index("| " + " | ".join(COLUMNS) + " |")
    rows = []
    for line in lines[first + 2:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells[0].startswith("**"):
            rows.append(cells)
    return rows


def unit_tests():
    """Names of all GoogleTest tests, as Suite.Name."""
    names = set()
    for path in (SOURCE / "tests").rglob("*_test.cc"):
        names.update(f"{suite}.{name}" for suite, name in
                     re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE))
    return names


def sequences():
    """Names of the recorded sequences in the repository."""
    names = set()
    for path in (SOURCE / "tests/conform/vectors").glob("*.jsonl.gz"):
        with gzip.open(path, "rt") as records:
            names.update(json.loads(line)["name"] for line in records if '"seq"' in line and '"name"' in line)
    return names


class BehaviourTable(unittest.TestCase):
    def test_every_row_is_whole(self):
        rows = table()
        self.assertGreater(len(rows), 60)
        for cells in rows:
            with self.subTest(cells[0]):
                self.assertEqual(len(cells), len(COLUMNS))
                self.assertTrue(all(cells), "an empty cell")
                self.assertNotEqual(cells[1], "=", "the first era has none before it")
                self.assertRegex(cells[7], r"^[RSDO](, [RSDO])*$")

    def test_every_proof_exists(self):
        tests, recorded = unit_tests(), sequences()
        for cells in table():
            proofs = re.findall(r"`([^`]+)`", cells[8])
            with self.subTest(cells[0]):
                self.assertTrue(proofs, "no proof")
                for proof in proofs:
                    pattern = re.compile(re.escape(proof).replace(r"\*", ".*"))
                    known = tests if "." in proof else recorded
                    self.assertTrue(any(pattern.fullmatch(name) for name in known), f"there is no {proof}")


if __name__ == "__main__":
    unittest.main()
