#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How far each constant that is not known exactly moves the headline: the table of docs/cost-model.md.

Every assumed constant is set to its low and its high end, every fitted one to the ends of what other
facts allow, one at a time; the others stay. The rows are ordered by what they do to real mode.

    bands.py [--program build/release/bin/tcesim] [--update]
"""

import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIO = os.path.join(ROOT, "scenarios/cxgb3_10g.yaml")
DOCUMENT = os.path.join(ROOT, "docs/cost-model.md")
BEGIN, END = "<!-- bands.py -->\n", "<!-- end -->\n"
VARIANTS = ("userspace", "virtual", "real")
SMALLEST = 2  # MB/s; a constant that moves no variant by more is left out
UNITS = {"ps": "ps", "Hz": "Hz", "bit/s": "b/s", "B/s": "B/s", "B": "B", "B/cycle": "B/cycle"}


def text_of(value, unit):
    """The value as --set takes it."""
    if unit == "ppm":
        return f"{value / 1000000:.6f}"
    if unit == "1/1000 cycle":
        return f"{value / 1000:.3f}cycles"
    if unit == "Hz":
        return f"{value // 1000000}MHz"
    return f"{value}{UNITS.get(unit, '')}"


def scaled(value, unit):
    """The value for people."""
    if unit == "ps":
        return f"{value / 1000000:g} us" if value >= 1000000 else f"{value / 1000:g} ns"
    if unit == "Hz":
        return f"{value / 1000000000:g} GHz"
    if unit == "ppm":
        return f"{value / 1000000:g}"
    return f"{value} {unit}" if unit.startswith("B") else str(value)


def run(program, setting=None):
    command = [program, SCENARIO, "--quiet", "--json", "-", "--set", "traffic.duration=100ms"]
    if setting:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        return None, done.stderr
    document = json.loads(done.stdout)
    throughput = {v["name"]: v["metrics"]["throughput"]["value"] / 1e6 for v in document["variants"]}
    return throughput, document["scenario"]["resolved"]["real"]["machine"]["constants"]


def rows(program):
    _, constants = run(program)
    for name, constant in constants.items():
        fitted = constant["confidence"] == "fitted"
        low, high = (constant.get("allowed_low"), constant.get("allowed_high")) if fitted else (
            constant.get("low"), constant.get("high"))
        if low is None or low == high:
            continue
        unit = constant["unit"]
        ends = []
        for end in (low, high):
            throughput, error = run(program, f"machine.constants.{name}.value={text_of(end, unit)}")
            if throughput is None:
                print(f"{name}: {error.splitlines()[0]}", file=sys.stderr)
                break
            ends.append(throughput)
        if len(ends) == 2 and max(abs(ends[0][v] - ends[1][v]) for v in VARIANTS) > SMALLEST:
            label = f"`{name}` {scaled(low, unit)}..{scaled(high, unit)}" + (" (fitted: allowed range)" if fitted else "")
            yield label, ends


def table(program):
    lines = ["| constant | user space | virtual mode | real mode |", "|---|---|---|---|"]
    ordered = sorted(rows(program), key=lambda row: -abs(row[1][0]["real"] - row[1][1]["real"]))
    for label, (low, high) in ordered:
        cells = " | ".join(f"{low[v]:.0f}..{high[v]:.0f}" for v in VARIANTS)
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/bin/tcesim"))
    parser.add_argument("--update", action="store_true", help="write the table into docs/cost-model.md")
    options = parser.parse_args()
    text = table(options.program)
    if not options.update:
        print(text, end="")
        return
    with open(DOCUMENT) as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(DOCUMENT, "w") as file:
        file.write(before + BEGIN + text + END + after)


if __name__ == "__main__":
    main()
