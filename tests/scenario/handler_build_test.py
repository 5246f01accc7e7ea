# SPDX-License-Identifier: Apache-2.0
"""Which weights a build of handlers takes, and what it refuses."""

import json
import os
import re
import shutil
import tempfile
import unittest

from handlers import (COMPUTED_LABELS, FOREIGN, HANDLER, METER, NATIVE_TOOLS, OTHER, OTHER_WAYS, SOURCE,
                      TARGET_DEPENDENT, Folder, run)
from program import METER_STORE

import units

WORK = tempfile.TemporaryDirectory(prefix="meter.")  # one for all: the plugins are built once
unittest.addModuleCleanup(WORK.cleanup)
ANOTHER_VERSION = "[ \"$1\" = -dumpfullversion ] && echo 12.9.9 && exit\nexec {} \"$@\""


class Build(Folder):
    """tools/meter/build.py over small handlers."""

    def setUp(self):
        super().setUp()
        self.write_handlers()
        self.source, self.object = self.folder / "hcall", self.folder / "handlers.so"
        self.weights = self.source / "weights/5.10.json"

    def build(self, *options, path=None, source=None, work=WORK.name, preset="5.10", **environment):
        return run("/usr/bin/python3", "-B", METER / "build.py", "--source", source or self.source, "--preset", preset,
                   "--output", self.object, "--work", work, *options, path=path, **environment)

    def update(self):
        """Commits weights; returns the object that has them."""
        done = self.build("--update")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.object.read_bytes()

    def assert_weights(self, weights_from, compiler):
        """The object says what its weights are, the simulator reads it."""
        texts = {text.decode() for text in re.findall(rb"(gcc [\d.]+|powerpc64le|x86, approximate)(?=\0)",
                                                      self.object.read_bytes())}
        self.assertEqual(texts, {weights_from, compiler})

    def assert_approximate(self, done, compiler, *reasons):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        for words in ("warning: the weights are approximate", *reasons):
            self.assertIn(words, done.stderr)
        self.assert_weights("x86, approximate", compiler)


