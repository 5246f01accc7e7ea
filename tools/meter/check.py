#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares, path by path, the instructions that the meter predicts with those that the handlers'
plain POWER code retires under an emulator. Fails when any path is more than 10 % off."""
import argparse
import re
import shutil
import sys
from pathlib import Path

import build
import toolchain
import weights
from machine_code import CodeError
from toolchain import HERE, BuildError

TOLERANCE = 10  # percent
EMULATOR = "qemu-ppc64le"
TEXT = "handlers_text"
HARNESS_FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]


def main():
    arguments = parse_arguments()
    try:
        worst = check(arguments.source.resolve(), arguments.preset, arguments.paths.resolve(),
                      arguments.work.resolve())
    except (BuildError, CodeError) as error:
        sys.exit(f"meter check: {error}")
    sys.exit(1 if worst > TOLERANCE else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="directory of the handlers (hcall)")
    parser.add_argument("--preset", required=True, help="kernel era, for example 5.10")
    parser.add_argument("--paths", type=Path, required=True, help="directory of the harness (tests/paths)")
    parser.add_argument("--work", type=Path, required=True, help="directory for intermediate files")
    return parser.parse_args()


def check(source, preset, paths, work):
    """Prints the table; returns the largest error in percent."""
    cross = toolchain.cross()
    build.require(cross.missing_packages, "to compare with POWER code")
    if not shutil.which(EMULATOR):
        build.require(["qemu-user"], "to run POWER code")
    metered = build.build(source, preset, work)
    harness = [HERE / "run_paths.c", *sorted(paths.glob("*.c"))]
    predicted = predict(metered, harness, source, work)
    worst = 0
    for column, cpu in enumerate(toolchain.CPUS):
        retired = count(cross, cpu, metered.units, harness, source, work)
        worst = max(worst, compare(cpu, predicted, column, retired))
    return worst


def predict(metered, harness, source, work):
    """[(name, result, [predicted instructions per CPU])]"""
    program = work / "paths-metered"
    link(["gcc-12", "-DMETERED"], harness, source, metered.objects, program)
    rows = []
    for line in toolchain.output_of([str(program)]).splitlines():
        name, result, *sums = line.split("\t")
        rows.append((name, result, [int(value) / weights.ONE for value in sums]))
    return rows


def count(cross, cpu, units, harness, source, work):
    """[(name, result, retired instructions)] of the plain handlers on `cpu`."""
    objects = build.parallel(lambda unit: cross.compile(unit, work, "plain", cpu)[0], units)
    handlers, program = work / f"handlers-{cpu}.o", work / f"paths-{cpu}"
    toolchain.output_of([cross.ld, "-r", "-o", str(handlers), *map(str, objects)])
    toolchain.output_of([cross.objcopy, "--rename-section", f".text={TEXT}", str(handlers)])
    link([cross.compiler, f"-mcpu={cpu}", "-static", "-no-pie", "-fno-pie"], harness, source, [handlers], program)
    counts = work / f"retired-{cpu}"
    output = toolchain.output_of([EMULATOR, "-cpu", cpu, "-plugin", plugin_argument(cross, program, counts, work),
                                  str(program)])
    rows = [line.split("\t") for line in output.splitlines()]
    return [(name, result, int(n)) for (name, result), n in zip(rows, counts.read_text().split())]


def plugin_argument(cross, program, counts, work):
    plugin = work / "retired.so"
    toolchain.make(plugin, ["gcc-12", *HARNESS_FLAGS, "-fPIC", "-shared", "-fvisibility=hidden",
                            str(HERE / "retired.c"), "-o", str(plugin)], [HERE / "retired.c"], HERE)
    section = re.search(rf"\d+ {TEXT}\s+(\w+)\s+(\w+)", toolchain.output_of([cross.objdump, "-h", str(program)]))
    size, low = int(section[1], 16), int(section[2], 16)
    symbols = {line.split()[-1]: line.split()[0] for line in toolchain.output_of(["nm", str(program)]).splitlines()}
    return (f"{plugin},low={low:x},high={low + size:x},begin={symbols['meter_path_begin']},"
            f"end={symbols['meter_path_end']},out={counts}")


def link(compiler, harness, source, objects, program):
    toolchain.output_of([*compiler, *HARNESS_FLAGS, "-I", str(source.parent), "-I", str(HERE), "-o", str(program),
                         *map(str, harness), *map(str, objects)])


def compare(cpu, predicted, column, retired):
    """Prints one table; returns its largest error in percent."""
    if [row[:2] for row in predicted] != [row[:2] for row in retired]:
        raise BuildError(f"native and {cpu} handlers answer differently: "
                         + ", ".join(f"{p[0]}: {p[1]} / {r[1]}" for p, r in zip(predicted, retired) if p[:2] != r[:2]))
    print(f"{cpu:44s}{'predicted':>12s}{'retired':>10s}{'error':>9s}")
    errors = []
    for (name, _, sums), (_, _, real) in zip(predicted, retired):
        errors.append(100 * (sums[column] - real) / real)
        mark = "  <-- more than 10 %" if abs(errors[-1]) > TOLERANCE else ""
        print(f"  {name:42s}{sums[column]:12.1f}{real:10d}{errors[-1]:+8.1f}%{mark}")
    mean = sum(map(abs, errors)) / len(errors)
    worst = max(map(abs, errors))
    print(f"  {len(errors)} paths, mean error {mean:.1f} %, worst {worst:.1f} %\n")
    return worst


if __name__ == "__main__":
    main()
