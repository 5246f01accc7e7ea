# SPDX-License-Identifier: Apache-2.0
"""annotate: what every line of the handlers took, exact to the picosecond, from a result or a scenario."""

import collections
import decimal
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import jsonschema
from program import HEADLINE, PROGRAM, SOURCE, tcesim

SHORT = ["--set", "traffic.duration=3ms", "--set", "traffic.warmup=1ms"]
# Leaves of the ledger that are handler code end in one of these; constants, waits and idleness do not.
CODE = {"code", "atomic", "fence", "l2", "l3", "memory"}

# The part of https://www.speedscope.app/file-format-schema.json that sampled profiles use.
NUMBERS = {"type": "array", "items": {"type": "number"}}
SPEEDSCOPE = {
    "type": "object",
    "required": ["$schema", "shared", "profiles"],
    "properties": {
        "$schema": {"const": "https://www.speedscope.app/file-format-schema.json"},
        "name": {"type": "string"},
        "exporter": {"type": "string"},
        "activeProfileIndex": {"type": "integer"},
        "shared": {"type": "object", "required": ["frames"], "properties": {"frames": {"type": "array", "items": {
            "type": "object", "required": ["name"], "additionalProperties": False, "properties": {
                "name": {"type": "string"}, "file": {"type": "string"}, "line": {"type": "integer"}}}}}},
        "profiles": {"type": "array", "items": {
            "type": "object",
            "required": ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
            "properties": {
                "type": {"const": "sampled"}, "name": {"type": "string"},
                "unit": {"enum": ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]},
                "startValue": {"type": "number"}, "endValue": {"type": "number"},
                "samples": {"type": "array", "items": NUMBERS}, "weights": NUMBERS}}}},
    "additionalProperties": False,
}


