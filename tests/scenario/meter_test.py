# SPDX-License-Identifier: Apache-2.0
"""The meter: weights of hand-written POWER code, counters and hooks of a small handler object, errors
of its build."""

import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("TCESIM_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
METER = SOURCE / "tools" / "meter"
sys.path.insert(0, str(METER))

import weights  # noqa: E402  (found through the path above)

WORK = tempfile.TemporaryDirectory(prefix="meter.")  # one for all: the plugins are built once
unittest.addModuleCleanup(WORK.cleanup)
CROSS = "powerpc64le-linux-gnu-"
MARK = "99: .pushsection .sites; .quad 99b, {}; .popsection\n"


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="meter."))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Weights(Folder):
    """Dot products of weights and site counts are instructions, whichever way a function takes."""

    def weights_of(self, sites, lines):
        text = "".join(MARK.format(line[1:]) if line.startswith("@") else line + "\n" for line in lines)
        source, obj = self.write("code.s", text), self.folder / "code.o"
        subprocess.run([CROSS + "as", "-mpower8", str(source), "-o", str(obj)], check=True)
        return weights.site_weights(obj, sites, CROSS + "objdump")

    def assert_costs(self, found, counts, instructions):
        total = sum(w * n for w, n in zip(found, counts))
        self.assertAlmostEqual(total / weights.ONE, instructions, delta=0.02)

    def test_straight_code_costs_its_length(self):
        found = self.weights_of(1, ["f:", "@0", "li 3,1", "bl port_free", "nop", "add 3,3,4", "blr"])
        self.assertEqual(found, [5 * weights.ONE])

    def test_a_condition_costs_what_is_executed(self):
        found = self.weights_of(3, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "li 4,2", "li 5,3",
                                    "1:", "@2", "mr 3,4", "blr"])
        self.assert_costs(found, [1, 0, 1], 4)
        self.assert_costs(found, [1, 1, 1], 7)

    def test_a_loop_costs_its_iterations(self):
        found = self.weights_of(3, ["f:", "@0", "mtctr 3", "li 4,0", "1:", "@1", "addi 4,4,1", "nop", "bdnz 1b",
                                    "@2", "blr"])
        for n in (1, 2, 512):
            self.assert_costs(found, [1, n, 1], 3 + 3 * n)

    def test_a_site_may_have_copies(self):
        found = self.weights_of(2, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                    "1:", "@1", "li 3,2", "blr"])
        self.assert_costs(found, [1, 1], 4)

    def test_a_conditional_return_ends_the_function(self):
        found = self.weights_of(2, ["f:", "@0", "cmpdi 3,0", "beqlr", "@1", "li 3,1", "blr"])
        self.assert_costs(found, [1, 0], 2)
        self.assert_costs(found, [1, 1], 4)

    def test_nothing_follows_a_bug(self):
        found = self.weights_of(3, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                    "1:", "@2", "li 3,9", "bl port_bug", "nop"])
        self.assert_costs(found, [1, 1, 0], 4)

    def test_a_switch_reaches_all_its_cases(self):
        found = self.weights_of(3, ["f:", "@0", "mtctr 9", "bctr", "1:", "@1", "li 3,1", "blr",
                                    "2:", "@2", "li 3,1", "li 3,2", "blr",
                                    ".section .rodata", ".long 1b - .", ".long 2b - ."])
        self.assert_costs(found, [1, 1, 0], 4)
        self.assert_costs(found, [1, 0, 1], 5)

    def test_calls_enter_behind_the_set_up_of_the_toc(self):
        found = self.weights_of(1, ["f:", "0: addis 2,12,.TOC.-0b@ha", "addi 2,2,.TOC.-0b@l", "@0", "li 3,1", "blr"])
        self.assertEqual(found, [2 * weights.ONE])

    def test_what_the_flow_leaves_open_is_not_charged_too_low(self):
        """A branch of which both ways lead on unseen: the average of the two."""
        found = self.weights_of(1, ["f:", "@0", "cmpdi 3,0", "beq 1f", "nop", "nop", "nop", "nop", "1:", "blr"])
        self.assert_costs(found, [1], 5)