class CommittedWeights(Build):
    def test_they_make_the_same_object_without_a_compiler_for_power(self):
        first = self.update()
        with tempfile.TemporaryDirectory() as work:
            done = self.build(path=self.host("bin"), work=work)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.object.read_bytes(), first)

    def test_any_compiler_that_numbers_the_same_blocks_may_use_them(self):
        first = self.update()
        other = self.host("bin", gcc_12=ANOTHER_VERSION.format(shutil.which("gcc-12")))
        done = self.build(path=other)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.object.read_bytes(), first)
        self.assert_weights("powerpc64le", "gcc 12.2.0")

    def test_gcc_11_may_use_those_of_gcc_12_where_the_blocks_are_the_same(self):
        self.update()
        done = self.build("--gcc", "11", path=self.host("bin"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(b"GCC: (Debian 11.", self.object.read_bytes())
        self.assert_weights("powerpc64le", "gcc 12.2.0")

    def add_behind_the_condition(self):
        """A block that only returned would have no number."""
        text = OTHER.replace("n > 3 ? n * 3 : n", "port_next(n > 3 ? n * 3 : n)")
        self.write("hcall/vfio/other.c", "long port_next(long value); " + text)

    def test_a_difference_of_the_maps_is_named_with_its_site(self):
        self.add_behind_the_condition()
        self.update()
        self.weights.write_text(self.weights.read_text().replace("vfio/other.c:4 - 4", "vfio/other.c:4 - 3"))
        done = self.build()
        self.assertEqual(done.returncode, 0)
        self.assertIn("its blocks differ in vfio/other.c: there block 2 of other at vfio/other.c:3, "
                      "here block 2 of other at vfio/other.c:4", done.stderr)

    def test_a_difference_of_the_ways_is_named_with_its_ends(self):
        self.add_behind_the_condition()
        self.update()
        self.weights.write_text(self.weights.read_text().replace(">0 0>1 0>2 1>2", ">0 0>1 0>2* 1>2"))
        done = self.build()
        self.assertEqual(done.returncode, 0)
        self.assertIn("its blocks differ in vfio/other.c: there counted way to block 2 of other at vfio/other.c:4 from "
                      "block 0 at vfio/other.c:4, here way to block 2", done.stderr)

    def test_a_file_that_is_no_json_is_named(self):
        self.update()
        self.weights.write_text(self.weights.read_text()[:-9])
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn("5.10.json: not JSON", done.stderr)

    def test_those_of_the_repository_are_what_the_compiler_for_power_makes(self):
        """Byte for byte, from scratch."""
        shutil.copytree(SOURCE / "hcall", self.folder / "copy", ignore=shutil.ignore_patterns("weights"))
        with tempfile.TemporaryDirectory() as work:
            for preset in units.presets(SOURCE / "hcall"):
                with self.subTest(preset=preset):
                    done = self.build("--update", source=self.folder / "copy", work=work, preset=preset)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertEqual((self.folder / f"copy/weights/{preset}.json").read_text(),
                                     (SOURCE / f"hcall/weights/{preset}.json").read_text())


class FreshWeights(Build):
    """Handlers that are not those of the committed weights."""

    def setUp(self):
        super().setUp()
        self.update()
        self.committed = self.weights.read_text()
        self.write_handlers(other=OTHER.replace("n * 3", "n * n * n * n * n"))

    def other_weights(self):
        return json.loads(self.weights.read_text())["units"]["vfio/other.c"]["other"]["power8"]

    def test_the_compiler_for_power_makes_them(self):
        done = self.build()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("made from another text", done.stderr)
        self.assert_weights("powerpc64le", "gcc 12.2.0")
        self.assertEqual(self.weights.read_text(), self.committed)
        before = self.other_weights()
        self.update()
        self.assertGreater(sum(self.other_weights()), sum(before))

    def test_without_it_they_are_approximate_and_the_build_says_what_to_install(self):
        self.assert_approximate(
            self.build(path=self.host("bin")), "gcc 12.2.0", "5.10.json does not fit: it was made from another text",
            "apt-get install gcc-12-powerpc64le-linux-gnu gcc-12-plugin-dev-powerpc64le-linux-gnu")

    def test_one_of_another_version_does_not_count(self):
        cross = [f"powerpc64le-linux-gnu-{tool}" for tool in ("gcc-12", "objdump", "as", "ld")]
        other = self.host("bin", tools=[*NATIVE_TOOLS, *cross], gcc_12=ANOTHER_VERSION.format(shutil.which("gcc-12")))
        self.assert_approximate(self.build(path=other), "gcc 12.9.9", "powerpc64le-linux-gnu-gcc-12 is gcc 12.2.0")

    def test_they_are_not_committed_when_they_are_approximate(self):
        done = self.build("--update", path=self.host("bin"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install gcc-12-powerpc64le-linux-gnu", done.stderr)
        self.assertEqual(self.weights.read_text(), self.committed)

    def test_numpy_is_asked_for_where_weights_are_made(self):
        self.write("no/sitecustomize.py", "import sys\nsys.modules['numpy'] = None\n")
        for path in (os.environ["PATH"], self.host("bin")):
            done = self.build(path=path, PYTHONPATH=str(self.folder / "no"))
            self.assertEqual(done.returncode, 1)
            self.assertIn("apt-get install python3-numpy", done.stderr)


class AnotherCompiler(Build):
    """The handlers of the repository have other blocks with gcc 11."""

    def test_its_own_compiler_for_power_makes_the_weights(self):
        done = self.build("--gcc", "11", source=SOURCE / "hcall", work=METER_STORE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("its blocks differ in", done.stderr)
        self.assert_weights("powerpc64le", "gcc 11.3.0")

    def test_without_that_they_are_approximate(self):
        done = self.build("--gcc", "11", source=SOURCE / "hcall", work=METER_STORE, path=self.host("bin"))
        self.assertIn("its blocks differ in", done.stderr)
        self.assertIn("apt-get install gcc-11-powerpc64le-linux-gnu", done.stderr)
        self.assert_weights("x86, approximate", "gcc 11.3.0")


class Refused(Build):
    """The object that was there stays."""

    def assert_refused(self, message, **units):
        before = self.update()
        self.write_handlers(**units)
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn(message, done.stderr)
        self.assertEqual(self.object.read_bytes(), before)
        self.assertEqual([path.name for path in self.folder.iterdir() if "handlers" in path.name], ["handlers.so"])
        return done.stderr

    def test_code_that_differs_between_the_targets(self):
        said = self.assert_refused("error: the compilers number different blocks, or other ways between them, in vfio/other.c",
                                   other=TARGET_DEPENDENT)
        self.assertRegex(said, r"hcall/vfio/other.c:\d+: error")
        self.assertRegex(said, r"native: block 0 of other at vfio/other.c:8\n  power8: block 0 of other at vfio/other.c:5")

    def test_ways_that_differ_between_the_targets(self):
        said = self.assert_refused("error: the compilers number different blocks, or other ways between them",
                                   other=OTHER_WAYS)
        self.assertRegex(said, r"native: way to block 2 of other at \S+ from block 1 at \S+\n"
                               r"  power8: way to block 4 of other at \S+ from block 1 at")

    def test_jumps_to_computed_labels_whose_ways_would_have_to_be_counted(self):
        said = self.assert_refused("the meter cannot count the ways of a jump to a computed label",
                                   other=COMPUTED_LABELS)
        self.assertRegex(said, r"hcall/vfio/other.c:3:\d+: error")

    def test_functions_of_nobody(self):
        self.assert_refused("hcall/vfio/other.c:5: error: calls puts(); handlers may call port_*() only", other=FOREIGN)

    def test_two_functions_of_one_name(self):
        said = self.assert_refused("hcall/vfio/other.c:3: error: multiple definition of `other'",
                                   handler=HANDLER + OTHER)
        self.assertNotIn("unit.o", said)

    def test_a_preset_that_the_policy_does_not_know(self):
        self.write("hcall/policy.h", "#define HCALL_PRESET_6_1 61\n#define HCALL_PRESET_FIXED 1\n")
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn("hcall/policy.h has no preset 5.10; it has 6.1, fixed", done.stderr)

    def test_what_does_not_compile(self):
        self.assert_refused("hcall/vfio/other.c:1:", other="long other(long n) { return m; }\n")

    def test_a_compiler_that_is_not_installed(self):
        done = self.build(path=self.host("bin", tools=()))
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get install gcc-12 gcc-12-plugin-dev", done.stderr)
