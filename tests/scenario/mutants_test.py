# SPDX-License-Identifier: Apache-2.0
"""Three changes of the handlers: what each is predicted to cost, in a scenario made for it, against the instructions
that its POWER code retires under an emulator for the same calls."""

import functools
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import NamedTuple

from program import METER_STORE, SOURCE, results, share_meter_store

MUTANTS = SOURCE / "tests" / "mutants"
sys.path.insert(0, str(MUTANTS))

import build  # noqa: E402  (found through the path above)

ONE = 1024  # a predicted instruction
TOLERANCE = 10  # percent of the change
TCES = 34  # of a packet: header and 16 pages of payload, mapped and unmapped
CPUS = ("power8", "power9")
CALLS = {"single entries": "false", "lists": "true"}  # guest.multitce

WORK = tempfile.TemporaryDirectory(prefix="mutants.")
unittest.addModuleCleanup(WORK.cleanup)
FOLDER = pathlib.Path(WORK.name)
ENVIRONMENT = share_meter_store(FOLDER)


class Mutant(NamedTuple):
    name: str
    place: str  # where the paths of tests/paths/ do what its scenario does
    calls: tuple  # paths of single hypercalls
    sign: int


SUBJECTS = (
    Mutant("checksum", "", ("put", "clear", "indirect 16", "stuff 512"), +1),
    Mutant("hash", ", 20th table", ("put, 20th table", "clear, 20th table", "get, 20th table"), -1),
    Mutant("flat-mirror", ", 3 levels", ("put, 3 levels", "put over old, 3 levels", "indirect 16 over old, 3 levels",
                                         "stuff 512, 3 levels"), -1),
)


@functools.cache
def handlers(name):
    """Directory of the handlers of a mutant, of the unedited ones when the name is None."""
    if name is None:
        return SOURCE / "hcall"
    folder = FOLDER / "handlers" / name
    folder.mkdir(parents=True)
    return build.apply(name, folder)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")


@functools.cache
def measured(name):
    """{cpu: {path: row}} of the paths that are looked at here."""
    paths = {path for mutant in SUBJECTS for path in mutant.calls}
    paths |= {f"packet, {calls}{mutant.place}" for calls in CALLS for mutant in SUBJECTS}
    output = FOLDER / f"{name}.json"
    run("/usr/bin/python3", "-B", SOURCE / "tools/meter/check.py", "--source", handlers(name), "--preset", "5.10",
        "--paths", SOURCE / "tests/paths", "--work", METER_STORE, "--json", output,
        *itertools.chain.from_iterable(("--path", path) for path in sorted(paths)))
    cpus = json.loads(output.read_text())["cpus"]
    return {cpu: {row["name"]: row for row in rows} for cpu, rows in cpus.items()}


def change(mutant, cpu, path):
    """(instructions that the meter charges more for the mutant on a path, instructions retired more)."""
    before, after = (measured(name)[cpu][path] for name in (None, mutant.name))
    return (after["predicted"] - before["predicted"]) / ONE, after["retired"] - before["retired"]


@functools.cache
def scenario(name):
    """The scenario of a mutant beside its handler object, in a folder that has scenarios/ where the source has it."""
    folder = FOLDER / "tests" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / "scenarios").is_symlink():
        (FOLDER / "scenarios").symlink_to(SOURCE / "scenarios")
    run(SOURCE / "tools/build-handlers", handlers(name), "-o", folder / f"{name}.so")
    copy = folder / f"{name}.yaml"
    copy.write_text((MUTANTS / f"{name}.yaml").read_text())
    return copy


@functools.cache
def simulated(name, calls, cpu):
    """(unedited, mutant) of the scenario."""
    outcome = results(scenario(name), codes=(0,), values={"guest.multitce": CALLS[calls], "machine.weights": cpu,
                                                          "traffic.duration": "100ms"})
    return outcome["unedited"], outcome["mutant"]


def per_packet(variant):
    return TCES * variant["simulated_instructions"] / variant["tce_operations"]


def error(predicted, counted):
    """In percent of the size of a change: above 0 where too much of it is predicted."""
    return 100 * (predicted - counted) / counted


