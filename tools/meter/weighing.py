# SPDX-License-Identifier: Apache-2.0
"""Where the weights of a build come from: the committed file, the POWER build, or the native code."""
import importlib.util
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import committed
import sites
import toolchain
import weights
from errors import BuildError, CompileError, MissingPackages
from power_code import PowerCode
from store import Store, file_hash
from x86_code import X86Code

JOBS = 2
SOLVERS = ["weights.py", "site_flow.py", "flow_graph.py", "machine_code.py", "power_code.py", "x86_code.py"]
EXACT, APPROXIMATE = "powerpc64le", "x86, approximate"

# Instructions of POWER code per instruction of x86 code: the median, over the 54 paths that tests/paths had when this
# was fitted and both CPUs, of instructions retired by the POWER code to those predicted from weights of x86 code.
POWER_PER_X86 = 1.168


class Weighed(NamedTuple):
    """Weights of all units, and what may be said about them."""

    rows: list  # parallel to the units: {cpu: [weight of every site]}
    compiler: str  # whose code was weighed, "gcc 12.2.0"
    weights_from: str  # EXACT or APPROXIMATE
    why_fresh: str  # why the committed weights could not serve, "" when they are these
    warning: str  # what an engineer has to know, "" for exact weights

    def __str__(self):
        return f"{self.weights_from}, {self.compiler}{'' if self.why_fresh else ', as committed'}"


def weigh(path, preset, source, units, maps, native, cross, work):
    """The committed weights where they fit, else those of a build for POWER, else of the native code."""
    content = committed.load(path)
    stale = committed.mismatch(content, preset, source, units, maps)
    if stale is None:
        return Weighed(committed.weights(content, units), content["compiler"], EXACT, "", "")
    why_fresh = f"{toolchain.shown(path)} does not fit: {stale}"
    unusable = why_unusable(cross, native)
    if unusable is None:
        return weigh_power(units, maps, native, cross, work)._replace(why_fresh=why_fresh)
    return weigh_native(units, maps, native, work)._replace(
        why_fresh=why_fresh, warning=f"the weights are approximate, from x86 code: {why_fresh}; {unusable}")


def weigh_power(units, maps, native, cross, work):
    """Weights of the code that `cross` makes; it must number the same blocks and ways."""
    unusable = why_unusable(cross, native)
    if unusable:
        raise BuildError(unusable)
    require_numpy()

    def one(job):
        unit, site_map, cpu = job
        obj, path = cross.compile(unit, work, "mark", cpu)
        require_equal(unit, {"native": site_map.structure, cpu: sites.SiteMap(path).structure})
        return solved(unit, cpu, PowerCode(obj, cross.objdump), site_map, 1, work)

    jobs = [(unit, site_map, cpu) for unit, site_map in zip(units, maps) for cpu in toolchain.CPUS]
    found = iter(parallel(one, jobs))
    rows = [{cpu: next(found) for cpu in toolchain.CPUS} for _ in units]
    return Weighed(rows, cross.version(), EXACT, "the POWER code was to be weighed", "")


def weigh_native(units, maps, native, work):
    """Weights of the native code, with one factor for the ratio of the instruction sets; the same for every CPU."""
    require_numpy()

    def one(job):
        unit, site_map = job
        obj, path = native.compile(unit, work, "mark", extra=toolchain.ONE_SECTION)
        require_equal(unit, {"counted": site_map.structure, "weighed": sites.SiteMap(path).structure})
        return solved(unit, "x86", X86Code(obj, native.objdump), site_map, POWER_PER_X86, work)

    rows = [{cpu: row for cpu in toolchain.CPUS} for row in parallel(one, list(zip(units, maps)))]
    return Weighed(rows, native.version(), APPROXIMATE, "the native code was to be weighed", "weights of x86 code")


def require_equal(unit, structures):
    """Raises unless two compilations, {name: structure of their maps}, numbered the same blocks and ways."""
    found = committed.first_difference(*structures.values())
    if found is None:
        return
    place = next(filter(None, (re.search(r"\S+:\d+", line) for line in found)), None)
    place = place[0] if place else f"{unit.path}:1"
    lines = [f"{toolchain.shown(unit.source / place)}: error: the compilers number different blocks, or other ways "
             f"between them, in {unit.path}; does the text depend on the target?"]
    raise CompileError("\n".join(lines + [f"  {name}: {line}" for name, line in zip(structures, found)]))


def solved(unit, name, code, site_map, factor, work):
    """Weights of the sites of `site_map`, from `code`; solved once for every content of the two."""
    ways = {(way.source, way.destination): way.site for way in site_map.ways}

    def solve(folder):
        found = weights.site_weights(code, len(site_map.sites), ways, factor)
        (folder / "weights.json").write_text(json.dumps(found))
        return []

    tools = [file_hash(toolchain.HERE / tool) for tool in SOLVERS]
    made_of = [file_hash(code.obj), len(site_map.sites), list(ways.items()), factor, *tools]
    folder = Store(work).fetch(f"weights/{name}/{unit.symbol}", made_of, unit.source, solve)
    return json.loads((folder / "weights.json").read_text())


def why_unusable(cross, native):
    """Why `cross` cannot weigh what `native` compiled, and the remedy; None when it can."""
    missing = cross.missing_packages
    if missing:
        return str(MissingPackages(missing, "for the weights of POWER code"))
    if cross.version() != native.version():
        return (f"{cross.compiler} is {cross.version()}, the native compiler {native.version()}: install "
                f"{native.package} and {cross.package} of one version")
    return None


def require_numpy():
    if not importlib.util.find_spec("numpy"):
        raise MissingPackages(["python3-numpy"], "to weigh the code of the handlers")


def parallel(function, items):
    with ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))