class OneResult(unittest.TestCase):
    """Tests that read one result of the headline."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="annotate."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.result = cls.folder / "result.json"
        run = tcesim(HEADLINE, *SHORT, "--json", cls.result, "--quiet")
        assert run.returncode in (0, 3), run.stderr
        cls.document = json.loads(cls.result.read_text())
        cls.variants = {variant["name"]: variant for variant in cls.document["variants"]}

    def annotate(self, *arguments, of=None, **options):
        run = tcesim("annotate", of or self.result, *arguments, **options)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return run.stdout

    def assert_refused(self, run, *words):
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        for word in words:
            self.assertIn(word, run.stderr)

    def totals(self):
        return {name: sum(row["ps"] for row in variant["profile"]) for name, variant in self.variants.items()}


class Profile(OneResult):
    def test_lines_have_the_handlers_time_and_of_port_functions_no_more_than_there_is(self):
        for variant in self.variants.values():
            lines = collections.Counter()
            for row in variant["profile"]:
                self.assertEqual(row["ps"], sum(row.get("time", {}).values()))
                lines.update(row.get("time", {}))
            leaves = collections.Counter()
            for row in variant["ledger"]:
                leaves[row["leaf"].split("/", 1)[1]] += row["ps"]
            for kind in CODE:
                of_ledger = sum(ps for leaf, ps in leaves.items()
                                if leaf.rsplit("/", 1)[1] == kind and not leaf.startswith("port/"))
                self.assertEqual(lines[kind], of_ledger, kind)
            for kind in set(lines) - CODE:
                self.assertLessEqual(lines[kind], leaves[kind])
            # Nothing but handlers makes hypercalls and works on TCEs.
            for leaf in "cpu/real_mode_round_trip/constant", "port/atomic/constant", "port/access/memory":
                self.assertEqual(lines[leaf], leaves[leaf], leaf)
            self.assertTrue(variant["invariants"]["profile_sums"])

    def test_lines_have_all_instructions_and_misses(self):
        for variant in self.variants.values():
            rows, metrics = variant["profile"], variant["metrics"]
            self.assertEqual(sum(row["instructions"] for row in rows), metrics["simulated_instructions"]["value"])
            for cache in "l1", "l2", "l3":
                misses = sum(row.get("misses", {}).get(cache, 0) for row in rows)
                self.assertEqual(misses, metrics[f"cache_misses_{cache}"]["value"])

    def test_rows_are_in_order_and_hold_the_source(self):
        for variant in self.variants.values():
            times = [row["ps"] for row in variant["profile"]]
            self.assertEqual(times, sorted(times, reverse=True))
            for row in variant["profile"]:
                lines = (SOURCE / "hcall" / row["file"]).read_text().splitlines()
                self.assertEqual(lines[row["line"] - 1].strip(), row["text"])

    def test_every_hypercall_exchanges_one_entry(self):
        real = self.variants["real"]
        exchanges = sum(row["calls"] for row in real["profile"] if "port_xchg_tce" in row["text"])
        self.assertAlmostEqual(exchanges, real["metrics"]["hypercalls"]["value"], delta=5)

    def test_what_a_function_is_called_is_what_its_callers_call(self):
        profile = self.variants["real"]["profile"]
        walks = sum(call["calls"] for call in self.variants["real"]["call_graph"] if call["callee"].startswith("walk@"))
        entered = max(row["calls"] for row in profile if row["function"] == "walk" and "inlined_into" not in row)
        self.assertAlmostEqual(walks, entered, delta=5)


class HotLines(OneResult):
    def test_a_result_and_its_scenario_say_the_same(self):
        self.assertEqual(self.annotate(*SHORT, of=HEADLINE), self.annotate())
        self.assertEqual(self.annotate(*SHORT, "-j", 1, of=HEADLINE), self.annotate())

    def test_in_real_mode_the_kill_is_the_hottest_line(self):
        lines = self.annotate("--variant", "real", "--top", 3).splitlines()
        self.assertRegex(lines[0], r"^real: the handlers took \d+ ns per hypercall \(\d+ of them\)$")
        self.assertRegex(lines[3], r"^ +2\d\d +\d\d\.\d % .* 1\.00  powernv/kill\.c:\d+  phb3_kill_pages$")
        self.assertRegex(lines[4], r"port_mmio_write64\(.*\[mmio_store 200 ns\]$")
        self.assertEqual(sum(" not shown" in line for line in lines), 1)

    def test_shown_lines_and_the_others_are_all(self):
        text = self.annotate("--variant", "virtual", "--top", 7)
        above, rest, everything = [float(re.search(rf"^ +(\d+) .*{what}", text, re.MULTILINE).group(1))
                                   for what in ("7 lines above", "not shown", "all of hcall/")]
        self.assertAlmostEqual(above + rest, everything, delta=1)
        per_hypercall = self.totals()["virtual"] / self.variants["virtual"]["metrics"]["hypercalls"]["value"] / 1000
        self.assertAlmostEqual(everything, per_hypercall, delta=0.6)

    def test_the_reader_is_told_what_the_figures_are(self):
        text = self.annotate()
        self.assertIn("cycles not", text)
        self.assertIn("divided among its lines by their", text)
        self.assertIn("memory model off", self.annotate(*SHORT, "--no-cache", "--variant", "real", of=HEADLINE))

    def test_it_is_plain_and_narrow_in_a_pipe(self):
        for arguments in [], ["--top", 500], ["kvm/tce_update.c"], ["powernv/tce.c", "--variant", "userspace"]:
            text = self.annotate(*arguments)
            self.assertTrue(text.isascii() and all(c == "\n" or c.isprintable() for c in text))
            self.assertLessEqual(max(map(len, text.splitlines())), 80, arguments)


class WholeFile(OneResult):
    def test_every_line_is_there_and_what_ran_has_figures(self):
        text = self.annotate("powernv/kill.c")
        self.assertTrue(text.startswith("real: powernv/kill.c took "))
        numbers = re.findall(r"^(.{24}) +(\d+)(?:  |$)", text, re.MULTILINE)
        source = (SOURCE / "hcall/powernv/kill.c").read_text().splitlines()
        self.assertEqual([int(number) for _, number in numbers], list(range(1, len(source) + 1)))
        ran = {row["line"] for row in self.variants["real"]["profile"] if row["file"] == "powernv/kill.c"}
        self.assertEqual({int(number) for figures, number in numbers if figures.strip()}, ran)

    def test_the_last_variant_is_shown_unless_one_is_named(self):
        self.assertEqual(self.annotate("hcall/powernv/kill.c"), self.annotate("kill.c", "--variant", "real"))
        self.assertTrue(self.annotate("kill.c", "--variant", "virtual").startswith("virtual: powernv/kill.c took "))
        self.assertEqual(self.annotate("kill.c", *SHORT, of=HEADLINE), self.annotate("kill.c"))

    def test_it_finds_the_source_from_anywhere(self):
        self.assertEqual(self.annotate("kill.c", cwd=self.folder), self.annotate("kill.c"))

    def test_source_that_is_not_what_ran_is_refused(self):
        other = self.folder / "other"
        shutil.copytree(SOURCE / "hcall", other)
        self.assertEqual(self.annotate("kill.c", "--source", other), self.annotate("kill.c"))
        path = other / "powernv/kill.c"
        path.write_text("\n" + path.read_text())
        self.assert_refused(tcesim("annotate", self.result, "kill.c", "--source", other), str(path), "line ",
                            "ran, and it is", "--source")


class Stacks(OneResult):
    def test_folded_stacks_sum_to_the_profile(self):
        text = self.annotate("--folded", "-")
        sums = collections.Counter()
        for line in text.splitlines():
            self.assertRegex(line, r"^[^;]+(;[^;]+)+ [1-9]\d*$")
            stack, ps = line.rsplit(" ", 1)
            sums[stack.split(";")[0]] += int(ps)
        self.assertEqual(sums, self.totals())
        self.assertEqual(len(text.splitlines()), len(set(line.rsplit(" ", 1)[0] for line in text.splitlines())))

    def test_callers_are_known(self):
        text = self.annotate("--folded", "-", "--variant", "real")
        way = "real;vcpu0;H_PUT_TCE;real mode;kvm_hcall;handle;kvm_h_put_tce;put_tce;"
        kill = r"tce_kill;kill_pages;phb3_kill_pages;powernv/kill.c:\d+;cpu/mmio_store/constant"
        self.assertRegex(text, rf"(?m)^{way}.*;{kill} \d+$")
        self.assertRegex(text, r"(?m)^real;vcpu0;DMA API;guest;dma_map;iova_alloc;")

    def test_the_two_ways_into_a_function_share_its_time_by_calls(self):
        walk = sum(row["ps"] for row in self.variants["real"]["profile"]
                   if row["function"] == "walk" and row["level"] == "real mode")
        stacks = self.annotate("--folded", "-", "--variant", "real").splitlines()
        through_slot = sum(int(stack.rsplit(" ", 1)[1]) for stack in stacks
                           if ";real mode;" in stack and ";iommu_table_slot;walk;powernv/iommu_table.c" in stack)
        self.assertAlmostEqual(through_slot / walk, 0.5, delta=0.01)

    def test_speedscope_gets_a_profile_a_variant_that_sums(self):
        path = self.folder / "speedscope.json"
        self.assertIn("not shown", self.annotate("--speedscope", path))
        document = json.loads(path.read_text(), parse_float=decimal.Decimal)
        jsonschema.validate(json.loads(path.read_text()), SPEEDSCOPE)
        self.assertEqual([profile["name"] for profile in document["profiles"]], list(self.variants))
        frames = document["shared"]["frames"]
        for profile in document["profiles"]:
            self.assertEqual(len(profile["samples"]), len(profile["weights"]))
            self.assertEqual(sum(profile["weights"]) * 1000, self.totals()[profile["name"]])
            self.assertEqual(profile["endValue"] * 1000, self.totals()[profile["name"]])
            for sample in profile["samples"]:
                self.assertTrue(all(0 <= frame < len(frames) for frame in sample))
                leaf = next(frames[number] for number in reversed(sample) if "line" in frames[number])
                self.assertEqual(leaf["name"], f"{leaf['file'].removeprefix('hcall/')}:{leaf['line']}")

    def test_both_are_the_same_every_time(self):
        path = self.folder / "again.json"
        export = ["--folded", "-", "--speedscope", path]
        of_result = self.annotate(*export), path.read_text()
        self.assertEqual((self.annotate(*SHORT, *export, of=HEADLINE), path.read_text()), of_result)


class BadInput(OneResult):
    def test_files_that_are_no_results(self):
        text = self.folder / "text.json"
        text.write_text("no json")
        self.assert_refused(tcesim("annotate", text), "text.json", "not JSON")
        text.write_text('{"schema": "other/7"}')
        self.assert_refused(tcesim("annotate", text), "other/7", "tcesim.results/1")
        text.write_text("[]")
        self.assert_refused(tcesim("annotate", text), "no schema")
        self.assert_refused(tcesim("annotate", self.folder / "none.json"), "none.json: No such file")
        self.assert_refused(tcesim("annotate", self.folder), "Is a directory")
        self.assert_refused(tcesim("annotate", "no/such.yaml"), "no/such.yaml")

    def altered(self, alter):
        document = json.loads(self.result.read_text())
        alter(document)
        path = self.folder / "altered.json"
        path.write_text(json.dumps(document))
        return tcesim("annotate", path)

    def test_damaged_results(self):
        self.assert_refused(self.altered(lambda d: d["variants"][0].pop("profile")), "no profile")
        self.assert_refused(self.altered(lambda d: d.pop("variants")), "damaged")
        self.assert_refused(self.altered(lambda d: d.update(variants=[])), "no variants")
        self.assert_refused(self.altered(lambda d: d["variants"][0]["profile"][0].update(line="five")), "damaged")
        self.assert_refused(self.altered(lambda d: d["variants"][0]["profile"][0].update(calls=-1)), "damaged")
        self.assert_refused(self.altered(lambda d: d["variants"][0]["call_graph"][0].update(caller=10**6)), "damaged")

    def test_a_variant_that_did_not_finish_is_named_and_the_others_shown(self):
        run = self.altered(lambda d: d["variants"][0].update(error="it died", user_error=False, profile=[],
                                                             call_graph=[]))
        self.assertEqual(run.returncode, 0)
        self.assertIn("variant userspace: it died", run.stderr)
        self.assertTrue(run.stdout.startswith("virtual: "))

    def test_slips_get_a_suggestion(self):
        self.assert_refused(tcesim("annotate", self.result, "--variant", "rael"), "did you mean 'real'?")
        self.assert_refused(tcesim("annotate", self.result, "kvm/putt_tce.c"), "did you mean 'kvm/put_tce.c'?")
        self.assert_refused(tcesim("annotate", self.result, "--toop", "3"), "did you mean '--top'?")

    def test_options_that_would_do_nothing(self):
        self.assert_refused(tcesim("annotate", self.result, "--top", "-3"), "--top")
        self.assert_refused(tcesim("annotate", self.result, "--seed", "3"), "--seed", "name the scenario")
        self.assert_refused(tcesim("annotate", self.result, "kill.c", "--top", "3"), "--top")
        self.assert_refused(tcesim("annotate", self.result, "--folded", "-", "--speedscope", "-"), "standard output")
        self.assert_refused(tcesim("annotate", self.result, "--folded", "/no/such/folder/x"), "/no/such/folder/x")


class ChangedHandler(OneResult):
    LOOP = "\tfor (volatile u64 again = 24; again; again--)\n\t\t;\n"

    def test_a_line_that_is_added_appears_with_what_it_costs(self):
        copy = self.folder / "mine"
        shutil.copytree(SOURCE / "hcall", copy)
        path = copy / "kvm/put_tce.c"
        text = path.read_text()
        at = text.index("\tlong rc = tce_validate(")
        at = text.index("\n\n", at) + 2
        path.write_text(text[:at] + self.LOOP + text[at:])
        line = text[:at].count("\n") + 1
        build = subprocess.run([SOURCE / "tools/build-handlers", copy], capture_output=True, text=True, check=False,
                               env={**os.environ, "TCESIM_BUILD": str(pathlib.Path(PROGRAM).parents[2])})
        self.assertEqual(build.returncode, 0, build.stderr)
        run = [HEADLINE, *SHORT, "--variant", "real", "--set", f"host.handlers={copy.with_suffix('.so')}"]
        hot = tcesim("annotate", *run)
        self.assertEqual((hot.returncode, hot.stderr), (0, ""))
        self.assertRegex(hot.stdout, rf"kvm/put_tce\.c:{line}  put_tce\n +for \(volatile u64 again = 24; again")
        self.assertEqual(tcesim("annotate", "kvm/put_tce.c", "--top", 1, *run).returncode, 2)
        whole = tcesim("annotate", run[0], "kvm/put_tce.c", *run[1:])
        self.assertEqual((whole.returncode, whole.stderr), (0, ""))
        self.assertRegex(whole.stdout, rf"(?m)^ +[\d.]+ .* +{line}  +for \(volatile u64 again")


if __name__ == "__main__":
    unittest.main()
