#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the compiled sources, bash -n and shellcheck over the scripts.

Prints what is wrong and writes "PASSED FAILED" to a file; each source or script counts as one. A
source that passed is not looked at again until it, a header it includes, its compiler command or the
configuration changes.
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


def compile_commands(build):
    """{source: arguments} as a compiler without our plugin understands them."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        arguments = entry.get("arguments") or shlex.split(entry["command"])
        if any(argument.startswith("-fplugin") for argument in arguments):
            continue
        if os.path.basename(arguments[0]) == "ccache":
            arguments = arguments[1:]
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if ROOT in source.parents and build not in source.parents:
            commands.setdefault(source, arguments)
    return commands


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
    for source, arguments in commands.items():
        key = hashlib.sha256(configuration + repr(arguments).encode())
        for file in closure(source, known):
            key.update(os.fsencode(file) + known[file][0])
        result[source] = key.hexdigest()
    return result


def tidy(database, source):
    """What clang-tidy says against source; empty if nothing."""
    run = subprocess.run(["/usr/bin/clang-tidy", "--quiet", "-p", str(database), str(source)],
                         capture_output=True, text=True, check=False)
    text = NOISE.sub("", run.stdout + run.stderr)
    return text or "clang-tidy failed" if run.returncode else ""


def lint_sources(build, cache):
    commands = compile_commands(build)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "compile_commands.json").write_text(json.dumps(
        [{"directory": str(build), "file": str(source), "arguments": arguments} for source, arguments in commands.items()]))
    passed, failures = 0, []
    wanted = keys(commands)
    for stale in {path.name for path in cache.glob("*.ok")} - {key + ".ok" for key in wanted.values()}:
        (cache / stale).unlink()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        # Large sources first: the last one to finish is a small one.
        order = sorted(commands, key=lambda source: (-source.stat().st_size, source))
        running = {source: pool.submit(tidy, cache, source) for source in order
                   if not (cache / (wanted[source] + ".ok")).exists()}
        for source in sorted(commands):
            text = running[source].result() if source in running else ""
            if text:
                failures.append((source, text))
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
