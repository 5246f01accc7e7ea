# SPDX-License-Identifier: Apache-2.0
"""The two compilers that number the same blocks: commands, flags, plugin, one unit at a time."""
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLUGIN_SOURCES = [HERE / "plugin.cc", HERE / "site_map.h", HERE / "memory_hooks.h"]
PLUGIN_FLAGS = ["-std=c++17", "-O1", "-fPIC", "-shared", "-fno-rtti", "-fno-exceptions", "-Wall", "-Wextra", "-Werror"]

# What decides about blocks must be the same on both sides. -g keeps the inline chains.
COMMON_FLAGS = [
    "-std=gnu11", "-g", "-gno-record-gcc-switches", "-O2", "-ffreestanding", "-Wall", "-Wextra", "-Werror",
    "-fno-semantic-interposition", "-fvisibility=hidden", "-funsigned-char",
    "-fno-strict-aliasing", "-fno-delete-null-pointer-checks", "-fno-stack-protector",
    "-fno-tree-vectorize", "-fno-tree-loop-distribute-patterns",
    "-fno-asynchronous-unwind-tables",
]
# The parameter is the rs6000 default: short-circuit conditions become the same blocks.
NATIVE_FLAGS = ["-fPIC", "-fno-plt", "--param", "logical-op-non-short-circuit=0"]
# As the kernel is built; all code stays in .text.
CROSS_FLAGS = ["-fno-pie", "-mno-vsx", "-mno-altivec", "-fno-reorder-functions", "-fno-reorder-blocks-and-partition"]
CPUS = ["power8", "power9"]


class BuildError(Exception):
    """Something the user has to repair; the message says what."""


class Toolchain:
    """One GCC with the meter plugin built for it."""

    def __init__(self, name, prefix, package, flags):
        self.name = name
        self.compiler = prefix + "gcc-12"
        self.objcopy = prefix + "objcopy"
        self.objdump = prefix + "objdump"
        self.ld = prefix + "ld"
        self.package = package
        self.plugin_package = "gcc-12-plugin-dev" + package.removeprefix("gcc-12")
        self.flags = COMMON_FLAGS + flags
        self.plugin = None

    @property
    def missing_packages(self):
        """Debian packages that have to be installed first; empty when the compiler can be used."""
        try:
            directory = self.plugin_directory()
        except OSError:
            return [self.package, self.plugin_package]
        return [] if (directory / "gcc-plugin.h").is_file() else [self.plugin_package]

    def version(self):
        return "gcc " + output_of([self.compiler, "-dumpfullversion"]).strip()

    @functools.lru_cache(maxsize=None)
    def plugin_directory(self):
        """Where the headers for plugins are."""
        return Path(output_of([self.compiler, "-print-file-name=plugin"]).strip()) / "include"

    def version_header(self):
        """A file that changes with every build of the compiler."""
        return self.plugin_directory() / "plugin-version.h"

    def build_plugin(self, work):
        """The plugin as a shared object in `work`."""
        self.plugin = work / self.name / "meter.so"
        command = ["g++-12", *PLUGIN_FLAGS, "-isystem", str(self.plugin_directory()), str(PLUGIN_SOURCES[0])]
        make(self.plugin, [*command, "-o", str(self.plugin)], [*PLUGIN_SOURCES, self.version_header()], HERE)

    def compile(self, unit, work, mode, cpu=None):
        """Object and site map of one unit, generic or for `cpu`; with mode "plain" no sites and no map."""
        base = work / self.name / "-".join(filter(None, [mode, cpu])) / unit.symbol
        obj, site_map = base.with_suffix(".o"), base.with_suffix(".map")
        command = [self.compiler, *self.flags, *unit.defines]
        if cpu:
            command += [f"-mcpu={cpu}", f"-mtune={cpu}"]
        inputs = [unit.source / unit.path, *unit.headers, self.version_header()]
        if mode != "plain":
            inputs.append(self.plugin)
            command += [f"-fplugin={self.plugin}", f"-fplugin-arg-meter-mode={mode}",
                        f"-fplugin-arg-meter-map={site_map}", "-fplugin-arg-meter-root=.",
                        f"-fplugin-arg-meter-unit={unit.symbol}"]
        command += [f"-ffile-prefix-map={unit.source}=hcall", "-c", unit.path, "-o", str(obj)]
        make(obj, command, inputs, unit.source)
        return obj, site_map


def native():
    return Toolchain("native", "", "gcc-12", NATIVE_FLAGS)


def cross():
    return Toolchain("powerpc64le", "powerpc64le-linux-gnu-", "gcc-12-powerpc64le-linux-gnu", CROSS_FLAGS)


class Unit:
    """One translation unit of the handlers."""

    def __init__(self, source, path, headers, preset):
        self.source = source
        self.path = path
        self.headers = headers
        self.symbol = re.sub(r"\W", "_", path.removesuffix(".c"))
        self.defines = [f"-DHCALL_PRESET={preset.replace('.', '')}"]


def find_units(source, preset):
    """All units below `source`, in link order."""
    headers = sorted([*source.glob("*.h"), *source.glob("*/*.h")])
    paths = sorted(str(path.relative_to(source)) for path in [*source.glob("*.c"), *source.glob("*/*.c")])
    if not paths:
        raise BuildError(f"no handlers in {source}")
    return [Unit(source, path, headers, preset) for path in paths]


def source_hash(units):
    """Hash of everything that decides about weights apart from the compiler."""
    digest = hashlib.sha256(json.dumps([units[0].defines, COMMON_FLAGS, NATIVE_FLAGS, CROSS_FLAGS, CPUS]).encode())
    for path in sorted([unit.source / unit.path for unit in units] + units[0].headers):
        digest.update(str(path.relative_to(units[0].source)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def make(output, command, inputs, directory):
    """Runs `command` in `directory` unless `output` was made by it from the same inputs."""
    digest = hashlib.sha256(json.dumps(command).encode())
    for path in inputs:
        digest.update(path.read_bytes())
    key_file = output.with_suffix(output.suffix + ".key")
    if output.is_file() and key_file.is_file() and key_file.read_text() == digest.hexdigest():
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    key_file.unlink(missing_ok=True)
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stderr.strip()}")
    sys.stderr.write(done.stderr)
    key_file.write_text(digest.hexdigest())


def output_of(command):
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stderr.strip()}")
    return done.stdout
