# SPDX-License-Identifier: Apache-2.0
"""A device that the bridge has stopped comes back as docs/faults.md tells, and the document shows what a run prints.

With UPDATE_DOCS=1 in the environment the shown output is rewritten instead."""

import os
import re
import tempfile
import unittest

from program import SCENARIOS, SOURCE, results, tcesim, without_host

SCENARIO = SCENARIOS / "eeh_recovery.yaml"
DOCUMENT = SOURCE / "docs/faults.md"
BLOCK = re.compile(r"```console\n\$ \./tcesim (.*)\n(.*?)```\n", re.S)
PARTS = ("recovery_detect", "recovery_firmware", "recovery_restart")
QUICK = {"traffic.duration": "5ms", "faults.unmapped_dma": 1000, "machine.constants.pcie_reset_settle.value": "1ms",
         "guest.watchdog": "100us"}
RECOVERING = ("--variant", "thaw", "--variant", "hot_reset")
MS = 10**9


class Recovery(unittest.TestCase):
    def quick(self, **values):
        return results(SCENARIO, *RECOVERING, values={**QUICK, **values})

    def test_the_scenario_as_shipped(self):
        shipped = results(SCENARIO, codes=(0,))
        alone, thaw, reset = (shipped[name] for name in ("left_alone", "thaw", "hot_reset"))
        self.assertNotIn("recovery_time", alone.metrics)
        self.assertLess(alone["recovery_detect"], 2 * MS, "seen, and that is all")
        for variant in (thaw, reset):
            self.assertEqual(variant["recovery_time"], sum(variant[part] for part in PARTS))
            self.assertLess(variant["recovery_detect"], 2 * MS, "found within a turn of the watchdog")
            self.assertGreater(variant["dma_operations"], alone["dma_operations"])
            self.assertEqual(variant.document["quirks"]["wrong_payload"], 0)
            self.assertEqual({name for name, held in variant.document["invariants"].items() if not held}, set())
            self.assertRegex(variant.document["violations"][0], r"^PE 1 frozen at [\d.]+ us: page fault at ioba 0x[0-9a-f]+$")
        self.assertGreater(reset["recovery_firmware"], 101 * MS, "1 ms of reset, and 100 ms after it")
        self.assertGreater(reset["recovery_restart"], thaw["recovery_restart"], "all of the buffer is mapped anew")
        self.assertNotIn("hypercalls", thaw.metrics)
        self.assertGreater(reset["hypercalls"], 0)

    def test_every_kind_of_traffic_comes_back(self):
        for operation in ("read", "write", "read_write", "write_then_read"):
            for variant in self.quick(**{"traffic.operation": operation}).variants.values():
                with self.subTest(operation=operation, variant=variant.name):
                    self.assertEqual(variant["freezes"], 1)
                    self.assertGreater(variant["recovery_restart"], 0)
                    self.assertEqual(variant.document["quirks"]["wrong_payload"], 0)

    def test_every_host_brings_it_back(self):
        for kernel, tce in (("4.12", "virtual"), ("6.1", "userspace"), ("fixed", "real")):
            for variant in self.quick(**{"host.kernel": kernel, "host.tce": tce}).variants.values():
                with self.subTest(kernel=kernel, variant=variant.name):
                    self.assertGreater(variant["recovery_time"], 0)

    def test_a_fundamental_reset_takes_as_long(self):
        hot = self.quick()["hot_reset"]
        text = SCENARIO.read_text().replace("guest.recovery: hot_reset", "guest.recovery: fundamental_reset")
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as other:
            other.write(text.replace("machines/", f"{SCENARIOS}/machines/").replace("devices/", f"{SCENARIOS}/devices/"))
            other.flush()
            run = results(other.name, *RECOVERING, values=QUICK)
        self.assertEqual(run.document["scenario"]["resolved"]["hot_reset"]["guest"]["recovery"], "fundamental_reset")
        fundamental = run["hot_reset"]
        self.assertAlmostEqual(hot["recovery_firmware"], fundamental["recovery_firmware"], delta=MS // 1000)

    def test_without_an_error_nothing_is_brought_back(self):
        healthy = self.quick(**{"faults.unmapped_dma": 1 << 40})["thaw"]
        self.assertNotIn("freezes", healthy.metrics)
        self.assertNotIn("recovery_time", healthy.metrics)
        self.assertEqual(healthy.document["quirks"]["dma_faults"], 0)

    def test_the_order_of_events_is_one(self):
        values = [word for path, value in QUICK.items() for word in ("--set", f"{path}={value}")]
        arguments = (SCENARIO, *RECOVERING, *values, "--json", "-")
        once = tcesim(*arguments)
        self.assertEqual(once.returncode, 0)
        for again in (tcesim(*arguments), tcesim(*arguments, "--kernel=systemc", "--jobs", 1)):
            self.assertEqual(without_host(once.stdout), without_host(again.stdout))


class Document(unittest.TestCase):
    def test_the_document_shows_what_the_run_prints(self):
        text, seen = DOCUMENT.read_text(), []

        def run(match):
            seen.append((tcesim(*match[1].split()).stdout, match[2]))
            return f"```console\n$ ./tcesim {match[1]}\n{seen[-1][0]}```\n"

        renewed = BLOCK.sub(run, text)
        self.assertTrue(seen)
        if os.environ.get("UPDATE_DOCS"):
            DOCUMENT.write_text(renewed)
            return
        for printed, shown in seen:
            self.assertEqual(printed.splitlines(), shown.splitlines())


if __name__ == "__main__":
    unittest.main()
