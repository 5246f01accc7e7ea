# SPDX-License-Identifier: Apache-2.0
"""The meter: counters and hooks of a small handler object."""

import collections
import subprocess
import tempfile
import unittest

from handlers import METER, Folder, run

WORK = tempfile.TemporaryDirectory(prefix="meter.")  # one for all: the plugins are built once
unittest.addModuleCleanup(WORK.cleanup)

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
/* A way stands behind the blocks of its function, with the parts of the block that it leads to. */
static void print_way(const struct meter_function *function, uint32_t way)
{
	const struct meter_site *site = table->site + function->first_site;
	const uint32_t *count = table->count + function->first_site;

	for (uint32_t block = 0; block < way; block++)
		if (site[block].first_part == site[way].first_part && site[block].parts == site[way].parts)
			printf("way to line %u %u of %u\\n", table->place[table->part[site[way].first_part].place].line,
			       count[way], count[block]);
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
		for (uint32_t s = 0; s < table->function[f].sites; s++)
			print_way(&table->function[f], s);
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
        self.write_handlers()
        done = run("/usr/bin/python3", "-B", METER / "build.py", "--source", self.folder / "hcall", "--preset", "5.10",
                   "--output", self.folder / "handlers.so", "--work", WORK.name)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_program(self):
        source, program = self.write("program.c", PROGRAM), self.folder / "program"
        subprocess.run(["gcc-12", "-rdynamic", "-I", str(METER), str(source), "-o", str(program), "-ldl"], check=True)
        done = subprocess.run([str(program), str(self.folder / "handlers.so")], capture_output=True, text=True,
                              check=True)
        return done.stdout.splitlines()

    def test_counters_and_hooks_name_the_source(self):
        """The port lowers the flags in mid-call: what runs afterwards has to be found all the same."""
        lines = self.run_program()
        self.assertEqual(lines[0], "load sum kvm kvm/handler.c:6 [work@kvm/handler.c:13]")
        self.assertIn("result 14", lines)
        kinds = collections.Counter(line.split()[0] for line in lines)
        self.assertEqual([kinds[k] for k in ("load", "store", "atomic", "fence")], [4, 1, 1, 1])
        self.assertEqual(lines.count("port work kvm kvm/handler.c:13 []"), 2)
        self.assertIn("function work kvm/handler.c 1 ran", lines)
        self.assertIn("function other vfio/other.c 0 did not run", lines)

    def test_counted_ways_belong_to_the_blocks_that_they_lead_to(self):
        """The blocks do not tell whether what follows the loop comes from the loop: here it does."""
        self.assertEqual([line for line in self.run_program() if line.startswith("way ")], ["way to line 15 1 of 1"])
