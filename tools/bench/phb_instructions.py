#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Host instructions per request at the models of link and bridge, held against docs/benchmarks/phb.json.

    cmake --build build/release --target phb_count
    phb_instructions.py [--build build/release]            # count and compare
    phb_instructions.py [--build build/release] --renew    # count and commit to what was counted

A figure is the difference of two runs of phb_count under cachegrind, so that start-up cancels. What it depends on:

- the processor: only through the variant of memcpy() that the C library picks. BASELINE makes it pick the one that
  every x86-64 has; the variants for AVX and fast strings, picked by hand, gave 0.6 to 1.2 % less.
- the build: figures are those of the preset "release" with Debian 12's compiler and C library. The preset compiles
  sources some at a time, so a new source file can change what is inlined where.
- nothing else: repeated runs, other lengths of run and a busy machine gave the same figures, give or take one.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIGURES = ROOT / "docs/benchmarks/phb.json"
TABLE = ROOT / "docs/benchmarks.md"
KINDS = {
    "hit": "at the bridge: a translation that hits",
    "miss-1-level": "at the bridge: a miss, a walk of one level",
    "miss-4-levels": "at the bridge: a miss, a walk of four levels",
    "request-tlp": "from the device through link and bridge and back, a hit",
}
ITERATIONS = 100  # of the shorter run; the longer one has twice as many
REQUESTS = 16  # of an iteration
PERCENT = 3
BASELINE = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,-AVX,-AVX_Fast_Unaligned_Load,-SSSE3,-ERMS,-FSRM"


def run_instructions(program, kind, iterations, tunables=BASELINE):
    """Host instructions of one run of phb_count."""
    environment = {**os.environ, "GLIBC_TUNABLES": tunables}
    done = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
         str(program), kind, str(iterations)],
        env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program} {kind} {iterations}: exit code {done.returncode}\n{done.stderr}")
    return int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", ""))


def count(build, kind, iterations=ITERATIONS, tunables=BASELINE):
    """Host instructions per request, to the nearest whole one."""
    program = pathlib.Path(build) / "tools/bench/phb_count"
    if not program.exists():
        raise RuntimeError(f"{program} is not built: ninja -C {build} phb_count")
    short, long = (run_instructions(program, kind, length, tunables) for length in (iterations, 2 * iterations))
    requests = iterations * REQUESTS
    return (long - short + requests // 2) // requests


def committed():
    return json.loads(FIGURES.read_text())["instructions_per_request"]


def differences(counted, expected):
    """A line for each figure that is more than PERCENT % away from the one expected."""
    lines = []
    for kind, figure in expected.items():
        change = counted[kind] - figure
        if 100 * abs(change) > PERCENT * figure:
            tenths = (1000 * abs(change) + figure // 2) // figure
            lines.append(
                f"{kind} ({KINDS[kind]}): {counted[kind]} host instructions per request, {tenths // 10}.{tenths % 10} % "
                f"{'more' if change > 0 else 'fewer'} than the {figure} of docs/benchmarks/phb.json; if that is meant: "
                "tools/bench/phb_instructions.py --renew, and say why in the commit")
    return lines


def table_with(text, figures):
    """docs/benchmarks.md with these figures in its rows."""
    for kind, figure in figures.items():
        text, rows = re.subn(rf"^(\| {re.escape(KINDS[kind])} \| )\d+( \|)", rf"\g<1>{figure}\g<2>", text, flags=re.M)
        if rows != 1:
            raise RuntimeError(f"{TABLE} has {rows} rows '{KINDS[kind]}'")
    return text


def renew(figures):
    document = {
        "about": "made by tools/bench/phb_instructions.py --renew; read requests of 64 bytes, answers included",
        "instructions_per_request": figures,
    }
    text = table_with(TABLE.read_text(), figures)
    FIGURES.write_text(json.dumps(document, indent=2) + "\n")
    TABLE.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=ROOT / "build/release", help="build directory")
    parser.add_argument("--renew", action="store_true", help="write what was counted to docs/")
    options = parser.parse_args()
    figures = {kind: count(options.build, kind) for kind in KINDS}
    for kind, figure in figures.items():
        print(f"{figure:6} {kind}")
    if options.renew:
        renew(figures)
        return 0
    lines = differences(figures, committed())
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
