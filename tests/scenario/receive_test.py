# SPDX-License-Identifier: Apache-2.0
"""What a guest that receives, or receives and sends, must show."""

import unittest

from program import SCENARIOS, Results, results, tcesim

RX = SCENARIOS / "cxgb3_10g_rx.yaml"
BOTH = SCENARIOS / "cxgb3_10g_both.yaml"
SHORT = {"traffic.duration": "40ms", "traffic.warmup": "10ms"}
VARIANTS = ("userspace", "virtual", "real")


def run(scenario, **values):
    return results(scenario, values={**SHORT, **{key.replace("__", "."): value for key, value in values.items()}})


class Receive(unittest.TestCase):
    def assert_sound(self, shown):
        for name in VARIANTS:
            self.assertEqual([], [i for i, holds in shown[name].document["invariants"].items() if not holds], name)

    def test_as_shipped(self):
        for scenario in (RX, BOTH):
            shipped = results(scenario, codes=(0,))
            self.assert_sound(shipped)
            for name in VARIANTS:
                self.assertEqual(shipped[name]["frames_dropped"], 0)
                self.assertEqual(shipped[name]["segments_retransmitted"], 0)

    def test_a_page_of_64KiB_is_mapped_and_unmapped_once_for_32_frames(self):
        for name in VARIANTS:
            shown = run(RX)[name]
            self.assertAlmostEqual(shown["tce_operations"] / shown["frames_received"], 1, delta=0.02)
            self.assertAlmostEqual(shown["frames_received"] / shown["iova_allocations"], 32, delta=0.6)

    def test_a_page_of_4KiB_once_for_two(self):
        shown = run(RX, guest__page="4KiB")
        self.assert_sound(shown)
        self.assertAlmostEqual(shown["real"]["frames_received"] / shown["real"]["iova_allocations"], 2, delta=0.05)

    def test_jumbo_frames_take_four_buffers_of_a_page(self):
        shown = run(RX, traffic__mtu=9000)
        self.assert_sound(shown)
        real = shown["real"]
        self.assertAlmostEqual(real["frames_received"] / real["iova_allocations"], 4, delta=0.1)
        self.assertAlmostEqual(real["payload_bytes"] / real["frames_received"], 8948, delta=200)

    def test_without_lro_each_segment_is_a_packet(self):
        merged, single = run(RX), run(RX, guest__lro="false")
        self.assert_sound(single)
        self.assertAlmostEqual(single["real"]["packets_received"] / single["real"]["frames_received"], 1, delta=0.02)
        self.assertAlmostEqual(single["real"]["frames_received"] / single["real"]["acks_sent"], 2, delta=0.1)
        self.assertGreater(merged["real"]["frames_received"] / merged["real"]["packets_received"], 20)
        self.assertGreater(merged["real"]["throughput"], single["real"]["throughput"])

    def test_small_frames(self):
        shown = run(RX, traffic__mtu=576, traffic__window="256KiB")
        self.assert_sound(shown)
        self.assertEqual(shown["real"]["frames_dropped"], 0)

    def test_more_in_flight_than_there_are_buffers_is_lost_and_comes_again(self):
        for lro in ("true", "false"):
            shown = results(
                RX,
                "--variant",
                "real",
                values={"traffic.window": "16MiB", "traffic.warmup": "0ms", "guest.lro": lro},
            )
            real = shown["real"]
            self.assertEqual([], [i for i, holds in real.document["invariants"].items() if not holds])
            self.assertGreater(real["frames_dropped"], 0)
            self.assertGreater(real["segments_retransmitted"], 0)
            self.assertGreater(real["segments_out_of_order"], 0)
            self.assertGreater(real["payload_bytes"], 20_000_000)

    def test_the_sum_of_both_directions(self):
        shown = run(BOTH)
        self.assert_sound(shown)
        for name in VARIANTS:
            both = shown[name]
            self.assertAlmostEqual(both["throughput"], both["throughput_tx"] + both["throughput_rx"], delta=2)
            self.assertGreater(min(both["throughput_tx"], both["throughput_rx"]), both["throughput"] // 4)

    def test_a_lost_invalidation_lets_the_device_write_into_pages_taken_back(self):
        skipped = results(SCENARIOS / "stale_dma.yaml", values={"traffic.direction": "rx"})["skipped"]
        self.assertGreater(skipped["stale_dma"], 0)
        self.assertIn("device wrote", skipped.document["violations"][0])

    def test_with_every_invalidation_nothing_is_stale(self):
        kill = results(SCENARIOS / "stale_dma.yaml", values={"traffic.direction": "rx"})["kill"]
        self.assertEqual(kill["stale_dma"], 0)

    def test_a_tiny_window_goes_on(self):
        shown = run(RX, traffic__window="1KiB")
        self.assert_sound(shown)
        self.assertGreater(shown["real"]["frames_received"], 500)

    def test_other_bridges(self):
        for name in ("cxgb3_10g_v1", "cxgb3_10g_power9", "cxgb3_10g_multitce"):
            for direction in ("rx", "both"):
                shown = Results(
                    tcesim(SCENARIOS / f"{name}.yaml", "--set", "traffic.duration=10ms", "--set",
                           "traffic.warmup=3ms", "--set", f"traffic.direction={direction}", "--json", "-")
                )
                for variant in shown.variants.values():
                    self.assertGreater(variant["throughput"], 0)
                    self.assertTrue(variant.document["invariants"]["payload_intact"])

    def test_a_story_is_refused(self):
        for scenario in (RX, BOTH):
            refused = tcesim(scenario, "--variant", "real", "--follow", "3")
            self.assertEqual(refused.returncode, 2)
            self.assertEqual(len(refused.stderr.strip().splitlines()), 1)
            self.assertIn("only packets of traffic.direction tx can be followed", refused.stderr)

    def test_what_does_nothing_is_refused(self):
        for scenario, setting, said in (
            (SCENARIOS / "cxgb3_10g.yaml", "guest.lro=false", "the guest receives no stream that guest.lro could be about"),
            (RX, "traffic.direction=tx", "the guest receives no stream that guest.lro could be about"),
        ):
            refused = tcesim(scenario, "--set", setting)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(said, refused.stderr)

    def test_a_frame_that_fits_no_buffer_is_refused(self):
        refused = tcesim(RX, "--set", "guest.page=4KiB", "--set", "traffic.mtu=9000")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("traffic.mtu is at most 8178", refused.stderr)


if __name__ == "__main__":
    unittest.main()
