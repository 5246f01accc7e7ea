# SPDX-License-Identifier: Apache-2.0
"""Block I/O on an NVMe device: what must hold whatever the figures of a machine are."""

import functools
import unittest

from program import SCENARIOS, results, setting, tcesim, without_host

SMALL = SCENARIOS / "nvme_4k.yaml"
LARGE = SCENARIOS / "nvme_1m.yaml"
SHORT = {"traffic.duration": "3ms", "traffic.warmup": "1ms"}
WINDOW = "iommu.windows[0]"


@functools.lru_cache(maxsize=None)
def run(*values, scenario=SMALL, variant="real"):
    """One variant with the (path, value) pairs set."""
    return results(scenario, "--variant", variant, values={**SHORT, **dict(values)})[variant]


def constant(name, value):
    return (f"machine.constants.{name}.value", value)


class Data(unittest.TestCase):
    def test_arrive_whatever_the_shape_of_an_io(self):
        shapes = (
            {},
            {"traffic.queues": 4, "traffic.queue_depth": 1},
            {"traffic.queues": 16, "traffic.queue_depth": 64},
            {"traffic.io_size": "8KiB"},
            {"traffic.io_size": "12KiB", "traffic.segment": "4KiB"},
            {"traffic.io_size": "256KiB", "traffic.segment": "64KiB", "guest.multitce": "true"},
            {"traffic.io_size": "1MiB", "traffic.queue_depth": 4, "guest.multitce": "true"},
            {"guest.page": "4KiB", "traffic.io_size": "64KiB", "traffic.segment": "4KiB"},
            {f"{WINDOW}.page": "64KiB", "traffic.io_size": "36KiB"},
            {"machine.constants.nvme_blocks.value": 2097152, "traffic.io_size": "1MiB", "traffic.queue_depth": 32},
        )
        for number, shape in enumerate(shapes):
            for other, operation in enumerate(("read", "write", "mixed")):
                # Patterns take turns, so that each meets each operation.
                pattern = ("random", "sequential")[(number + other) % 2]
                values = {**shape, "traffic.operation": operation, "traffic.pattern": pattern}
                with self.subTest(**values):
                    variant = run(*values.items())
                    self.assertTrue(all(variant.document["invariants"].values()), variant.document["violations"])
                    self.assertEqual(variant.document["violations"], [])
                    self.assertEqual(variant["io_errors"], 0)
                    self.assertGreater(variant["io_operations"], 0)

    def test_fit_into_every_window_that_is_not_refused(self):
        for size, depth in (("4KiB", 255), ("12KiB", 85), ("60KiB", 17), ("64KiB", 15), ("256KiB", 4), ("1MiB", 1)):
            for segment in ("4KiB", size):
                values = {"traffic.io_size": size, "traffic.queue_depth": depth, "traffic.segment": segment}
                with self.subTest(**values):
                    variant = run(*values.items(), (f"{WINDOW}.size", "4MiB"))
                    self.assertTrue(all(variant.document["invariants"].values()), variant.document["violations"])

    def test_a_lost_invalidation_is_noticed(self):
        values = {"faults.skip_tce_kill": 1, f"{WINDOW}.size": "4MiB", "traffic.operation": "mixed"}
        variant = run(*values.items(), ("traffic.duration", "20ms"))
        self.assertGreater(variant["stale_dma"], 0)
        self.assertGreater(variant.document["quirks"]["wrong_payload"], 0)
        self.assertTrue(any("stale DMA: device" in text for text in variant.document["violations"]))


