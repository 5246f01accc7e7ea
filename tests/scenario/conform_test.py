# SPDX-License-Identifier: Apache-2.0
"""tcesim conform: recordings that match, a difference in words, and files that are wrong."""
import gzip
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["TCESIM_PROGRAM"]
VECTORS = pathlib.Path(os.environ["TCESIM_SOURCE_DIR"]) / "tests" / "conform" / "vectors"
HEADER = {"t": "hdr", "format": 1, "kernel": "5.10.262", "host_page": 65536, "file": "made"}
SEQUENCE = {"t": "seq", "seq": 4, "name": "made up"}
RESET = {"t": "op", "i": 0, "c": "reset", "radix": 0, "limit": "100", "p8": 1, "r": 0}
VIEW = {"t": "op", "i": 1, "c": "stt", "liobn": "80000001", "shift": 12, "offset": "0", "size": "10", "r": 0,
        "lock": 2}
TOUCH = {"t": "op", "i": 2, "c": "gtouch", "liobn": "80000001", "page": "0", "r": 0,
         "lv": [["g80000001", 0, "0"]]}
PUT = {"t": "op", "i": 3, "c": "put", "mode": "rm", "liobn": "80000001", "ioba": "5000", "tce": "7000",
       "s": [{"m": "rm", "rc": 0, "d": [["g80000001", "5", "7000"]]}], "f": "ok"}
STORY = [HEADER, SEQUENCE, RESET, VIEW, TOUCH, PUT]


def conform(*arguments):
    return subprocess.run([PROGRAM, "conform", *map(str, arguments)], capture_output=True, text=True, check=False)


class Recorded(unittest.TestCase):
    def test_every_file_of_the_repository_matches(self):
        files = sorted(VECTORS.glob("*.jsonl.gz"))
        done = conform(*files)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], "1194 passed, 0 failed")
        for file in files:
            self.assertIn(f"{file.name}: kernel", done.stdout.replace("\n", " "))
        self.assertLessEqual(sum(file.stat().st_size for file in VECTORS.iterdir()), 2_500_000)

    @unittest.skipUnless(os.environ.get("TCESIM_VECTORS"), "larger recordings are not here (TCESIM_VECTORS)")
    def test_larger_files_match(self):
        done = conform(*sorted(pathlib.Path(os.environ["TCESIM_VECTORS"]).glob("*.jsonl.gz")))
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn(" 0 failed", done.stdout.splitlines()[-1])


