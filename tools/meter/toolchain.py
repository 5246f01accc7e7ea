# SPDX-License-Identifier: Apache-2.0
"""The two compilers that number the same blocks: commands, flags, plugin, one unit at a time."""
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from errors import BuildError, CompileError
from store import Store, file_hash

HERE = Path(__file__).resolve().parent
DEFAULT_MAJOR = 12  # the GCC whose POWER code the committed weights belong to
PLUGIN_SOURCES = [HERE / "plugin.cc", HERE / "site_map.h", HERE / "ways.h", HERE / "memory_hooks.h"]
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
# Whoever reads machine code wants all of it in .text.
ONE_SECTION = ["-fno-reorder-functions", "-fno-reorder-blocks-and-partition"]
# As the kernel is built.
CROSS_FLAGS = ["-fno-pie", "-mno-vsx", "-mno-altivec", *ONE_SECTION]
CPUS = ["power8", "power9"]


class Toolchain:
    """One GCC with the meter plugin built for it."""

    def __init__(self, name, prefix, packages, major, flags):
        self.name = f"{name}-{major}"
        self.compiler = f"{prefix}gcc-{major}"
        self.objcopy = prefix + "objcopy"
        self.objdump = prefix + "objdump"
        self.ld = prefix + "ld"
        self.plugin_compilers = ["g++-12", f"g++-{major}"]
        self.package = f"gcc-{major}{packages}"
        self.plugin_package = f"gcc-{major}-plugin-dev{packages}"
        self.flags = COMMON_FLAGS + flags
        self.lock = threading.Lock()
        self.plugins = {}  # by work directory

    @property
    def missing_packages(self):
        """Debian packages that have to be installed first; empty when the compiler can be used."""
        missing = []
        try:
            if not (self.plugin_directory() / "gcc-plugin.h").is_file():
                missing = [self.plugin_package]
        except OSError:
            missing = [self.package, self.plugin_package]
        return missing if self.plugin_compiler() else [*missing, self.plugin_compilers[-1]]

    def plugin_compiler(self):
        """The C++ compiler that builds the plugin, None without one."""
        return next((name for name in self.plugin_compilers if shutil.which(name)), None)

    @functools.lru_cache(maxsize=None)
    def version(self):
        """Full version, "gcc 12.2.0"."""
        return "gcc " + output_of([self.compiler, "-dumpfullversion"]).strip()

    @functools.lru_cache(maxsize=None)
    def plugin_directory(self):
        """Where the headers for plugins are."""
        return Path(output_of([self.compiler, "-print-file-name=plugin"]).strip()) / "include"

    def identity(self):
        """Changes with every build of the compiler."""
        return file_hash(self.plugin_directory() / "plugin-version.h")

    def plugin(self, work):
        """The plugin as a shared object in `work`."""
        command = [self.plugin_compiler(), *PLUGIN_FLAGS, "-isystem", str(self.plugin_directory()), "plugin.cc"]

        def build(folder):
            run([*command, "-o", str(folder / "meter.so")], HERE)
            return [path.name for path in PLUGIN_SOURCES]

        with self.lock:
            if work not in self.plugins:
                folder = Store(work).fetch(f"{self.name}/plugin", [command, self.identity()], HERE, build)
                self.plugins[work] = folder / "meter.so"
            return self.plugins[work]

    def compile(self, unit, work, mode, cpu=None, extra=()):
        """Object and site map of one unit, generic or for `cpu`; with mode "plain" no sites and no map.

        The unit stands in its directory under relative names, so that copies of it become the same object.
        """
        options = [*self.flags, *extra, *unit.defines]
        if cpu:
            options += [f"-mcpu={cpu}", f"-mtune={cpu}"]
        plugin = None
        if mode != "plain":
            plugin = self.plugin(work)
            options += [f"-fplugin-arg-meter-mode={mode}", "-fplugin-arg-meter-root=.",
                        f"-fplugin-arg-meter-unit={unit.symbol}"]

        def build(folder):
            command = [self.compiler]
            if plugin:
                command += [f"-fplugin={plugin}", f"-fplugin-arg-meter-map={folder / 'sites.map'}"]
            command += [*options, f"-ffile-prefix-map={unit.source}=hcall", "-MD", "-MF", str(folder / "depends"),
                        "-c", unit.path, "-o", str(folder / "unit.o")]
            run(command, unit.source)
            return read_dependencies(folder / "depends")

        shelf = "/".join([self.name, "-".join(filter(None, [mode, cpu])), unit.symbol])
        ingredients = [self.compiler, self.identity(), plugin and plugin.parent.name, options, unit.path]
        folder = Store(work).fetch(shelf, ingredients, unit.source, build)
        return folder / "unit.o", folder / "sites.map"


def native(major=DEFAULT_MAJOR):
    """The compiler of this host."""
    return Toolchain("native", "", "", major, NATIVE_FLAGS)


def cross(major=DEFAULT_MAJOR):
    """The compiler for POWER."""
    return Toolchain("powerpc64le", "powerpc64le-linux-gnu-", "-powerpc64le-linux-gnu", major, CROSS_FLAGS)


def read_dependencies(path):
    """Files that a unit was made of, from a Makefile rule; the compiler's own are part of its identity."""
    text = path.read_text().replace("\\\n", " ").split(":", 1)[1]
    return sorted({name.replace("\\ ", " ") for name in re.split(r"(?<!\\)\s+", text) if name})


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
    run(command, directory)
    key_file.write_text(digest.hexdigest())


def run(command, directory):
    """Runs a compiler in `directory`; what it says is an error when it fails."""
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False, encoding="utf-8", errors="replace",
                          env={**os.environ, "LC_ALL": "C"})
    said = located(done.stderr, directory)
    if done.returncode:
        raise CompileError(said.strip() or f"{' '.join(command)}: exit status {done.returncode}")
    sys.stderr.write(said)


def located(messages, directory):
    """A compiler's messages with the names of files as whoever called us would write them."""
    def rename(match):
        words, name = match.groups(default="")
        return words + (shown(directory / name) if (directory / name).is_file() else name)

    return re.sub(r"^(In file included from |\s+from )?([^\s:]+)(?=:)", rename, messages, flags=re.MULTILINE)


def shown(path):
    """The name of a file for messages: relative unless it is far away."""
    name = os.path.relpath(path)
    return os.path.normpath(path) if name.startswith("../../") else name


def output_of(command):
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stderr.strip()}")
    return done.stdout
