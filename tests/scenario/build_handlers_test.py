# SPDX-License-Identifier: Apache-2.0
"""tools/build-handlers: from an edited copy of the handlers to an object with weights."""

import os
import pathlib
import shutil
import tempfile
import unittest

from handlers import FOREIGN, NATIVE_TOOLS, OTHER, SOURCE, TARGET_DEPENDENT, Folder, run

BUILDS = tempfile.TemporaryDirectory(prefix="builds.")  # stands for build/: the plugins are built once
unittest.addModuleCleanup(BUILDS.cleanup)
TOOL = SOURCE / "tools/build-handlers"
POLICY = """\
#define HCALL_PRESET_4_19_81 41981
#define HCALL_PRESET_5_10 510
#define HCALL_PRESET_FIXED 1
"""


class BuildHandlers(Folder):
    def setUp(self):
        super().setUp()
        self.write_handlers()
        self.copy, self.object = self.folder / "hcall", self.folder / "hcall.so"

    def build(self, *arguments, path=None, builds=BUILDS.name, **environment):
        return run(TOOL, *arguments, path=path, TCESIM_BUILD=str(builds), **environment)

    def assert_built(self, done, output=None):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertTrue((output or self.object).is_file())

    def assert_fails(self, done, status, *words):
        self.assertEqual((done.returncode, done.stdout), (status, ""))
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotIn("Traceback", done.stderr)


