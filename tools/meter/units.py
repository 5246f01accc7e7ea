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
    paths = sorted(relative(path, source) for path in [*source.glob("*.c"), *source.glob("*/*.c")])
    if not paths:
        raise BuildError(f"no handlers in {source}")
    return [Unit(source, path, preset) for path in paths]


def source_hash(units):
    """Hash of everything that decides about weights apart from the compiler."""
    source = units[0].source
    headers = [relative(path, source) for path in [*source.glob("*.h"), *source.glob("*/*.h")]]
    digest = hashlib.sha256(json.dumps([units[0].defines, toolchain.COMMON_FLAGS, toolchain.NATIVE_FLAGS,
                                        toolchain.CROSS_FLAGS, toolchain.CPUS]).encode())
    for path in sorted([unit.path for unit in units] + headers):
        digest.update(path.encode() + b"\0" + (source / path).read_bytes() + b"\0")
    return digest.hexdigest()


def relative(path, source):
    name = str(path.relative_to(source))
    if re.search(r"\s", name):
        raise BuildError(f"{path}: the name of a file of the handlers cannot hold blanks; site maps separate by them")
    return name
