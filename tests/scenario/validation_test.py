# SPDX-License-Identifier: Apache-2.0
"""tcesim validate: published figures beside simulated ones, and the document that shows them."""

import json
import pathlib
import re
import sys
import tempfile
import unittest

from program import SCENARIOS, SOURCE, tcesim

sys.path.insert(0, str(SOURCE / "tools"))
import validation_report  # noqa: E402

FORMULAS = "name: own\nabout: rows of a test\nvalidate:\n"
TABLE = "formula: table_bytes, span: 1GiB, page: 64KiB"  # 131072 bytes
PACKETS = "formula: pcie_write, link: {gen: 1, lanes: 8, mps: 128B, mrrs: 512B}, bytes: 128B"
HEADLINE = f"name: own\nabout: rows of a test\nextends: {SCENARIOS}/cxgb3_10g.yaml\ntraffic: {{duration: 2ms, warmup: 1ms}}\nvalidate:\n"
METRIC = "variant: real, metric: throughput"


def row(what, published, more="", kind="verified"):
    return f'  - {{quantity: q, {what}, published: {published}, source: s, kind: {kind}{", " + more if more else ""}}}\n'


class Own(unittest.TestCase):
    """Runs the command on files that a test writes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def validate(self, text, *arguments):
        (self.folder / "own.yaml").write_text(text)
        return tcesim("validate", self.folder / "own.yaml", *arguments)

    def only_row(self, text, code=0):
        done = self.validate(text, "--json", "-")
        self.assertEqual(done.returncode, code, done.stderr)
        (found,) = json.loads(done.stdout)["rows"]
        return found


class Rows(Own):
    def test_a_figure_is_compared_by_share(self):
        found = self.only_row(FORMULAS + row(TABLE, "125KiB", "tolerance: 3 %"))
        self.assertEqual((found["published"], found["simulated"], found["unit"]), (128000, 131072, "B"))
        self.assertEqual((found["error"], found["tolerance"], found["pass"]), (24000, 30000, True))
        self.assertEqual((found["kind"], found["source"], found["scenario"]), ("verified", "s", "own"))

    def test_a_row_beyond_its_tolerance_fails_the_command(self):
        for tolerance in ("2.3 %", "0.5%", "exact"):
            found = self.only_row(FORMULAS + row(TABLE, "125KiB", f"tolerance: {tolerance}"), code=3)
            self.assertIs(found["pass"], False)

    def test_a_tolerance_ends_exactly_where_it_says(self):
        self.assertTrue(self.only_row(FORMULAS + row(TABLE, "125KiB", "tolerance: 2.4 %"))["pass"])
        self.only_row(FORMULAS + row(TABLE, "125KiB", "tolerance: 2.3999 %"), code=3)

    def test_without_a_tolerance_nothing_is_decided(self):
        found = self.only_row(FORMULAS + row(TABLE, "1KiB"))
        self.assertEqual((found["error"], found["tolerance"], found["pass"]), (127_000_000, None, None))
        self.assertRegex(self.validate(FORMULAS + row(TABLE, "1KiB")).stdout, r"\+12700\.00 %  verified   -\n")

    def test_within_a_range_there_is_no_error(self):
        found = self.only_row(FORMULAS + row(TABLE, "100..200KiB", "tolerance: exact"))
        self.assertEqual((found["published"], found["error"], found["pass"]), ([102400, 204800], 0, True))
        self.assertIn("within", self.validate(FORMULAS + row(TABLE, "100..200KiB")).stdout)
        found = self.only_row(FORMULAS + row(TABLE, "160..200KiB", "tolerance: 10 %"), code=3)
        self.assertEqual(found["error"], -200000)

    def test_the_read_completion_boundary_counts(self):
        read = PACKETS.replace("pcie_write", "pcie_read").replace("bytes: 128B", "bytes: 512B")
        whole = self.only_row(FORMULAS + row(read, "10Gb/s"))["simulated"]
        pieces = self.only_row(FORMULAS + row(read.replace("mrrs: 512B", "mrrs: 512B, rcb: 64B"), "10Gb/s"))["simulated"]
        self.assertAlmostEqual(pieces / whole, (512 + 4 * 20) / (512 + 8 * 20), places=4)

    def test_a_metric_may_be_scaled_or_divided_by_that_of_another_variant(self):
        plain = self.only_row(HEADLINE + row(METRIC, "871MB/s"))
        scaled = self.only_row(HEADLINE + row(METRIC, "871MB/s", "scale: 1000/3"))
        self.assertAlmostEqual(scaled["simulated"], plain["simulated"] * 1000 / 3, delta=1)
        rows = HEADLINE + row(METRIC, "3.4..4.6", "over: userspace") + row(METRIC.replace("real", "userspace"), "220MB/s")
        ratio, base = json.loads(self.validate(rows, "--json", "-").stdout)["rows"]
        self.assertEqual(ratio["unit"], "ppm")
        self.assertAlmostEqual(ratio["simulated"], plain["simulated"] * 10**6 / base["simulated"], delta=1)

    def test_only_variants_that_rows_name_are_run(self):
        variants = "expect: []\nvariants: {real: {host.tce: real}, broken: {host.tce: real, host.handlers: own.yaml}}\nvalidate:"
        text = HEADLINE.replace("validate:", variants)
        self.assertEqual(self.validate(text + row(METRIC, "871MB/s"), "--kernel=systemc").returncode, 0)
        done = self.validate(text + row(METRIC.replace("real", "broken"), "871MB/s", "tolerance: 1 %"))
        self.assertIn(done.returncode, (1, 2))
        self.assertRegex(done.stdout, r"871 MB/s +- +- +verified +FAIL")

    def test_a_scenario_with_rows_runs_like_any_other(self):
        (self.folder / "own.yaml").write_text(HEADLINE + row(METRIC, "1MB/s", "tolerance: exact"))
        done = tcesim("run", self.folder / "own.yaml", "--variant", "real")
        self.assertIn("own: rows of a test", done.stdout)
        self.assertIn(done.returncode, (0, 3))

    def test_a_file_of_formulas_alone_is_nothing_to_run(self):
        (self.folder / "own.yaml").write_text(FORMULAS + row(TABLE, "1KiB"))
        done = tcesim("run", self.folder / "own.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("missing required key 'guest'", done.stderr)

    def test_a_list_names_rows_without_running_them(self):
        done = self.validate(HEADLINE + row(METRIC, "1MB/s", "tolerance: exact", kind="predicted"), "--list")
        self.assertEqual((done.returncode, done.stdout), (0, "predicted  own: q\n"))


class Mistakes(Own):
    CASES = {
        "nothing": ("", "the file is empty"),
        "no rows": (HEADLINE.replace("validate:\n", ""), "nothing to validate"),
        "no source": (FORMULAS + row(TABLE, "1KiB").replace("source: s, ", ""), "4:5: error: missing required key 'source' in validate[0]"),
        "no name": (FORMULAS[10:] + row(TABLE, "1KiB"), "1:1: error: missing required key 'name'"),
        "unknown key": (FORMULAS + row(TABLE, "1KiB", "tolerence: 3 %"), "did you mean 'tolerance'?"),
        "kind": (FORMULAS + row(TABLE, "1KiB", kind="verifed"), "did you mean 'verified'?"),
        "unit": (FORMULAS + row(TABLE, "1KB/s"), "validate[0].published: "),
        "backwards": (FORMULAS + row(TABLE, "2KiB..1KiB"), "ends below its beginning"),
        "tolerance": (FORMULAS + row(TABLE, "1KiB", "tolerance: 3"), "must be a share such as 3 %"),
        "tolerance too fine": (FORMULAS + row(TABLE, "1KiB", "tolerance: 0.00001 %"), "multiple of 0.0001 %"),
        "both": (FORMULAS + row(TABLE + ", metric: throughput", "1KiB"), "either a metric or a formula"),
        "neither": (FORMULAS + row("variant: real", "1KiB"), "either a metric or a formula"),
        "argument too few": (FORMULAS + row("formula: table_bytes, span: 1GiB", "1KiB"), "formula table_bytes needs 'page'"),
        "argument too many": (FORMULAS + row(TABLE + ", bytes: 1B", "1KiB"), "bytes means nothing to formula table_bytes"),
        "ragged": (FORMULAS + row(TABLE.replace("1GiB", "1000001KiB"), "1KiB"), "must be a multiple of page (64KiB)"),
        "link": (FORMULAS + row(PACKETS.replace("lanes: 8, ", ""), "1Gb/s"), "missing required key 'lanes' in validate[0].link"),
        "x alone": (FORMULAS + row(TABLE, "1KiB", "x: 3"), "both curve and x, or neither"),
        "x": (FORMULAS + row(TABLE, "1KiB", "curve: c, x: 3MB/s"), "must be a number, a size or a time"),
        "variant": (HEADLINE + row(METRIC.replace("real", "reel"), "1MB/s"), "unknown variant 'reel'; did you mean 'real'?"),
        "variant without a machine": (FORMULAS + row(METRIC, "1MB/s"), "describes no machine"),
        "metric": (HEADLINE + row(METRIC.replace("throughput", "troughput"), "1MB/s"), "did you mean 'throughput'?"),
        "no variant": (HEADLINE + row("metric: throughput", "1MB/s"), "needs 'variant'"),
        "scale": (HEADLINE + row(METRIC, "1MB/s", "scale: 0"), "must be a whole number from 1"),
        "formula scaled": (FORMULAS + row(TABLE, "1KiB", "scale: 2"), "scale means nothing to a formula"),
    }

    def test_each_mistake_is_named_with_its_place(self):
        for name, (text, words) in self.CASES.items():
            with self.subTest(name):
                done = self.validate(text)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn("own.yaml", done.stderr)
                self.assertIn(words, done.stderr)

    def test_options_that_would_do_nothing_are_refused(self):
        self.assertEqual(tcesim("validate", "--list", "--json", "-").returncode, 2)
        self.assertEqual(tcesim("validate", "--set", "a=b").returncode, 2)
        self.assertEqual(tcesim("validate", "no/such/file.yaml").returncode, 2)


class Shipped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = tcesim("validate")
        cls.rows = json.loads(tcesim("validate", "--json", "-").stdout)["rows"]

    def test_every_gating_row_passes(self):
        self.assertEqual(self.text.returncode, 0, self.text.stderr)
        self.assertNotIn("FAIL", self.text.stdout)
        self.assertTrue(all(found["pass"] is not False for found in self.rows))

    def test_the_table_fits_a_terminal(self):
        self.assertLessEqual(max(map(len, self.text.stdout.splitlines())), 80)
        self.assertNotIn("\x1b", self.text.stdout)

    def test_the_footer_counts_the_rows(self):
        kinds = [found["kind"] for found in self.rows]
        judged = [found["pass"] for found in self.rows if found["pass"] is not None]
        count = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("input", "fitted", "verified", "predicted"))
        last = self.text.stdout.splitlines()[-3:]
        self.assertEqual(last[0], f"{len(kinds)} rows: {count}")
        self.assertEqual(last[1], f"passed {sum(judged)} of {len(judged)} that have a tolerance")
        predicted, fitted = kinds.count("predicted"), kinds.count("fitted")
        self.assertEqual(last[2], f"predicted {predicted} of {predicted + fitted} that are neither input nor verified")

    def test_the_list_names_every_row(self):
        listed = tcesim("validate", "--list").stdout
        self.assertEqual(len(re.findall(r"^\w", listed, re.M)), len(self.rows))

    def test_the_document_is_what_the_program_says(self):
        written = (SOURCE / "docs/validation.md").read_text()
        self.assertTrue(written == validation_report.markdown(self.rows, self.text.stdout), "run tools/validation_report.py")

    def test_the_document_has_its_plots_and_no_other(self):
        wanted = {validation_report.file_of(plot) for plot in validation_report.plots_of(self.rows)}
        self.assertEqual({file.name for file in (SOURCE / "docs/validation").glob("*")}, wanted)


if __name__ == "__main__":
    unittest.main()
