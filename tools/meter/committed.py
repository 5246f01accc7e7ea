# SPDX-License-Identifier: Apache-2.0
"""The file of weights and site maps that is kept with the handlers: one line for each function's blocks, for the
ways between them and for its weights on each CPU.

    {"format": 3, "preset": "5.10", "compiler": "gcc 12.2.0", "source": hash of text, defines and flags, "cpus": [...],
     "units": {"kvm/kvm.c": {"kvm_init": {"blocks": "kvm/kvm.c:9 12 -", "ways": ">0 0>1 0>2 1>1* 1>2",
                                          "power8": [...], "power9": [...]}}}}

`compiler` is the one whose POWER code was weighed. `blocks` holds the anchor of every block; one without a file
stands in that of the anchor before it. `ways` are those between blocks, by their numbers within the function; one
without a number comes from the entry, and * stands behind those that are counted. Weights are those of the blocks,
then those of the counted ways.
"""
import itertools
import json

import sites
from errors import BuildError

FORMAT = 3


def load(path):
    """Content of the file, None when there is none or it is of another format."""
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise BuildError(f"{path}: not JSON: {error}; remove the file, or restore it") from None
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None


def mismatch(content, preset, source, units, maps):
    """Why the weights do not belong to these handlers and their blocks; None when they do.

    The compiler that made the maps may be any: which blocks there are, and which ways between them, is all that
    weights depend on.
    """
    if content is None:
        return "it does not exist or has another format"
    if content["preset"] != preset or content["source"] != source:
        return "it was made from another text or with other flags"
    for unit, site_map in zip(units, maps):
        difference = first_difference(structure(content["units"][unit.path]), site_map.structure)
        if difference:
            return "its blocks differ in {}: there {}, here {}".format(unit.path, *difference)
    return None


def first_difference(ours, theirs):
    """The first lines of two structures that differ, None where they are equal."""
    pairs = itertools.zip_longest(ours, theirs, fillvalue="nothing")
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def structure(functions):
    """What sites.SiteMap.structure was when the file was made."""
    return sites.structure(sites.Function(name, list(anchors(rows["blocks"])), list(ways(rows["ways"])))
                           for name, rows in functions.items())


def anchors(text):
    file = ""
    for word in text.split():
        if ":" in word:
            file = word.rsplit(":", 1)[0]
        yield word if ":" in word or word == "-" else f"{file}:{word}"


def ways(text):
    for word in text.split():
        source, destination = word.rstrip("*").split(">")
        yield int(source) if source else None, int(destination), word.endswith("*")


def shortened(positions):
    words, file = [], None
    for position in positions:
        own, _, line = position.rpartition(":")
        words.append(line if own in ("", file) else position)
        file = own or file
    return " ".join(words)


def weights(content, units):
    """List parallel to `units` of {cpu: [weight of every site]}."""
    return [{cpu: [w for rows in content["units"][unit.path].values() for w in rows[cpu]]
             for cpu in content["cpus"]} for unit in units]


def save(path, identity, units, maps, unit_weights):
    """Writes the file so that a change of one function changes its own lines only.

    `identity` has preset, compiler, source and cpus.
    """
    lines = ["{", f' "format": {FORMAT},']
    lines += [f" {json.dumps(key)}: {json.dumps(identity[key])}," for key in ("preset", "compiler", "source", "cpus")]
    lines.append(' "units": {')
    for unit, site_map, rows in zip(units, maps, unit_weights):
        cells, first = [], 0
        for function in site_map.functions:
            end = first + function.sites
            cells.append(function_lines(function, {cpu: row[first:end] for cpu, row in rows.items()}))
            first = end
        lines += [f"  {json.dumps(unit.path)}: {{", *[line for line in [",\n".join(cells)] if line],
                  "  }" if unit is units[-1] else "  },"]
    lines += [" }", "}", ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(lines))
    fresh.replace(path)


def function_lines(function, rows):
    words = [f"{'' if source is None else source}>{destination}{'*' if counted else ''}"
             for source, destination, counted in function.ways]
    cells = [f'    "blocks": {json.dumps(shortened(function.anchors))}', f'    "ways": {json.dumps(" ".join(words))}']
    cells += [f"    {json.dumps(cpu)}: {json.dumps(row, separators=(',', ':'))}" for cpu, row in rows.items()]
    return f"   {json.dumps(function.name)}: {{\n" + ",\n".join(cells) + "}"
