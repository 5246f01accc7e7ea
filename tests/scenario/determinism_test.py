# SPDX-License-Identifier: Apache-2.0
"""The same scenario, seed and program give the same bytes apart from host."""

import os
import shutil
import tempfile
import unittest

from program import HEADLINE, SMALLER, Results, results, setting, tcesim, without_host

OTHER_PROGRAM = os.environ.get("TCESIM_OTHER_PROGRAM", "")
SHORT = ["--set", "traffic.duration=10ms", "--set", "traffic.warmup=3ms", "--json", "-"]


class Determinism(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reference = cls.document(HEADLINE)

    @staticmethod
    def document(scenario, *arguments, **options):
        smaller = SMALLER.get(scenario.stem)
        run = tcesim(scenario, *([*setting(smaller), "--json", "-"] if smaller else SHORT), *arguments, **options)
        if run.returncode not in (0, 3):
            raise AssertionError(f"exit code {run.returncode}: {run.stderr}")
        return without_host(run.stdout)

    def test_run_again(self):
        self.assertEqual(self.document(HEADLINE), self.reference)

    def test_address_space_layout(self):
        if not shutil.which("setarch"):
            self.skipTest("no setarch here to switch address space randomisation off")
        self.assertEqual(self.document(HEADLINE, prefix=["setarch", "-R"]), self.reference)

    def test_size_of_the_environment(self):
        # It moves the stack, and so what lies at which cache line of the host.
        for padding in (1, 1000, 4097):
            environment = {**os.environ, "TCESIM_PADDING": "x" * padding}
            self.assertEqual(self.document(HEADLINE, env=environment), self.reference)
        self.assertEqual(self.document(HEADLINE, env={"LC_ALL": "C"}), self.reference)

    def test_locale_and_time_zone(self):
        environment = {**os.environ, "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Chatham"}
        self.assertEqual(self.document(HEADLINE, env=environment), self.reference)

    def test_working_directory(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(self.document(HEADLINE, cwd=directory), self.reference)

    def test_number_of_jobs(self):
        for jobs in (1, 2, 8):
            self.assertEqual(self.document(HEADLINE, "-j", jobs), self.reference)

    def test_one_kernel_wake_up_per_event(self):
        self.assertEqual(self.document(HEADLINE, "--kernel=systemc"), self.reference)

    @unittest.skipUnless(os.path.exists(OTHER_PROGRAM), "needs the checked build's program (TCESIM_OTHER_PROGRAM)")
    def test_build_type(self):
        # Of all scenarios: build_type_test.
        self.assertEqual(self.document(HEADLINE, program=OTHER_PROGRAM), self.reference)

    def test_a_variant_alone_is_the_same_variant(self):
        alone = Results(tcesim(HEADLINE, *SHORT, "--variant", "virtual"))["virtual"].document
        among_others = Results(tcesim(HEADLINE, *SHORT))["virtual"].document
        self.assertEqual(alone, among_others)

    def test_following_a_packet_changes_nothing(self):
        followed = Results(tcesim(HEADLINE, *SHORT, "--follow", "3"))["real"].document
        self.assertTrue(followed.pop("story"))
        plain = Results(tcesim(HEADLINE, *SHORT))["real"].document
        self.assertEqual(followed, plain)

    def test_a_seed_moves_the_data_and_not_the_time(self):
        values = {"traffic.duration": "10ms", "traffic.warmup": "3ms"}
        one, other = (results(HEADLINE, "--seed", seed, values=values).document for seed in (1, 271828))
        self.assertEqual((one["scenario"]["seed"], other["scenario"]["seed"]), (1, 271828))
        self.assertEqual(one["variants"], other["variants"])


if __name__ == "__main__":
    unittest.main()
