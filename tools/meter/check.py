#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares, path by path, the instructions that the simulator's meter charges with those that the
handlers' plain POWER code retires under an emulator: with one fold at the end of the path and with a
fold at every port call.

Exit 1 when a path is more than 10 % off, or the paths of a CPU more than 3 % on average; 2 for bad input.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import build
import toolchain
import units
import weights
from errors import BuildError, report
from machine_code import CodeError
from store import Store, text_hash
from toolchain import HERE

WORST = 10  # percent, of a single path
MEAN = 3  # percent, mean of the absolute errors of many
# Shortfalls: what is further off and not mended, (CPU, path), with the error in percent that it must not leave.
KNOWN = {("power9", "mapped view, beyond the end"): (20, 26)}  # 3 of 13 instructions: the marked code alone saves registers
EMULATOR = "qemu-ppc64le"
TEXT = "handlers_text"
ROOT = HERE.parents[1]
C_FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
CXX_FLAGS = ["-std=c++17", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
SIMULATOR = ["tools/meter/predict.cc", "models/cpu/meter.cc", "models/cpu/block_counts.cc", "models/cpu/cache.cc",
             "models/kernel/check.cc"]


class Row(NamedTuple):
    """One path on one CPU; instructions, predicted ones in 1/1024."""

    group: str
    held_out: bool
    name: str
    retired: int
    predicted: int
    predicted_folding: int  # with a fold at every port call

    def errors(self):
        """In percent: one fold, folds everywhere."""
        return [100 * (p / weights.ONE - self.retired) / self.retired for p in self[4:]]

    def overcharge(self):
        """What the folds have charged too much when the path returns, in 1/1024."""
        return self.predicted_folding - self.predicted


def main():
    arguments = parse_arguments()
    try:
        tables = measure(arguments.source.resolve(), arguments.preset, arguments.paths.resolve(),
                         arguments.work.resolve(), arguments.path)
    except (BuildError, CodeError) as error:
        sys.exit(report("meter check", error))
    print(f"preset {arguments.preset}: {len(next(iter(tables.values())))} paths\n")
    passed = [print_table(cpu, rows, not arguments.path) for cpu, rows in tables.items()]
    if arguments.json:
        write_json(arguments.json, tables)
    sys.exit(0 if all(passed) else 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=directory, required=True, help="the handlers: hcall or an edited copy of it")
    parser.add_argument("--preset", required=True, help="kernel era, for example 5.10")
    parser.add_argument("--paths", type=directory, required=True, help="directory of the harness (tests/paths)")
    parser.add_argument("--work", type=Path, required=True, help="directory for intermediate files")
    parser.add_argument("--path", action="append", default=[], metavar="NAME",
                        help="only this path, may be repeated; then no bound of the average applies")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every path's instructions")
    return parser.parse_args()


def directory(text):
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a directory")
    return path


def measure(source, preset, paths, work, names):
    """{cpu: [Row]} of the paths `names`, of all when it is empty."""
    native, cross = toolchain.native(), toolchain.cross()
    build.require(cross.missing_packages, "to compare with POWER code")
    if not shutil.which(EMULATOR):
        build.require(["qemu-user"], "to run POWER code")
    metered = build.build(source, preset, work)
    with tempfile.TemporaryDirectory(prefix="paths.", dir=work) as folder:
        harness = Harness(source, preset, paths, work, Path(folder))
        predicted = harness.predict(native, metered, names)
        runner = harness.compile(cross, ["-fno-pie"])
        plugin = harness.compile_one(native, HERE / "retired.c", [*C_FLAGS, "-fPIC", "-fvisibility=hidden"])
        retired = build.parallel(lambda cpu: harness.count(cross, cpu, metered.units, runner, plugin, names),
                                 toolchain.CPUS)
    return {cpu: join(cpu, predicted, column, retired[column]) for column, cpu in enumerate(toolchain.CPUS)}


class Harness:
    """What runs the paths: compiled against the handlers' headers, linked with their objects."""

    def __init__(self, source, preset, paths, work, folder):
        self.work = work
        self.era = units.defines(source, preset)
        self.folder = folder  # for what is used once
        self.files = [HERE / "run_paths.c", *sorted(paths.glob("*.c"))]
        self.include = work / "include" / text_hash(str(source))[:16]
        self.name_source(source)

    def name_source(self, source):
        """The harness includes "hcall/...", whatever the directory is called."""
        self.include.mkdir(parents=True, exist_ok=True)
        if not (self.include / "hcall").is_symlink():
            (self.include / "hcall").symlink_to(source)

    def compile_one(self, compiler, path, flags, command=None):
        """Object of one file, made now or earlier."""
        command = [command or compiler.compiler, *flags, "-c", str(path)]

        def make(folder):
            toolchain.run([*command, "-MMD", "-MF", str(folder / "depends"), "-o", str(folder / "unit.o")], HERE)
            return toolchain.read_dependencies(folder / "depends")

        return Store(self.work).fetch(f"{compiler.name}/paths/{path.stem}", [command, compiler.identity()], HERE,
                                      make) / "unit.o"

    def compile(self, compiler, flags):
        """Objects of the C files."""
        # A setup may serve only paths that the preset does not have.
        flags = [*C_FLAGS, "-Wno-unused-function", *flags, "-I", str(self.include), "-I", str(HERE)]
        return build.parallel(lambda path: self.compile_one(compiler, path, [*flags, *self.defines(path)]), self.files)

    def defines(self, path):
        """What no era touches is compiled once for all."""
        return self.era if f'#include "hcall/{units.POLICY}"' in path.read_text() else []

    def compile_simulator(self, native):
        """Objects of the part of the simulator that charges instructions."""
        flags = [*CXX_FLAGS, "-I", str(ROOT)]
        return build.parallel(lambda path: self.compile_one(native, ROOT / path, flags, "g++-12"), SIMULATOR)

    def predict(self, native, metered, names):
        """[(group, held out, name, result, [(one fold, folds everywhere) per CPU])]"""
        program = self.folder / "metered"
        objects = [*self.compile(native, ["-DMETERED"]), *self.compile_simulator(native), *metered.objects]
        toolchain.output_of(["g++-12", "-o", str(program), *map(str, objects), "-lsystemc"])
        rows = []
        for line in run([str(program), *names]).splitlines():
            group, kind, name, result, *numbers = line.split("\t")
            pairs = list(zip(map(int, numbers[::2]), map(int, numbers[1::2])))
            rows.append((group, kind == "held out", name, result, pairs))
        return rows

    def count(self, cross, cpu, compiled, runner, plugin, names):
        """[(name, result, retired instructions)] of the plain handlers on `cpu`."""
        objects = [cross.compile(unit, self.work, "plain", cpu)[0] for unit in compiled]
        handlers, program, counts, counter = (self.folder / f"{name}-{cpu}"
                                              for name in ("handlers.o", "program", "retired", "retired.so"))
        toolchain.output_of([cross.ld, "-r", "-o", str(handlers), *map(str, objects)])
        toolchain.output_of([cross.objcopy, "--rename-section", f".text={TEXT}", str(handlers)])
        toolchain.output_of([cross.compiler, "-static", "-no-pie", "-o", str(program), *map(str, runner),
                             str(handlers)])
        toolchain.output_of(["gcc-12", "-shared", "-o", str(counter), str(plugin)])
        output = run([EMULATOR, "-cpu", cpu, "-plugin", f"{counter},{counted_range(cross, program)},out={counts}",
                      str(program), *names])
        rows = [line.split("\t") for line in output.splitlines()]
        return [(name, result, int(n)) for (_, _, name, result), n in zip(rows, counts.read_text().split())]


def run(command):
    """Output of the harness; ends as it does when it refuses its arguments."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        print(f"meter check: {done.stderr.strip()}", file=sys.stderr)
        sys.exit(2)
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stdout.splitlines()[-1:]}\n{done.stderr.strip()}")
    return done.stdout


def counted_range(cross, program):
    """Arguments of retired.c: the addresses of the handlers, and of the functions around a path."""
    section = re.search(rf"\d+ {TEXT}\s+(\w+)\s+(\w+)", toolchain.output_of([cross.objdump, "-h", str(program)]))
    size, low = int(section[1], 16), int(section[2], 16)
    symbols = {line.split()[-1]: line.split()[0] for line in toolchain.output_of(["nm", str(program)]).splitlines()}
    return f"low={low:x},high={low + size:x},begin={symbols['meter_path_begin']},end={symbols['meter_path_end']}"


def join(cpu, predicted, column, retired):
    if [row[2:4] for row in predicted] != [row[:2] for row in retired]:
        differ = [f"{p[2]}: {p[3]} / {r[1]}" for p, r in zip(predicted, retired) if p[2:4] != r[:2]]
        raise BuildError(f"native and {cpu} handlers answer differently: {', '.join(differ) or 'other paths'}")
    return [Row(group, held_out, name, real, *pairs[column])
            for (group, held_out, name, _, pairs), (_, _, real) in zip(predicted, retired)]


def print_table(cpu, rows, averages):
    """Prints the table of a CPU; returns whether it keeps the bounds."""
    print(f"{cpu:50s}{'retired':>9s}{'one fold':>12s}{'error':>8s}{'folds':>12s}{'error':>8s}")
    passed, group = True, None
    for row in rows:
        if row.group != group:
            group = row.group
            print(f" {group}")
        one, many = row.errors()
        wrong = max(abs(one), abs(many)) > WORST
        known = KNOWN.get((cpu, row.name))
        as_known = known and known[0] <= min(one, many) and max(one, many) <= known[1]
        passed &= bool(as_known) if known else not wrong
        print(f"  {row.name:48s}{row.retired:9d}{row.predicted / weights.ONE:12.1f}{one:+7.1f}%"
              f"{row.predicted_folding / weights.ONE:12.1f}{many:+7.1f}%"
              + (f"  <-- more than {WORST} %{', a known shortfall' if as_known else ''}" if wrong else ""))
    for title, some in (("prior", [row for row in rows if not row.held_out]),
                        ("held out", [row for row in rows if row.held_out])):
        if some:
            passed &= summarize(title, some) or not averages
    print()
    return passed


def summarize(title, rows):
    """Prints one line per way of folding; returns whether the averages keep the bound."""
    passed = True
    for way, errors in zip(("one fold", "folds"), zip(*(row.errors() for row in rows))):
        mean = sum(map(abs, errors)) / len(errors)
        worst = max(zip(errors, rows), key=lambda pair: abs(pair[0]))
        passed &= mean <= MEAN
        print(f" {title}, {way}: {len(rows)} paths, mean error {mean:.1f} %, "
              f"signed {sum(errors) / len(errors):+.1f} %, worst {worst[0]:+.1f} % ({worst[1].name})"
              + ("" if mean <= MEAN else f"  <-- more than {MEAN} %"))
    most = max(rows, key=Row.overcharge)
    print(f" {title}: folds charge up to {most.overcharge() / weights.ONE:.1f} instructions too much ({most.name})")
    return passed


def write_json(path, tables):
    content = {cpu: [dict(row._asdict()) for row in rows] for cpu, rows in tables.items()}
    path.write_text(json.dumps({"instruction": weights.ONE, "cpus": content}, indent=1) + "\n")


if __name__ == "__main__":
    main()
