#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the metered handler object: counters in every block, and what each block costs on POWER."""
import argparse
import importlib.util
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import committed
import sites
import toolchain
import weights
from machine_code import CodeError
from toolchain import BuildError

JOBS = 2
FROM_OUTSIDE = re.compile(r"port_\w+|meter_(load|store|atomic|fence|calling)")


class Metered(NamedTuple):
    """What the handlers were compiled to."""

    units: list
    objects: list  # one per unit, then the table: the link order
    maps: list


def main():
    arguments = parse_arguments()
    try:
        metered = build(arguments.source.resolve(), arguments.preset, arguments.work.resolve(), arguments.update)
        link(metered, arguments.output)
    except (BuildError, CodeError) as error:
        sys.exit(f"meter: {error}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="directory of the handlers (hcall)")
    parser.add_argument("--preset", required=True, help="kernel era, for example 5.10")
    parser.add_argument("--output", type=Path, required=True, help="shared object to write")
    parser.add_argument("--work", type=Path, required=True, help="directory for intermediate files")
    parser.add_argument("--update", action="store_true", help="rewrite the committed weights when they are stale")
    return parser.parse_args()


def build(source, preset, work, update=False):
    """Compiles handlers and table; returns a Metered."""
    native = toolchain.native()
    require(native.missing_packages, "to meter the handlers")
    units = toolchain.find_units(source, preset)
    native.build_plugin(work)
    compiled = parallel(lambda unit: native.compile(unit, work, "count"), units)
    maps = [sites.SiteMap(path) for _, path in compiled]
    identity = {"preset": preset, "compiler": native.version(), "source": toolchain.source_hash(units),
                "cpus": toolchain.CPUS}
    unit_weights = find_weights(source / "weights" / f"{preset}.json", identity, units, maps, work, update)
    table = compile_table(native, sites.table_source(units, maps, unit_weights, {**identity, "weights_from": "powerpc64le"}), work)
    return Metered(units, [obj for obj, _ in compiled] + [table], maps)


def find_weights(path, identity, units, maps, work, update):
    """The committed weights where they fit, else those of a build for POWER."""
    content = committed.load(path)
    if committed.matches(content, identity, units, maps):
        return committed.weights(content, units)
    cross = toolchain.cross()
    numpy = [] if importlib.util.find_spec("numpy") else ["python3-numpy"]
    require(cross.missing_packages + numpy, f"because {path} does not belong to these handlers")
    if cross.version() != identity["compiler"]:
        raise BuildError(f"{cross.compiler} is {cross.version()}, the native compiler {identity['compiler']}")
    made = cross_weights(cross, units, maps, work)
    if update:
        committed.save(path, identity, units, maps, made)
    else:
        print(f"meter: {path} is stale; this build uses fresh weights, --update keeps them", file=sys.stderr)
    return made


def cross_weights(cross, units, maps, work):
    """Weights from the powerpc64le build: a list parallel to `units` of {cpu: [one per site]}."""
    cross.build_plugin(work)

    def one(job):
        unit, native_map, cpu = job
        obj, path = cross.compile(unit, work, "mark", cpu)
        sites.require_equal(unit, native_map, sites.SiteMap(path), cpu)
        return weights.site_weights(obj, len(native_map.sites), cross.objdump)

    jobs = [(unit, site_map, cpu) for unit, site_map in zip(units, maps) for cpu in toolchain.CPUS]
    rows = iter(parallel(one, jobs))
    return [{cpu: next(rows) for cpu in toolchain.CPUS} for _ in units]


def parallel(function, items):
    with ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))


def require(packages, why):
    if packages:
        raise BuildError(f"{' and '.join(packages)} must be installed, {why}: apt-get install {' '.join(packages)}")


def compile_table(native, text, work):
    source, obj = work / "meter_table.c", work / "meter_table.o"
    if not source.is_file() or source.read_text() != text:
        source.write_text(text)
    command = [native.compiler, "-std=c11", "-O2", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", str(toolchain.HERE)]
    toolchain.make(obj, [*command, "-c", str(source), "-o", str(obj)],
                   [source, toolchain.HERE / "meter_abi.h"], work)
    return obj


def link(metered, output):
    """Links the object and checks that it needs nothing but the port and the meter."""
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_suffix(".new")
    toolchain.output_of([toolchain.native().compiler, "-shared", "-nostdlib", "-Wl,-z,now", "-Wl,--build-id=none",
                         f"-Wl,--version-script={toolchain.HERE / 'exports.map'}", "-o", str(fresh), *map(str, metered.objects)])
    undefined = [line.split()[-1] for line in toolchain.output_of(["nm", "-D", "-u", str(fresh)]).splitlines()]
    strangers = [name for name in undefined if not FROM_OUTSIDE.fullmatch(name)]
    if strangers:
        raise BuildError(f"{output.name} needs {', '.join(strangers)}; handlers may use port_* only")
    check_order(metered, fresh)
    fresh.replace(output)


def check_order(metered, shared):
    """The linker must have joined the counters in the order in which the table lists the units."""
    symbols = {name: int(value, 16) for value, _, name in
               (line.split() for line in toolchain.output_of(["nm", "--defined-only", str(shared)]).splitlines())}
    site, function, access = 0, 0, 0
    for unit, site_map in zip(metered.units, metered.maps):
        if (symbols["meter_count_" + unit.symbol] - symbols["__start_meter_count"] != 4 * site
                or symbols["meter_hit_" + unit.symbol] - symbols["__start_meter_hit"] != function
                or symbols["meter_access_" + unit.symbol] - symbols["__start_meter_access"] != access):
            raise BuildError(f"counters of {unit.path} are not where the table expects them")
        site += len(site_map.sites)
        function += len(site_map.functions)
        access += len(site_map.accesses)


if __name__ == "__main__":
    main()
