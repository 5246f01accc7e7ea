# SPDX-License-Identifier: Apache-2.0
"""The weights file that is kept with the handlers: one line per function and CPU."""
import json

FORMAT = 1


def load(path):
    """Content of the file, None when there is none or it is of another format."""
    if not path.is_file():
        return None
    content = json.loads(path.read_text())
    return content if content.get("format") == FORMAT else None


def matches(content, identity, units, maps):
    """Whether the file was made by the same compiler from the same text and the same blocks."""
    return (content is not None
            and all(content[key] == value for key, value in identity.items())
            and {path: unit["map"] for path, unit in content["units"].items()}
            == {unit.path: site_map.digest for unit, site_map in zip(units, maps)})


def weights(content, units):
    """List parallel to `units` of {cpu: [weight of every site]}."""
    return [{cpu: [w for rows in content["units"][unit.path]["functions"].values() for w in rows[cpu]]
             for cpu in content["cpus"]} for unit in units]


def save(path, identity, units, maps, unit_weights):
    """Writes the file so that a change of one function changes its own lines only."""
    lines = ["{", f' "format": {FORMAT},']
    lines += [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in identity.items()]
    lines.append(' "units": {')
    for unit, site_map, rows in zip(units, maps, unit_weights):
        lines += [f"  {json.dumps(unit.path)}: {{", f'   "map": "{site_map.digest}",', '   "functions": {']
        functions = []
        for name, first, count in site_map.functions:
            cells = ",\n".join(f"     {json.dumps(cpu)}: {json.dumps(row[first:first + count], separators=(',', ':'))}"
                               for cpu, row in rows.items())
            functions.append(f"    {json.dumps(name)}: {{\n{cells}}}")
        lines += [",\n".join(functions) + "}", "  }" if unit is units[-1] else "  },"]
    lines += [" }", "}", ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
