# SPDX-License-Identifier: Apache-2.0
"""The text of the handlers: its translation units, in link order, and its hash.

As a program, for the build: PRESETS with name=number, COMMON_SOURCES and ERA_SOURCES of a directory of handlers.
"""
import functools
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import toolchain
from toolchain import BuildError

POLICY = "policy.h"  # what differs between presets, and their numbers
SMALL_PAGES = "-4k"  # behind the name of a preset: for a host with pages of 4 KiB, instead of 64 KiB
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


class Unit:
    """One translation unit of the handlers."""

    def __init__(self, source, path, era, pages):
        self.source = source
        self.path = path  # relative to source
        self.symbol = re.sub(r"\W", "_", path.removesuffix(".c"))
        # Without it what no policy touches is compiled once for all presets.
        self.defines = pages + (era if includes(source, path, POLICY, set()) else [])


def find_units(source, preset):
    """All units below `source`, in link order."""
    paths = sorted(names(source, "c"))
    if not paths:
        raise BuildError(f"no handlers in {source}")
    era, pages = defines(source, preset), page_defines(preset)
    return [Unit(source, path, era, pages) for path in paths]


def defines(source, preset):
    """Options of a compiler for all that includes policy.h; none where `source` does not tell presets apart."""
    known = presets(source)
    preset = preset.removesuffix(SMALL_PAGES)
    if known and preset not in known:
        raise BuildError(f"{toolchain.shown(source / POLICY)} has no preset {preset}; it has {', '.join(known)}")
    return [f"-DHCALL_PRESET={known[preset]}"] if known else []


def page_defines(preset):
    """Options of a compiler for all units: the host's pages."""
    return ["-DHCALL_PAGE_SHIFT=12"] if preset.endswith(SMALL_PAGES) else []


def presets(source):
    """{name: number} of the presets that the handlers in `source` have; empty when they do not tell them apart."""
    path = source / POLICY
    if not path.is_file():
        return {}
    numbers = re.findall(r"^#define HCALL_PRESET_(\w+) (\d+)", path.read_text(), re.MULTILINE)
    return {name.replace("_", ".").lower(): int(number) for name, number in numbers}


def includes(source, path, wanted, seen):
    """Whether a file includes `wanted`, itself or through others; all names relative to source."""
    seen.add(path)
    found = [os.path.normpath(os.path.join(os.path.dirname(path), name)) for name in included_names(source / path)]
    return wanted in found or any(includes(source, other, wanted, seen) for other in found if other not in seen)


@functools.lru_cache(maxsize=None)
def included_names(path):
    return INCLUDE.findall(path.read_text(errors="replace")) if path.is_file() else []


def source_hash(units):
    """Hash of everything that decides about weights apart from the compiler."""
    source = units[0].source
    defines = sorted({define for unit in units for define in unit.defines})
    digest = hashlib.sha256(json.dumps([defines, toolchain.COMMON_FLAGS, toolchain.NATIVE_FLAGS, toolchain.CROSS_FLAGS,
                                        toolchain.CPUS]).encode())
    for path in sorted([unit.path for unit in units] + names(source, "h")):
        digest.update(path.encode() + b"\0" + (source / path).read_bytes() + b"\0")
    return digest.hexdigest()


def names(source, suffix):
    """Files with a suffix in `source` and its folders, relative to it; editors' hidden files are none."""
    paths = [*source.glob(f"*.{suffix}"), *source.glob(f"*/*.{suffix}")]
    found = [name for name in (str(path.relative_to(source)) for path in paths) if not re.search(r"(^|/)\.", name)]
    for name in found:
        if re.search(r"\s", name):
            raise BuildError(f"{source / name}: the name of a file cannot hold blanks; site maps separate by them")
    return found


def main():
    source = Path(sys.argv[1])
    known = presets(source)
    units = find_units(source, next(iter(known)))
    print("PRESETS", *(f"{name}={number}" for name, number in known.items()))
    print("COMMON_SOURCES", *(unit.path for unit in units if not unit.defines))
    print("ERA_SOURCES", *(unit.path for unit in units if unit.defines))


if __name__ == "__main__":
    main()
