# SPDX-License-Identifier: Apache-2.0
"""Recorded guests on the handlers: answers as recorded, translations as recorded, and what differs is named."""

import gzip
import re
import tempfile
import unittest
from pathlib import Path
from random import Random

from program import SOURCE, setting, tcesim

LOGS = SOURCE / "tests" / "replay"
VARIANTS = ["userspace", "virtual", "real"]

PUT = "spapr_iommu_pci_put liobn=0x80000000 ioba={:#x} tce={:#x} ret={}\n"
CREATE = (
    "spapr_iommu_ddw_create buid=0x800000020000000 addr=0x0, page size=0x10000, requested={:#x}, "
    "start addr=0x800000000000000, liobn=0x80000001\n"
)
NEW_TABLE = "spapr_iommu_new_table liobn={:#x} table=0x7f0000000000 fd=-1\n"


def row(text, label):
    """The cells of the line that begins with a label."""
    line = next(line for line in text.splitlines() if line.startswith(label + "  "))
    return re.split(r"  +", line[len(label) :].strip())


class Replay(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def log(self, text):
        path = Path(self.folder.name) / "guest.log"
        path.write_text(text)
        return path

    def replay(self, path, *options, code=0):
        run = tcesim("replay", path, *options)
        self.assertEqual(run.returncode, code, run.stderr + run.stdout)
        return run.stdout

    def refused(self, *arguments):
        run = tcesim("replay", *arguments)
        self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
        return run.stderr


class RecordedGuests(Replay):
    def clean(self, name, calls, live, *options):
        text = self.replay(LOGS / f"{name}.log.gz", *options)
        self.assertEqual(row(text, "calls"), [str(calls)] * 3)
        self.assertEqual(row(text, "return codes that differ"), ["0"] * 3)
        self.assertEqual(row(text, "maps over live TCEs"), ["0"] * 3)
        self.assertEqual(row(text, "TCEs live at the end"), [str(live)] * 3)
        self.assertNotIn("left out", text)
        return text

    def test_two_bridges(self):
        text = self.clean("mini-noddw", 3274, 0)
        self.assertEqual(row(text, "TCEs set"), ["2588"] * 3)
        self.assertEqual(row(text, "TCEs cleared"), ["35356"] * 3)
        self.assertEqual(row(text, "exits to user space"), ["3274", "0", "0"])

    def test_virtual_io_and_power9(self):
        self.clean("mini-vio", 5566, 0)
        scenario = SOURCE / "scenarios" / "cxgb3_10g_power9.yaml"
        text = self.replay(LOGS / "mini-vio.log.gz", "--scenario", scenario)
        self.assertEqual(set(row(text, "return codes that differ")), {"0"})

    def test_direct_windows_stay_mapped(self):
        text = self.clean("mini-ddw", 66, 256)
        self.assertEqual(row(text, "windows made"), ["2"] * 3)
        self.assertEqual(row(text, "windows that differ"), ["0"] * 3)

    def test_every_translation_of_a_device_is_the_recorded_one(self):
        text = self.clean("mini-xlate", 924, 0)
        self.assertEqual(row(text, "translations compared"), ["1816"] * 3)
        self.assertEqual(row(text, "  that differ"), ["0"] * 3)

    def test_every_kernel(self):
        for kernel in ("4.12", "4.19.81", "4.19", "fixed"):
            with self.subTest(kernel=kernel):
                text = self.replay(LOGS / "mini-xlate.log.gz", "--variant", "virtual", "--set", f"host.kernel={kernel}")
                self.assertEqual(row(text, "return codes that differ"), ["0"])
                self.assertEqual(row(text, "  that differ"), ["0"])

        kernels = SOURCE / "scenarios" / "kernels_10g.yaml"
        text = self.replay(LOGS / "mini-xlate.log.gz", "--scenario", kernels, "--variant", "v6_1")
        self.assertEqual(row(text, "return codes that differ"), ["0"])

    def test_recorded_gaps_change_nothing_but_the_gaps(self):
        asap = self.replay(LOGS / "mini-xlate.log.gz", "--variant", "real")
        paced = self.replay(LOGS / "mini-xlate.log.gz", "--variant", "real", "--pace", "x0.1")
        self.assertEqual(row(asap, "calls"), row(paced, "calls"))
        self.assertIn("time between calls", paced)
        self.assertNotIn("time between calls", asap)

    def test_the_same_bytes_twice(self):
        first, second = (self.replay(LOGS / "mini-noddw.log.gz", "--variant", "virtual") for _ in range(2))
        self.assertEqual(first, second)


class Differences(Replay):
    def test_a_code_that_differs_is_named_with_its_line(self):
        text = self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + PUT.format(0x2000, 0x6003, -4)), code=6)
        self.assertIn("guest.log, line 2: H_PUT_TCE(0x80000000, 0x2000, 0x6003) answered 0, recorded is -4", text)
        self.assertEqual(row(text, "return codes that differ"), ["1"] * 3)

    def test_a_translation_that_differs_is_named(self):
        xlate = "spapr_iommu_xlate liobn=0x80000000 0x1010 -> {:#x} perm=3 mask=0xfff\n"
        self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + xlate.format(0x5000)))
        text = self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + xlate.format(0x6000)), code=6)
        self.assertIn("line 2: offset 0x1010 of 0x80000000 leads to 0x5010, recorded is 0x6010", text)

    def test_maps_over_live_entries_and_what_stays_live_are_counted(self):
        text = self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + PUT.format(0x1000, 0x6003, 0)))
        self.assertEqual(row(text, "maps over live TCEs"), ["1"] * 3)
        self.assertEqual(row(text, "TCEs live at the end"), ["1"] * 3)

    def test_refusals_are_replayed(self):
        stuff = "spapr_iommu_pci_stuff liobn=0x80000000 ioba=0x100000 tcevalue=0x0 npages=8 ret=-4\n"
        unknown = "spapr_iommu_pci_put liobn=0x80000900 ioba=0x1000 tce=0x200003 ret=-4\n"
        text = self.replay(self.log(PUT.format(0xFF000, 0x5003, 0) + PUT.format(0x100000, 0x5003, -4) + stuff + unknown))
        self.assertEqual(row(text, "return codes that differ"), ["0"] * 3)
        self.assertIn("may have begun at an earlier address", text)

    def test_broken_lines_are_shown_and_left_out(self):
        text = self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + "spapr_iommu_pci_put liobn=0x800\n"))
        self.assertIn("guest.log:2: spapr_iommu_pci_put liobn=0x800", text)


