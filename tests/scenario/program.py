# SPDX-License-Identifier: Apache-2.0
"""Runs the built program for the tests of its results."""

import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TCESIM_PROGRAM", str(SOURCE / "build/release/bin/tcesim"))
SCENARIOS = SOURCE / "scenarios"
HEADLINE = SCENARIOS / "cxgb3_10g.yaml"

# Where the program's build keeps what tools/meter compiles. Its entries are known by their content, so that tests of
# hcall/ itself and of copies of it compile only what no build and no other test has compiled yet.
METER_STORE = pathlib.Path(PROGRAM).resolve().parents[1] / "meter"

# In place of shorter times, for a scenario whose traffic has an end.
SMALLER = {
    "big_guest_ddw": {"guest.ram": "2GiB", "traffic.hot_add": "64MiB"},
    "big_guest": {"guest.ram": "1GiB", "iommu.windows[0].size": "1GiB", "traffic.mapped": "1GiB"},
    "ddw_life": {"guest.ram": "1GiB", "traffic.hot_add": "64MiB"},
    "ddw_on_off": {"guest.ram": "4GiB"},
    "sparse_4k_host": {"iommu.windows[0].size": "1TiB", "traffic.mapped": "16MiB"},
    "map_100g": {"guest.ram": "1GiB", "traffic.mapped": "1GiB"},
    "table_memory": {"iommu.windows[0].size": "64GiB", "traffic.mapped": "16MiB"},
    "sparse_55bit": {"iommu.windows[0].size": "1TiB", "traffic.mapped": "16MiB"},
}

JUDGED = (0, 3)  # a changed or shortened run need not meet the expectations of its file


def tcesim(*arguments, program=PROGRAM, prefix=(), **options):
    """Runs the program with str(argument) for each argument; stdout and stderr as text."""
    options.setdefault("cwd", SOURCE)
    command = [*prefix, program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False, **options)


def share_meter_store(builds):
    """Lets tools/build-handlers use METER_STORE: the environment for it, with `builds`, a folder, in place of build/."""
    (builds / "release").symlink_to(METER_STORE.parent)
    return {**os.environ, "TCESIM_BUILD": str(builds)}


def setting(values):
    """The --set arguments for {path: value}."""
    return [word for path, value in values.items() for word in ("--set", f"{path}={value}")]


def without_host(text):
    """A result document as text up to its last key, host."""
    return text[: text.rindex('"host"')]


class Variant:
    """One variant of a result document."""

    def __init__(self, document):
        self.document = document
        self.name = document["name"]
        self.metrics = {name: metric["value"] for name, metric in document["metrics"].items()}

    def __getitem__(self, metric):
        return self.metrics[metric]


class Results:
    """A result document."""

    def __init__(self, run):
        self.code = run.returncode
        self.document = json.loads(run.stdout)
        errors = [variant["error"] for variant in self.document["variants"] if "error" in variant]
        if errors:
            raise AssertionError(f"variants failed: {errors}")
        self.variants = {variant["name"]: Variant(variant) for variant in self.document["variants"]}

    def __getitem__(self, name):
        return self.variants[name]


def results(scenario, *arguments, values=None, codes=JUDGED):
    """Runs a scenario with {path: value} set; fails unless the exit code is one of codes."""
    run = tcesim(scenario, *setting(values or {}), *arguments, "--json", "-")
    if run.returncode not in codes:
        raise AssertionError(f"exit code {run.returncode} for {scenario} {values} {arguments}: {run.stderr}")
    return Results(run)
