# SPDX-License-Identifier: Apache-2.0
"""One packet's story is complete, numbered and in order."""

import re
import unittest

from program import HEADLINE, results, tcesim

SHORT = {"traffic.duration": "5ms", "traffic.warmup": "1ms"}
SHORT_ARGUMENTS = ["--set", "traffic.duration=5ms", "--set", "traffic.warmup=1ms"]
STEP = re.compile(r"^ *(\d+)\.  +\+(\d+)\.(\d{3}) us  (\S.*?)  +(\S.*)$")


class Follow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_text = tcesim(HEADLINE, *SHORT_ARGUMENTS, "--follow", "3")
        cls.steps = cls.steps_of(cls.run_text.stdout)

    @staticmethod
    def steps_of(text):
        """(number, time in ns, actor, sentence) of each step; a long sentence goes on in the lines below."""
        steps = []
        for line in text.splitlines()[1:]:
            match = STEP.match(line)
            if match:
                number, microseconds, nanoseconds, actor, sentence = match.groups()
                steps.append((int(number), int(microseconds) * 1000 + int(nanoseconds), actor, sentence))
            elif steps and line.startswith("    "):
                steps[-1] = (*steps[-1][:3], f"{steps[-1][3]} {line.strip()}")
        return steps

    def position(self, actor, text, after=0):
        """Index of the first step from after on that actor does and that holds text."""
        for index, step in enumerate(self.steps[after:], after):
            if step[2] == actor and text in step[3]:
                return index
        self.fail(f"no step of {actor} with '{text}' after step {after} in {self.steps}")

    def test_it_is_numbered_and_in_order(self):
        self.assertEqual((self.run_text.returncode, self.run_text.stderr), (0, ""))
        self.assertTrue(self.run_text.stdout.startswith("packet 3, real\n"))
        self.assertEqual([step[0] for step in self.steps], list(range(1, len(self.steps) + 1)))
        times = [step[1] for step in self.steps]
        self.assertEqual(times[0], 0)
        self.assertEqual(times, sorted(times))

    def test_it_tells_the_whole_way(self):
        buffer = self.position("guest", "takes a buffer of 65536 bytes")
        call = self.position("guest", "H_PUT_TCE", buffer)
        exchange = self.position("powernv", "exchanges TCE", call)
        kill = self.position("powernv", "tells the PHB to forget", exchange)
        answer = self.position("kvm rm", "H_SUCCESS", kill)
        mapped = self.position("guest", "are mapped at bus address", answer)
        doorbell = self.position("guest", "doorbell", mapped)
        descriptor = self.position("device", "has fetched the descriptor: 65602 bytes in 2 pieces", doorbell)
        request = self.position("phb", "read request", descriptor)
        frame = self.position("device", "first frame with 1448 bytes of payload", request)
        first = self.position("peer", "first frame arrives", frame)
        last = self.position("phb", "last of 128 read requests", request)
        completion = self.position("device", "last completion has arrived", last)
        sent = self.position("device", "hands the last frame", completion)
        arrived = self.position("peer", "last of 46 frames arrives", max(first, sent))
        leaves = self.position("peer", "ACK leaves", arrived)
        written = self.position("device", "writes the ACK, 66 bytes", leaves)
        interrupt = self.position("device", "requests an interrupt", written)
        self.position("guest", "ACK covers the packet", interrupt)
        credits = self.position("device", "done with", completion)
        self.position("guest", "is unmapped", credits)

    def test_every_level_has_its_own_way(self):
        actors = {"userspace": "user", "virtual": "kvm", "real": "kvm rm"}
        for variant, actor in actors.items():
            run = tcesim(HEADLINE, *SHORT_ARGUMENTS, "--variant", variant, "--follow", "2")
            self.assertTrue(run.stdout.startswith(f"packet 2, {variant}\n"))
            answering = {step[2] for step in self.steps_of(run.stdout) if "answers H_SUCCESS" in step[3]}
            self.assertEqual(answering, {actor})

    def test_lists_are_told_as_lists(self):
        run = tcesim(HEADLINE, *SHORT_ARGUMENTS, "--set", "guest.multitce=true", "--follow", "2")
        told = " ".join(step[3] for step in self.steps_of(run.stdout))
        self.assertRegex(told, r"H_PUT_TCE_INDIRECT ioba 0x[0-9a-f]+, list at gpa 0x[0-9a-f]+, 16 TCEs")
        self.assertRegex(told, r"H_STUFF_TCE ioba 0x[0-9a-f]+, value 0x0, 16 pages")

    def test_the_document_tells_the_same_story(self):
        story = results(HEADLINE, "--follow", 3, values=SHORT)["real"].document["story"]
        start = story[0]["time_ps"]
        self.assertEqual(
            [(step["actor"], " ".join(step["text"].split())) for step in story],
            [(actor, " ".join(text.split())) for _, _, actor, text in self.steps],
        )
        for step, (_, nanoseconds, _, _) in zip(story, self.steps):
            self.assertLessEqual(abs(step["time_ps"] - start - nanoseconds * 1000), 1000)


if __name__ == "__main__":
    unittest.main()