class Windows(Replay):
    def test_a_window_is_removed_and_made_again(self):
        put = "spapr_iommu_pci_put liobn=0x80000001 ioba=0x800000000000000 tce=0x10003 ret=0\n"
        remove = "spapr_iommu_ddw_remove liobn=0x80000001\n"
        text = self.replay(self.log(CREATE.format(1 << 30) + put + remove + CREATE.format(1 << 31) + put))
        self.assertEqual(row(text, "windows made"), ["2"] * 3)
        self.assertEqual(row(text, "windows removed"), ["1"] * 3)
        self.assertEqual(row(text, "maps over live TCEs"), ["0"] * 3)
        self.assertEqual(row(text, "TCEs live at the end"), ["1"] * 3)

    def test_a_reboot_closes_what_the_guest_has_opened(self):
        start = NEW_TABLE.format(0x80000000) + NEW_TABLE.format(0x80000100)
        life = PUT.format(0x1000, 0x5003, 0) + NEW_TABLE.format(0x80000001) + CREATE.format(1 << 30)
        text = self.replay(self.log((start + life) * 2))
        self.assertEqual(row(text, "resets"), ["1"] * 3)
        self.assertEqual(row(text, "windows made"), ["2"] * 3)
        self.assertEqual(row(text, "windows that differ"), ["0"] * 3)
        self.assertEqual(row(text, "maps over live TCEs"), ["0"] * 3)

    def test_calls_for_a_window_that_nobody_has_seen_are_left_out(self):
        put = "spapr_iommu_pci_put liobn=0x80000001 ioba=0x800000000000000 tce=0x10003 ret=0\n"
        text = self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + put))
        self.assertIn("1 calls or translations are left out", text)


