# SPDX-License-Identifier: Apache-2.0
"""A request costs the host no more instructions than docs/benchmarks/phb.json says, and no fewer."""

import pathlib
import subprocess
import sys
import unittest

from program import PROGRAM, SOURCE

sys.path.insert(0, str(SOURCE / "tools/bench"))

import phb_instructions as bench  # noqa: E402

BUILD = pathlib.Path(PROGRAM).resolve().parents[1]


class HostInstructions(unittest.TestCase):
    def test_they_are_those_committed(self):
        counted = {kind: bench.count(BUILD, kind) for kind in bench.KINDS}
        self.assertEqual(bench.differences(counted, bench.committed()), [])

    def test_each_kind_has_a_figure(self):
        self.assertEqual(list(bench.committed()), list(bench.KINDS))

    def test_the_table_of_the_benchmarks_shows_them(self):
        text = bench.TABLE.read_text()
        self.assertEqual(bench.table_with(text, bench.committed()), text)


class Comparison(unittest.TestCase):
    def test_three_percent_either_way_pass(self):
        for counted in (970, 1000, 1030):
            self.assertEqual(bench.differences({"hit": counted}, {"hit": 1000}), [])

    def test_more_is_named_with_its_amount_and_the_way_to_renew(self):
        (line,) = bench.differences({"hit": 1031, "request-tlp": 2000}, {"hit": 1000, "request-tlp": 2000})
        self.assertRegex(line, r"^hit \(.*\): 1031 host instructions per request, 3\.1 % more than the 1000 of ")
        self.assertIn("tools/bench/phb_instructions.py --renew", line)

    def test_less_is_named_too(self):
        (line,) = bench.differences({"hit": 969}, {"hit": 1000})
        self.assertIn("969 host instructions per request, 3.1 % fewer than the 1000 of", line)
        self.assertIn("--renew", line)

    def test_a_program_that_is_not_built_is_named(self):
        with self.assertRaisesRegex(RuntimeError, r"/nowhere/tools/bench/phb_count is not built"):
            bench.count("/nowhere", "hit")

    def test_a_table_without_the_row_is_not_renewed(self):
        with self.assertRaisesRegex(RuntimeError, "has 0 rows"):
            bench.table_with("| another row | 1 |\n", {"hit": 1})


class Count(unittest.TestCase):
    def test_refuses_what_it_does_not_know(self):
        for arguments in ((), ("hit",), ("hut", "1"), ("hit", "0"), ("hit", "x")):
            run = subprocess.run([BUILD / "tools/bench/phb_count", *arguments], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 2)
            self.assertIn("usage: phb_count", run.stderr)


if __name__ == "__main__":
    unittest.main()
