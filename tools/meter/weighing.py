# SPDX-License-Identifier: Apache-2.0
"""Where the weights of a build come from: the committed file, the POWER build, or the native code."""
import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import committed
import sites
import toolchain
import weights
from errors import BuildError, CompileError, MissingPackages
from store import Store, file_hash

JOBS = 2
SOLVERS = ["weights.py", "machine_code.py"]  # a change of them changes weights
EXACT, APPROXIMATE = "powerpc64le", "x86, approximate"


class Weighed(NamedTuple):
    """Weights of all units, and what may be said about them."""

    rows: list  # parallel to the units: {cpu: [weight of every site]}
    compiler: str  # whose code was weighed, "gcc 12.2.0"
    weights_from: str  # EXACT or APPROXIMATE
    is_committed: bool
    warning: str  # "" for exact weights

    def __str__(self):
        if self.is_committed:
            return f"committed, of {self.compiler} for {self.weights_from}"
        return f"{self.weights_from}, {self.compiler}"


def weigh(path, preset, source, units, maps, native, cross, work):
    """The committed weights where they fit, else those of a build for POWER, else of the native code."""
    content = committed.load(path)
    stale = committed.mismatch(content, preset, source, units, maps)
    if stale is None:
        return Weighed(committed.weights(content, units), content["compiler"], EXACT, True, "")
    unusable = why_unusable(cross, native)
    if unusable:
        raise BuildError(f"{path} cannot be used: {stale}; {unusable}")
    return weigh_power(units, maps, native, cross, work)


def weigh_power(units, maps, native, cross, work):
    """Weights of the code that `cross` makes; it must number the same blocks."""
    unusable = why_unusable(cross, native)
    if unusable:
        raise BuildError(unusable)
    require_numpy()
    cross.build_plugin(work)

    def one(job):
        unit, native_map, cpu = job
        obj, path = cross.compile(unit, work, "mark", cpu)
        require_equal(unit, {"native": native_map.structure, cpu: sites.SiteMap(path).structure})
        return cached_weights(unit, cpu, obj, len(native_map.sites), cross.objdump, work)

    jobs = [(unit, site_map, cpu) for unit, site_map in zip(units, maps) for cpu in toolchain.CPUS]
    found = iter(parallel(one, jobs))
    rows = [{cpu: next(found) for cpu in toolchain.CPUS} for _ in units]
    return Weighed(rows, cross.version(), EXACT, False, "")


def require_equal(unit, structures):
    """Raises unless two compilations, {name: structure of their maps}, numbered the same blocks."""
    difference = committed.first_difference(*structures.values())
    if difference is None:
        return
    number, *found = difference
    place = next((words[2] for words in map(str.split, found) if words[1] == "at" and ":" in words[2]), f"{unit.path}:1")
    lines = [f"{toolchain.shown(unit.source / place)}: error: the compilers number different blocks in {unit.path}, from "
             f"site {number} on; does the text depend on the target?"]
    raise CompileError("\n".join(lines + [f"  {name}: {site}" for name, site in zip(structures, found)]))


def cached_weights(unit, name, obj, count, objdump, work):
    """Weights of the sites 0 .. count-1 of `obj`; solved once for every content of it."""

    def solve(folder):
        (folder / "weights.json").write_text(json.dumps(weights.site_weights(obj, count, objdump)))
        return []

    made_of = [file_hash(obj), count, *(file_hash(toolchain.HERE / tool) for tool in SOLVERS)]
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
