# SPDX-License-Identifier: Apache-2.0
"""The command line keeps its contract: exit codes, what goes to which stream, no stray characters."""

import os
import pathlib
import pty
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TCESIM_PROGRAM", str(SOURCE / "build/release/bin/tcesim"))
SCENARIO = str(SOURCE / "scenarios/cxgb3_10g.yaml")
SHORT = ["--set", "traffic.duration=2ms", "--set", "traffic.warmup=1ms", "--variant", "real"]


def tcesim(*arguments, **options):
    return subprocess.run(
        [PROGRAM, *arguments], cwd=SOURCE, capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False, **options
    )


def on_a_terminal(*arguments, **environment):
    """Everything the program writes to a terminal that is its stdout and stderr."""
    try:
        master, slave = pty.openpty()
    except OSError as error:  # a container without /dev/pts has no terminals to test on
        raise unittest.SkipTest(f"no terminal to be had here: {error}") from error
    with subprocess.Popen(
        [PROGRAM, *arguments], cwd=SOURCE, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env={**os.environ, **environment}
    ) as process:
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 65536):
                text += chunk
        except OSError:  # the last writer is gone
            pass
        process.wait(timeout=120)
    os.close(master)
    return text


class Errors(unittest.TestCase):
    def assert_usage_error(self, run, *texts):
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(run.stdout, b"")
        for text in texts:
            self.assertIn(text, run.stderr.decode())

    def test_slips_are_named_with_a_suggestion(self):
        self.assert_usage_error(tcesim("lnit", SCENARIO), "'lnit'", "did you mean 'lint'?")
        self.assert_usage_error(tcesim(SCENARIO, "--jsno", "-"), "'--jsno'", "did you mean '--json'?")
        self.assert_usage_error(tcesim(SCENARIO, "--variant", "rael"), "'rael'", "did you mean 'real'?")

    def test_nothing_to_run_is_no_success(self):
        self.assert_usage_error(tcesim(), "which scenario?")
        self.assert_usage_error(tcesim("no/such/file.yaml"), "no/such/file.yaml")

    def test_a_scenario_error_points_at_its_place(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "wrong.yaml"
            path.write_text(f"name: wrong\nextends: {SCENARIO}\nguset: {{}}\n")
            for command in ("lint", "run", "params"):
                self.assert_usage_error(tcesim(command, str(path)), f"{path}:3:1: error:", "guset", "did you mean 'guest'?")

    def test_json_to_a_place_that_cannot_be_written_is_found_before_the_run(self):
        self.assert_usage_error(tcesim(SCENARIO, "--json", "/no/such/directory/out.json"), "/no/such/directory/out.json")

    def test_a_packet_that_never_comes(self):
        self.assert_usage_error(tcesim(SCENARIO, *SHORT, "--follow", "100000000"), "before packet 100000000")

    def test_a_run_too_short_for_any_throughput_is_reported(self):
        done = tcesim(SCENARIO, "--set", "traffic.duration=1us", "--set", "traffic.warmup=0ps")
        self.assertEqual(done.returncode, 3, done.stderr)  # expectations without samples fail
        self.assertIn(b"where the time goes", done.stdout)

    def test_an_answer_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([PROGRAM, "metrics"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"No space left", run.stderr)


class Answers(unittest.TestCase):
    def test_lint_is_silent(self):
        run = tcesim("lint", SCENARIO)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, b"", b""))

    def test_answers_are_plain_and_narrow_in_a_pipe(self):
        for arguments in (["help"], ["help", "run"], ["metrics"], ["params", SCENARIO], [SCENARIO, *SHORT]):
            run = tcesim(*arguments)
            self.assertIn(run.returncode, (0, 3))
            self.assertEqual(run.stderr, b"")
            text = run.stdout.decode("ascii")
            self.assertTrue(all(c == "\n" or c.isprintable() for c in text), arguments)
            self.assertLessEqual(max(map(len, text.splitlines())), 80, arguments)

    def test_params_lists_every_constant_with_its_trust(self):
        text = tcesim("params", SCENARIO).stdout.decode()
        for name in ("core_clock", "guest_exit", "phb_memory_read", "wire_rate"):
            self.assertIn(f"\n{name} ", text)
        self.assertIn("fitted, allowed", text)

    def test_version(self):
        self.assertRegex(tcesim("--version").stdout.decode(), r"^tcesim \d+\.\d+\.\d+\n$")

    def test_follow_tells_a_numbered_story(self):
        lines = tcesim(SCENARIO, *SHORT, "--follow", "1").stdout.decode().splitlines()
        self.assertEqual(lines[0], "packet 1, real")
        self.assertRegex(lines[1], r"^ +1\.  +\+0\.000 us  ")


class Verdicts(unittest.TestCase):
    def verdict(self, expectation, *arguments):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "judged.yaml"
            path.write_text(f"name: judged\nextends: {SCENARIO}\nexpect:\n  - {{variant: real, {expectation}, source: test}}\n")
            return tcesim(str(path), *SHORT, *arguments)

    def test_met_and_failed(self):
        self.assertEqual(self.verdict("metric: throughput, min: 1B/s").returncode, 0)
        failed = self.verdict("metric: throughput, min: 1000GB/s")
        self.assertEqual(failed.returncode, 3)
        self.assertIn(b"FAIL  real, throughput", failed.stdout)

    def test_quiet_prints_failures_only(self):
        met = self.verdict("metric: throughput, min: 1B/s", "--quiet")
        self.assertEqual((met.returncode, met.stdout, met.stderr), (0, b"", b""))
        failed = self.verdict("metric: throughput, min: 1000GB/s", "--quiet")
        self.assertEqual(failed.returncode, 3)
        self.assertIn(b"FAIL  real, throughput", failed.stdout)


class Terminals(unittest.TestCase):
    def test_colour_only_where_wanted(self):
        self.assertIn(b"\x1b[", on_a_terminal(SCENARIO, *SHORT, TERM="xterm", NO_COLOR=""))
        self.assertNotIn(b"\x1b[", on_a_terminal(SCENARIO, *SHORT, TERM="xterm", NO_COLOR="1"))
        self.assertNotIn(b"\x1b[", on_a_terminal(SCENARIO, *SHORT, TERM="dumb", NO_COLOR=""))
        self.assertNotIn(b"\x1b[", on_a_terminal(SCENARIO, *SHORT, "--no-color", TERM="xterm", NO_COLOR=""))

    def test_progress_is_wiped_and_quiet_has_none(self):
        long_enough = [SCENARIO, "--set", "traffic.duration=500ms", "--variant", "real", "--no-color"]
        shown = on_a_terminal(*long_enough)
        if b"simulated" in shown:  # a fast host may be done before the first line is due
            progress, report = shown.rsplit(b"\r", 1)[0], shown
            self.assertIn(b" %", progress)
            self.assertIn(b"cxgb3_10g", report)
        self.assertNotIn(b"simulated", on_a_terminal(*long_enough, "--quiet"))


if __name__ == "__main__":
    unittest.main()
