#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/validation.md and its plots from what `tcesim validate` says.

The same rows give the same bytes. Plots need python3-matplotlib; a plot is what stands before ': ' in the `curve` of
its rows, and each line in it what stands behind.
"""

import argparse
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/validation.md"
PLOTS = ROOT / "docs/validation"

INTRODUCTION = """\
# Published figures, and what comes out here

`tcesim validate` runs the scenarios of [scenarios/validation](../scenarios/validation) and compares. What agreement is
worth depends on the kind of a row:

| kind | what agreement means |
|---|---|
| input | nothing: a constant restates the published figure |
| fitted | nothing: a constant was chosen so that it comes out |
| verified | a formula is right, or agrees with an oracle |
| predicted | validation: no constant rests on the figure |

A row with a tolerance fails the command (exit code 3); one without shows its error and decides nothing. Rows are keys of
a scenario: [scenario.md](scenario.md). This file is written by `tools/validation_report.py`.
"""

# Base unit: smallest value that the larger unit is for, what one of it is, its name; largest first.
STEPS = {
    "b/s": ((10**9, "Gb/s"), (10**6, "Mb/s"), (1, "b/s")),
    "B/s": ((10**9, "GB/s"), (10**6, "MB/s"), (1, "B/s")),
    "ps": ((10**12, "s"), (10**9, "ms"), (10**6, "us"), (10**3, "ns"), (1, "ps")),
    "B": ((2**20, "MiB"), (2**10, "KiB"), (1, "B")),
    "1/s": ((10**6, "M/s"), (10**3, "K/s"), (1, "/s")),
    "ppm": ((10**6, "x"),),
}


def output(program, *arguments):
    """What the program prints, whether rows fail or not."""
    done = subprocess.run([program, "validate", "--no-color", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{program} validate: {done.stderr}")
    return done.stdout


def plots_of(rows):
    """{plot: {line: [row, ...]}}, points in the order of x"""
    plots = {}
    for row in rows:
        if row["curve"] is not None and row["simulated"] is not None:
            plot, _, line = row["curve"].rpartition(": ")
            plots.setdefault(plot or line, {}).setdefault(line, []).append(row)
    for lines in plots.values():
        for points in lines.values():
            points.sort(key=lambda row: row["x"])
    return plots


def file_of(plot):
    return re.sub(r"[^a-z0-9]+", "-", plot.lower()).strip("-") + ".svg"


def markdown(rows, text):
    """The document for `rows` of --json and the table `text` of the same run."""
    predicted = [f"- {row['scenario']}: {row['quantity']}\n" for row in rows if row["kind"] == "predicted"]
    parts = [
        INTRODUCTION,
        "\n## Predicted rows\n\n",
        "".join(predicted) or "None yet: what is compared below checks formulas, or was fitted.\n",
        "\n## All rows\n\n```\n" + text + "```\n",
    ]
    plots = plots_of(rows)
    if plots:
        parts.append("\n## Curves\n\nLines, or a cross where there is but one point, are what comes out here; hollow marks are published.\n")
        parts += [f"\n![{plot}](validation/{file_of(plot)})\n" for plot in plots]
    return "".join(parts)


def scale(values, unit):
    """What values of `unit` are divided by for an axis, and the axis' unit."""
    steps = STEPS.get(unit, ((1, unit),))
    return next(((size, name) for size, name in steps if max(values) >= size), steps[-1])


def ends(row):
    published = row["published"]
    return published if isinstance(published, list) else [published, published]


def short(size):
    """4096 as 4K: neighbouring powers of two must fit side by side on an axis."""
    step, letter = next(((2**bits, letter) for bits, letter in ((30, "G"), (20, "M"), (10, "K")) if size % 2**bits == 0), (1, ""))
    return f"{size / step:g}{letter}"


def draw(plot, lines, file):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "tcesim", "svg.fonttype": "none", "font.size": 10})
    points = [row for line in lines.values() for row in line]
    y_size, y_unit = scale([row["simulated"] for row in points] + [ends(row)[1] for row in points], points[0]["unit"])
    x_unit = points[0]["x_unit"]
    x_size, x_name = (1, x_unit) if x_unit == "B" else scale([row["x"] for row in points], x_unit)
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for number, (name, line) in enumerate(lines.items()):
        x = [row["x"] / x_size for row in line]
        low, high = ([ends(row)[end] / y_size for row in line] for end in (0, 1))
        middle = [(a + b) / 2 for a, b in zip(low, high)]
        colour = f"C{number}"
        axes.plot(x, [row["simulated"] / y_size for row in line], color=colour, label=f"{name}, here",
                  marker="x" if len(line) == 1 else None)
        spread = [(b - a) / 2 for a, b in zip(low, high)]
        axes.errorbar(x, middle, yerr=spread if any(spread) else None, fmt="osD^v"[number % 5], color=colour, mfc="none",
                      label=f"{name}, published")
    everywhere = sorted({row["x"] / x_size for row in points})
    if everywhere[0] > 0 and everywhere[-1] >= 16 * everywhere[0]:
        axes.set_xscale("log", base=2)
        axes.set_xticks(everywhere, [short(x) if x_unit == "B" else f"{x:g}" for x in everywhere], fontsize=8)
        axes.minorticks_off()
    axes.set(title=plot, xlabel=x_name if x_name != "1" else "", ylabel=y_unit)
    axes.grid(alpha=0.3)
    axes.margins(y=0.15)
    axes.legend(fontsize=8)
    figure.savefig(file, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    pyplot.close(figure)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default=str(ROOT / "tcesim"), help="default: ./tcesim")
    program = arguments.parse_args().program
    rows = json.loads(output(program, "--json", "-"))["rows"]
    PLOTS.mkdir(exist_ok=True)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    for plot, lines in plots_of(rows).items():
        draw(plot, lines, PLOTS / file_of(plot))
    DOCUMENT.write_text(markdown(rows, output(program)))


if __name__ == "__main__":
    main()