HANDLER = """\
struct pair { long a; long b; };
long port_next(long value);
struct object { long (*work)(struct pair *pair, long n); };
static inline long sum(const struct pair *pair)
{
	return pair->a + pair->b;
}
static long work(struct pair *pair, long n)
{
	long total = 0;

	for (long i = 0; i < n; i++)
		total += port_next(sum(pair));
	pair->b = total;
	__atomic_fetch_add(&pair->a, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return total;
}
__attribute__((visibility("default"))) const struct object hcall_object = {work};
"""
OTHER = "long other(long n);\nlong other(long n)\n{\n\treturn n > 3 ? n * 3 : n;\n}\n"
PROGRAM = """\
#include <dlfcn.h>
#include <stdio.h>
#include "meter_abi.h"
static const struct meter_table *table;
const uint8_t *meter_calling;
static void print(const char *what, const uint8_t *access)
{
	const struct meter_place *place = &table->place[table->access_place[access - table->access]];

	printf("%s %s %s %s:%u [%s]\\n", what, place->function, place->layer, place->file, place->line,
	       place->inlined_into);
}
void meter_load(const volatile void *address, const uint8_t *access) { (void)address; print("load", access); }
void meter_store(const volatile void *address, const uint8_t *access) { (void)address; print("store", access); }
void meter_atomic(const volatile void *address, const uint8_t *access) { (void)address; print("atomic", access); }
void meter_fence(const uint8_t *access) { print("fence", access); }
long port_next(long value);
long port_next(long value)
{
	print("port", meter_calling);
	for (uint32_t f = 0; f < table->functions; f++)
		table->hit[f] = 0;
	return value;
}
int main(int argc, char **argv)
{
	void *object = dlopen(argv[1], RTLD_NOW);
	long pair[2] = {3, 4};
	long (**work)(long *, long);

	if (argc < 2 || !object)
		return 1;
	table = dlsym(object, "meter_table");
	work = dlsym(object, "hcall_object");
	printf("result %ld\\n", work[0](pair, 2));
	for (uint32_t f = 0; f < table->functions; f++) {
		uint32_t executed = 0;

		for (uint32_t s = 0; s < table->function[f].sites; s++)
			executed += table->count[table->function[f].first_site + s] != 0;
		printf("function %s %s %u %s\\n", table->function[f].name, table->function[f].file, table->hit[f],
		       executed ? "ran" : "did not run");
	}
	return 0;
}
"""


class Object(Folder):
    """A handler object as it is built and loaded."""

    def setUp(self):
        super().setUp()
        self.write("hcall/kvm/handler.c", HANDLER)
        self.write("hcall/vfio/other.c", OTHER)

    def build(self, *options, path=None):
        command = ["/usr/bin/python3", "-B", str(METER / "build.py"), "--source", str(self.folder / "hcall"), "--preset",
                   "5.10", "--output", str(self.folder / "handlers.so"), "--work", WORK.name, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": path or os.environ["PATH"]})

    def run_program(self):
        source, program = self.write("program.c", PROGRAM), self.folder / "program"
        subprocess.run(["gcc-12", "-rdynamic", "-I", str(METER), str(source), "-o", str(program), "-ldl"], check=True)
        done = subprocess.run([str(program), str(self.folder / "handlers.so")], capture_output=True, text=True,
                              check=True)
        return done.stdout.splitlines()

    def native_compilers_only(self):
        """A PATH on which no compiler for POWER is found."""
        folder = self.folder / "bin"
        folder.mkdir()
        for name in ("gcc-12", "g++-12", "nm", "as", "ld"):
            (folder / name).symlink_to(shutil.which(name))
        return str(folder)

    def test_counters_and_hooks_name_the_source(self):
        """The port lowers the flags in mid-call: what runs afterwards has to be found all the same."""
        self.assertEqual(self.build().returncode, 0)
        lines = self.run_program()
        self.assertEqual(lines[0], "load sum kvm kvm/handler.c:6 [work@kvm/handler.c:13]")
        self.assertIn("result 14", lines)
        kinds = collections.Counter(line.split()[0] for line in lines)
        self.assertEqual([kinds[k] for k in ("load", "store", "atomic", "fence")], [4, 1, 1, 1])
        self.assertEqual(lines.count("port work kvm kvm/handler.c:13 []"), 2)
        self.assertIn("function work kvm/handler.c 1 ran", lines)
        self.assertIn("function other vfio/other.c 0 did not run", lines)

    def test_committed_weights_make_the_same_object_without_a_compiler_for_power(self):
        self.assertEqual(self.build("--update").returncode, 0)
        first = (self.folder / "handlers.so").read_bytes()
        shutil.rmtree(pathlib.Path(WORK.name) / "powerpc64le-12")
        done = self.build(path=self.native_compilers_only())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((self.folder / "handlers.so").read_bytes(), first)

    def test_a_changed_text_makes_committed_weights_stale(self):
        self.build("--update")
        self.write("hcall/vfio/other.c", OTHER.replace("n * 3", "n * 5"))
        done = self.build()
        self.assertEqual(done.returncode, 0)
        self.assertIn("5.10.json is stale", done.stderr)
        done = self.build(path=self.native_compilers_only())
        self.assertEqual(done.returncode, 1)
        self.assertIn("gcc-12-powerpc64le-linux-gnu", done.stderr)

    def test_code_that_differs_between_the_targets_is_refused(self):
        self.write("hcall/vfio/other.c", "long other(long n);\nlong other(long n)\n{\n#ifdef __powerpc__\n"
                   "\tif (n == 7)\n\t\treturn 8;\n#endif\n\treturn n > 3 ? n * 3 : n;\n}\n")
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: the compilers number different blocks in vfio/other.c, from site 0 on", done.stderr)

    def test_foreign_functions_are_refused(self):
        self.write("hcall/vfio/other.c", "int puts(const char *s);\nlong other(long n);\n"
                   "long other(long n)\n{\n\treturn puts(\"x\") + n;\n}\n")
        done = self.build()
        self.assertEqual(done.returncode, 1)
        self.assertIn("vfio/other.c:5: error: calls puts()", done.stderr)
