#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the compiled sources, bash -n and shellcheck over the scripts.

Prints what is wrong and writes "PASSED FAILED" to a file; each source or script counts as one. A
source that passed is not looked at again until it, a header it includes, its compiler commands or the
configuration changes.

Most of the time goes into headers. So sources of a folder are first looked at some at a time, one
including the others. Where that gives rise to complaints each half is looked at, down to single sources,
which alone are judged: names of two sources may be the same.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
NOISE = re.compile(r"^(\d+ warnings? .*generated\.|Error while processing .*)$\n?", re.MULTILINE)
SCRIPT_FOLDERS = (".", ".ci", "tests", "tools")
TOGETHER = 10  # sources; more of them save little and keep one CPU busy for long
OWN_FILES = r"/(hcall|models|sim|tests|tools)/.*\.(h|cc)$"


def compile_commands(build):
    """{source: its commands, each as arguments, as a compiler without our plugin understands them}"""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        arguments = entry.get("arguments") or shlex.split(entry["command"])
        if any(argument.startswith("-fplugin") for argument in arguments):
            continue
        if os.path.basename(arguments[0]) == "ccache":
            arguments = arguments[1:]
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if "-DHCALL_PAGE_SHIFT=12" in arguments:
            continue # another value of a constant
        if ROOT in source.parents and build not in source.parents:
            output = arguments.index("-o")
            arguments = arguments[:output] + arguments[output + 2:]
            variants = commands.setdefault(source, [])
            # Another preset defines something else; other options are those of the metered handlers, for GCC alone.
            if arguments not in variants and (not variants or without_defines(arguments) == without_defines(variants[0])):
                variants.append(arguments)
    return commands


def without_defines(arguments):
    return [argument for argument in arguments if not argument.startswith("-D")]


def closure(source, known):
    """The project's files that source includes, itself among them."""
    seen, waiting = set(), [source]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        if file not in known:
            text = file.read_bytes()
            candidates = [folder / os.fsdecode(name) for name in INCLUDE.findall(text) for folder in (file.parent, ROOT)]
            known[file] = (hashlib.sha256(text).digest(), [path.resolve() for path in candidates if path.is_file()])
        waiting.extend(known[file][1])
    return sorted(seen)


def keys(commands):
    """{source: hash of everything that clang-tidy's verdict on it depends on}"""
    version = subprocess.run(["/usr/bin/clang-tidy", "--version"], capture_output=True, check=True).stdout
    configuration = version + b"".join(path.read_bytes() for path in sorted(ROOT.glob("**/.clang-tidy")))
    known, result = {}, {}
    for source, variants in commands.items():
        key = hashlib.sha256(configuration + repr(variants).encode())
        for file in closure(source, known):
            key.update(os.fsencode(file) + known[file][0])
        result[source] = key.hexdigest()
    return result


def tidy(database, source, *options):
    """What clang-tidy says against source; empty if nothing."""
    run = subprocess.run(["/usr/bin/clang-tidy", "--quiet", "-p", str(database), *options, str(source)],
                         capture_output=True, text=True, check=False)
    text = NOISE.sub("", run.stdout + run.stderr)
    return text or "clang-tidy failed" if run.returncode else ""


def groups(commands, sources):
    """Sources that may be looked at together: C++ of one folder that is compiled alike."""
    alike = {}
    for source in sorted(sources):
        first = [argument for argument in commands[source][0] if argument != str(source)]
        by_itself = source.suffix != ".cc" or len(commands[source]) > 1
        alike.setdefault((source if by_itself else source.parent, *first), []).append(source)
    for members in alike.values():
        parts = -(-len(members) // TOGETHER)
        for part in range(parts):
            yield members[part::parts]


def write_database(folder, build, commands):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(build), "file": str(source), "arguments": arguments}
         for source, variants in commands.items() for arguments in variants]))


def lint_group(name, members, commands, build, cache):
    """{source: what clang-tidy says against it}"""
    if len(members) == 1:
        return {members[0]: tidy(cache, members[0])}
    together = cache / f"group{name}"
    file = together / "group.cc"
    arguments = [str(file) if argument == str(members[0]) else argument for argument in commands[members[0]][0]]
    write_database(together, build, {file: [arguments]})
    file.write_text("".join(f'#include "{member}"\n' for member in members))
    configuration = next(path for folder in members[0].parents
                         if (path := folder / ".clang-tidy").is_file())
    if not tidy(together, file, f"--config-file={configuration}", f"--header-filter={OWN_FILES}"):
        return dict.fromkeys(members, "")
    half = len(members) // 2
    return {**lint_group(f"{name}.0", members[:half], commands, build, cache),
            **lint_group(f"{name}.1", members[half:], commands, build, cache)}


def lint_sources(build, cache):
    commands = compile_commands(build)
    write_database(cache, build, commands)
    passed, failures = 0, []
    wanted = keys(commands)
    for stale in {path.name for path in cache.glob("*.ok")} - {key + ".ok" for key in wanted.values()}:
        (cache / stale).unlink()
    todo = [source for source in commands if not (cache / (wanted[source] + ".ok")).exists()]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        # Large groups first: the last one to finish is a small one.
        order = sorted(groups(commands, todo), key=lambda members: -sum(source.stat().st_size for source in members))
        running = [pool.submit(lint_group, number, members, commands, build, cache)
                   for number, members in enumerate(order)]
        said = {source: text for group in running for source, text in group.result().items()}
    for source in sorted(commands):
        if said.get(source):
            failures.append((source, said[source]))
        else:
            (cache / (wanted[source] + ".ok")).touch()
            passed += 1
    return passed, failures


def scripts():
    for folder in SCRIPT_FOLDERS:
        for path in sorted((ROOT / folder).iterdir()):
            if path.is_file() and (path.suffix == ".sh" or path.read_bytes()[:32].split(b"\n")[0] in
                                   (b"#!/bin/bash", b"#!/usr/bin/env bash", b"#!/bin/sh")):
                yield path


def lint_scripts():
    passed, failures = 0, []
    for path in scripts():
        text = ""
        for command in (["/bin/bash", "-n"], ["/usr/bin/shellcheck", "-x"]):
            run = subprocess.run(command + [str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
            if run.returncode:
                text += run.stdout + run.stderr
        if text:
            failures.append((path, text))
        else:
            passed += 1
    return passed, failures


def main():
    parser = argparse.ArgumentParser(description="Lint of sources and scripts.")
    parser.add_argument("build", type=pathlib.Path, help="configured build directory without metering")
    parser.add_argument("cache", type=pathlib.Path, help="directory that remembers what passed")
    parser.add_argument("counts", type=pathlib.Path, help='file that gets "PASSED FAILED"')
    arguments = parser.parse_args()
    passed, failures = lint_sources(arguments.build.resolve(), arguments.cache.resolve())
    scripts_passed, scripts_failures = lint_scripts()
    failures += scripts_failures
    for path, text in failures:
        print(f"--- {path.relative_to(ROOT)}\n{text.rstrip()}")
    arguments.counts.write_text(f"{passed + scripts_passed} {len(failures)}\n")


main()
