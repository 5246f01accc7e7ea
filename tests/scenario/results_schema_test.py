# SPDX-License-Identifier: Apache-2.0
"""The result document is what its schema and its promises say."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

import jsonschema

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TCESIM_PROGRAM", str(SOURCE / "build/release/bin/tcesim"))
SCENARIO = "scenarios/cxgb3_10g.yaml"
SHORT = ["--set", "traffic.duration=2ms", "--set", "traffic.warmup=1ms"]
JUDGED = (0, 3)  # 2 ms are too short for the published figures to come out


def tcesim(*arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=SOURCE, capture_output=True, text=True, timeout=240, check=False)


def no_fractions(text):
    raise AssertionError(f"a fraction outside host: {text}")


def without_host(text):
    """The document as text up to its last key, host."""
    return text[: text.rindex('"host"')]


class ResultsSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads((SOURCE / "docs/results.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.run_all = tcesim(SCENARIO, *SHORT, "--json", "-")

    def document(self, run, codes=JUDGED):
        self.assertIn(run.returncode, codes, run.stderr)
        document = json.loads(run.stdout)
        jsonschema.Draft202012Validator(self.schema).validate(document)
        self.assertEqual(list(document)[-1], "host")
        json.loads(without_host(run.stdout).rstrip().rstrip(",") + "}", parse_float=no_fractions)
        return document

    def test_full_run(self):
        document = self.document(self.run_all)
        self.assertTrue(document["complete"])
        self.assertEqual([v["name"] for v in document["variants"]], ["userspace", "virtual", "real"])
        for variant in document["variants"]:
            self.assertNotIn("error", variant)
            self.assertIn("throughput", variant["metrics"])
            self.assertTrue(variant["ledger"])

    def test_stderr_is_silent_off_the_terminal(self):
        self.assertEqual(self.run_all.stderr, "")

    def test_expectations_agree_with_the_metrics(self):
        document = self.document(self.run_all)
        values = {v["name"]: v["metrics"] for v in document["variants"]}
        self.assertEqual(len(document["expect"]), 4)
        for line in document["expect"]:
            value = values[line["variant"]][line["metric"]]["value"]
            self.assertEqual(line["value"], value)
            holds = line.get("min", value) <= value <= line.get("max", value)
            if "above" in line:
                holds = holds and value > values[line["above"]][line["metric"]]["value"]
            self.assertEqual(line["pass"], holds)
        self.assertEqual(self.run_all.returncode, 0 if all(e["pass"] for e in document["expect"]) else 3)

    def test_ledger_of_every_vcpu_sums_up_to_the_measured_time(self):
        for variant in self.document(self.run_all)["variants"]:
            sums = {}
            for row in variant["ledger"]:
                owner = row["leaf"].split("/")[0]
                sums[owner] = sums.get(owner, 0) + row["ps"]
            self.assertEqual(set(sums.values()), {2_000_000_000}, variant["name"])

    def test_every_metric_is_in_the_catalogue(self):
        catalogue = tcesim("metrics")
        self.assertEqual(catalogue.returncode, 0)
        known = {}
        for line in catalogue.stdout.splitlines()[1:]:
            if not line.startswith(" "):
                name, unit, better = line.split()[:3]
                known[name] = (unit, better)
        for variant in self.document(self.run_all)["variants"]:
            for name, metric in variant["metrics"].items():
                self.assertEqual(known[name], (metric["unit"], metric["better"]))

    def test_only_host_differs_between_runs(self):
        again = tcesim(SCENARIO, *SHORT, "--json", "-", "-j", "1")
        self.assertEqual(without_host(again.stdout), without_host(self.run_all.stdout))

    def test_a_file_gets_the_same_document(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "out.json")
            run = tcesim(SCENARIO, *SHORT, "--json", path)
            self.assertIn(run.returncode, JUDGED)
            self.assertIn("where the time goes", run.stdout)
            self.assertEqual(os.listdir(directory), ["out.json"])
            text = pathlib.Path(path).read_text()
        self.assertEqual(without_host(text), without_host(self.run_all.stdout))

    def test_one_variant_leaves_the_other_lines_not_run(self):
        document = self.document(tcesim(SCENARIO, *SHORT, "--variant", "real", "--json", "-"))
        self.assertEqual([v["name"] for v in document["variants"]], ["real"])
        self.assertEqual([e.get("not_run", False) for e in document["expect"]], [True, True, False, True])

    def test_no_cache_is_marked_approximate(self):
        document = self.document(tcesim(SCENARIO, *SHORT, "--variant", "real", "--no-cache", "--json", "-"))
        self.assertEqual(document["tool"]["timing"], "approximate")
        self.assertTrue(document["variants"][0]["approximations"])

    def test_seed_and_overrides_are_on_record(self):
        run = tcesim(SCENARIO, *SHORT, "--variant", "real", "--seed", "7", "--json", "-")
        document = self.document(run)
        self.assertEqual(document["scenario"]["seed"], 7)
        self.assertEqual(document["scenario"]["resolved"]["real"]["traffic"]["duration"], 2_000_000_000)
        self.assertNotEqual(
            document["scenario"]["sha256"],
            self.document(tcesim(SCENARIO, "--set", "traffic.duration=2ms", "--variant", "real", "--json", "-"))[
                "scenario"
            ]["sha256"],
        )

    def test_a_story_is_in_order(self):
        document = self.document(tcesim(SCENARIO, *SHORT, "--follow", "2", "--json", "-"))
        (variant,) = document["variants"]
        self.assertEqual(variant["name"], "real")
        times = [step["time_ps"] for step in variant["story"]]
        self.assertGreater(len(times), 5)
        self.assertEqual(times, sorted(times))

    def test_an_interrupt_leaves_a_valid_incomplete_document(self):
        command = [PROGRAM, SCENARIO, "--set", "traffic.duration=10s", "--json", "-"]
        with subprocess.Popen(command, cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        run = subprocess.CompletedProcess(command, process.returncode, out, err)
        document = self.document(run, codes=(130,))
        self.assertFalse(document["complete"])
        self.assertTrue(all(re.search("interrupted", v["error"]) for v in document["variants"]))


if __name__ == "__main__":
    unittest.main()
