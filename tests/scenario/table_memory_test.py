# SPDX-License-Identifier: Apache-2.0
"""Bytes of TCE tables, mirrors and views, against their formulas."""

import pathlib
import tempfile
import unittest

from program import SCENARIOS, results, setting, tcesim

SCENARIO = SCENARIOS / "table_memory.yaml"
KIB, MIB, GIB, TIB = (1 << shift for shift in (10, 20, 30, 40))
HOST_PAGE = 64 * KIB
PAGES = {"4k": 4 * KIB, "64k": 64 * KIB, "16m": 16 * MIB}
WINDOWS = {"w64g": 64 * GIB, "w1t": TIB, "w64t": 64 * TIB, "w8p": 8192 * TIB}
MAPPED = GIB


def up(value, granule):
    return -(-value // granule) * granule


def table_bytes(window, page, levels, mapped):
    """Of a table on demand: its top, and below it what the first `mapped` bytes of the window need."""
    entry_bits = (window // page).bit_length() - 1
    bits = max(-(-entry_bits // levels), 13)
    if levels == 1:
        return window // page * 8
    nodes = sum(-(-(mapped // page) // (1 << bits * depth)) for depth in range(1, levels))
    return (1 + nodes) * (8 << bits)


def view_bytes(page, mapped):
    return up(mapped // page * 8, HOST_PAGE)


def with_scenario(size, page, levels, run):
    """run(path) of a scenario with one such window."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "one.yaml"
        path.write_text(
            f"extends: {SCENARIO}\nname: one\nabout: one of them\nvariants: {{one: {{}}}}\nexpect: []\n"
            f"iommu: {{windows: [{{base: 0, size: {size}, page: {page}, levels: {levels}}}]}}\n"
        )
        return run(path)


class TableMemory(unittest.TestCase):
    def expect(self, found, window, page, levels):
        self.assertEqual(found, 2 * table_bytes(window, page, levels, MAPPED) + view_bytes(page, MAPPED))

    def test_each_variant_is_its_formula(self):
        shipped = results(SCENARIO, codes=(0,))
        for variant in shipped.variants.values():
            window, page, levels = variant.name.split("_")
            with self.subTest(variant=variant.name):
                self.expect(variant["table_memory"], WINDOWS[window], PAGES[page], int(levels))
                self.assertEqual(set(variant.document["invariants"].values()), {True})

    def test_one_level_is_all_there(self):
        self.assertEqual(table_bytes(0x246000000000, 64 * KIB, 1, 0), 4656 * MIB)
        self.assertEqual(table_bytes(1 << 46, 64 * KIB, 1, 0), 8 * GIB)
        found = with_scenario("2TiB", "64KiB", 1, results)["one"]
        self.expect(found["table_memory"], 2 * TIB, 64 * KIB, 1)

    def test_a_span_that_is_no_power_of_two_is_refused(self):
        run = tcesim(SCENARIO, *setting({"iommu.windows[0].size": "37248GiB"}))  # 0x246000000000
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("iommu.windows[0].size must be a power of two", run.stderr)

    def test_what_the_host_refuses_is_named(self):
        for page, levels, most in (("4KiB", 4, 3), ("64KiB", 3, 2), ("16MiB", 3, 2)):
            run = with_scenario("1TiB", page, levels, tcesim)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"the host allows 54; this window takes at most {most} levels", run.stderr)


if __name__ == "__main__":
    unittest.main()