class Objects(BuildHandlers):
    def test_the_object_stands_beside_the_copy_and_one_line_says_what_it_is(self):
        done = self.build(str(self.copy) + "/")
        self.assert_built(done)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout, f"wrote {self.object}, weights from powerpc64le, gcc 12.2.0\n")

    def test_an_unchanged_copy_has_the_committed_weights_and_the_bytes_of_the_program_s_own_object(self):
        copies = [shutil.copytree(SOURCE / "hcall", self.folder / name) for name in ("one", "two")]
        for copy in copies:
            done = self.build(copy)
            self.assert_built(done, copy.with_suffix(".so"))
            self.assertIn("weights from powerpc64le, gcc 12.2.0, as committed", done.stdout)
        own = self.folder / "handlers-5.10.so"
        done = run("/usr/bin/python3", "-B", SOURCE / "tools/meter/build.py", "--source", SOURCE / "hcall", "--preset",
                   "5.10", "--output", own, "--work", pathlib.Path(BUILDS.name) / "release/meter")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({path.read_bytes() for path in (own, self.folder / "one.so", self.folder / "two.so")},
                         {own.read_bytes()})

    def test_another_name_may_be_given(self):
        other = self.folder / "other.so"
        self.assert_built(self.build(self.copy, "-o", other), other)
        self.assertFalse(self.object.exists())

    def test_without_a_compiler_for_power_it_says_that_the_weights_are_approximate(self):
        done = self.build(self.copy, path=self.host("bin"))
        self.assert_built(done)
        self.assertIn("weights from x86, approximate, gcc 12.2.0", done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("apt-get install gcc-12-powerpc64le-linux-gnu", done.stderr)

    def test_another_gcc_may_be_asked_for(self):
        done = self.build(self.copy, "--gcc", "11")
        self.assert_built(done)
        self.assertIn("gcc 11.3.0", done.stdout)

    def test_a_caller_s_environment_changes_nothing(self):
        self.assert_built(self.build(self.copy))
        before = self.object.read_bytes()
        self.write("include/surprise.h", "#error\n")
        self.assert_built(self.build(self.copy, CFLAGS="-O0", CPATH=str(self.folder / "include"), LANG="xx",
                                     C_INCLUDE_PATH=str(self.folder / "include"), LC_ALL="xx"))
        self.assertEqual(self.object.read_bytes(), before)

    def test_where_the_build_directory_cannot_be_written_the_user_s_cache_is_taken(self):
        cache = self.folder / "cache"
        self.assert_built(self.build(self.copy, builds=self.write("file", ""), XDG_CACHE_HOME=str(cache)))
        self.assertTrue((cache / "tcesim/meter").is_dir())


class Speed(BuildHandlers):
    """What has not changed is not compiled again, whichever directory it stands in."""

    def compiled(self, copy, *options):
        """Units that the compilers are given in a build."""
        log = self.folder / "log"
        log.write_text("")
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for tool in ("gcc-12", "powerpc64le-linux-gnu-gcc-12"):
            script = folder / tool
            script.write_text(f'#!/bin/sh\necho "{tool} $*" >>{log}\nexec {shutil.which(tool)} "$@"\n')
            script.chmod(0o755)
        self.assert_built(self.build(copy, *options, path=f"{folder}:{os.environ['PATH']}"), copy.with_suffix(".so"))
        return sorted({word for line in log.read_text().splitlines() if " -c " in line
                       for word in line.split() if word.endswith(".c") and word != "meter_table.c"})

    def test_only_units_that_a_change_touches_are_compiled(self):
        self.write("hcall/shared.h", "enum { factor = 3 };\n")
        self.write_handlers(other='#include "../shared.h"\n' + OTHER.replace("n * 3", "n * factor"))
        self.compiled(self.copy)
        fresh = shutil.copytree(self.copy, self.folder / "fresh")
        self.assertEqual(self.compiled(fresh), [])
        (fresh / "kvm/handler.c").write_text((fresh / "kvm/handler.c").read_text() + "/* a word */\n")
        self.assertEqual(self.compiled(fresh), ["kvm/handler.c"])
        (fresh / "shared.h").write_text("enum { factor = 7 };\n")
        self.assertEqual(self.compiled(fresh), ["vfio/other.c"])
        (fresh / "shared.h").write_text("enum { factor = 3 };\n")
        self.assertEqual(self.compiled(fresh), [])


    def test_presets_share_what_does_not_look_at_the_policy(self):
        self.write("hcall/policy.h", POLICY)
        self.write("hcall/twice.h", '#include "policy.h"\n')
        self.write_handlers(other='#include "../twice.h"\n' + OTHER.replace("n * 3", "n * HCALL_PRESET"))
        self.assertIn("vfio/other.c", self.compiled(self.copy, "--preset", "4.19.81"))
        first = self.object.read_bytes()
        self.assertEqual(self.compiled(self.copy, "--preset", "fixed"), ["vfio/other.c"])
        self.assertNotEqual(self.object.read_bytes(), first)
        self.assertEqual(self.compiled(self.copy, "--preset", "4.19.81"), [])
        self.assertEqual(self.object.read_bytes(), first)


class Refused(BuildHandlers):
    """The object that was there stays."""

    def assert_refused(self, *words, **units):
        self.assert_built(self.build(self.copy))
        before = self.object.read_bytes()
        self.write_handlers(**units)
        self.assert_fails(self.build(self.copy), 1, *words)
        self.assertEqual(self.object.read_bytes(), before)

    def test_code_that_does_not_compile_is_named_by_file_and_line(self):
        self.assert_refused(f"{self.copy}/vfio/other.c:4:", "error: 'm' undeclared",
                            other=OTHER.replace("n > 3", "m > 3"))

    def test_code_that_depends_on_the_target(self):
        self.assert_refused(f"{self.copy}/vfio/other.c:8: error: the compilers number different blocks",
                            other=TARGET_DEPENDENT)

    def test_a_function_of_nobody(self):
        self.assert_refused(f"{self.copy}/vfio/other.c:5: error: calls puts()", other=FOREIGN)


class Usage(BuildHandlers):
    def test_no_directory(self):
        self.assert_fails(self.build(self.folder / "nothing"), 2, "nothing is not a directory; make a copy of")

    def test_no_copy_of_the_handlers(self):
        (self.copy / "object.c").unlink()
        self.assert_fails(self.build(self.copy), 2, "no copy of", "it has no object.c")

    def test_an_output_that_cannot_be_written(self):
        self.assert_fails(self.build(self.copy, "-o", self.folder / "no/such/lib.so"), 2, "cannot write")
        self.assert_fails(self.build(self.copy, "-o", self.folder), 2, "cannot write")

    def test_a_kernel_of_which_there_are_no_handlers(self):
        self.write("hcall/policy.h", POLICY)
        self.assert_fails(self.build(self.copy, "--preset", "4.19"), 2,
                          f"{self.copy}/policy.h has no kernel 4.19; it has 4.19.81, 5.10, fixed")

    def test_unknown_options(self):
        self.assert_fails(self.build(self.copy, "--fast"), 2, "unrecognized arguments: --fast")
        self.assert_fails(self.build(self.copy, "--gcc", "new"), 2, "invalid int value: 'new'")
        self.assert_fails(self.build(), 2, "the following arguments are required: DIR")

    def test_a_compiler_that_is_not_installed(self):
        tools = [tool for tool in NATIVE_TOOLS if tool not in ("gcc-12", "gcc-11")]
        done = self.build(self.copy, path=self.host("bin", tools=[*tools, "python3"]))
        self.assert_fails(done, 2, "apt-get install gcc-12 gcc-12-plugin-dev")
        done = self.build(self.copy, "--gcc", "3", path=self.host("other", tools=[*tools, "python3"]))
        self.assert_fails(done, 2, "apt-get install gcc-3 gcc-3-plugin-dev")