class Table:
    """The figures, printed when all tests have run."""

    TITLE = f"{'mutant':12s} {'of':42s} {'cpu':7s} {'predicted':>10s} {'counted':>9s} {'error':>8s}"
    rows = []

    @classmethod
    def add(cls, mutant, what, cpu, predicted, counted):
        cls.rows.append(f"{mutant.name:12s} {what:42s} {cpu:7s} {predicted:+10.1f} {counted:+9.1f} "
                        f"{error(predicted, counted):+7.1f}%")

    @classmethod
    def print(cls):
        print("\nInstructions more than the unedited handlers, per hypercall\n", cls.TITLE, *cls.rows, sep="\n")


unittest.addModuleCleanup(Table.print)


class Mutants(unittest.TestCase):
    def assert_change(self, mutant, what, cpu, predicted, counted):
        """Instructions per hypercall."""
        Table.add(mutant, what, cpu, predicted, counted)
        with self.subTest(mutant=mutant.name, of=what, cpu=cpu):
            self.assertGreater(mutant.sign * predicted, 0)
            self.assertGreater(mutant.sign * counted, 0)
            self.assertLessEqual(abs(error(predicted, counted)), TOLERANCE)

    def each_run(self):
        """(mutant, calls, cpu, unedited, mutated) of all scenarios."""
        for mutant, calls, cpu in itertools.product(SUBJECTS, CALLS, CPUS):
            yield mutant, calls, cpu, *simulated(mutant.name, calls, cpu)

    def test_the_change_of_a_scenario_is_the_change_of_the_power_code(self):
        for mutant, calls, cpu, unedited, mutated in self.each_run():
            hypercalls = TCES * unedited["hypercalls"] / unedited["tce_operations"]
            predicted = per_packet(mutated) - per_packet(unedited)
            counted = change(mutant, cpu, f"packet, {calls}{mutant.place}")[1]
            self.assert_change(mutant, f"scenario, {calls}", cpu, predicted / hypercalls, counted / hypercalls)

    def test_the_scenarios_make_the_calls_that_are_counted(self):
        for mutant, calls, cpu, *variants in self.each_run():
            for name, variant in zip((None, mutant.name), variants):
                path = measured(name)[cpu][f"packet, {calls}{mutant.place}"]
                with self.subTest(mutant=mutant.name, variant=variant.name, calls=calls, cpu=cpu):
                    predicted = path["predicted"] / ONE
                    self.assertAlmostEqual(per_packet(variant), predicted, delta=predicted / 500)
                    self.assertAlmostEqual(predicted, path["retired"], delta=path["retired"] / 20)

    def test_both_variants_do_the_same_and_break_nothing(self):
        for mutant, calls, cpu, *variants in self.each_run():
            operations = [round(variant["tce_operations"] / variant["hypercalls"], 1) for variant in variants]
            with self.subTest(mutant=mutant.name, calls=calls, cpu=cpu):
                self.assertEqual(operations[0], operations[1])
                for variant in variants:
                    self.assertEqual(set(variant.document["invariants"].values()), {True})
                    self.assertEqual(variant.metrics.get("hypercalls_failed", 0), 0)

    def test_the_change_of_each_hypercall_is_that_of_its_power_code(self):
        for mutant, cpu in itertools.product(SUBJECTS, CPUS):
            for path in mutant.calls:
                self.assert_change(mutant, path, cpu, *change(mutant, cpu, path))


class Patches(unittest.TestCase):
    def test_each_has_a_scenario(self):
        self.assertEqual(build.NAMES, sorted(mutant.name for mutant in SUBJECTS))
        for name in build.NAMES:
            self.assertIn(f"host.handlers: {name}.so", (MUTANTS / f"{name}.yaml").read_text())

    def test_one_that_does_not_apply_says_how_to_renew_it(self):
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            copy = build.apply("hash", pathlib.Path(folder))
            self.assertIn("by_liobn", (copy / "kvm" / "kvm.h").read_text())
        original, build.ROOT = build.ROOT, FOLDER / "other"
        self.addCleanup(setattr, build, "ROOT", original)
        (FOLDER / "other" / "hcall" / "kvm").mkdir(parents=True)
        (FOLDER / "other" / "hcall" / "kvm" / "kvm.h").write_text("struct kvm;\n")
        with self.assertRaisesRegex(build.PatchError, "(?s)hash.patch does not apply .*To renew it: copy hcall/"):
            build.apply("hash", FOLDER / "stale")


if __name__ == "__main__":
    unittest.main()
