# SPDX-License-Identifier: Apache-2.0
"""The text of the handlers: its translation units, in link order, and its hash."""
import hashlib
import json
import re

import toolchain
from toolchain import BuildError


class Unit:
    """One translation unit of the handlers."""

    def __init__(self, source, path, preset):
        self.source = source
        self.path = path  # relative to source
        self.symbol = re.sub(r"\W", "_", path.removesuffix(".c"))
        self.defines = [f"-DHCALL_PRESET={preset.replace('.', '')}"]


def find_units(source, preset):
    """All units below `source`, in link order."""
    paths = sorted(names(source, "c"))
    if not paths:
        raise BuildError(f"no handlers in {source}")
    return [Unit(source, path, preset) for path in paths]


def source_hash(units):
    """Hash of everything that decides about weights apart from the compiler."""
    source = units[0].source
    digest = hashlib.sha256(json.dumps([units[0].defines, toolchain.COMMON_FLAGS, toolchain.NATIVE_FLAGS,
                                        toolchain.CROSS_FLAGS, toolchain.CPUS]).encode())
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
