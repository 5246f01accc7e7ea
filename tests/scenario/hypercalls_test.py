# SPDX-License-Identifier: Apache-2.0
"""Traffic of bare hypercalls: its figures are sums of the machine's constants."""

import unittest

from program import SCENARIOS, results, setting, tcesim, without_host

NULL = SCENARIOS / "validation/power9_null_hypercall.yaml"
CORE = SCENARIOS / "validation/power8_core_exit.yaml"
WAKEUP = SCENARIOS / "power9_wakeup.yaml"
NS = 1000


class Hypercalls(unittest.TestCase):
    def test_each_scenario_meets_its_expectations_on_both_kernels(self):
        for scenario in (NULL, CORE, WAKEUP):
            with self.subTest(scenario=scenario.name):
                plain, systemc = (tcesim(scenario, *more, "--json", "-") for more in ((), ("--kernel=systemc",)))
                self.assertEqual(plain.returncode, 0, plain.stderr)
                self.assertEqual(without_host(plain.stdout), without_host(systemc.stdout))

    def test_ledger_and_invariants_hold(self):
        for scenario in (NULL, CORE, WAKEUP):
            for variant in results(scenario).variants.values():
                with self.subTest(scenario=scenario.name, variant=variant.name):
                    self.assertEqual(set(variant.document["invariants"].values()), {True})
                    self.assertNotIn("throughput", variant.metrics)
                    self.assertNotIn("tce_operations", variant.metrics)

    def test_a_full_exit_is_its_three_constants(self):
        constants = {"real_mode_round_trip": "300cycles", "core_clock": "3GHz", "guest_exit": "7us", "guest_entry": "5us"}
        values = {f"machine.constants.{name}.value": value for name, value in constants.items()}
        null = results(NULL, values=values)
        self.assertEqual(null["real_mode"]["hypercall_mean"], 100 * NS)
        self.assertEqual(null["full_exit"]["hypercall_mean"], 50 * NS + 12_000 * NS)

    def test_every_sibling_costs_a_signal_each_way_without_msgsnd(self):
        for threads in (2, 5, 8):
            core = results(CORE, values={"guest.core_threads": threads})
            difference = core["xics"]["hypercall_mean"] - core["msgsnd"]["hypercall_mean"]
            self.assertEqual(difference, 2 * (threads - 1) * 1000 * NS)

    def test_alone_in_its_core_a_thread_waits_for_nobody(self):
        alone = results(CORE, values={"guest.core_threads": 1})
        self.assertEqual(len({variant["hypercall_mean"] for variant in alone.variants.values()}), 1)

    def test_threads_of_a_power9_leave_on_their_own(self):
        one, eight = (results(NULL, values={"guest.core_threads": n})["full_exit"].metrics for n in (1, 8))
        self.assertEqual(one, eight)

    def test_a_deeper_state_wakes_later_by_its_latency(self):
        wakeup = results(WAKEUP)
        poll = wakeup["poll"]["wakeup_mean"]
        for state, latency in (("stop0_lite", 1), ("stop0", 2), ("stop1", 5), ("stop2", 10)):
            self.assertEqual(wakeup[state]["wakeup_mean"] - poll, latency * 1000 * NS)

    def test_what_does_not_go_together_is_named(self):
        for scenario, values, message in (
            (NULL, {"traffic.sleep": "1ms"}, "traffic.sleep goes with traffic.call cede, not with null_"),
            (WAKEUP, {"host.idle": "nap"}, "machine power9 has no idle state nap: it has no constant idle_nap"),
            (NULL, {"traffic.chunk": "4KiB"}, "belongs to tcp_stream traffic"),
            (NULL, {"device.link.gen": "2"}, "traffic, not to hypercalls"),
            (
                NULL,
                {f"machine.constants.{name}.value": "0ps" for name in ("guest_exit", "guest_entry")}
                | {"machine.constants.real_mode_round_trip.value": "0cycles"},
                "a hypercall takes no time: real_mode_round_trip",
            ),
        ):
            with self.subTest(values=values):
                run = tcesim(scenario, *setting(values))
                self.assertEqual(run.returncode, 2, run.stdout)
                self.assertIn(message, run.stderr)


if __name__ == "__main__":
    unittest.main()
