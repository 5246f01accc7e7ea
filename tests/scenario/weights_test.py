# SPDX-License-Identifier: Apache-2.0
"""Weights of hand-written POWER and x86 code: the equations of flow, and the readers of either."""

import re
import subprocess

from handlers import Folder

import machine_code
import power_code
import weights
import x86_code

CROSS = "powerpc64le-linux-gnu-"
MARK = "99: nop; .pushsection .sites; .quad 99b, {}; .popsection\n"


def ways_of(text):
    """Ways as the equations want them, from words FROM>TO or FROM>TO=SITE; no FROM is the entry."""
    words = (re.fullmatch(r"(\d*)>(\d+)(?:=(\d+))?", word).groups() for word in text.split())
    return {(int(source) if source else None, int(to)): int(site) if site else None for source, to, site in words}


class Assembled(Folder):
    """Code of which line @N marks the begin of site N, with a no-op that costs nothing."""

    def assemble(self, lines, *assembler):
        text = "".join(MARK.format(line[1:]) if line.startswith("@") else line + "\n" for line in lines)
        source, obj = self.write("code.s", text), self.folder / "code.o"
        subprocess.run([*assembler, str(source), "-o", str(obj)], check=True)
        return obj

    def assert_costs(self, found, counts, instructions):
        total = sum(w * n for w, n in zip(found, counts))
        self.assertAlmostEqual(total / weights.ONE, instructions, delta=0.02)


