# SPDX-License-Identifier: Apache-2.0
"""The launcher, around a program of one file: what it builds when, and what it leaves alone."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ.get("TCESIM_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])

CMAKE = """\
cmake_minimum_required(VERSION 3.25)
project(program LANGUAGES C CXX)
file(GLOB SOURCES CONFIGURE_DEPENDS sim/*.cc)
add_executable(tcesim ${SOURCES})
set_target_properties(tcesim PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
"""
MAIN = """\
#include <cstdio>
#include <unistd.h>
int main(int count, char **values) {
    char directory[4096];
    std::printf("%s\\n", getcwd(directory, sizeof directory));
    for (int i = 1; i < count; ++i)
        std::printf("[%s]\\n", values[i]);
    return STATUS;
}
"""


class Launcher(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="launcher."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.root = self.folder / "checkout"
        for name in ("hcall", "models", "sim", "tests", "tools"):
            (self.root / name).mkdir(parents=True)
        for name in ("tcesim", "CMakePresets.json", "tools/setup.sh"):
            shutil.copy(SOURCE / name, self.root / name)
        (self.root / "tools/packages.txt").write_text("program g++-12 compiler\n")
        (self.root / "CMakeLists.txt").write_text(CMAKE)
        self.write_main(3)

    def write_main(self, status):
        (self.root / "sim/main.cc").write_text(MAIN.replace("STATUS", str(status)))

    def launch(self, *arguments, cwd=None, **options):
        environment = {key: value for key, value in os.environ.items() if key != "TCESIM_BUILD"}
        return subprocess.run([self.root / "tcesim", *arguments], cwd=cwd or self.root, env=environment,
                              capture_output=True, text=True, check=False, **options)

    def test_runs_the_program_where_the_caller_stands(self):
        here = self.folder / "a b"
        here.mkdir()
        run = self.launch("run", "x y.yaml", "", "*", cwd=here)
        self.assertEqual(run.stdout, f"{here}\n[run]\n[x y.yaml]\n[]\n[*]\n", run.stderr)
        self.assertEqual(run.returncode, 3)
        self.assertIn("building", run.stderr)

    def test_a_symbolic_link_to_it_works(self):
        link = self.folder / "link"
        link.symlink_to(self.root / "tcesim")
        run = subprocess.run([link], cwd="/", capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stdout), (3, "/\n"), run.stderr)

    def test_an_unchanged_tree_adds_little_and_says_nothing(self):
        self.launch()
        spent = []
        for _ in range(7):
            start = time.monotonic()
            run = self.launch()
            spent.append(time.monotonic() - start)
            self.assertEqual((run.returncode, run.stderr), (3, ""))
        self.assertLess(min(spent), 0.150)

    def test_every_kind_of_change_is_built(self):
        self.launch()
        with self.subTest("edit"):
            self.write_main(4)
            self.assertEqual(self.launch().returncode, 4)
        with self.subTest("older version restored with its date"):
            main = self.root / "sim/main.cc"
            kept = self.root / "sim/main.cc.kept"
            shutil.copy2(main, kept)
            self.write_main(5)
            self.assertEqual(self.launch().returncode, 5)
            kept.rename(main)
            self.assertEqual(self.launch().returncode, 4)
        with self.subTest("new file"):
            extra = self.root / "sim/extra.cc"
            extra.write_text("#include <unistd.h>\n[[gnu::constructor]] static void first() { _exit(6); }\n")
            self.assertEqual(self.launch().returncode, 6)
        with self.subTest("removed file"):
            extra.unlink()
            self.assertNotEqual(self.launch().returncode, 6)

    def test_an_error_of_the_compiler_is_shown_and_nothing_runs(self):
        (self.root / "sim/main.cc").write_text("int main() { return unknown_name; }\n")
        run = self.launch()
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("unknown_name", run.stderr)
        self.write_main(3)
        self.assertEqual(self.launch().returncode, 3)

    def test_a_moved_checkout_builds_its_own_program(self):
        self.launch()
        self.root = self.root.rename(self.folder / "moved")
        self.write_main(4)
        run = self.launch()
        self.assertEqual(run.returncode, 4, run.stderr)

    def test_launches_at_the_same_time_build_once_each_after_the_other(self):
        running = [subprocess.Popen([self.root / "tcesim"], cwd=self.root, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True) for _ in range(4)]
        for process in running:
            out, err = process.communicate()
            self.assertEqual((process.returncode, out), (3, f"{self.root}\n"), err)

    def test_the_callers_flags_and_compilers_do_not_reach_the_build(self):
        environment = {**os.environ, "CXX": "/bin/false", "CXXFLAGS": "-DSTATUS=7", "PATH": os.environ["PATH"]}
        run = subprocess.run([self.root / "tcesim"], cwd=self.root, env=environment, capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 3, run.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs to become a user without rights")
    def test_without_rights_it_names_the_command(self):
        (self.root / "tools/packages.txt").write_text("program no-such-package nothing\ntests other-package nothing\n")
        run = self.launch(user=65534, group=65534, extra_groups=[])
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("missing packages: no-such-package\n", run.stderr)
        self.assertIn("sudo apt-get update && sudo apt-get install -y --no-install-recommends no-such-package\n",
                      run.stderr)


if __name__ == "__main__":
    unittest.main()
