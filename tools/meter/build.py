#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the metered handler object: counters in every block, and what each block costs on POWER."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import committed
import sites
import toolchain
import weighing
from errors import BuildError, CompileError, MissingPackages, report
from machine_code import CodeError
from store import Store, text_hash
from units import find_units, source_hash
from weighing import parallel

FROM_OUTSIDE = re.compile(r"port_\w+|meter_(load|store|atomic|fence|calling)")


class Metered(NamedTuple):
    """What the handlers were compiled to."""

    units: list
    objects: list  # one per unit, then the table: the link order
    maps: list
    compiler: str  # command of the native one
    weighed: weighing.Weighed


def main():
    arguments = parse_arguments()
    try:
        metered = build(arguments.source.resolve(), arguments.preset, arguments.work.resolve(), arguments.update,
                        arguments.gcc)
        link(metered, arguments.output)
    except (BuildError, CodeError) as error:
        sys.exit(report("meter", error))
    weighed = metered.weighed
    if weighed.warning:
        print(f"meter: warning: {weighed.warning}", file=sys.stderr)
    elif weighed.why_fresh and not arguments.update:
        print(f"meter: fresh weights, {weighed}: {weighed.why_fresh}; --update rewrites it", file=sys.stderr)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="directory of the handlers (hcall)")
    parser.add_argument("--preset", required=True, help="kernel era, for example 5.10")
    parser.add_argument("--output", type=Path, required=True, help="shared object to write")
    parser.add_argument("--work", type=Path, required=True, help="directory for intermediate files")
    parser.add_argument("--gcc", type=int, default=toolchain.DEFAULT_MAJOR, metavar="MAJOR",
                        help="version of both compilers, %(default)s unless given")
    parser.add_argument("--update", action="store_true", help="weigh the POWER code and rewrite the committed weights")
    return parser.parse_args()


def weights_file(source, preset):
    return source / "weights" / f"{preset}.json"


def build(source, preset, work, update=False, major=toolchain.DEFAULT_MAJOR):
    """Compiles handlers and table; returns a Metered."""
    native, cross = toolchain.native(major), toolchain.cross(major)
    require(native.missing_packages, "to meter the handlers")
    units = find_units(source, preset)
    compiled = parallel(lambda unit: native.compile(unit, work, "count"), units)
    maps = [sites.SiteMap(path) for _, path in compiled]
    identity = {"preset": preset, "source": source_hash(units), "cpus": toolchain.CPUS}
    path = weights_file(source, preset)
    if update:
        weighed = weighing.weigh_power(units, maps, native, cross, work)
        committed.save(path, {**identity, "compiler": weighed.compiler}, units, maps, weighed.rows)
    else:
        weighed = weighing.weigh(path, preset, identity["source"], units, maps, native, cross, work)
    identity.update(compiler=weighed.compiler, weights_from=weighed.weights_from)
    table = compile_table(native, sites.table_source(units, maps, weighed.rows, identity), work)
    return Metered(units, [obj for obj, _ in compiled] + [table], maps, native.compiler, weighed)


def require(packages, why):
    if packages:
        raise MissingPackages(packages, why)


def compile_table(native, text, work):
    flags = ["-std=c11", "-O2", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", str(toolchain.HERE)]

    def compile_text(folder):
        (folder / "meter_table.c").write_text(text)
        toolchain.run([native.compiler, *flags, "-c", "meter_table.c", "-o", "meter_table.o"], folder)
        return [str(toolchain.HERE / "meter_abi.h")]

    made_of = [native.compiler, native.identity(), flags, text_hash(text)]
    return Store(work).fetch(f"{native.name}/table", made_of, work, compile_text) / "meter_table.o"


def link(metered, output):
    """Links the object and checks that it needs nothing but the port and the meter.

    `output` is replaced at the end, or stays as it was.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as folder:
        fresh = Path(folder) / output.name
        command = [metered.compiler, "-shared", "-nostdlib", "-Wl,-z,now", "-Wl,--build-id=none",
                   f"-Wl,--version-script={toolchain.HERE / 'exports.map'}", *map(str, metered.objects)]
        said = run_linker([*command, "-o", str(fresh)])
        if not fresh.is_file():
            raise CompileError("\n".join(linker_errors(said, metered.units[0].source)) or said.strip())
        undefined = [line.split()[-1] for line in toolchain.output_of(["nm", "-D", "-u", str(fresh)]).splitlines()]
        strangers = [name for name in undefined if not FROM_OUTSIDE.fullmatch(name)]
        if strangers:
            said = run_linker([*command, "-Wl,-z,defs", "-o", str(fresh)])
            raise CompileError("\n".join(uses(strangers, linker_errors(said, metered.units[0].source))))
        check_order(metered, fresh)
        fresh.replace(output)


def run_linker(command):
    """What the linker says, without a word when it has nothing against the object."""
    return subprocess.run(command, capture_output=True, check=False, encoding="utf-8", errors="replace",
                          env={**os.environ, "LC_ALL": "C"}).stderr


def linker_errors(said, source):
    """The linker's messages about places in the handlers, in a compiler's form."""
    said = re.sub(r"\S*/unit\.o:(?=hcall/)", "", said)
    for path, line, message in re.findall(r"^(?:\S*ld: )?hcall/(\S+?):(\d+): (.*)$", said, re.MULTILINE):
        yield f"{toolchain.shown(source / path)}:{line}: error: {message}"


def uses(strangers, errors):
    """Where functions of neither port nor meter are called first; the linker was told to refuse all of outside."""
    for error in errors:
        place, _, name = error.partition(" undefined reference to ")
        if (name := name.strip("`'")) in strangers:
            yield f"{place} calls {name}(); handlers may call port_*() only"
            strangers = [other for other in strangers if other != name]
    for name in strangers:
        yield f"error: the handlers need {name}, perhaps the compiler's own; they may call port_*() only"


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
