# SPDX-License-Identifier: Apache-2.0
"""Nothing is lost: the process that owns the guest is killed at random instants, or ends with the run."""

import pathlib
import random
import tempfile
import unittest

from handlers import SOURCE
from program import SCENARIOS, results, setting, tcesim

import units

KERNELS = list(units.presets(SOURCE / "hcall"))
MEMORY = {"guest.ram": "256MiB", "iommu.windows[0].size": "16MiB"}
MILLISECOND = 1_000_000  # ns
# By name: the scenario that is extended, what differs from it, who maps in it, and how long it runs before the kill.
GUESTS = {
    "stream": ("cxgb3_10g", {"traffic.warmup": "0ps"}, None, 2),
    "stream_v1": ("cxgb3_10g_v1", {"traffic.warmup": "0ps"}, None, 2),
    "receive": ("cxgb3_10g_rx", {"traffic.warmup": "0ps"}, None, 2),
    "bench": ("dma_bench", {"traffic.warmup": "0ps", "traffic.window": "4MiB", "traffic.outstanding": 35}, None, 1),
    "disk": ("nvme_4k", {"traffic.warmup": "0ps"}, None, 2),
    "map": ("validation/map_memory", {"traffic.mapped": "256MiB"}, ("hypercalls", "container"), 4),
}
CASES = 200


def case(draw, guest):
    """A variant of `guest` that is killed: {path: value}."""
    _, differs, mappers, length = GUESTS[guest]
    kernel = draw.choice(KERNELS)
    levels = ["userspace", "virtual"] + ["real"] * (kernel != "6.1" and not mappers)
    # The v1 window of a P7IOC is what it is; of the others some have levels.
    values = {**MEMORY, **differs, "host.kernel": kernel, "host.tce": draw.choice(levels)}
    values["guest.multitce"] = draw.choice(("false", "true"))
    if guest == "map":
        values |= {"iommu.windows[0].size": "256MiB", "traffic.map": draw.choice(mappers), "iommu.npu": "none"}
    elif guest != "stream_v1":
        values["iommu.windows[0].levels"] = draw.choice((1, 2))
    if guest in ("stream", "stream_v1", "receive"):
        values |= {"traffic.window": "256KiB", "iommu.windows[0].size": "32MiB"}
    values["traffic.kill"] = f"{draw.randrange(length * MILLISECOND)}ns"
    values["traffic.duration"] = "100ms"
    return values


def text(values):
    return ", ".join(f'"{path}": {value}' for path, value in values.items())


class EndOfTheRun(unittest.TestCase):
    def test_a_call_that_goes_on_after_the_inspection_is_finished(self):
        # The inspection ran code of the handlers, whose counts the call's next change of level refused.
        for variant, values in (("virtual", {"guest.vio_devices": "1"}), ("real", {"device.link.gen": "1"})):
            for duration in ("10ms", "200ms"):
                run = {"traffic.warmup": "3ms", "traffic.duration": duration, **values}
                results(SCENARIOS / "cxgb3_10g.yaml", "--variant", variant, values=run)


class Killed(unittest.TestCase):
    def run_cases(self, guest, cases):
        lines = [f"extends: {SCENARIOS / GUESTS[guest][0]}.yaml", f"name: {guest}", "about: killed", "expect: []"]
        if guest == "map":
            lines.append("validate: []")
        lines.append("variants:")
        lines += [f"  v{number}: {{{text(values)}}}" for number, values in enumerate(cases)]
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "killed.yaml"
            scenario.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return results(scenario, codes=(0,)).variants

    def test_nothing_is_lost_at_any_instant(self):
        draw = random.Random(6)
        cases = {guest: [] for guest in GUESTS}
        for _ in range(CASES):
            guest = draw.choice(list(GUESTS))
            cases[guest].append(case(draw, guest))
        refused = pinned = 0
        for guest, of_guest in cases.items():
            for variant, values in zip(self.run_cases(guest, of_guest).values(), of_guest):
                with self.subTest(guest=guest, values=values):
                    invariants = variant.document["invariants"]
                    self.assertTrue(invariants["all_given_back"], variant.document["violations"])
                    self.assertEqual(set(invariants.values()), {True}, variant.document["violations"])
                    self.assertGreater(variant["end_time"], 0)
                    quirks = variant.document["quirks"]
                    self.assertLessEqual(quirks.keys(), {"pages_left_pinned"} if guest == "stream_v1" else set())
                    refused += variant.metrics.get("dma_refused", 0)
                    pinned += len(quirks)
        self.assertGreater(refused, 0, "some device was at work when its memory went")
        self.assertGreater(pinned, 0)

    def test_a_larger_guest_takes_longer_to_end(self):
        def end(ram):
            values = {**MEMORY, "guest.ram": ram, "traffic.warmup": "0ps", "traffic.kill": "1ms", "traffic.duration": "1s"}
            return results(SCENARIOS / "cxgb3_10g.yaml", "--variant", "real", values=values)["real"]["end_time"]

        one, two, four = (end(ram) for ram in ("1GiB", "2GiB", "4GiB"))
        self.assertAlmostEqual((four - two) / (two - one), 2, delta=0.02)

    def test_a_kill_that_cannot_be_is_refused(self):
        for scenario, values, message in (
            ("cxgb3_10g", {"traffic.kill": "1s"}, "a kill at 1s does not lie within traffic.duration (200ms)"),
            ("dma_bench", {"traffic.kill": "1ms"}, "there is no process to kill"),
            ("cxgb3_10g", {"traffic.kill": "199ms"}, "the process that is killed in it has not ended by its end"),
        ):
            run = tcesim(SCENARIOS / f"{scenario}.yaml", *setting(values))
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)


if __name__ == "__main__":
    unittest.main()
