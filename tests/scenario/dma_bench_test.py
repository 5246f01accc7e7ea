# SPDX-License-Identifier: Apache-2.0
"""DMAs of the measuring device: what must hold whatever the figures of a machine are."""

import functools
import random
import unittest

from program import SCENARIOS, results, setting, tcesim, without_host

BENCH = SCENARIOS / "dma_bench.yaml"
ANALOG = SCENARIOS / "validation" / "iotlb_latency.yaml"
SHORT = {"traffic.duration": "1ms", "traffic.warmup": "300us"}
WALKERS = "phb_tce_walkers"
NOISE = 1.005  # two runs see different numbers of the same random addresses


def constant(name, value):
    return (f"machine.constants.{name}.value", value)


@functools.lru_cache(maxsize=None)
def run(*values, scenario=ANALOG, variant="on_1m"):
    """One variant with the (path, value) pairs set."""
    return results(scenario, "--variant", variant, values={**SHORT, **dict(values)})[variant]


def entries(number):
    return (constant("phb_tce_cache_lines", number), constant("phb_tce_cache_ways", number))


class Orders(unittest.TestCase):
    def assert_falling(self, metric, variants):
        for slow, fast in zip(variants, variants[1:]):
            self.assertLessEqual(fast[metric], slow[metric] * NOISE)

    def assert_rising(self, metric, variants):
        for slow, fast in zip(variants, variants[1:]):
            self.assertGreaterEqual(fast[metric] * NOISE, slow[metric])

    def test_more_entries_are_never_slower(self):
        for variant in ("on_512k", "on_1m", "on_4m"):
            with self.subTest(variant=variant):
                sizes = [run(*entries(number), variant=variant) for number in (1, 16, 64, 117, 118, 256, 1024)]
                self.assert_falling("dma_read_latency_mean", sizes)
                self.assertGreater(sizes[0]["dma_read_latency_mean"], sizes[-1]["dma_read_latency_mean"])

    def test_more_walks_at_a_time_are_never_slower(self):
        many = ("traffic.outstanding", 35)
        for variant in ("on_512k", "on_1m", "on_64m"):
            with self.subTest(variant=variant):
                rates = [run(many, constant(WALKERS, number), variant=variant) for number in (1, 2, 5, 8, 32)]
                self.assert_rising("dma_read_bandwidth", rates)
                self.assertGreater(rates[-1]["dma_read_bandwidth"], rates[0]["dma_read_bandwidth"])

    def test_larger_pages_are_never_slower(self):
        for variant in ("on_8k", "on_1m", "on_8m", "on_64m"):
            with self.subTest(variant=variant):
                small, large = (run(("iommu.windows[0].page", page), variant=variant) for page in ("4KiB", "64KiB"))
                self.assert_falling("dma_read_latency_mean", (small, large))

    def test_translation_never_helps(self):
        for variant in ("on_8k", "on_1m", "on_64m"):
            with self.subTest(variant=variant):
                self.assert_falling(
                    "dma_read_latency_mean", (run(variant=variant), run(("iommu.translation", "bypass"), variant=variant))
                )

    def test_more_dmas_in_flight_never_move_less(self):
        for operation, metric in (("read", "dma_read_bandwidth"), ("write", "dma_write_bandwidth")):
            with self.subTest(operation=operation):
                # Where each request walks for itself, more in flight also walk more often to the same page.
                rates = [
                    run(("traffic.operation", operation), ("traffic.outstanding", n), constant("phb_merged_walks", 1))
                    for n in (1, 2, 8, 35, 64)
                ]
                self.assert_rising(metric, rates)

    def test_farther_memory_takes_longer_by_what_it_says(self):
        near = run(variant="off_8k")["dma_read_latency_mean"]
        self.assertEqual(run(("traffic.host_cache", "cold"), variant="off_8k")["dma_read_latency_mean"], near + 50_000)
        self.assertEqual(run(("traffic.memory", "remote"), variant="off_8k")["dma_read_latency_mean"], near + 105_000)
        cold = run(("traffic.host_cache", "cold"), variant="off_64m")["dma_read_latency_mean"]
        self.assertEqual(cold, near + 50_000)
        # 25 of 64 MiB are warm.
        self.assertAlmostEqual(run(variant="off_64m")["dma_read_latency_mean"], near + 50_000 * 39 / 64, delta=2_000)


