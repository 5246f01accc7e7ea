# SPDX-License-Identifier: Apache-2.0
"""Busy threads of the same core slow code down as the machine's table says, and nothing else."""

import pathlib
import tempfile
import unittest

from program import HEADLINE, SCENARIOS, results, setting, tcesim

CORE_EXIT = SCENARIOS / "validation/power8_core_exit.yaml"
V1 = SCENARIOS / "cxgb3_10g_v1.yaml"
SHORT = {"traffic.duration": "20ms", "traffic.warmup": "0us"}
CODE = ("code", "atomic", "fence", "l2", "l3", "memory")
PORT = ("port/atomic/constant", "port/fence/constant", "port/clear/constant", "port/copy/constant", "port/access/memory")
MICROSECOND = 1_000_000
# It has an end, and nothing in it depends on when it is done.
MAPPING = """name: mapping
about: hypercalls that map guest memory
extends: {machine}
guest:   {{ram: 1GiB, page: 64KiB, vcpus: 1, multitce: true, mmu: hash, core_threads: 8}}
host:    {{kernel: "5.10", tce: real}}
iommu:   {{phb: {phb}, windows: [{{base: 0, size: 2GiB, page: 64KiB, levels: 1}}]}}
traffic: {{kind: map_memory, map: hypercalls, mapped: {mapped}, duration: 1s}}
"""


def code_time(variant):
    """Time that the meter has made of instructions and accesses, port functions included."""
    leaves = {row["leaf"].split("/", 1)[1]: row["ps"] for row in variant.document["ledger"]}
    return sum(ps for leaf, ps in leaves.items()
               if leaf in PORT or (leaf.rsplit("/", 1)[1] in CODE and not leaf.startswith("port/")))


class CoreThreads(unittest.TestCase):
    def mapping(self, machine, phb, speed, mapped="64MiB", **more):
        """The only variant, with eight threads at that speed."""
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "mapping.yaml"
            scenario.write_text(MAPPING.format(machine=SCENARIOS / f"machines/{machine}.yaml", phb=phb, mapped=mapped))
            values = {"machine.constants.smt_speed_8.value": speed, **more}
            (variant,) = results(scenario, values=values).variants.values()
        self.assertEqual(set(variant.document["invariants"].values()), {True})
        return variant

    def slowed(self, machine, phb, **more):
        """(What half the speed adds, all code time at full speed)."""
        alone, half, slow = (self.mapping(machine, phb, speed, **more) for speed in ("1", "0.5", "0.16"))
        added = half["map_time"] - alone["map_time"]
        # 1/0.16 - 1 = 5.25 times the same code; times are rounded to the picosecond.
        self.assertAlmostEqual(4 * (slow["map_time"] - alone["map_time"]), 21 * added, delta=100)
        return added, code_time(alone)

    def test_real_mode_is_slowed_by_exactly_the_table(self):
        # The first list ends in virtual mode, which has the core alone; the second adds nothing but real mode.
        one, two = (self.slowed("power8", "phb3", mapped=mapped) for mapped in ("32MiB", "64MiB"))
        self.assertLess(one[0], one[1] // 2)
        self.assertGreater(two[1] - one[1], 100 * MICROSECOND)
        self.assertAlmostEqual(two[0] - one[0], two[1] - one[1], delta=20)

    def test_all_code_is_slowed_where_threads_leave_one_by_one(self):
        for tce in ("real", "virtual", "userspace"):
            for machine, phb, more in (("power9", "phb4", {}),
                                       ("power8", "phb3", {"machine.constants.exit_takes_core.value": 0})):
                with self.subTest(machine=machine, tce=tce):
                    added, code = self.slowed(machine, phb, **{"host.tce": tce, **more})
                    self.assertAlmostEqual(added, code, delta=10)

    def test_a_host_that_takes_the_core_is_not_slowed(self):
        for tce in ("virtual", "userspace"):
            added, code = self.slowed("power8", "phb3", **{"host.tce": tce})
            self.assertLess(added, code // 20)  # the hypercall's way to the host
        slow, plain = (results(CORE_EXIT, values={"machine.constants.smt_speed_8.value": speed})
                       for speed in ("0.01", "1"))
        for variant in ("msgsnd", "xics", "alone"):
            self.assertEqual(slow[variant].metrics, plain[variant].metrics)

    def test_instructions_are_the_same_and_only_take_longer(self):
        plain, slow = (self.mapping("power8", "phb3", speed) for speed in ("1", "0.25"))
        self.assertLess(plain["map_time"], slow["map_time"])
        for metric in ("pages_mapped", "exits_to_host"):
            self.assertEqual(plain[metric], slow[metric])

    def test_a_guest_s_own_software_takes_longer_by_the_same(self):
        values = {"guest.core_threads": 3, "machine.constants.smt_speed_4.value": "0.25", **SHORT}
        real = results(HEADLINE, values=values)["real"]
        ps = sum(row["ps"] for row in real.document["ledger"] if row["leaf"].endswith("guest/guest_ack/constant"))
        self.assertAlmostEqual(ps, real["acks"] * 4 * MICROSECOND, delta=8 * MICROSECOND)

    def test_more_threads_are_slower_and_the_next_row_counts(self):
        throughput = {threads: results(HEADLINE, values={"guest.core_threads": threads, **SHORT})["real"]["throughput"]
                      for threads in (1, 2, 3, 4, 8)}
        self.assertGreater(throughput[1], throughput[2])
        self.assertGreater(throughput[2], throughput[4])
        self.assertGreater(throughput[4], throughput[8])
        # Three and four differ only in what exits cost.
        self.assertAlmostEqual(throughput[3], throughput[4], delta=throughput[4] // 20)

    def test_the_slowest_thread_still_balances(self):
        values = {"guest.core_threads": 8, "machine.constants.smt_speed_8.value": "0.01", **SHORT}
        for variant in results(HEADLINE, values=values).variants.values():
            self.assertEqual(set(variant.document["invariants"].values()), {True})

    def test_a_machine_without_the_row_is_refused(self):
        done = tcesim(V1, *setting({"guest.core_threads": 5}))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("machine power7 cannot have 5 threads of a core in the guest: it has no constant smt_speed_8",
                      done.stderr)


if __name__ == "__main__":
    unittest.main()
