# SPDX-License-Identifier: Apache-2.0
"""Random guests on every kernel, each without and with a fault of invalidations: who reports stale DMA, and how well.

A case is drawn from (seed, kernel, number) alone. Without a fault no device access may be stale: no quirk of any
kernel loses an invalidation of a call that succeeds. With a fault each report is held against runs of the same case
that end just before and just after what it tells of, whose counters do not come from the report.
"""

import random
import re

from handlers import SOURCE
from program import SCENARIOS, results

import units

KERNELS = list(units.presets(SOURCE / "hcall"))
REPORT = re.compile(
    r"stale DMA: device (?P<verb>read|wrote) (?P<bytes>\d+) bytes at ioba 0x(?P<ioba>[0-9a-f]+), "
    r"request at the PHB at (?P<arrived>[\d.]+) us, "
    r"through hpa 0x(?P<hpa>[0-9a-f]+) sampled at (?P<sampled>[\d.]+) us; "
    r"(?P<opcode>H_[A-Z_]+) number (?P<number>\d+) "
    r"\(ioba 0x(?P<entry>[0-9a-f]+), value 0x[0-9a-f]+, entered at (?P<entered>[\d.]+) us\) "
    r"changed the entry and its invalidation did not reach the PHB$"
)
NS, US = 1000, 1000_000
KIB, MIB = 1 << 10, 1 << 20
RAN = (0, 3, 6)
# The scan of the handlers' state may find a call of an old kernel between entry and mirror, where a run of any length
# ends; this is about devices alone.
OF_HANDLERS = ("mapped_counts: ", "mirror_matches: ")


def picoseconds(microseconds):
    whole, fraction = microseconds.split(".")
    return int(whole) * US + int(fraction.ljust(6, "0"))


class Case:
    """A guest, and a fault for it."""

    def __init__(self, seed, kernel, number):
        draw = random.Random(f"{seed} {kernel} {number}")
        levels = ["userspace", "virtual"] + ["real"] * (kernel != "6.1")
        self.kind = draw.choice(("tx", "rx", "both", "v1", "power9", "nvme"))
        if self.kind == "power9":
            levels = ["userspace", "virtual"]  # a radix guest has no real mode
        self.level = draw.choice(levels)
        self.page = 4 * KIB if self.kind == "v1" else draw.choice((4 * KIB, 4 * KIB, 64 * KIB))
        small = (16, 32) if self.kind in ("rx", "both") else (4, 8)  # receive buffers need room
        self.window = draw.choice(small if self.page == 4 * KIB else (16, 32)) * MIB
        self.duration = draw.choice((8, 12)) * 1000 * US
        self.values = {
            "host.kernel": kernel,
            "host.tce": self.level,
            "guest.page": "64KiB" if self.page > 4 * KIB else draw.choice(("4KiB", "64KiB")),
            "guest.multitce": draw.choice(("false", "true")),
            "iommu.windows[0].size": f"{self.window}B",
            "iommu.windows[0].page": f"{self.page}B",
            "traffic.warmup": "0ps",  # so that all hypercalls are counted
            "traffic.duration": f"{self.duration}ps",
        }
        getattr(self, "draw_" + ("disk" if self.kind == "nvme" else "stream"))(draw)
        self.draw_fault(draw)

    def draw_stream(self, draw):
        suffix = {"tx": "", "rx": "_rx", "both": "_both", "v1": "_v1", "power9": "_power9"}[self.kind]
        self.scenario = SCENARIOS / f"cxgb3_10g{suffix}.yaml"
        self.values["traffic.window"] = f"{draw.choice((256, 512, 1024))}KiB"
        self.values["traffic.chunk"] = f"{draw.choice((4, 16, 60, 64))}KiB"
        self.values["traffic.mtu"] = draw.choice((1500, 8000))

    def draw_disk(self, draw):
        self.scenario = SCENARIOS / "nvme_4k.yaml"
        self.values["traffic.operation"] = draw.choice(("read", "write", "mixed"))
        self.values["traffic.io_size"] = f"{draw.choice((4, 16, 64))}KiB"
        self.values["traffic.queue_depth"] = draw.choice((4, 8, 16))

    def draw_fault(self, draw):
        self.every = 0
        fault = draw.choice(("skip", "delay", "drop") if self.kind == "power9" else ("skip", "delay"))
        if fault == "skip":
            self.every = draw.choice((1, 2, 3))
            self.fault = {"faults.skip_tce_kill": self.every}
        elif fault == "delay":
            self.fault = {"faults.delay_tce_kill": f"{draw.randrange(1000, 5000)}us"}
        else:
            self.fault = {"faults.drop_tce_kill": draw.choice((1, 2, 4)), "machine.constants.phb_kill_service.value": "20us"}

    def run(self, fault=True, duration=None):
        values = {**self.values, **(self.fault if fault else {})}
        if duration is not None:
            values["traffic.duration"] = f"{duration}ps"
        return results(self.scenario, "--variant", self.level, values=values, codes=RAN)[self.level]

    def __str__(self):
        return f"{self.scenario.stem} {self.values} {self.fault}"


