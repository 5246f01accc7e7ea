# SPDX-License-Identifier: Apache-2.0
"""Handlers that a user has edited: what fits runs, what does not is named, and the other variants finish."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from program import SOURCE, share_meter_store, tcesim

FAULTS = """\
static volatile u64 zero, sink;
static u64 *nowhere(void) { return (u64 *)zero; }
#define SEPARATE __attribute__((noinline)) static void
SEPARATE read_null(void) { sink = nowhere()[3]; }
SEPARATE divide(void) { sink = sink / zero; }
__attribute__((noinline)) static u64 recurse(u64 depth)
{
	volatile u64 frame[8] = {depth};

	return zero ? depth : recurse(depth + 1) + frame[depth & 7];
}
SEPARATE spin(void) { while (!zero) sink++; }
SEPARATE spin_in_port(void) { while (!zero) { port_smp_id(); sink++; } }
SEPARATE dawdle(void) { while (!zero) { port_sync(); sink++; } }
SEPARATE copy_to_null(void) { port_copy(nowhere(), (const void *)&zero, sizeof(zero)); sink++; }
SEPARATE free_twice(void) { void *object = port_alloc(64); port_free(object); port_free(object); sink++; }
SEPARATE call_null(void) { void (*nobody)(void) = (void (*)(void))nowhere(); nobody(); sink++; }
SEPARATE bug(void) { PORT_BUG_ON(!zero); }
SEPARATE trap(void) { __builtin_trap(); }

/* The size of guest memory says which; the guest's driver has opened its device by then. */
static void fail(struct kvm *kvm)
{
	static u64 calls;

	if (++calls < 1000)
		return;
	switch (kvm->slots[0].pages % 16) {
	case 1: read_null(); break;
	case 2: divide(); break;
	case 3: sink = recurse(0); break;
	case 4: spin(); break;
	case 5: spin_in_port(); break;
	case 6: dawdle(); break;
	case 7: copy_to_null(); break;
	case 8: free_twice(); break;
	case 9: call_null(); break;
	case 10: bug(); break;
	case 11: trap(); break;
	case 12: port_lock(&kvm->lock); break;
	}
}

"""
PUT_TCE = "long kvm_h_put_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)\n{\n"
BEGINNING = "\tif (!table)\n"
FAULTY = {"kvm/put_tce.c": [(PUT_TCE, FAULTS + PUT_TCE), (BEGINNING, "\tfail(kvm);\n" + BEGINNING)]}

ROOMIER = {"kvm/kvm.h": [("struct kvm {\n", "struct kvm {\n\tu64 buckets[5];\n"),
                         ("\tstruct kvm_user *user;\n", "\tstruct kvm_user *user;\n\tu64 look_ups;\n")]}
OTHER_ABI = {"object.c": [("= HCALL_OBJECT_ABI", "= HCALL_OBJECT_ABI + 1")]}
OTHER_LAYOUT = {"setup.h": [("\tu64 ram_ua;", "\tu64 more_ram;\n\tu64 ram_ua;")]}
OTHER_PRESET = {"object.c": [("= HCALL_PRESET_NAME", '= "4.4"')]}

SCENARIO = f"""\
name: own
about: handlers of a user's
extends: {SOURCE}/scenarios/cxgb3_10g.yaml
host: {{tce: real}}
guest: {{ram: 1GiB}}
traffic: {{duration: 1ms, warmup: 2ms}}
variants:
  stock: {{}}
  mine: {{host.handlers: own.so}}
expect:
  - {{variant: stock, metric: throughput, min: 1MB/s, source: "it runs"}}