class Weights(Assembled):
    """Dot products of weights and site counts are instructions, whichever way a function takes."""

    def weights_of(self, sites, ways, lines):
        obj = self.assemble(lines, CROSS + "as", "-mpower8")
        return weights.site_weights(power_code.PowerCode(obj, CROSS + "objdump"), sites, ways_of(ways))

    def test_straight_code_costs_its_length(self):
        found = self.weights_of(1, ">0", ["f:", "@0", "li 3,1", "bl port_free", "nop", "add 3,3,4", "blr"])
        self.assertEqual(found, [5 * weights.ONE])

    def test_a_condition_costs_what_is_executed(self):
        found = self.weights_of(3, ">0 0>1 0>2 1>2", [
            "f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "li 4,2", "li 5,3",
            "1:", "@2", "mr 3,4", "blr"])
        self.assert_costs(found, [1, 0, 1], 4)
        self.assert_costs(found, [1, 1, 1], 7)

    def test_a_loop_costs_its_iterations(self):
        found = self.weights_of(3, ">0 0>1 1>1 1>2", [
            "f:", "@0", "mtctr 3", "li 4,0", "1:", "@1", "addi 4,4,1", "nop", "bdnz 1b",
            "@2", "blr"])
        for n in (1, 2, 512):
            self.assert_costs(found, [1, n, 1], 3 + 3 * n)

    def test_a_site_may_have_copies(self):
        found = self.weights_of(2, ">0 0>1", ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                              "1:", "@1", "li 3,2", "blr"])
        self.assert_costs(found, [1, 1], 4)

    def test_a_conditional_return_ends_the_function(self):
        found = self.weights_of(2, ">0 0>1", ["f:", "@0", "cmpdi 3,0", "beqlr", "@1", "li 3,1", "blr"])
        self.assert_costs(found, [1, 0], 2)
        self.assert_costs(found, [1, 1], 4)

    def test_nothing_follows_a_bug(self):
        for function in ("port_bug", "port_host_bug"):
            found = self.weights_of(3, ">0 0>1 0>2", ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                                      "1:", "@2", "li 3,9", f"bl {function}", "nop"])
            self.assert_costs(found, [1, 1, 0], 4)

    def test_control_does_not_run_from_a_bug_into_the_code_behind_it(self):
        """What stands there belongs to another way through the function."""
        for function in ("port_bug", "port_host_bug"):
            found = self.weights_of(4, ">0 0>1 0>2 1>3", [
                "f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "b 2f", "1:", "@2", f"bl {function}",
                "nop", "nop", "nop", "nop", "2:", "@3", "blr"])
            self.assert_costs(found, [1, 1, 0, 1], 4)

    def test_a_switch_reaches_all_its_cases(self):
        found = self.weights_of(3, ">0 0>1 0>2", ["f:", "@0", "mtctr 9", "bctr", "0: .long 1f - 0b", ".long 2f - 0b",
                                                  "1:", "@1", "li 3,1", "blr", "2:", "@2", "li 3,1", "li 3,2", "blr"])
        self.assert_costs(found, [1, 1, 0], 4)
        self.assert_costs(found, [1, 0, 1], 5)

    def test_calls_enter_behind_the_set_up_of_the_toc(self):
        found = self.weights_of(1, ">0", [
            "f:", "0: addis 2,12,.TOC.-0b@ha", "addi 2,2,.TOC.-0b@l", "@0", "li 3,1", "blr"])
        self.assertEqual(found, [2 * weights.ONE])

    def test_what_the_flow_leaves_open_is_not_charged_too_low(self):
        """A branch of which both ways lead on unseen: the average of the two."""
        found = self.weights_of(1, ">0", ["f:", "@0", "cmpdi 3,0", "beq 1f", "nop", "nop", "nop", "nop", "1:", "blr"])
        self.assert_costs(found, [1], 5)

    def test_a_switch_may_lead_back_and_repeat_cases(self):
        found = self.weights_of(3, ">0 0>1 1>1 1>2", [
            "f:", "@0", "nop", "1:", "@1", "addi 3,3,1", "mtctr 9", "bctr",
            "0: .long 1b - 0b", ".long 2f - 0b", ".long 1b - 0b", "2:", "@2", "blr"])
        self.assert_costs(found, [1, 4, 1], 1 + 4 * 3 + 1)

    def test_code_merged_behind_two_sites_goes_on_as_the_ways_do(self):
        """Both jump to one copy of the branch that each had: from site 2 it always leads to site 4."""
        found = self.weights_of(5, ">0 0>1 0>2 1>3 2>4", [
            "f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 4,1", "b 2f", "1:", "@2", "li 4,0",
            "2:", "cmpdi 4,0", "beq 3f", "@3", "li 3,1", "li 3,2", "li 3,3", "blr", "3:", "@4", "blr"])
        self.assert_costs(found, [1, 1, 0, 1, 0], 2 + 2 + 2 + 4)
        self.assert_costs(found, [1, 0, 1, 0, 1], 2 + 1 + 2 + 1)

    def test_a_jump_behind_a_mark_does_not_pass_it(self):
        found = self.weights_of(3, ">0 0>1 0>2 1>2", [
            "f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "1:", "li 3,1", "@2", "blr"])
        self.assert_costs(found, [1, 0, 1], 4)
        self.assert_costs(found, [1, 1, 1], 4)

    def test_a_counted_way_tells_how_often_a_loop_is_entered(self):
        """Three instructions before the loop and one behind it, which the sites alone do not tell from the loop's."""
        found = self.weights_of(4, ">0 0>1 0>2 1>1 1>2=3", [
            "f:", "@0", "cmpdi 3,0", "beq 2f", "li 4,1", "mtctr 4", "li 4,2", "1:", "@1", "addi 4,4,1", "bdnz 1b",
            "li 5,1", "2:", "@2", "blr"])
        self.assert_costs(found, [1, 0, 1, 0], 3)
        for n in (1, 2, 512):
            self.assert_costs(found, [1, n, 1, 1], 2 + 3 + 2 * n + 1 + 1)

    def test_two_marks_at_one_address_are_refused(self):
        lines = ["f:", "@0", "blr", ".pushsection .sites; .quad 99b, 1; .popsection"]
        with self.assertRaisesRegex(machine_code.CodeError, "the marks of sites 0 and 1 are one, at 0"):
            self.weights_of(2, ">0 0>1", lines)

    def test_a_mark_without_a_no_op_is_refused(self):
        lines = ["f:", "@0", "blr", ".pushsection .sites; .quad 99b + 4, 1; .popsection"]
        with self.assertRaisesRegex(machine_code.CodeError, "the mark of site 1 is no no-op but blr"):
            self.weights_of(2, ">0 0>1", lines)

    def test_a_call_through_a_pointer_may_end_the_function(self):
        found = self.weights_of(2, ">0 0>1", ["f:", "@0", "cmpdi 3,0", "beq 1f", "mtctr 12", "bctr",
                                              "1:", "@1", "li 3,1", "blr"])
        self.assert_costs(found, [1, 0], 4)
        self.assert_costs(found, [1, 1], 4)


class WeightsOfX86(Assembled):
    """The same equations over code of the host, from which approximate weights come."""

    def weights_of(self, sites, ways, lines, factor=1):
        obj = self.assemble(lines, "as", "--64")
        return weights.site_weights(x86_code.X86Code(obj, "objdump"), sites, ways_of(ways), factor)

    def test_straight_code_costs_its_length_times_the_factor(self):
        lines = ["f:", "@0", "push %rbx", "call *port_free@GOTPCREL(%rip)", "lock xadd %rax,(%rdi)", "pop %rbx", "ret"]
        self.assertEqual(self.weights_of(1, ">0", lines), [5 * weights.ONE])
        self.assertEqual(self.weights_of(1, ">0", lines, 1.5), [7.5 * weights.ONE])

    def test_a_condition_and_a_loop_cost_what_is_executed(self):
        found = self.weights_of(4, ">0 0>1 0>3 1>1 1>2 2>3", [
            "f:", "@0", "test %rdi,%rdi", "je 2f", "1:", "@1", "nop", "nop", "dec %rdi",
            "jne 1b", "@2", "nop", "2:", "@3", "ret"])
        self.assert_costs(found, [1, 0, 0, 1], 3)
        self.assert_costs(found, [1, 9, 1, 1], 3 + 9 * 4 + 1)

    def test_padding_behind_a_jump_costs_nothing(self):
        found = self.weights_of(3, ">0 0>1 0>2", [
            "f:", "@0", "test %rdi,%rdi", "je 1f", "@1", "ret", "nopw 0(%rax,%rax,1)",
            "1:", "@2", "nop", "ret"])
        self.assert_costs(found, [1, 1, 0], 3)
        self.assert_costs(found, [1, 0, 1], 4)

    def test_nothing_follows_a_bug_however_it_is_called(self):
        for call in ("call port_bug@PLT", "call *port_bug@GOTPCREL(%rip)"):
            found = self.weights_of(3, ">0 0>1 0>2", ["f:", "@0", "test %rdi,%rdi", "je 1f", "@1", "nop", "ret",
                                                      "1:", "@2", call, "nop"])
            self.assert_costs(found, [1, 1, 0], 4)

    def test_a_jump_to_another_function_ends_this_one(self):
        for jump in ("jmp port_next@PLT", "jmp *port_next@GOTPCREL(%rip)", "jmp *8(%rax)", "jmp *%rax"):
            found = self.weights_of(2, ">0 0>1", [
                "f:", "@0", "test %rdi,%rdi", "je 1f", jump, "1:", "@1", "nop", "ret"])
            self.assert_costs(found, [1, 0], 3)
            self.assert_costs(found, [1, 1], 4)

    def test_a_switch_reaches_all_its_cases(self):
        for jump in ("jmp *%rax", "notrack jmp *%rax"):
            found = self.weights_of(4, ">0 0>1 0>2 >3", [
                "f:", "@0", "lea 3f(%rip),%rdx", jump, "1:", "@1", "nop", "ret", "2:", "@2", "nop", "nop", "ret",
                "g:", "@3", "lea 4f(%rip),%rdx", "ret", ".section .rodata", ".quad 0",
                "3: .long 1b - 3b", ".long 2b - 3b", ".long 2b - 3b", "4: .long 7"])
            self.assert_costs(found, [1, 1, 0, 0], 4)
            self.assert_costs(found, [1, 0, 1, 0], 5)
            self.assert_costs(found, [0, 0, 0, 1], 2)