class Made(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "made.jsonl"

    def write(self, records):
        self.file.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))
        return self.file

    def changed(self, number, **fields):
        return STORY[:number] + [{**STORY[number], **fields}] + STORY[number + 1:]

    def without(self, number, field):
        return STORY[:number] + [{key: value for key, value in STORY[number].items() if key != field}] + STORY[number + 1:]

    def refused(self, *words, arguments=()):
        done = conform(*arguments, self.file)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_sequence_that_matches_passes(self):
        done = conform(self.write(STORY))
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "1 passed, 0 failed"))

    def test_gzip_is_read_too(self):
        compressed = self.file.with_suffix(".gz")
        compressed.write_bytes(gzip.compress(self.write(STORY).read_bytes()))
        self.assertEqual(conform(compressed).stdout.splitlines()[-1], "1 passed, 0 failed")

    def test_a_difference_is_told_by_operation_table_and_entry(self):
        stage = {"m": "rm", "rc": -4, "d": [["g80000001", "5", "7003"]]}
        done = conform(self.write(self.changed(5, s=[stage])))
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        text = " ".join(done.stdout.split())
        self.assertIn("sequence 4 made up, operation 3: H_PUT_TCE liobn 0x80000001 ioba 0x5000 tce 0x7000, real mode",
                      text)
        self.assertIn("real mode: return code expected H_PARAMETER (-4) got H_SUCCESS (0)", text)
        self.assertIn("view of liobn 0x80000001, entry 0x5 expected 0x7003 got 0x7000", text)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertLessEqual(max(map(len, done.stdout.replace(str(self.file), "f").splitlines())), 80)

    def test_explain_tells_every_operation(self):
        done = conform("--explain", self.write(self.changed(5, s=[{"m": "rm", "rc": -4}])))
        self.assertEqual(done.returncode, 1)
        for words in ("0  a new host", "1  KVM_CREATE_SPAPR_TCE_64", "3  H_PUT_TCE", "as expected:", "different:"):
            self.assertIn(words, done.stdout)

    def test_explain_without_a_failure_says_so(self):
        self.assertIn("nothing to explain", conform("--explain", self.write(STORY)).stdout)
        self.assertIn("3  H_PUT_TCE", conform("--explain", "--only", 4, self.file).stdout)

    def test_stops_after_so_many_failures(self):
        bad = self.changed(5, s=[{"m": "rm", "rc": -4}])
        done = conform("--stop-after", 1, self.write(bad + [{**SEQUENCE, "seq": 5}] + bad[2:]))
        self.assertEqual(done.stdout.splitlines()[-2:], ["stopped after 1 failed", "0 passed, 1 failed"])

    def test_an_operation_out_of_bounds_must_be_refused(self):
        out = {**PUT, "ioba": "100000", "quirk": ["oob"], "s": [{"m": "rm", "rc": 0}]}
        done = conform(self.write(STORY[:5] + [out]))
        self.assertEqual(done.returncode, 0)
        self.assertIn("operation 3: H_PARAMETER", done.stdout)
        accepted = {**PUT, "quirk": ["oob"]}
        done = conform(self.write(STORY[:5] + [accepted]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected H_PARAMETER (-4)", done.stdout)

    def test_a_line_that_begins_with_a_nul_byte(self):
        """A fuzzer found it: the reader looked for the end of the line in front of it."""
        self.write(STORY)
        self.file.write_bytes(self.file.read_bytes() + b"\0\n")
        self.refused(str(self.file), f":{len(STORY) + 1}:", "no JSON")

    def test_a_number_beyond_all_bounds(self):
        """A fuzzer found it: the program ended with the exception of the JSON library."""
        self.write(STORY)
        self.file.write_bytes(self.file.read_bytes() + b'{"t":"op","i":5e536}\n')
        self.refused(str(self.file), f":{len(STORY) + 1}:", "a number is too large")

    def test_wrong_files_are_named_with_the_place_and_what_would_be_right(self):
        cases = [
            (self.changed(2, limit="zz"), ":3:", '"limit" is "zz" and must be a hexadecimal number'),
            (self.changed(2, limit=5), ":3:", '"limit" is 5'),
            (self.without(2, "limit"), ":3:1:", 'there is no "limit"'),
            (self.changed(3, sise=1), ":4:", "unknown field \"sise\"; did you mean 'size'?"),
            (self.changed(3, c="sttt"), ":4:", "unknown command \"sttt\"; did you mean 'stt'?"),
            (self.changed(5, s=[{"m": "xm", "rc": 0}]), ":6:", '"m" is "xm"'),
            (self.changed(5, s=[{"m": "rm"}]), ":6:", 'either "rc" or "bug"'),
            (self.changed(0, era="62"), ":1:", '"61"'),
            (self.changed(0, format=2), ":1:", "format 2"),
            (STORY[1:], ":1:1:", "header"),
            ([HEADER, RESET], ":2:1:", "a sequence must begin"),
            (STORY[:2] + STORY[3:], "must begin with a reset", ""),
            (STORY[:5] + [{"t": "op", "i": 3, "c": "hwput", "id": 7, "r": 0}], ":6:1:", "no hardware table 7"),
            (STORY[:5] + [{"t": "op", "i": 3, "c": "vrel", "ct": 1, "r": 0}], ":6:1:", "container 1 is not open"),
        ]
        for records, place, words in cases:
            with self.subTest(words=words or place):
                self.write(records)
                self.refused(str(self.file), place, words)

    def test_text_that_is_no_json_has_a_column(self):
        self.write(STORY)
        lines = self.file.read_text().splitlines()
        self.file.write_text("\n".join([*lines[:3], lines[3][:20] + "}" + lines[3][20:], *lines[4:]]))
        self.refused(f"{self.file}:4:2", "no JSON")

    def test_files_that_cannot_be_read(self):
        self.refused("cannot be read", "No such file")
        self.file.write_text("")
        self.refused("the file is empty")
        whole = gzip.compress("".join(json.dumps(record) + "\n" for record in STORY).encode())
        self.file.write_bytes(whole[:len(whole) // 2])
        self.refused("damaged")

    def test_handlers_of_another_era_are_refused(self):
        self.write(STORY)
        other = pathlib.Path(PROGRAM).parent.parent / "handlers-6.1.so"
        self.refused("holds the handlers of kernel 6.1", "kernel 5.10", arguments=("--handlers", other))
        self.refused("cannot be loaded", arguments=("--handlers", self.file))

    def test_handlers_of_the_same_era_may_be_named(self):
        own = pathlib.Path(PROGRAM).parent.parent / "handlers-5.10.so"
        self.assertEqual(conform("--handlers", own, self.write(STORY)).returncode, 0)

    def test_usage(self):
        self.write(STORY)
        for arguments, words in (((), "which recording?"), (("--only",), "--only takes a value"),
                                 (("--only", "x", self.file), "--only takes a whole number from 0, not 'x'"),
                                 (("--stop-after", "0", self.file), "whole number from 1"),
                                 (("--onyl", "1", self.file), "did you mean '--only'?"),
                                 (("--only", "9", self.file), "there is no sequence 9")):
            with self.subTest(words=words):
                done = conform(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(words, done.stderr)

    def test_help(self):
        self.assertEqual(conform("--help").stdout,
                         subprocess.run([PROGRAM, "help", "conform"], capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    unittest.main()
