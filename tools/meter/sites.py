# SPDX-License-Identifier: Apache-2.0
"""Site maps, as the plugin writes them, and the C table made of them."""
import re
from typing import NamedTuple


class Place(NamedTuple):
    """A line of the source, as part of the functions that it was inlined into."""

    innermost: str  # function@file:line
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


class Site(NamedTuple):
    """One numbered block of a unit."""

    machine_function: str
    anchor: str
    parts: list  # (statements, Place)
    calls: list  # (assembler name of the callee or "*", Place)


class SiteMap:
    """What the plugin wrote of one unit: site_map.h describes the records."""

    def __init__(self, path):
        self.sites, self.accesses = [], []  # accesses: (machine function, Place)
        for line in path.read_text().splitlines():
            kind, *fields = line.split("\t")
            if kind == "S":
                self.sites.append(Site(fields[1], fields[2], [], []))
            elif kind == "P":
                self.sites[-1].parts.append((int(fields[0]), Place(*fields[1:])))
            elif kind == "C":
                self.sites[-1].calls.append((fields[0], Place(*fields[1:])))
            else:
                self.accesses.append((fields[1], Place(*fields[2:])))

    @property
    def structure(self):
        """What two compilers have to agree about: one line per site."""
        return [f"{site.machine_function} at {site.anchor}" for site in self.sites]

    @property
    def functions(self):
        """(name, first site, number of sites) of the machine functions."""
        found = []
        for number, site in enumerate(self.sites):
            if not found or found[-1][0] != site.machine_function:
                found.append([site.machine_function, number, 0])
            found[-1][2] += 1
        return [tuple(function) for function in found]


def table_source(units, maps, weights, identity):
    """C text that defines meter_table.

    `maps` and `weights` are lists parallel to `units`; weights are {cpu: [one per site]}.
    `identity` has preset, compiler, source, cpus and weights_from.
    """
    table = Table()
    for unit, site_map in zip(units, maps):
        table.add_unit(unit, site_map)
    rows = {cpu: [w for unit_weights in weights for w in unit_weights[cpu]] for cpu in identity["cpus"]}
    return "\n".join([
        '#include "meter_abi.h"', "",
        hidden("uint32_t __start_meter_count[]"), hidden("uint8_t __start_meter_hit[]"),
        hidden("uint8_t __start_meter_access[]"), "",
        *array("struct meter_function functions", table.functions),
        *array("struct meter_site sites", table.sites),
        *array("struct meter_part parts", table.parts),
        *array("struct meter_place places", place_cells(table.places, units[0].source)),
        *array("uint32_t access_places", [place for _, place in table.accesses]),
        *array("uint32_t access_functions", [function for function, _ in table.accesses]),
        *array("struct meter_call calls", table.resolved_calls()),
        *[line for cpu, row in rows.items() for line in array(f"int32_t weight_{cpu}", row)],
        *array("char *const cpu_names", [quoted(cpu) for cpu in rows]),
        *array("int32_t *const weights", [f"weight_{cpu}" for cpu in rows]), "",
        "const struct meter_table meter_table = {",
        f"\t.abi = METER_ABI_VERSION, .sites = {len(table.sites)}, .functions = {len(table.functions)},",
        f"\t.places = {len(table.places)}, .accesses = {len(table.accesses)}, .calls = {len(table.calls)},",
        f"\t.cpus = {len(rows)},",
        "\t.count = __start_meter_count, .hit = __start_meter_hit, .access = __start_meter_access,",
        "\t.function = functions, .site = sites, .part = parts, .place = places,",
        "\t.access_place = access_places, .access_function = access_functions, .call = calls,",
        "\t.cpu_name = cpu_names, .weight = weights,",
        f"\t.preset = {quoted(identity['preset'])}, .compiler = {quoted(identity['compiler'])},",
        f"\t.weights_from = {quoted(identity['weights_from'])}, .source_hash = {quoted(identity['source'])},",
        "};", ""])


class Table:
    """The maps of all units, joined in link order."""

    def __init__(self):
        self.functions, self.sites, self.parts, self.accesses, self.calls = [], [], [], [], []
        self.places = {}  # number by place
        self.machine_functions = {}  # numbers by (unit, assembler name) and by assembler name

    def add_unit(self, unit, site_map):
        first = len(self.sites)
        for name, begin, count in site_map.functions:
            for key in (unit.path, name), name:
                self.machine_functions.setdefault(key, len(self.functions))
            self.functions.append(f"{{{quoted(name)}, {quoted(unit.path)}, {first + begin}, {count}}}")
        for site in site_map.sites:
            for callee, place in site.calls:
                self.calls.append((len(self.sites), self.number(place), unit.path, callee))
            self.sites.append(f"{{{len(self.parts)}, {len(site.parts)}}}")
            self.parts += [f"{{{self.number(place)}, {statements}}}" for statements, place in site.parts]
        self.accesses += [(self.machine_functions[unit.path, name], self.number(place))
                          for name, place in site_map.accesses]

    def number(self, place):
        return self.places.setdefault(place, len(self.places))

    def resolved_calls(self):
        """Calls of functions of the object; those of the port are left out."""
        cells = []
        for site, place, path, callee in self.calls:
            number = self.machine_functions.get((path, callee), self.machine_functions.get(callee))
            if callee == "*" or number is not None:
                cells.append(f"{{{site}, {place}, {'METER_UNKNOWN_CALLEE' if number is None else number}}}")
        self.calls = cells
        return cells


def place_cells(places, source):
    texts = {}  # lines by file
    for place in places:
        if place.file not in texts:
            path = source / place.file
            texts[place.file] = path.read_text(errors="replace").split("\n") if path.is_file() else []
        lines = texts[place.file]
        text = lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""
        yield (f"{{{quoted(place.function)}, {quoted(place.file)}, {place.line}, {quoted(place.layer)}, "
               f"{quoted(place.inlined_into)}, {quoted(text)}}}")


def hidden(declaration):
    return f'extern {declaration} __attribute__((visibility("hidden")));'


def array(declaration, cells):
    """An array of constants; C wants at least one element."""
    return [f"static const {declaration}[] = {{", *[f"\t{cell}," for cell in list(cells) or ["0"]], "};"]


def quoted(text):
    """A string of C; whatever is special there, or not ASCII, as octal numbers."""
    plain = {byte for byte in range(0x20, 0x7f)} - set(b'"\\?')
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in text.encode()) + '"'