class Report:
    """What a violation says; times in picoseconds."""

    def __init__(self, test, text):
        test.assertRegex(text, REPORT)
        match = REPORT.match(text)
        self.opcode, self.verb = match["opcode"], match["verb"]
        self.bytes, self.number = int(match["bytes"]), int(match["number"])
        self.ioba, self.hpa, self.entry = (int(match[name], 16) for name in ("ioba", "hpa", "entry"))
        self.arrived, self.sampled, self.entered = (picoseconds(match[name]) for name in ("arrived", "sampled", "entered"))


def check_sound(test, case):
    """Without a fault nothing is stale."""
    run = case.run(fault=False)
    test.assertGreater(run["hypercalls"], 20, "the guest has done something")
    test.assertEqual(run["stale_dma"], 0)
    violations = [text for text in run.document["violations"] if not text.startswith(OF_HANDLERS)]
    test.assertEqual(violations, [])
    for invariant in ("no_stale_dma", "no_dma_faults", "payload_intact"):
        test.assertTrue(run.document["invariants"].get(invariant, True), invariant)


def check_report(test, case, report, hypercalls):
    """What a report says must be possible."""
    test.assertLess(report.sampled, report.arrived)
    test.assertLess(report.entered, report.arrived)
    test.assertLessEqual(report.arrived, case.duration)
    test.assertEqual(report.ioba % (4 * KIB), report.hpa % (4 * KIB))
    test.assertLessEqual(report.ioba % (4 * KIB) + report.bytes, 4 * KIB)
    test.assertLess(report.ioba, case.window)
    test.assertTrue(1 <= report.number <= hypercalls + 1, "the last call may be under way at the end")
    page, entry = (address // case.page for address in (report.ioba, report.entry))
    if report.opcode == "H_PUT_TCE":
        test.assertEqual(page, entry)
    else:
        test.assertEqual(case.values["guest.multitce"], "true")
        test.assertTrue(entry <= page < entry + 512)
    if case.every:
        # A P7IOC drops two TCEs with each store.
        together = (page & ~1, page | 1) if case.kind == "v1" else (page,)
        test.assertIn(0, [each % case.every for each in together], "only every N-th page misses its kill")


def check_against_shorter_runs(test, case, report):
    """The call and the access that the first report names are there when it says so."""
    before, after = (case.run(duration=report.entered + more) for more in (0, 200 * US))
    test.assertEqual(before["hypercalls"], report.number - 1)
    test.assertGreaterEqual(after["hypercalls"], report.number)
    before, after = (case.run(duration=report.arrived + more) for more in (-NS, NS))
    test.assertEqual(before["stale_dma"], 0)
    test.assertGreater(after["stale_dma"], 0)


def check_fault(test, case):
    """How many accesses were stale. Each report is checked, the first against runs that end where it says."""
    run = case.run()
    reports = [Report(test, text) for text in run.document["violations"] if text.startswith("stale DMA")]
    test.assertEqual(bool(reports), run["stale_dma"] > 0)
    test.assertLessEqual(len(reports), run["stale_dma"])
    for report in reports:
        check_report(test, case, report, run["hypercalls"])
    calls = sorted({(report.number, report.entered, report.entry, report.opcode) for report in reports})
    test.assertEqual(len(calls), len({number for number, *_ in calls}), "a call has one time and one address")
    test.assertEqual([entered for _, entered, *_ in calls], sorted({entered for _, entered, *_ in calls}))
    if reports:
        check_against_shorter_runs(test, case, reports[0])
    return run["stale_dma"]


def campaign(test, seed, cases):
    """`cases` for each kernel; returns (cases, those with stale accesses under their fault, stale accesses)."""
    ran = found = accesses = 0
    for kernel in KERNELS:
        for number in range(cases):
            case = Case(seed, kernel, number)
            with test.subTest(case=str(case)):
                check_sound(test, case)
                stale = check_fault(test, case)
                ran, found, accesses = ran + 1, found + (stale > 0), accesses + stale
    return ran, found, accesses