"""


FOLDER = tempfile.TemporaryDirectory(prefix="handler_object.")
unittest.addModuleCleanup(FOLDER.cleanup)
ENVIRONMENT = share_meter_store(pathlib.Path(FOLDER.name))


class Objects(unittest.TestCase):
    """Builds each edited copy of hcall/ once; all of them share what the tools compile."""

    folder = pathlib.Path(FOLDER.name)
    objects = {}

    def build(self, name, edits):
        """The object made from hcall/ with {file: [(text, text that replaces it)]}."""
        output = self.folder / f"{name}.so"
        if name in self.objects:
            return self.objects[name]
        copy = self.folder / "hcall"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(SOURCE / "hcall", copy)
        for path, replacements in edits.items():
            text = (copy / path).read_text()
            for before, after in replacements:
                self.assertIn(before, text)
                text = text.replace(before, after, 1)
            (copy / path).write_text(text)
        done = subprocess.run([SOURCE / "tools/build-handlers", copy, "-o", output], capture_output=True, text=True,
                              check=False, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.objects[name] = output
        return output

    def run_with(self, handlers, *arguments, scenario=SCENARIO):
        """Runs both variants with `handlers` as own.so; returns the run and its document."""
        file = self.folder / "own.yaml"
        file.write_text(scenario)
        own = self.folder / "own.so"
        own.unlink(missing_ok=True)
        if handlers:
            own.symlink_to(handlers)
        run = tcesim(file, *arguments, "--json", "-")
        document = json.loads(run.stdout) if run.stdout else None
        return run, document

    def assert_refused(self, run, document, code, *words):
        """Only the variant mine fails, with one line that names its object."""
        self.assertEqual(run.returncode, code, run.stderr)
        stock, mine = document["variants"]
        self.assertNotIn("error", stock)
        self.assertIn("throughput", stock["metrics"])
        self.assertEqual(run.stderr.splitlines()[0], f"tcesim: variant mine: {mine['error']}")
        self.assertEqual(len(run.stderr.splitlines()), 1)
        self.assertTrue(mine["error"].startswith("own.so: "), mine["error"])
        for word in words:
            self.assertIn(word, mine["error"])


class Fitting(Objects):
    def test_fields_may_be_added_to_the_structs_of_the_handlers(self):
        run, document = self.run_with(self.build("roomier", ROOMIER))
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        stock, mine = document["variants"]
        self.assertFalse(stock["handlers"]["own"])
        self.assertEqual(stock["handlers"]["object"], "built-in 5.10")
        self.assertTrue(mine["handlers"]["own"])
        self.assertEqual(mine["handlers"]["object"], "own.so")
        self.assertNotEqual(mine["handlers"]["source"], stock["handlers"]["source"])
        self.assertTrue(all(mine["invariants"].values()))
        for counted in ("hypercalls", "interrupts", "iova_allocations", "tce_kills", "payload_bytes"):
            self.assertEqual(mine["metrics"][counted], stock["metrics"][counted], counted)

    def test_unchanged_handlers_have_the_results_of_the_program_s_own(self):
        run, document = self.run_with(self.build("unchanged", {}))
        self.assertEqual(run.returncode, 0)
        stock, mine = document["variants"]
        for result in (stock, mine):
            del result["name"], result["handlers"]["object"], result["handlers"]["own"]
        self.assertEqual(stock, mine)

    def test_the_table_names_the_object(self):
        self.run_with(self.build("unchanged", {}))
        text = tcesim(self.folder / "own.yaml").stdout
        self.assertRegex(text, r"(?m)^handlers of mine: own\.so, source [0-9a-f]{12}, weighed by gcc 12\.")
        self.assertNotIn("handlers of stock", text)

    def test_set_is_relative_to_the_current_directory(self):
        self.run_with(None, scenario=SCENARIO.replace(", mine", ""))
        (self.folder / "elsewhere").mkdir(exist_ok=True)
        there = self.folder / "elsewhere" / "mine.so"
        shutil.copy(self.build("unchanged", {}), there)
        arguments = (self.folder / "own.yaml", "--variant", "stock", "--set", "host.handlers=mine.so")
        self.assertEqual(tcesim(*arguments, cwd=there.parent).returncode, 0)
        self.assertEqual(tcesim(*arguments, cwd=self.folder).returncode, 2)


class Refused(Objects):
    def test_another_abi(self):
        self.assert_refused(*self.run_with(self.build("abi", OTHER_ABI)), 2, "hcall/object.h", "tools/build-handlers")

    def test_another_layout(self):
        self.assert_refused(*self.run_with(self.build("layout", OTHER_LAYOUT)), 2, "struct", "tools/build-handlers")

    def test_another_kernel(self):
        self.assert_refused(*self.run_with(self.build("preset", OTHER_PRESET)), 2, "kernel 4.4", "host.kernel is 5.10")

    def test_what_is_no_object(self):
        text = self.folder / "text"
        text.write_text("int main(void) { return 0; }\n")
        self.assert_refused(*self.run_with(text), 2, "cannot be loaded", "tools/build-handlers")

    def test_an_object_of_something_else(self):
        source, other = self.folder / "other.c", self.folder / "other.so"
        source.write_text("int nothing;\n")
        subprocess.run(["gcc-12", "-shared", "-fPIC", "-o", other, source], check=True)
        self.assert_refused(*self.run_with(other), 2, "hcall_object", "tools/build-handlers")

    def test_a_missing_file_has_its_place_and_nothing_runs(self):
        run, _ = self.run_with(None)
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertRegex(run.stderr, r"own\.yaml:9:25: error: host\.handlers: cannot read '.*own\.so': No such file")


class Failing(Objects):
    def assert_fails(self, fault, *words, arguments=()):
        scenario = SCENARIO.replace("{host.handlers: own.so}", f"{{host.handlers: own.so, guest.ram: {2**20 + 64 * fault}KiB}}")
        run, document = self.run_with(self.build("faulty", FAULTY), *arguments, scenario=scenario)
        self.assert_refused(run, document, 1, *words)

    def test_null(self):
        self.assert_fails(1, "crashed (SIGSEGV at address 0x18) in read_null() during H_PUT_TCE of vcpu0, ",
                          " ms of 3.00 ms simulated")

    def test_division_by_zero(self):
        self.assert_fails(2, "crashed (SIGFPE) in divide() during H_PUT_TCE of vcpu0, ")

    def test_endless_recursion(self):
        self.assert_fails(3, "stack is full", "recurse() during H_PUT_TCE of vcpu0, ")

    def test_an_endless_loop_is_ended_where_it_is(self):
        self.assert_fails(4, "no simulated progress for 1 s in ", "spin() ", arguments=("--stall", "1"))

    def test_a_loop_with_calls_of_the_port_is_none_the_better(self):
        self.assert_fails(5, "no simulated progress for 1 s in ", "spin_in_port() ", arguments=("--stall", "1"))

    def test_a_loop_that_takes_simulated_time_ends_with_the_run(self):
        self.assert_fails(6, "H_PUT_TCE of vcpu0 does not return", "the run ended at 3.00 ms")

    def test_a_fault_in_the_port_is_told_of_its_caller(self):
        self.assert_fails(7, "crashed (SIGSEGV at address 0x0) in what copy_to_null() called")

    def test_misuse_of_the_port_is_told_of_its_caller(self):
        self.assert_fails(8, "an object is freed once", "in what free_twice() called")

    def test_a_call_through_null(self):
        self.assert_fails(9, "crashed (SIGSEGV at address 0x0) in what call_null() called")

    def test_a_bug_of_its_own_finding(self):
        self.assert_fails(10, 'port_bug("!zero") in bug()')

    def test_a_trap(self):
        self.assert_fails(11, "crashed (SIGILL) in trap()")

    def test_a_lock_that_is_never_given_back(self):
        self.assert_fails(12, "H_PUT_TCE of vcpu0 does not return", "to wait for a lock that nobody gives back")

    def test_without_a_fault_it_runs(self):
        run, _ = self.run_with(self.build("faulty", FAULTY))
        self.assertEqual(run.returncode, 0, run.stderr)


del Objects

if __name__ == "__main__":
    unittest.main()
