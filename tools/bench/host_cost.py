#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Host instructions per request TLP and per TCE operation, counted by cachegrind.

Each figure is a slope between runs that differ in one thing only, so that start-up and everything
else cancels: half the MRRS doubles the request TLPs of a chunk, and IOMMU pages of 64 KiB instead of
4 KiB need 4 TCE operations instead of 34. Instruction counts do not depend on what else the machine
does; wall-clock ratios do, and are the best of five.

    host_cost.py [--program build/release/bin/tcesim] [--output docs/benchmarks.md]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIO = os.path.join(ROOT, "scenarios/cxgb3_10g.yaml")
SHORT, LONG = "4ms", "12ms"


def run(program, variant, settings, valgrind=None):
    """Result of the variant, and stderr of cachegrind."""
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.json")
        command = [program, SCENARIO, "--variant", variant, "--quiet", "--json", results]
        for setting in settings:
            command += ["--set", setting]
        if valgrind:
            command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes",
                       f"--cachegrind-out-file={folder}/%p", f"--log-file={folder}/log.%p"] + command
        # The short runs may miss an expectation of the 200 ms scenario (exit code 3): only counts matter here.
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        logs = [open(os.path.join(folder, name)).read() for name in os.listdir(folder) if name.startswith("log.")]
        with open(results) as file:
            return json.load(file), logs


def instructions(program, variant, settings):
    """Instructions, request TLPs, TCE operations and chunks of 8 ms in the middle of a run."""
    points = []
    for duration in (SHORT, LONG):
        document, logs = run(program, variant, settings + ["traffic.warmup=2ms", f"traffic.duration={duration}"], True)
        # The simulation is the child: the process with the most instructions.
        count = max(int(re.search(r"I\s+refs:\s+([\d,]+)", log)[1].replace(",", "")) for log in logs)
        metrics = {name: m["value"] for name, m in document["variants"][0]["metrics"].items()}
        points.append((count, metrics["dma_read_tlps"] + metrics["dma_write_tlps"], metrics["tce_operations"],
                       metrics["chunks_sent"]))
    return tuple(long - short for short, long in zip(*points))


def per_chunk(measured):
    count, requests, operations, chunks = measured
    return count / chunks, requests / chunks, operations / chunks


def best_ratio(program, variant):
    best = 0.0
    for _ in range(5):
        document, _ = run(program, variant, [])
        host = document["host"]
        best = max(best, host["sim_s"] / host["wall_s"])
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/bin/tcesim"))
    parser.add_argument("--output", help="write the table here instead of stdout")
    options = parser.parse_args()

    base = per_chunk(instructions(options.program, "real", []))
    small_reads = per_chunk(instructions(options.program, "real", ["device.link.mrrs=256B"]))
    large_pages = per_chunk(instructions(options.program, "real", ["iommu.windows[0].page=64KiB"]))
    per_request = (small_reads[0] - base[0]) / (small_reads[1] - base[1])
    per_operation = (base[0] - large_pages[0]) / (base[2] - large_pages[2])

    lines = [
        "# Speed of the simulator",
        "",
        "Made by `tools/bench/host_cost.py`; instructions are host instructions counted by cachegrind.",
        "",
        "| | host instructions |",
        "|---|---|",
        f"| per request TLP (link, PHB, translation, device; completions included) | {per_request:.0f} |",
        f"| per TCE operation (hypercall, handler, meter and caches, kill, checker) | {per_operation:.0f} |",
        f"| per 64 KiB chunk, real mode: {base[1]:.0f} request TLPs, {base[2]:.0f} TCE operations | {base[0]:.0f} |",
        "",
        "| variant of cxgb3_10g, 220 ms | simulated / wall, best of 5 |",
        "|---|---|",
    ]
    for variant in ("userspace", "virtual", "real"):
        lines.append(f"| {variant} | {best_ratio(options.program, variant):.2f} |")
    lines += ["", "The ratios are of a shared two-core machine and vary with its load; the instructions do not.", ""]
    text = "\n".join(lines)
    if options.output:
        with open(options.output, "w") as file:
            file.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
