#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Builds the mutants: handlers with one deliberate change each, to see whether simulated time follows.

NAME.patch, applied to a copy of hcall/, makes NAME.so; NAME.yaml runs it beside the unedited handlers:

    tests/mutants/build.py && ./tcesim tests/mutants/checksum.yaml
"""
import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = sorted(path.stem for path in HERE.glob("*.patch"))
RENEW = """\
tests/mutants/{name}.patch does not apply to hcall/ any more:

{output}
To renew it: copy hcall/ to a/hcall and to b/hcall, make in b the change that the head of the patch describes, and put
the output of "diff -ru a b" below that head."""


class PatchError(Exception):
    """A patch does not apply; the text says how to renew it."""


def apply(name, folder):
    """Makes folder/hcall, the handlers of a mutant; returns its path."""
    copy = folder / "hcall"
    shutil.copytree(ROOT / "hcall", copy)
    done = subprocess.run(["patch", "--strip=1", "--fuzz=0", "--batch", "--forward", "--no-backup-if-mismatch",
                           f"--directory={folder}", f"--input={HERE / name}.patch"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise PatchError(RENEW.format(name=name, output=done.stdout + done.stderr))
    return copy


def build(name, output):
    """Writes the handler object of a mutant; returns the exit code of tools/build-handlers."""
    with tempfile.TemporaryDirectory(prefix="mutant.") as folder:
        copy = apply(name, Path(folder))
        return subprocess.run([str(ROOT / "tools/build-handlers"), str(copy), "-o", str(output)], check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all unless given")
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"no mutant is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if not shutil.which("patch"):
        sys.exit("tests/mutants/build.py: patch must be installed: apt-get install patch")
    try:
        sys.exit(max(build(name, HERE / f"{name}.so") for name in names))
    except PatchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