class Tracepoints(Replay):
    ENTER = " kvm-9 [000] .....  {}: kvm_hcall_enter: VCPU {}: hcall={} GPR4-7=0x80000000,0x1000,{:#x},{}\n"
    EXIT = " kvm-9 [000] .....  {}: kvm_hcall_exit: VCPU {}: ret={} hcall_rc={}\n"

    def test_calls_that_a_host_has_seen(self):
        text = self.replay(
            self.log(
                self.ENTER.format("1.000001", 0, "H_PUT_TCE_INDIRECT", 0x200000, "0x4")
                + self.ENTER.format("1.000002", 1, "H_STUFF_TCE", 0, "0x0")
                + self.EXIT.format("1.000003", 0, "RESUME_GUEST", "H_SUCCESS")
                + self.EXIT.format("1.000004", 1, "RESUME_HOST", "H_TOO_HARD")
            ),
            "--pace",
            "recorded",
            "--variant",
            "virtual",
        )
        self.assertEqual(row(text, "calls"), ["2"])
        self.assertEqual(row(text, "TCEs set"), ["4"])
        self.assertEqual(row(text, "return codes that differ"), ["0"])
        self.assertIn("1 calls have no return code in the log", text)
        self.assertIn("1 lists of TCEs are not in the log", text)


class Recordings(Replay):
    """What a scenario's guest asks for, written as QEMU does, and replayed on the same machine."""

    SHORT = {"traffic.duration": "1ms", "traffic.warmup": "1ms"}

    def round_trip(self, scenario, variant, values):
        path = Path(self.folder.name) / f"{scenario}.{variant}.log.gz"
        file = SOURCE / "scenarios" / f"{scenario}.yaml"
        run = tcesim("record", file, "--variant", variant, "--out", path, *setting(values))
        self.assertEqual(run.returncode, 0, run.stderr)
        calls, live = re.search(r": (\d+) calls of .* at the end (\d+) TCEs let", run.stdout).groups()
        text = self.replay(path, "--scenario", file, "--variant", variant)
        self.assertEqual(row(text, "calls"), [calls])
        self.assertEqual(row(text, "TCEs live at the end"), [live])
        self.assertEqual(row(text, "return codes that differ"), ["0"])
        self.assertEqual(row(text, "maps over live TCEs"), ["0"])
        return int(calls)

    def test_calls_and_codes_come_back(self):
        for scenario, variant in (
            ("cxgb3_10g", "userspace"),
            ("cxgb3_10g_multitce", "real"),
            ("cxgb3_10g_v1", "virtual"),
            ("cxgb3_10g_power9", "virtual"),
            ("cxgb3_10g_rx", "real"),
            ("cxgb3_10g_both", "virtual"),
            ("kernels_10g", "v4_12"),
            ("kernels_10g", "v4_19_81"),
            ("kernels_10g", "fixed"),
            ("nvme_4k", "real"),
            ("nvme_1m", "virtual_multitce"),
            ("dropped_kills", "dropped"),
            ("stale_dma", "kill"),
        ):
            with self.subTest(scenario=scenario, variant=variant):
                self.assertGreater(self.round_trip(scenario, variant, self.SHORT), 10)

    def test_windows_of_larger_pages_come_back(self):
        for variant in ("w64k", "w2m_huge", "w16m", "w16m_huge"):
            with self.subTest(variant=variant):
                self.assertGreater(self.round_trip("huge_pages", variant, self.SHORT), 10)

    def test_windows_that_the_guest_makes_and_removes_come_back(self):
        for variant in ("virtual", "pages_16m", "dynamic"):
            with self.subTest(variant=variant):
                self.assertGreater(self.round_trip("ddw_life", variant, {}), 1)

    def test_a_recording_reads_like_a_log_of_qemu(self):
        path = Path(self.folder.name) / "guest.log"
        scenario = SOURCE / "scenarios" / "cxgb3_10g_multitce.yaml"
        run = tcesim("record", scenario, "--variant", "real", "--out", path, *setting(self.SHORT))
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = path.read_text().splitlines()
        self.assertEqual(lines[0], "1@0.000000:spapr_iommu_new_table liobn=0x80000000 table=(nil) fd=-1")
        for line in lines[1:]:
            self.assertRegex(line, r"^1@0\.\d{6}:spapr_iommu_pci_(put|indirect|stuff) liobn=0x80000000 ioba=0x[0-9a-f]+ ")
        (pages,) = {line.split("=")[-2].split()[0] for line in lines if "_stuff" in line and "npages=1 " in line}
        self.assertEqual(pages, "1")

    def test_what_cannot_be_recorded_is_refused(self):
        headline = SOURCE / "scenarios" / "cxgb3_10g.yaml"
        for arguments, message in (
            ([headline], "record writes a log: which? --out LOG"),
            ([headline, "--out", "x.log"], "which variant?"),
            ([headline, "--variant", "real", "--out", "no/such/x.log", *setting(self.SHORT)], "cannot write no/such/x.log"),
            (["--out", "x.log"], "which scenario?"),
        ):
            with self.subTest(message=message):
                run = tcesim("record", *arguments)
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
                self.assertIn(message, run.stderr)

    def test_a_device_file_is_not_replaced(self):
        run = tcesim("record", SOURCE / "scenarios" / "nvme_4k.yaml", "--variant", "real", "--out", "/dev/null", *setting(self.SHORT))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(Path("/dev/null").is_char_device())