class Figures(unittest.TestCase):
    def test_an_io_is_a_map_and_an_unmap(self):
        for values in ({}, {"traffic.operation": "write"}, {"traffic.io_size": "64KiB", "guest.multitce": "true"}):
            with self.subTest(**values):
                variant = run(*values.items())
                self.assertAlmostEqual(variant["hypercalls"], 2 * variant["io_operations"], delta=70)

    def test_lists_save_hypercalls_and_not_tces(self):
        single, listed = (
            run(("guest.multitce", on), ("traffic.duration", "10ms"), scenario=LARGE) for on in ("false", "true")
        )
        for variant, per_io in ((single, 512), (listed, 2)):
            ios = variant["io_operations"]
            self.assertAlmostEqual(variant["hypercalls"] / ios, per_io, delta=per_io / 2)
            self.assertAlmostEqual(variant["tce_operations"] / ios, 512, delta=256)

    def test_pieces_of_a_buffer_cost_a_call_each(self):
        listed = ("guest.multitce", "true")
        calls = []
        for segment in ("1MiB", "64KiB", "4KiB"):
            variant = run(listed, ("traffic.segment", segment), ("traffic.duration", "10ms"), scenario=LARGE)
            calls.append(variant["hypercalls"] / variant["io_operations"])
        for found, right in zip(calls, (2, 32, 512)):
            self.assertAlmostEqual(found, right, delta=right / 2)

    def test_throughput_is_ios_times_size(self):
        variant = run()
        self.assertEqual(variant["payload_bytes"], variant["io_operations"] * 4096)

    def test_one_at_a_time_takes_at_least_what_the_flash_takes(self):
        variant = run(("traffic.queue_depth", 1))
        self.assertGreater(variant["io_latency_p50"], 80_000_000)
        slower = run(("traffic.queue_depth", 1), constant("nvme_read_latency", "100us"))
        self.assertAlmostEqual(slower["io_latency_p50"] - variant["io_latency_p50"], 20_000_000, delta=2_000_000)

    def test_more_in_flight_is_never_slower(self):
        rates = [run(("traffic.queue_depth", depth))["iops"] for depth in (1, 2, 4, 8, 16)]
        self.assertEqual(rates, sorted(rates))
        self.assertGreater(rates[-1], rates[0])

    def test_the_flash_is_a_limit(self):
        large = {"scenario": LARGE, "variant": "real_multitce"}
        fast = run(("traffic.duration", "20ms"), **large)["throughput"]
        slow = run(("traffic.duration", "20ms"), constant("nvme_read_bandwidth", "1000MB/s"), **large)["throughput"]
        self.assertAlmostEqual(slow, 1_000_000_000, delta=60_000_000)
        self.assertGreater(fast, slow)
        one = run(constant("nvme_channels", 1), ("traffic.duration", "20ms"))["iops"]
        self.assertAlmostEqual(one, 1e6 / 80, delta=1e6 / 800)


class Independence(unittest.TestCase):
    def document(self, scenario, values, *arguments):
        done = tcesim(scenario, *setting({**SHORT, **values}), "--json", "-", *arguments)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return without_host(done.stdout)

    def test_one_kernel_wake_up_per_event_changes_nothing(self):
        for scenario in (SMALL, LARGE):
            with self.subTest(scenario=scenario.stem):
                values = {"traffic.operation": "mixed", "traffic.pattern": "random"}
                self.assertEqual(self.document(scenario, values, "--kernel=systemc"), self.document(scenario, values))

    def test_the_seed_moves_the_order(self):
        one, other = (self.document(SMALL, {}, "--seed", seed) for seed in (1, 2))
        self.assertNotEqual(one, other)
        self.assertEqual(one, self.document(SMALL, {}, "--seed", 1))


class Words(unittest.TestCase):
    def test_there_is_no_packet_to_follow(self):
        done = tcesim(SMALL, "--follow", 1)
        self.assertEqual(done.returncode, 2)
        self.assertIn("block_io traffic has no packets to follow", done.stderr)

    def test_operations_of_other_devices_are_refused(self):
        done = tcesim(SMALL, *setting({"traffic.operation": "write_then_read"}))
        self.assertEqual(done.returncode, 2)
        self.assertIn("block_io traffic has no operation write_then_read", done.stderr)


if __name__ == "__main__":
    unittest.main()