class Knee(unittest.TestCase):
    FILLED = ("traffic.warmup", "8ms")  # random reads have met every page of 2 MiB

    def test_it_stands_where_the_entries_end(self):
        for number in (16, 117, 512):
            with self.subTest(entries=number):
                inside = run(*entries(number), self.FILLED, ("traffic.window", f"{number * 4}KiB"))
                outside = run(*entries(number), self.FILLED, ("traffic.window", f"{number * 8}KiB"))
                self.assertEqual(inside["tce_cache_misses"], 0)
                # Every second page is not there.
                self.assertAlmostEqual(
                    outside["tce_cache_misses"], outside["phb_translations"] / 2, delta=outside["phb_translations"] / 20
                )

    def test_pages_of_64_kib_move_it_by_sixteen(self):
        window = ("traffic.window", f"{117 * 64}KiB")
        self.assertEqual(run(("iommu.windows[0].page", "64KiB"), self.FILLED, window)["tce_cache_misses"], 0)
        self.assertGreater(run(self.FILLED, window)["tce_cache_misses"], 0)


class Independence(unittest.TestCase):
    def document(self, scenario, values, *arguments):
        done = tcesim(scenario, *setting({**SHORT, **values}), "--json", "-", *arguments)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return without_host(done.stdout)

    def test_one_kernel_wake_up_per_event_changes_nothing(self):
        for scenario in (BENCH, *sorted((SCENARIOS / "validation").glob("iotlb_*.yaml"))):
            with self.subTest(scenario=scenario.stem):
                self.assertEqual(self.document(scenario, {}, "--kernel=systemc"), self.document(scenario, {}))

    def test_once_mapped_nothing_depends_on_who_handles_hypercalls(self):
        real = run()
        for level in ("userspace", "virtual"):
            self.assertEqual(run(("host.tce", level)).metrics, real.metrics)
        self.assertEqual(real["cpu_busy"], 0)
        self.assertNotIn("hypercalls", real.metrics)

    def test_another_seed_is_another_order_of_the_same(self):
        one, other = (results(ANALOG, "--variant", "on_1m", "--seed", seed, values=SHORT)["on_1m"] for seed in (1, 2))
        self.assertNotEqual(one.metrics, other.metrics)
        self.assertAlmostEqual(
            one["dma_read_latency_mean"], other["dma_read_latency_mean"], delta=one["dma_read_latency_mean"] / 50
        )


class AnyBench(unittest.TestCase):
    CHOICES = {
        "traffic.operation": ("read", "write", "read_write", "write_then_read"),
        "traffic.pattern": ("random", "sequential"),
        "traffic.size": ("8B", "63B", "64B", "200B", "512B", "1520B", "4KiB"),
        "traffic.window": ("4KiB", "5000B", "300KiB", "1MiB", "3MiB"),
        "traffic.outstanding": (1, 2, 35, 500),
        "iommu.translation": ("tces", "bypass"),
        "iommu.windows[0].page": ("4KiB", "64KiB"),
        "iommu.windows[0].levels": (1, 2),
        "guest.page": ("64KiB",),
        "guest.multitce": ("true", "false"),
        "host.tce": ("userspace", "virtual", "real"),
        "host.kernel": ("4.12", "4.19", "5.10", "fixed"),
        "traffic.warmup": ("0ps", "1us", "300us"),
        "traffic.duration": ("1us", "200us"),
        "device.link.gen": (1, 3),
        "device.link.mps": ("128B", "4KiB"),
        "device.link.mrrs": ("128B", "4KiB"),
        "machine.constants.pcie_request_credits.value": (1, 28),
        "machine.constants.dma_bench_read_tags.value": (1, 7, 256),
    }

    def test_every_check_holds(self):
        choose = random.Random(17)
        for _ in range(40):
            chosen = {path: choose.choice(values) for path, values in self.CHOICES.items() if choose.random() < 0.4}
            with self.subTest(values=chosen):
                values = {"traffic.window": "1MiB", "traffic.duration": "200us", "traffic.warmup": "50us", **chosen}
                outcome = results(BENCH, "--variant", "pages_4k", values=values)["pages_4k"]
                self.assertEqual(set(outcome.document["invariants"].values()), {True})
                self.assertEqual(outcome.document["violations"], [])

    def test_an_injected_fault_does_nothing_where_nothing_is_invalidated(self):
        outcome = results(BENCH, "--variant", "pages_4k", values={**SHORT, "faults.skip_tce_kill": 1})["pages_4k"]
        self.assertEqual(outcome.document["quirks"]["wrong_payload"], 0)

    def test_it_has_no_packets_to_follow(self):
        done = tcesim(BENCH, "--variant", "pages_4k", *setting(SHORT), "--follow", "1", "--quiet")
        self.assertEqual(done.returncode, 2)
        self.assertIn("variant pages_4k: dma_bench traffic has no packets to follow", done.stderr)


if __name__ == "__main__":
    unittest.main()
