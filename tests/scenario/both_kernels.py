# SPDX-License-Identifier: Apache-2.0
"""Whether --kernel=systemc, one wake-up of the SystemC kernel per event, gives what a run without it gives."""

import re

from program import JUDGED, SCENARIOS, setting, tcesim, without_host

FILES = {
    str(path.relative_to(SCENARIOS).with_suffix("")): path
    for path in sorted((*SCENARIOS.glob("*.yaml"), *(SCENARIOS / "validation").glob("*.yaml")))
}


def runs(path):
    """Whether the file describes a machine; otherwise it holds formulas alone, and there is nothing to run."""
    return re.search(r"^(guest|traffic|extends):", path.read_text(), re.M) is not None


def outcome(path, values, *arguments):
    """Exit code, results apart from host, and what was said."""
    if runs(path):
        run = tcesim(path, *setting(values), "--quiet", "--json", "-", *arguments)
        results = without_host(run.stdout)
    else:
        run = tcesim("validate", path, *arguments)
        results = run.stdout
    if run.returncode not in JUDGED or len(results) < 100:
        raise AssertionError(f"{path.name} {values} {arguments}: exit code {run.returncode}\n{run.stderr}")
    return run.returncode, results, run.stderr


def check(test, name, values):
    """Fails `test` unless both ways of running scenarios/NAME.yaml end the same."""
    plain, systemc = (outcome(FILES[name], values, f"--kernel={kernel}") for kernel in ("fast", "systemc"))
    test.assertEqual(plain[0], systemc[0])
    test.assertEqual(plain[2], systemc[2])
    test.assertTrue(plain[1] == systemc[1], first_difference(plain[1], systemc[1]))


def first_difference(one, other):
    """Documents are too long for assertEqual()."""
    pairs = zip(one.splitlines(), other.splitlines())
    line = next((number for number, (a, b) in enumerate(pairs, 1) if a != b), None)
    return f"the results differ from line {line} on" if line else "one document is the beginning of the other"
