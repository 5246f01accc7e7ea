# SPDX-License-Identifier: Apache-2.0
"""docs/kernel-functions.md names functions where they are, and leaves none out that a header of hcall/ declares."""

import re
import unittest

from program import SOURCE

HANDLERS = SOURCE / "hcall"
DOCUMENT = SOURCE / "docs" / "kernel-functions.md"
FUNCTION = re.compile(r"^(?!static |return |else |typedef )(?:const )?(?:struct |enum )?\w[\w ]*?[ *]+(\w+)\(", re.M)


def rows():
    """(functions, files) of every row of the document's tables."""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        named = [re.findall(r"`(\w+)`", cell) for cell in cells]
        if not line.startswith("|") or not any(named):
            continue
        here = next(i for i, names in enumerate(named) if names)
        yield named[here], cells[here + 1].split(", ")


def functions_of(path):
    """Names of the functions that a file defines, or declares if it is a header."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return set(FUNCTION.findall(re.sub(r"^static (inline )?", "", text, flags=re.MULTILINE)))


def declared():
    """Names of the functions that a header declares for other files."""
    for header in sorted(HANDLERS.rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        yield from ((name, header) for name in FUNCTION.findall(text))


class KernelFunctions(unittest.TestCase):
    def test_functions_are_in_the_files_named(self):
        for functions, files in rows():
            present = {file: functions_of(HANDLERS / file) for file in files}
            for function in functions:
                with self.subTest(function=function, files=files):
                    self.assertTrue(any(function in found for found in present.values()))
            for file, found in present.items():
                with self.subTest(file=file, functions=functions):
                    self.assertTrue(found & set(functions))

    def test_every_function_of_a_header_is_named(self):
        named = {function for functions, _ in rows() for function in functions}
        for function, header in declared():
            with self.subTest(function=function, header=header.relative_to(SOURCE)):
                self.assertIn(function, named)

    def test_the_search_for_functions_finds_them(self):
        self.assertIn("map_entry", functions_of(HANDLERS / "kvm" / "tce_update.c"))
        self.assertLess({"kvm_hcall", "region_lookup", "port_bug", "tce_kill"}, {name for name, _ in declared()})


if __name__ == "__main__":
    unittest.main()
