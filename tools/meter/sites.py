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


class Block(NamedTuple):
    """A numbered block of a unit."""

    machine_function: str
    anchor: str
    parts: list  # (statements, Place)
    calls: list  # (assembler name of the callee or "*", Place)


class Way(NamedTuple):
    """A passage from one block to the next."""

    machine_function: str
    source: object  # number of the block, None for the entry of the function
    destination: int
    site: object  # its own number, None where it is not counted


class Function(NamedTuple):
    """What two compilers have to agree about in one machine function; numbers count within the function."""

    name: str
    anchors: list  # of its blocks
    ways: list  # (source or None, destination, whether it is counted)

    @property
    def sites(self):
        """Number of its sites: blocks, then counted ways."""
        return len(self.anchors) + sum(counted for _, _, counted in self.ways)

    def described(self):
        """One line per block and way."""
        blocks = [f"block {number} of {self.name} at {anchor}" for number, anchor in enumerate(self.anchors)]
        return blocks + [f"{'counted ' if counted else ''}way to {blocks[destination]} from "
                         + ("the entry" if source is None else f"block {source} at {self.anchors[source]}")
                         for source, destination, counted in self.ways]


class SiteMap:
    """What the plugin wrote of one unit: site_map.h describes the records."""

    def __init__(self, path):
        self.sites = []  # Blocks and counted Ways by number
        self.ways = []  # counted or not
        self.accesses = []  # (machine function, Place)
        for line in path.read_text().splitlines():
            kind, *fields = line.split("\t")
            if kind == "S":
                self.sites.append(Block(fields[1], fields[2], [], []))
            elif kind == "P":
                self.sites[-1].parts.append((int(fields[0]), Place(*fields[1:])))
            elif kind == "C":
                self.sites[-1].calls.append((fields[0], Place(*fields[1:])))
            elif kind == "W":
                self.add_way(*(None if field == "-" else int(field) for field in fields))
            else:
                self.accesses.append((fields[1], Place(*fields[2:])))

    def add_way(self, source, destination, site):
        way = Way(self.sites[destination].machine_function, source, destination, site)
        self.ways.append(way)
        if site is not None:
            self.sites.append(way)

    @property
    def functions(self):
        """The machine functions in the order of their sites, a Function each."""
        found, first = {}, {}
        for number, site in enumerate(self.sites):
            first.setdefault(site.machine_function, number)
            function = found.setdefault(site.machine_function, Function(site.machine_function, [], []))
            if isinstance(site, Block):
                function.anchors.append(site.anchor)
        for way in self.ways:
            begin = first[way.machine_function]
            found[way.machine_function].ways.append(
                (None if way.source is None else way.source - begin, way.destination - begin, way.site is not None))
        return list(found.values())

    @property
    def structure(self):
        """What two compilers have to agree about: one line per block and way."""
        return structure(self.functions)


def structure(functions):
    """Lines that describe Functions."""
    return [line for function in functions for line in function.described()]


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
        begin = first = len(self.sites)
        for function in site_map.functions:
            for key in (unit.path, function.name), function.name:
                self.machine_functions.setdefault(key, len(self.functions))
            self.functions.append(f"{{{quoted(function.name)}, {quoted(unit.path)}, {begin}, {function.sites}}}")
            begin += function.sites
        for site in site_map.sites:
            if isinstance(site, Way):
                self.sites.append(self.sites[first + site.destination])
            else:
                self.add_block(unit, site)
        self.accesses += [(self.machine_functions[unit.path, name], self.number(place))
                          for name, place in site_map.accesses]


    def add_block(self, unit, block):
        for callee, place in block.calls:
            self.calls.append((len(self.sites), self.number(place), unit.path, callee))
        self.sites.append(f"{{{len(self.parts)}, {len(block.parts)}}}")
        self.parts += [f"{{{self.number(place)}, {statements}}}" for statements, place in block.parts]

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
