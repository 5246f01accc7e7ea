# SPDX-License-Identifier: Apache-2.0
"""The guest's second window: made, filled, used without a hypercall, and given back."""

import unittest

from program import SCENARIOS, results, setting, tcesim

ON_OFF = SCENARIOS / "ddw_on_off.yaml"
LIFE = SCENARIOS / "ddw_life.yaml"
GiB = 1 << 30
SHORT = {"traffic.duration": "10ms", "traffic.warmup": "2ms"}
SMALL = {"guest.ram": "2GiB", "traffic.hot_add": "256MiB"}


class OnOff(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shipped = results(ON_OFF, codes=(0,))

    def test_the_scenario_as_shipped(self):
        for variant in self.shipped.variants.values():
            with self.subTest(variant=variant.name):
                self.assertEqual(set(variant.document["invariants"].values()), {True})

    def test_direct_mode_is_as_fast_as_no_translation(self):
        bypass = self.shipped["bypass"]["throughput"]
        for variant in ("direct", "direct_16m"):
            self.assertEqual(self.shipped[variant]["hypercalls"], 0)
            self.assertLess(abs(self.shipped[variant]["throughput"] - bypass) * 100, bypass)

    def test_bypass_makes_no_hypercall_at_all(self):
        self.assertEqual(self.shipped["bypass"]["setup_hypercalls"], 0)

    def test_a_narrow_mask_is_the_default_window(self):
        narrow, default = (dict(self.shipped[name].document["metrics"]) for name in ("narrow", "default"))
        self.assertEqual(narrow, default)

    def test_set_up_takes_a_call_for_512_pages(self):
        for ram, page in ((8, "64KiB"), (16, "64KiB"), (16, "2MiB"), (32, "16MiB")):
            bytes_of = {"64KiB": 1 << 16, "2MiB": 1 << 21, "16MiB": 1 << 24}[page]
            values = {**SHORT, "guest.ram": f"{ram}GiB", "iommu.windows[1].page": page}
            found = results(ON_OFF, "--variant", "direct", values=values)["direct"]
            self.assertEqual(found["setup_tce_operations"], ram * GiB // bytes_of)
            self.assertEqual(found["setup_hypercalls"], -(-ram * GiB // bytes_of // 512))

    def test_without_lists_each_page_takes_a_call(self):
        values = {**SHORT, "guest.ram": "1GiB", "guest.multitce": "false"}
        self.assertEqual(results(ON_OFF, "--variant", "direct", values=values)["direct"]["setup_hypercalls"], GiB >> 16)

    def test_all_eras_and_paths_use_the_second_window(self):
        for kernel in ("4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed"):
            for tce in ("userspace", "virtual"):
                values = {**SHORT, "guest.ram": "1GiB", "host.kernel": kernel, "host.tce": tce}
                for variant in ("dynamic", "direct"):
                    with self.subTest(kernel=kernel, tce=tce, variant=variant):
                        found = results(ON_OFF, "--variant", variant, values=values)[variant]
                        self.assertEqual(set(found.document["invariants"].values()), {True})
                        self.assertEqual(found["hypercalls"] == 0, variant == "direct")

    def test_what_does_not_fit_is_named(self):
        for values, message in (
            ({"guest.ddw": "direct", "iommu.windows[1].size": "32GiB"}, "a direct window holds all of guest.ram (64GiB)"),
            ({"guest.ddw": "direct", "iommu.windows[1].page": "4KiB", "iommu.windows[1].size": "16TiB"}, "at most 2^31 pages"),
            ({"guest.ddw": "direct", "iommu.windows[0].page": "16MiB"}, "the largest pages that it is offered"),
            ({"guest.ddw": "direct", "iommu.translation": "bypass"}, "takes the place of the second one"),
            ({"device.dma_mask": "32", "iommu.windows[0].size": "8GiB"}, "a driver that asks for 32 bits reaches 4GiB"),
            ({"device.dma_mask": "31"}, "device.dma_mask must be 32..64, not 31"),
            ({"guest.ddw": "dynamic", "iommu.windows[1].size": "4MiB"}, "cannot hold the rings and buffers"),
            ({"iommu.windows[1].levels": "0"}, "iommu.windows[1].levels must be 1..5, not 0"),
            ({"iommu.windows[1].levels": "6"}, "iommu.windows[1].levels must be 1..5, not 6"),
            ({"iommu.windows[1].levels": "4"}, "this window takes at most 2 levels"),
            ({"iommu.windows[1].base": "4096"}, "begins at bus address 576460752303423488 (2^59), not 4096"),
        ):
            with self.subTest(values=values):
                run = tcesim(ON_OFF, "--variant", "default", *setting(values))
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
                self.assertIn(message, run.stderr)

    def test_a_second_window_is_needed(self):
        run = tcesim(SCENARIOS / "cxgb3_10g.yaml", *setting({"guest.ddw": "direct"}))
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("iommu.windows has no second element, the window that the guest makes with guest.ddw direct", run.stderr)


class Life(unittest.TestCase):
    def test_the_scenario_in_small(self):
        found = results(LIFE, values=SMALL)
        for variant in found.variants.values():
            with self.subTest(variant=variant.name):
                self.assertEqual(set(variant.document["invariants"].values()), {True})
                self.assertNotIn("pages_left_pinned", variant.document["quirks"])
        self.assertEqual(found["real"]["ddw_map_hypercalls"], (2 * GiB - (256 << 20)) // (512 << 16))
        self.assertEqual(found["dynamic"]["removals_refused"], 1)
        self.assertNotIn("ddw_map_time", found["dynamic"].document["metrics"])

    def test_time_follows_memory(self):
        one, two = (results(LIFE, "--variant", "virtual", values={**SMALL, "guest.ram": ram})["virtual"] for ram in ("1280MiB", "2304MiB"))
        self.assertAlmostEqual(two["ddw_map_time"] / one["ddw_map_time"], 2, delta=0.02)

    def test_what_comes_costs_what_was_there(self):
        found = results(LIFE, "--variant", "virtual", values={"guest.ram": "2GiB", "traffic.hot_add": "1GiB"})["virtual"]
        self.assertAlmostEqual(found["hot_add_time"] / found["ddw_map_time"], 1, delta=0.02)

    def test_what_does_not_fit_is_named(self):
        for values, message in (
            ({"guest.ddw": "none"}, "guest.ddw must be dynamic or direct"),
            ({"traffic.hot_add": "17GiB"}, "leaves less than 64MiB of guest.ram"),
            ({"traffic.duration": "1ms"}, "the window's life is not over by its end"),
        ):
            run = tcesim(LIFE, "--variant", "real", *setting(values))
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)


if __name__ == "__main__":
    unittest.main()
