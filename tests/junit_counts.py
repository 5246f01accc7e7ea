#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what failed in a JUnit file of CTest and writes "PASSED FAILED" to a file.

A unit test counts as one. A scenario test is a Python file that unittest runs: each of its methods
counts. No test at all is a failure: a suite that vanished must not look like one that passed.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
SKIPPED = re.compile(r"skipped=(\d+)")
BROKEN = re.compile(r"(?:failures|errors)=(\d+)")


def counts_of(case, output):
    """(passed, failed) of one CTest entry."""
    good = case.get("status") == "run"
    if case.get("status") in ("notrun", "disabled"):
        return (0, 0) if case.find("skipped") is not None and "SKIPPED" in output else (0, 1)
    ran = RAN.findall(output)
    if not ran:
        return (1, 0) if good else (0, 1)
    verdict = output[output.rindex("Ran "):]
    failed = sum(map(int, BROKEN.findall(verdict)))
    skipped = sum(map(int, SKIPPED.findall(verdict)))
    if not good and failed == 0:
        failed = 1
    return max(0, int(ran[-1]) - failed - skipped), failed


def main():
    junit, counts_file = sys.argv[1:]
    passed = failed = 0
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        case_passed, case_failed = counts_of(case, output)
        passed += case_passed
        failed += case_failed
        if case_failed:
            print(f"--- {case.get('name')} failed ({case.get('status')})")
            print(output.rstrip() or (case.find("failure").get("message") if case.find("failure") is not None else ""))
    if passed + failed == 0:
        print("--- no test was found")
        failed = 1
    with open(counts_file, "w", encoding="ascii") as counts:
        print(passed, failed, file=counts)


main()
