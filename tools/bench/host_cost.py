#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Host instructions per request TLP and per TCE operation, counted by cachegrind.

Each figure is a slope between runs that differ in one thing only, so that start-up and everything
else cancels: half the MRRS doubles the request TLPs of a chunk, and IOMMU pages of 64 KiB instead of
4 KiB need 4 TCE operations instead of 34. Instruction counts do not depend on what else the machine
does; wall-clock ratios do, and are the best of five.

Single hypercalls are timed by handler_speed and single requests by phb_speed, which have to be built first;
instructions of single requests are those that phb_instructions.py has committed and a test holds:

    cmake --build build/release --target handler_speed --target phb_speed
    host_cost.py [--build build/release] [--output docs/benchmarks.md]
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import phb_instructions

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIO = os.path.join(ROOT, "scenarios/cxgb3_10g.yaml")
SHORT, LONG = "4ms", "12ms"
FOLDS = 4  # of an H_PUT_TCE in real mode: on entry, at the exchange, at the kill, on exit


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


def iteration_instructions(command, kind):
    """Host instructions of an iteration of one of the command's benchmarks."""
    counts = []
    for iterations in (2000, 6000):
        done = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             *command, str(iterations), f"--benchmark_filter=^{kind}(/|$)"],
            capture_output=True, text=True, check=True)
        counts.append(int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", "")))
    return (counts[1] - counts[0]) / 4000


def iteration_times(command):
    """Nanoseconds of CPU time of an iteration by benchmark, the best of five."""
    done = subprocess.run([*command, "--benchmark_repetitions=5", "--benchmark_format=json"],
                          capture_output=True, text=True, check=True)
    best = {}
    # SystemC says good-bye on standard output.
    for row in json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{"):])[0]["benchmarks"]:
        name = row["run_name"].split("/iterations")[0]
        if row["run_type"] == "iteration":
            best[name] = min(best.get(name, row["cpu_time"]), row["cpu_time"])
    return best


def speed_command(build, handlers):
    return [os.path.join(build, "tools/bench/handler_speed"), SCENARIO, os.path.join(build, handlers)]


def what_it_takes(ns, whole_fold):
    """Lines about the way from plain code to timed code. `ns`: of one H_PUT_TCE, by kind."""
    goal = 5.6
    folds = (ns["timed-without-caches"] - ns["metered"]) / FOLDS
    reached = 1000 / ns["timed"]
    return [
        f"A hypercall is folded where others may act, {FOLDS} times in real mode. One such fold takes at most {folds:.0f} ns:",
        "a quarter of what timing adds, the ledger's and the port's work included. A single fold of everything that a whole",
        f"H_PUT_TCE has counted takes {whole_fold:.0f} ns.", "",
        f"The goal was {goal} million timed H_PUT_TCE per second, which an emulator reaches that times nothing:",
        f"{reached:.2f} million are {100 * reached / goal:.0f} % of it. {ns['plain']:.0f} ns of each are the handler,"
        f" {ns['metered'] - ns['plain']:.0f} ns its counters and the calls of",
        f"the hooks before its accesses, {FOLDS * folds:.0f} ns folds and port, "
        f"{ns['timed'] - ns['timed-without-caches']:.0f} ns the caches. Counters and hooks alone are",
        f"{1000 / ns['metered']:.1f} million per second, so the goal is out of reach without leaving accesses out."]


def hypercall_table(build):
    """Lines about single hypercalls; an iteration of a benchmark is a map and a clear."""
    plain, metered = "tools/bench/handlers-plain.so", "handlers-5.10.so"
    times = {**iteration_times(speed_command(build, plain)), **iteration_times(speed_command(build, metered))}
    lines = ["| one H_PUT_TCE over or of a page, real mode | host instructions | ns, best of 5 | millions per second |",
             "|---|--:|--:|--:|"]
    for name, handlers, about in (("plain", plain, "plainly compiled, untimed"),
                                  ("metered", metered, "metered, untimed: counters run, nobody looks"),
                                  ("timed-without-caches", metered, "timed, without the cache model (--no-cache)"),
                                  ("timed", metered, "timed")):
        ns = times[f"put/{name}"] / 2
        count = iteration_instructions(speed_command(build, handlers), f"put/{name}") / 2
        lines.append(f"| {about} | {count:.0f} | {ns:.0f} | {1000 / ns:.2f} |")
    lines += ["", *what_it_takes({name: times[f"put/{name}"] / 2 for name in
                                  ("plain", "metered", "timed-without-caches", "timed")},
                                 times["put-and-fold"] - times["put-without-fold"])]
    lines += ["", "| per TCE of a list of 512, mapped and cleared | ns, best of 5 | millions per second |", "|---|--:|--:|"]
    for name in ("plain", "metered", "timed-without-caches", "timed"):
        ns = times[f"list/{name}"] / 1024
        lines.append(f"| {name.replace('-', ' ')} | {ns:.0f} | {1000 / ns:.2f} |")
    return lines


def request_table(build):
    """Lines about single requests; an iteration of phb_speed is 16 of them."""
    command = [os.path.join(build, "tools/bench/phb_speed")]
    times = iteration_times(command)
    lines = ["| one read request of 64 bytes, answer included | host instructions | ns, best of 5 | millions per second |",
             "|---|--:|--:|--:|"]
    for name, figure in phb_instructions.committed().items():
        ns = times[name] / 16
        lines.append(f"| {phb_instructions.KINDS[name]} | {figure} | {ns:.0f} | {1000 / ns:.1f} |")
    lines += ["",
              "The instructions of this table stand in docs/benchmarks/phb.json. `tests/run` counts them again and fails where one",
              "is more than 3 % away; `tools/bench/phb_instructions.py --renew` commits to new ones. What they depend on stands there."]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"), help="build directory")
    parser.add_argument("--output", help="write the table here instead of stdout")
    options = parser.parse_args()
    program = os.path.join(options.build, "bin/tcesim")

    base = per_chunk(instructions(program, "real", []))
    small_reads = per_chunk(instructions(program, "real", ["device.link.mrrs=256B"]))
    large_pages = per_chunk(instructions(program, "real", ["iommu.windows[0].page=64KiB"]))
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
        lines.append(f"| {variant} | {best_ratio(program, variant):.2f} |")
    lines += ["", *request_table(options.build)]
    lines += ["", *hypercall_table(options.build)]
    lines += ["", "The ratios and times are of a shared two-core machine and vary with its load; the instructions do not.", ""]
    text = "\n".join(lines)
    if options.output:
        with open(options.output, "w") as file:
            file.write(text)
    else:
        print(text)


if __name__ == "__main__":
    main()
