# SPDX-License-Identifier: Apache-2.0
"""usage: coverage.py BUILD COUNTS

Coverage of hcall/ after its tests have run, all presets together, by gcovr: at least 95 % of lines and 90 % of
branches. Each branch that no test takes stands in uncovered_branches.txt with its reason; assertions (PORT_BUG_ON)
need none. Prints what is missing there, what is too much, and the totals. COUNTS gets "PASSED FAILED".
"""
import json
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
REASONS = SOURCE / "tests/uncovered_branches.txt"
LEAST_LINES, LEAST_BRANCHES = 95, 90


def measure(build):
    """gcovr's report of every file."""
    done = subprocess.run(["gcovr", "--root", SOURCE, "--filter", "hcall/", "--gcov-executable", "gcov-12", "--json",
                           "-", build / "hcall"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["files"]


def share(covered, total):
    """Percent with one decimal, cut, in tenths."""
    return covered * 1000 // total


def uncovered(files):
    """{file: {text of the line}} of lines with branches that were not taken, assertions left out."""
    found = {}
    for file in files:
        text = (SOURCE / file["file"]).read_text().splitlines()
        for line in file["lines"]:
            code = text[line["line_number"] - 1].strip()
            if any(branch["count"] == 0 for branch in line["branches"]) and not code.startswith("PORT_BUG_ON"):
                found.setdefault(file["file"], set()).add(code)
    return found


def reasons():
    """{file: {text of the line: reason}} of uncovered_branches.txt."""
    listed, file, code = {}, None, None
    for line in REASONS.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip(" "))) // 4
        if depth == 0:
            file = listed.setdefault(line, {})
        elif depth == 1:
            code = line.strip()
            file[code] = ""
        else:
            file[code] += line.strip()
    return listed


def main(build, counts):
    """Prints the comparison; returns the exit code."""
    files = measure(pathlib.Path(build))
    lines = [line for file in files for line in file["lines"] if not line["gcovr/noncode"]]
    branches = [branch for line in lines for branch in line["branches"]]
    line_share = share(sum(line["count"] > 0 for line in lines), len(lines))
    branch_share = share(sum(branch["count"] > 0 for branch in branches), len(branches))
    failed = (line_share < LEAST_LINES * 10) + (branch_share < LEAST_BRANCHES * 10)
    found, listed = uncovered(files), reasons()
    for file in sorted(set(found) | set(listed)):
        for code in sorted(found.get(file, set()) - set(listed.get(file, {}))):
            print(f"{file}: not taken in every direction, and no reason is given: {code}")
            failed += 1
        for code in sorted(set(listed.get(file, {})) - found.get(file, set())):
            print(f"{file}: has a reason, but is taken or gone: {code}")
            failed += 1
    print(f"lines {line_share // 10}.{line_share % 10} % of {len(lines)}, at least {LEAST_LINES} %")
    print(f"branches {branch_share // 10}.{branch_share % 10} % of {len(branches)}, at least {LEAST_BRANCHES} %")
    pathlib.Path(counts).write_text(f"{2 if not failed else 0} {failed}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
