# SPDX-License-Identifier: Apache-2.0
"""Instructions that the meter charges against those that POWER code retires, for the paths of tests/paths/."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import METER_STORE, SOURCE

CHECK = SOURCE / "tools" / "meter" / "check.py"
ONE = 1024  # a predicted instruction


def check(*options, source=SOURCE / "hcall", preset="5.10"):
    return subprocess.run(["/usr/bin/python3", "-B", str(CHECK), "--source", str(source), "--preset", preset,
                           "--paths", str(SOURCE / "tests" / "paths"), "--work", str(METER_STORE), *options],
                          capture_output=True, text=True, check=False)


def power8(path):
    """{name: row} of a file that --json wrote."""
    return {row["name"]: row for row in json.loads(path.read_text())["cpus"]["power8"]}


def presets():
    """Names of the kernel eras that policy.h tells apart."""
    numbers = re.findall(r"^#define HCALL_PRESET_(\w+) \d+", (SOURCE / "hcall" / "policy.h").read_text(), re.M)
    return [name.replace("_", ".").lower() for name in numbers]


class Bounds(unittest.TestCase):
    def test_every_path_is_within_ten_percent_and_all_are_within_three_on_average(self):
        # The others take long and are measured by hand: tools/meter/README.md has the figures of all.
        chosen = presets() if os.environ.get("TCESIM_ALL_PRESETS") else ["5.10", "fixed"]
        self.assertLessEqual(set(chosen), set(presets()))
        for preset in chosen:
            with self.subTest(preset=preset):
                done = check(preset=preset)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(done.stderr, "")
                for cpu in ("power8", "power9"):
                    self.assertIn(f"\n{cpu} ", "\n" + done.stdout)

    def test_the_number_of_paths_is_said_and_differs_between_eras(self):
        """Real mode is gone from 6.1: "put over old, virtual mode" and "put over old" are one path there."""
        for preset, has_both in (("5.10", True), ("6.1", False)):
            done = check("--path", "put over old", preset=preset)
            self.assertTrue(done.stdout.startswith(f"preset {preset}: 1 paths\n"), done.stdout)
            twin = check("--path", "put over old, virtual mode", preset=preset)
            self.assertEqual(twin.returncode, 0 if has_both else 2, twin.stderr)


class Selection(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="prediction."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.json = self.folder / "paths.json"

    def measure(self, *names, source=SOURCE / "hcall"):
        options = [word for name in names for word in ("--path", name)]
        done = check(*options, "--json", str(self.json), source=source)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return power8(self.json)

    def edited_copy(self):
        """Handlers of which a struct has grown and one hypercall has become slower; not called hcall."""
        copy = self.folder / "my handlers"
        shutil.copytree(SOURCE / "hcall", copy)
        header, handler = copy / "kvm" / "kvm.h", copy / "kvm" / "put_tce.c"
        header.write_text(header.read_text().replace("struct kvm {\n", "struct kvm {\n\tu64 calls[5];\n", 1))
        handler.write_text(handler.read_text().replace(
            "long kvm_h_get_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)\n{\n",
            "long kvm_h_get_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)\n{\n"
            "\tfor (u32 i = 0; i < 1000; i++)\n\t\t__atomic_store_n(&kvm->calls[i % 5], i, __ATOMIC_RELAXED);\n", 1))
        return copy

    def test_single_paths_are_measured_alone(self):
        rows = self.measure("get", "put over old")
        self.assertEqual(set(rows), {"get", "put over old"})
        row = rows["get"]
        self.assertFalse(row["held_out"])
        self.assertAlmostEqual(row["predicted"] / ONE, row["retired"], delta=row["retired"] / 10)
        self.assertGreaterEqual(row["predicted_folding"], row["predicted"])

    def test_an_edited_copy_is_measured_with_its_own_structs_and_costs(self):
        before, after = self.measure("get"), self.measure("get", source=self.edited_copy())
        change = after["get"]["retired"] - before["get"]["retired"]
        self.assertGreater(change, 2000)
        predicted = (after["get"]["predicted"] - before["get"]["predicted"]) / ONE
        self.assertAlmostEqual(predicted, change, delta=change / 10)

    def test_an_unknown_path_is_refused(self):
        done = check("--path", "get", "--path", "put, no such path")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn('no path has the name "put, no such path"', done.stderr)

    def test_handlers_that_are_not_there_are_refused(self):
        done = check(source=self.folder / "nothing")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("nothing is not a directory", done.stderr)
