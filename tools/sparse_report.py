#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/sparse-windows.md and its plots from runs of scenarios/sparse_55bit.yaml with windows of many sizes,
of scenarios/sparse_4k_host.yaml and of scenarios/big_guest.yaml.

The same program gives the same bytes. Plots need python3-matplotlib.
"""

import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios/sparse_55bit.yaml"
SMALL_PAGES = ROOT / "scenarios/sparse_4k_host.yaml"
BIG_GUEST = ROOT / "scenarios/big_guest.yaml"
DOCUMENT = ROOT / "docs/sparse-windows.md"
PLOTS = ROOT / "docs/sparse-windows"

SIZES = range(34, 56, 3)  # log2 of the bytes of a window
WAYS = {
    "walk": "every entry, no device attached",
    "walk_unmap": "every entry, a kill store for each",
    "leaf": "absent leaves passed over",
    "subtree": "absent levels passed over",
}
LEVELS = {16: range(1, 5), 12: range(1, 5)}  # by log2 of the page
MEMORY_SIZE = 40  # log2 of the window whose tables are compared
MAPPED = "1GiB"
# Of SMALL_PAGES: what a row of the table is, and the variants in it.
HOSTS = {
    "4 KiB, 4 levels": ("walk_4", "leaf_4", "subtree_4"),
    "4 KiB, 5 levels": ("walk_5", "leaf_5", "subtree_5"),
    "64 KiB, 3 levels": ("walk_64k", "leaf_64k", "subtree_64k"),
}
# Of BIG_GUEST: its variants, and what each step is.
GUESTS = ("pages_16m", "pages_64k")
STEPS = {
    "register": "memory registered and pinned",
    "attach": "group attached, without that",
    "create": "window made",
    "map": "all mapped, lists of 512",
    "plug": "second device joins",
    "unplug": "it leaves",
    "close": "last device leaves, container closed",
    "mirror": "it comes back: registered, made and mapped anew, a call for each TCE",
    "end": "process killed, until it has ended",
}

TEXT = """\
# Sparse windows

A DMA window may be far larger than any memory. What it costs depends on how its table is made, and how it is cleared.
`scenarios/sparse_55bit.yaml` with {mapped} mapped from bus address 0 on, POWER8, kernel 5.10, pages of 64 KiB, two levels;
this file and its plots are written by `tools/sparse_report.py`.

## Clearing

| window | entries | {ways} |
|---|--:|{rule}
{clearing}
![time to clear a window by its size](sparse-windows/clearing.svg)

Up to 4.19 a kernel looks at every entry of the range, whether anything was ever mapped there; while a device is attached
kernels up to 5.3 tell its bridge of every one. From 4.20 on absent leaves are passed over (`skip_leaf`); `subtree` passes
over absent levels, and invalidates what was there only. No kernel does that.

How such loops run: steps that execute the same blocks on the same addresses need not be run one by one.
[design.md](design.md) tells when they are not, `--exact-loops` runs them all, and a test holds the two to the same bytes.

## Hosts with pages of 4 KiB

A level of a table has at least the entries of one of the host's pages: 9 bits of them instead of 13. So five levels are
possible, if `iommu.limit` is not that of platforms, and leaves are 16 times as many: that makes passing over them 12 times
as slow. `scenarios/sparse_4k_host.yaml`: 2^48 bytes in pages of 4 KiB, {mapped} mapped.

| host | every entry | absent leaves passed over | absent levels passed over | table, mirror and view |
|---|--:|--:|--:|--:|
{hosts}
What is absent is found to be so at the first level, of three levels and of four. Of five the first has one entry in use,
which is there: every look goes one level further, which is a seventh of the time.

## Memory

Bytes of whole pages for table and mirror, and for KVM's view, of a window of 2^{memory_size} bytes:

| pages | levels | {mapped} mapped |
|---|--:|--:|
{memory}
![memory of tables by their levels](sparse-windows/memory.svg)

One level is all there before the first mapping; of more only the top is, and what mappings have needed since.

## The life of a container

Traffic of kind `container_life` does on the vCPU what is set-up elsewhere, and notes time, locked memory, tables and pins of
each step. `scenarios/big_guest.yaml`, 5.10 on POWER8:

| step | 1 TiB, pages of 16 MiB | 64 GiB, pages of 64 KiB |
|---|--:|--:|
{steps}
A pin is {pin} of declared constant and handler code, and every host page takes one, whatever the window's pages are.
"""


def run(program, values, variants, scenario=SCENARIO):
    settings = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    names = [word for name in variants for word in ("--variant", name)]
    command = [program, str(scenario), *settings, *names, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):  # other sizes than the scenario's need not meet its expectations
        raise SystemExit(done.stderr)
    document = json.loads(done.stdout)
    return {each["name"]: {name: metric["value"] for name, metric in each["metrics"].items()} for each in document["variants"]}


def clearing(program):
    """{log2 of the size: {variant: metrics}}"""
    values = {"traffic.mapped": MAPPED, "traffic.duration": "10000000s"}
    return {bits: run(program, {**values, "iommu.windows[0].size": f"{2**bits >> 20}MiB"}, WAYS) for bits in SIZES}


def memory(program):
    """{(log2 of the page, levels): bytes}"""
    sizes = {}
    for page, all_levels in LEVELS.items():
        for levels in all_levels:
            values = {"iommu.limit": "none", "traffic.mapped": MAPPED, "iommu.windows[0].size": f"{2**MEMORY_SIZE >> 20}MiB",
                      "iommu.windows[0].page": f"{2**page >> 10}KiB", "iommu.windows[0].levels": levels}
            sizes[page, levels] = run(program, values, ["subtree"])["subtree"]["table_memory"]
    return sizes


def hosts(program):
    """{variant: metrics}"""
    return run(program, {}, [name for names in HOSTS.values() for name in names], SMALL_PAGES)


def guests(program):
    """{variant: metrics}"""
    return run(program, {}, GUESTS, BIG_GUEST)


def seconds(ps):
    for unit, size in (("s", 10**12), ("ms", 10**9), ("us", 10**6)):
        if ps >= size:
            return f"{ps / size:.3g} {unit}" if ps < 1000 * size else f"{ps / size:.0f} {unit}"
    return f"{ps / 1000:.0f} ns"


def size_text(count):
    for unit, bits in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >= 2**bits:
            return f"{count / 2**bits:.4g} {unit}"
    return f"{count} B"


def markdown(clears, sizes, small, lives):
    rows = [f"| 2^{bits} | 2^{bits - 16} | " + " | ".join(seconds(of[way]["clear_time"]) for way in WAYS) + " |\n"
            for bits, of in clears.items()]
    tables = [f"| {2**page >> 10} KiB | {levels} | {size_text(count)} |\n" for (page, levels), count in sizes.items()]
    others = [f"| {host} | " + " | ".join(seconds(small[name]["clear_time"]) for name in names) +
              f" | {size_text(small[names[0]]['table_memory'])} |\n" for host, names in HOSTS.items()]
    steps = [f"| {text} | " + " | ".join(seconds(lives[name][f"{step}_time"]) for name in GUESTS) + " |\n" for step, text in STEPS.items()]
    pin = lives[GUESTS[1]]["register_time"] // lives[GUESTS[1]]["register_pinned"]
    return TEXT.format(steps="".join(steps), pin=seconds(pin), hosts="".join(others), mapped=MAPPED.replace("GiB", " GiB"), ways=" | ".join(WAYS.values()), rule="--:|" * len(WAYS),
                       clearing="".join(rows), memory="".join(tables), memory_size=MEMORY_SIZE)


def plotter():
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "tcesim", "svg.fonttype": "none", "font.size": 10})
    return pyplot


def save(pyplot, figure, axes, name, **labels):
    axes.set(**labels)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(PLOTS / name, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    pyplot.close(figure)


def draw(clears, sizes):
    pyplot = plotter()
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for way, text in WAYS.items():
        axes.plot([2**(bits - 16) for bits in clears], [of[way]["clear_time"] / 1e12 for of in clears.values()], marker=".", label=text)
    axes.errorbar([1e9], [180], fmt="o", color="black", mfc="none", label='published: "about 3 minutes" for 10^9')
    axes.set_xscale("log")
    axes.set_yscale("log")
    save(pyplot, figure, axes, "clearing.svg", title="Clearing a window", xlabel="entries of the window", ylabel="s")

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for page, levels in LEVELS.items():
        axes.plot(levels, [sizes[page, count] / 2**20 for count in levels], marker="o", label=f"pages of {2**page >> 10} KiB")
    axes.set_yscale("log", base=2)
    axes.set_xticks(range(1, 5))
    save(pyplot, figure, axes, "memory.svg", title=f"Tables of a window of 2^{MEMORY_SIZE} bytes, {MAPPED} mapped",
         xlabel="levels", ylabel="MiB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default=str(ROOT / "tcesim"), help="default: ./tcesim")
    program = arguments.parse_args().program
    clears, sizes, small, lives = clearing(program), memory(program), hosts(program), guests(program)
    PLOTS.mkdir(exist_ok=True)
    draw(clears, sizes)
    DOCUMENT.write_text(markdown(clears, sizes, small, lives))


if __name__ == "__main__":
    main()