class Mutated(Replay):
    """Logs that something has happened to: a clear message or a run, and never anything else."""

    def mutate(self, random, text):
        at = random.randrange(len(text))
        return random.choice(
            (
                lambda: text[:at],
                lambda: text[:at] + text[random.randrange(len(text)) :],
                lambda: text[:at] + random.choice("0123456789abcdefx= \n") + text[at + 1 :],
                lambda: re.sub(r"0x[0-9a-f]+", hex(random.getrandbits(random.choice((8, 20, 32, 64)))), text[:at], count=3) + text[at:],
                lambda: re.sub(r"(npages|ret)=\d+", lambda m: f"{m[1]}={random.getrandbits(62)}", text, count=random.randrange(1, 5)),
                lambda: text[:at] + "\x00" * 100 + text[at:],
            )
        )()

    def test_they_never_bring_the_program_down(self):
        random = Random(11)
        whole = [gzip.open(LOGS / f"{name}.log.gz", "rt").read() for name in ("mini-xlate", "mini-vio", "mini-ddw")]
        for number in range(40):
            text = random.choice(whole)
            at = random.randrange(len(text))
            text = text[at : at + random.randrange(1, 40000)]
            for _ in range(random.randrange(1, 6)):
                text = self.mutate(random, text) or "\n"
            with self.subTest(number=number):
                run = tcesim("replay", self.log(text), "--variant", random.choice(VARIANTS))
                self.assertIn(run.returncode, (0, 2, 6), run.stderr)
                self.assertNotIn("internal error", run.stderr)
                self.assertNotEqual(run.stdout + run.stderr, "")

    def test_a_list_at_the_end_of_all_addresses_is_nowhere(self):
        line = "spapr_iommu_pci_indirect liobn=0x80000000 ioba=0x0 tcelist={:#x} iobaN=0x0 tceN=0x0 ret=0\n"
        for gpa in (0xFFFFFFFFFFFFF000, 0x7FFFFFFF000):
            self.replay(self.log(PUT.format(0x1000, 0x5003, 0) + line.format(gpa)))


class Refused(Replay):
    def test_what_is_no_log(self):
        self.assertIn("holds no event", self.refused(self.log("nothing\n")))
        self.assertIn("cannot open", self.refused("absent.log"))
        self.assertIn("is a directory", self.refused(LOGS))
        self.assertIn("which log?", self.refused())
        self.assertIn("no regular file", self.refused("/dev/null"))

    def test_what_does_not_tell_arguments(self):
        path = self.log("nc-440 [001] D....    29.824280: hcall_entry: opcode=32\n")
        self.assertIn("do not tell the arguments", self.refused(path))
        self.assertIn("hcall_entry", self.replay(path, "--parse-only"))

    def test_options(self):
        path = self.log(PUT.format(0x1000, 0x5003, 0))
        self.assertIn("has no times", self.refused(path, "--pace", "recorded"))
        self.assertIn("--pace is recorded, asap", self.refused(path, "--pace", "x0"))
        self.assertIn("--ram takes a multiple", self.refused(path, "--ram", "1MiB"))
        self.assertIn("--parse-only runs nothing", self.refused(path, "--parse-only", "--ram", "2GiB"))
        self.assertIn("unknown variant", self.refused(path, "--variant", "rael"))
        self.assertIn("no/such.yaml", self.refused(path, "--scenario", "no/such.yaml"))
        self.assertIn("2 GiB, as asked for", self.replay(path, "--ram", "2GiB"))

    def test_a_compressed_log_that_ends_early_is_replayed_up_to_there(self):
        path = Path(self.folder.name) / "short.log.gz"
        whole = gzip.compress("".join(PUT.format(i << 12, 0x5003 + (i << 12), 0) for i in range(1, 2000)).encode())
        path.write_bytes(whole[: len(whole) // 2])
        self.assertIn("the log ends here: the compressed data end in the middle", self.replay(path, "--variant", "real"))


if __name__ == "__main__":
    unittest.main()
