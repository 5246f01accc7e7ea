# SPDX-License-Identifier: Apache-2.0
"""Site maps, as the plugin writes them, and the C table made of them."""
import hashlib
import itertools
import json
import re
from typing import NamedTuple

from toolchain import BuildError


class Site(NamedTuple):
    """One numbered block of a unit."""

    machine_function: str
    anchor: str
    innermost: str
    inlined_into: str

    @property
    def function(self):
        return self.innermost.split("@")[0]

    @property
    def file(self):
        return self.innermost.split("@")[1].rsplit(":", 1)[0]

    @property
    def line(self):
        return int(self.innermost.rsplit(":", 1)[1])

    @property
    def layer(self):
        """First directory of the nearest file that lies in one."""
        files = [self.file, *re.findall(r"@(\S+):\d+", self.inlined_into)]
        return next((file.split("/")[0] for file in files if "/" in file), "")


class SiteMap:
    """The sites of one unit."""

    def __init__(self, path):
        self.sites = [Site(*line.split("\t")[1:]) for line in path.read_text().splitlines()]

    @property
    def structure(self):
        """What two compilers have to agree about: one line per site."""
        return [f"{site.machine_function} at {site.anchor}" for site in self.sites]

    @property
    def digest(self):
        return hashlib.sha256("\n".join(self.structure).encode()).hexdigest()[:16]

    @property
    def functions(self):
        """(name, first site, number of sites) of the machine functions."""
        found = []
        for number, site in enumerate(self.sites):
            if not found or found[-1][0] != site.machine_function:
                found.append([site.machine_function, number, 0])
            found[-1][2] += 1
        return [tuple(function) for function in found]


def require_equal(unit, native, cross, cpu):
    """Raises unless both compilers numbered the same blocks."""
    pairs = itertools.zip_longest(native.structure, cross.structure, fillvalue="no such site")
    for number, (ours, theirs) in enumerate(pairs):
        if ours != theirs:
            raise BuildError(f"{unit.path}: the compilers number different blocks, from site {number} on\n"
                             f"  native:  {ours}\n  {cpu}:  {theirs}")


def table_source(units, maps, weights, identity):
    """C text that defines meter_table.

    `maps` and `weights` are lists parallel to `units`; weights are {cpu: [one per site]}.
    `identity` has preset, compiler, source and cpus.
    """
    functions, sites, rows, first = [], [], {cpu: [] for cpu in identity["cpus"]}, 0
    for unit, site_map, unit_weights in zip(units, maps, weights):
        for name, begin, count in site_map.functions:
            functions.append(f"\t{{{quoted(name)}, {quoted(unit.path)}, {first + begin}, {count}}},")
        for site in site_map.sites:
            sites.append(f"\t{{{quoted(site.function)}, {quoted(site.file)}, {site.line}, {quoted(site.layer)}, "
                         f"{quoted(site.inlined_into)}}},")
        for cpu, row in rows.items():
            row.extend(unit_weights[cpu])
        first += len(site_map.sites)
    lines = ['#include "meter_abi.h"', "",
             'extern uint32_t __start_meter_count[] __attribute__((visibility("hidden")));',
             'extern uint8_t __start_meter_hit[] __attribute__((visibility("hidden")));', "",
             "static const struct meter_function functions[] = {", *functions, "};",
             "static const struct meter_site sites[] = {", *sites, "};"]
    for cpu, row in rows.items():
        lines += [f"static const int32_t weight_{cpu}[] = {{", "\t" + ", ".join(map(str, row)), "};"]
    lines += [f"static const char *const cpu_names[] = {{{', '.join(quoted(cpu) for cpu in rows)}}};",
              f"static const int32_t *const weights[] = {{{', '.join('weight_' + cpu for cpu in rows)}}};", "",
              "const struct meter_table meter_table = {",
              f"\t.abi = METER_ABI_VERSION, .sites = {len(sites)}, .functions = {len(functions)}, .cpus = {len(rows)},",
              "\t.count = __start_meter_count, .hit = __start_meter_hit,",
              "\t.function = functions, .site = sites, .cpu_name = cpu_names, .weight = weights,",
              f"\t.preset = {quoted(identity['preset'])}, .compiler = {quoted(identity['compiler'])},",
              f"\t.source_hash = {quoted(identity['source'])},", "};", ""]
    return "\n".join(lines)


def quoted(text):
    return json.dumps(text)
