# SPDX-License-Identifier: Apache-2.0
"""Bad scenarios through the program: exit 2, nothing on stdout, and the place of each mistake."""

import pathlib
import tempfile
import unittest

from program import SCENARIOS, tcesim

# What is appended to, or stands in place of, a scenario that extends the headline; where the error is; what it says.
CASES = {
    "unknown key": ("iommu: {phbb: phb3}\n", "4:9", "unknown key 'phbb' in iommu; did you mean 'phb'?"),
    "duplicate key": ("guest: {ram: 1GiB, ram: 2GiB}\n", "4:20", "duplicate key 'ram' in guest"),
    "no unit": ("traffic: {duration: 200}\n", "4:21", "unit"),
    "wrong unit": ("guest: {ram: 4us}\n", "4:14", "ram"),
    "out of range": ("guest: {vcpus: 3}\n", "4:16", "vcpus"),
    "wrong word": ("host: {tce: realy}\n", "4:13", "did you mean 'real'?"),
    "not a map": ("device: cxgb3\n", "4:9", "device"),
    "unknown variant": ("expect: [{variant: reel, metric: throughput, min: 1MB/s, source: s}]\n", "4:20", "reel"),
    "unknown metric": ("expect: [{variant: real, metric: throughputs, min: 1MB/s, source: s}]\n", "4:34", "throughput"),
    "off the midpoint": (
        "machine: {constants: {mmio_store: {value: 201ns, low: 100ns, high: 300ns}}}\n",
        "4:43",
        "200ns",
    ),
    "unknown constant": ("machine: {constants: {mmio_stor: {value: 1ns}}}\n", "4:23", "did you mean 'mmio_store'?"),
    "geometry": ("iommu: {windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 5}]}\n", "4:61", "levels"),
    "few pages": ("iommu: {windows: [{base: 0, size: 4MiB, page: 64KiB, levels: 1}]}\n", "4:35", "16MiB"),
    "syntax": ("guest: {ram: 1GiB\n", "", "error"),
}


class BadScenarios(unittest.TestCase):
    def check(self, text, place, words):
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "bad.yaml"
            scenario.write_text(text)
            done = tcesim(scenario)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"{scenario}:{place}", done.stderr)
            self.assertIn(words, done.stderr)

    def test_each_mistake_has_its_place_and_a_way_out(self):
        head = f"name: bad\nabout: bad on purpose\nextends: {SCENARIOS}/cxgb3_10g.yaml\n"
        for name, (line, place, words) in CASES.items():
            with self.subTest(name):
                self.check(head + line, place, words)

    def test_all_mistakes_in_one_pass(self):
        head = f"name: bad\nabout: bad on purpose\nextends: {SCENARIOS}/cxgb3_10g.yaml\n"
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "bad.yaml"
            scenario.write_text(head + "guest: {ram: 4us, paeg: 4KiB}\nhost: {tce: realy}\n")
            done = tcesim(scenario)
            self.assertEqual(done.stderr.count(": error: "), 3, done.stderr)

    def test_an_empty_file_and_none_at_all(self):
        self.check("", "", "error")
        done = tcesim("no/such/file.yaml")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no/such/file.yaml", done.stderr)


if __name__ == "__main__":
    unittest.main()
