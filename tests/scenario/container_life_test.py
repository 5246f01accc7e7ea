# SPDX-License-Identifier: Apache-2.0
"""What a process does with a container, step by step: its time, and the memory that is held after it."""

import unittest

from program import SCENARIOS, results, setting, tcesim

BIG = SCENARIOS / "big_guest.yaml"
PAGE = 64 << 10
MIB, GIB = 1 << 20, 1 << 30
WINDOW = "iommu.windows[0]"
STEPS = ("register", "create", "map", "plug", "unplug", "close", "mirror")


def life(ram, **values):
    """A guest of `ram` GiB, all of it mapped with pages of 64 KiB."""
    size = f"{ram}GiB"
    return {"guest.ram": size, f"{WINDOW}.size": size, "traffic.mapped": size, **values}


def lived(values, variant="pages_64k"):
    return results(BIG, "--variant", variant, values=values)[variant]


class Memory(unittest.TestCase):
    def test_what_is_held_follows_from_the_sizes(self):
        for ram in (1, 4):
            run = lived(life(ram))
            pages = ram * GIB // PAGE
            view = pages * 8 // PAGE  # pages of values, and one for what leads to them
            leaf, top = 8192 * 8, 8192 * 8
            charge = 2 * (max(pages * 8, leaf) + top)  # table and mirror as if all of both were there
            for step in STEPS:
                held = 0 if step == "close" else pages
                self.assertEqual(run[f"{step}_pinned"], held, step)
            self.assertEqual(run["register_locked"], ram * GIB)
            self.assertEqual(run["create_locked"], ram * GIB + charge + (view + 1) * PAGE)
            self.assertEqual(run["map_locked"], run["create_locked"])
            self.assertEqual(run["close_locked"], (view + 1) * PAGE, "the view stays with the guest")
            self.assertEqual(run["mirror_locked"], run["create_locked"])
            self.assertEqual(run["register_tables"], 0)
            self.assertEqual(run["create_tables"], 2 * top)
            leaves = pages // 8192
            self.assertEqual(run["map_tables"], 2 * (top + leaves * leaf) + view * PAGE)

    def test_locked_memory_is_counted_in_pages_of_the_host(self):
        # A host with pages of 4 KiB was said to have locked sixteen times as much.
        values = {"host.page": "4KiB", "guest.ram_pages": "4KiB", f"{WINDOW}.page": "4KiB"}
        run = lived(life(1, **values))
        self.assertEqual(run["register_locked"], GIB)
        self.assertEqual(run["register_pinned"], GIB >> 12)

    def test_nothing_is_lost_on_any_kernel(self):
        for kernel in ("4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed"):
            run = lived(life(1, **{"host.kernel": kernel, "host.tce": "virtual"}))
            self.assertEqual(set(run.document["invariants"].values()), {True}, (kernel, run.document["violations"]))
            self.assertEqual(run.document["quirks"], {}, kernel)

    def test_it_is_lost_in_the_middle_neither(self):
        for instant in range(12):
            values = life(1, **{"traffic.kill": f"{1 + instant * 3_123_457}ns", "host.kernel": "5.10"})
            run = lived(values)
            self.assertEqual(set(run.document["invariants"].values()), {True}, (instant, run.document["violations"]))
            self.assertGreater(run["end_time"], 0)


class Time(unittest.TestCase):
    def test_it_grows_with_the_memory(self):
        one, two, four = (lived(life(ram)) for ram in (2, 4, 8))
        for step in ("register", "map", "close", "mirror", "end"):
            times = [run[f"{step}_time"] for run in (one, two, four)]
            # What a step takes once is the same.
            self.assertAlmostEqual((times[2] - times[1]) / (times[1] - times[0]), 2, delta=0.02, msg=step)

    def test_twice_the_memory_takes_twice_as_long_to_register(self):
        two, four = (lived(life(ram))["register_time"] for ram in (4, 8))
        self.assertAlmostEqual(four / two, 2, delta=0.02)

    def test_a_second_device_costs_no_mapping(self):
        run = lived(life(4))
        self.assertLess(run["plug_time"], run["map_time"] // 100)
        self.assertGreater(run["mirror_time"], run["map_time"], "a system call for each TCE")


class Bad(unittest.TestCase):
    def test_what_cannot_be_is_refused(self):
        for values, message in (
            ({"traffic.mapped": "0B"}, "traffic.mapped is 0B: there is nothing to map"),
            ({"traffic.duration": "1ms"}, "the container's life is at step"),
        ):
            run = tcesim(BIG, *setting({**life(1), f"{WINDOW}.page": "64KiB", **values}), "--variant", "pages_64k")
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(message, run.stderr)


if __name__ == "__main__":
    unittest.main()
