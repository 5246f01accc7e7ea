# SPDX-License-Identifier: Apache-2.0
"""Weights of hand-written POWER and x86 code: the equations of flow, and the readers of either."""

import subprocess

from handlers import Folder

import power_code
import weights
import x86_code

CROSS = "powerpc64le-linux-gnu-"
MARK = "99: .pushsection .sites; .quad 99b, {}; .popsection\n"


class Assembled(Folder):
    """Code of which line @N marks the begin of site N."""

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

    def weights_of(self, sites, lines):
        obj = self.assemble(lines, CROSS + "as", "-mpower8")
        return weights.site_weights(power_code.PowerCode(obj, CROSS + "objdump"), sites)

    def test_straight_code_costs_its_length(self):
        found = self.weights_of(1, ["f:", "@0", "li 3,1", "bl port_free", "nop", "add 3,3,4", "blr"])
        self.assertEqual(found, [5 * weights.ONE])

    def test_a_condition_costs_what_is_executed(self):
        found = self.weights_of(3, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "li 4,2", "li 5,3",
                                    "1:", "@2", "mr 3,4", "blr"])
        self.assert_costs(found, [1, 0, 1], 4)
        self.assert_costs(found, [1, 1, 1], 7)

    def test_a_loop_costs_its_iterations(self):
        found = self.weights_of(3, ["f:", "@0", "mtctr 3", "li 4,0", "1:", "@1", "addi 4,4,1", "nop", "bdnz 1b",
                                    "@2", "blr"])
        for n in (1, 2, 512):
            self.assert_costs(found, [1, n, 1], 3 + 3 * n)

    def test_a_site_may_have_copies(self):
        found = self.weights_of(2, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                    "1:", "@1", "li 3,2", "blr"])
        self.assert_costs(found, [1, 1], 4)

    def test_a_conditional_return_ends_the_function(self):
        found = self.weights_of(2, ["f:", "@0", "cmpdi 3,0", "beqlr", "@1", "li 3,1", "blr"])
        self.assert_costs(found, [1, 0], 2)
        self.assert_costs(found, [1, 1], 4)

    def test_nothing_follows_a_bug(self):
        found = self.weights_of(3, ["f:", "@0", "cmpdi 3,0", "beq 1f", "@1", "li 3,1", "blr",
                                    "1:", "@2", "li 3,9", "bl port_bug", "nop"])
        self.assert_costs(found, [1, 1, 0], 4)

    def test_a_switch_reaches_all_its_cases(self):
        found = self.weights_of(3, ["f:", "@0", "mtctr 9", "bctr", "0: .long 1f - 0b", ".long 2f - 0b",
                                    "1:", "@1", "li 3,1", "blr", "2:", "@2", "li 3,1", "li 3,2", "blr"])
        self.assert_costs(found, [1, 1, 0], 4)
        self.assert_costs(found, [1, 0, 1], 5)

    def test_calls_enter_behind_the_set_up_of_the_toc(self):
        found = self.weights_of(1, ["f:", "0: addis 2,12,.TOC.-0b@ha", "addi 2,2,.TOC.-0b@l", "@0", "li 3,1", "blr"])
        self.assertEqual(found, [2 * weights.ONE])

    def test_what_the_flow_leaves_open_is_not_charged_too_low(self):
        """A branch of which both ways lead on unseen: the average of the two."""
        found = self.weights_of(1, ["f:", "@0", "cmpdi 3,0", "beq 1f", "nop", "nop", "nop", "nop", "1:", "blr"])
        self.assert_costs(found, [1], 5)

    def test_a_switch_may_lead_back_and_repeat_cases(self):
        found = self.weights_of(3, ["f:", "@0", "nop", "1:", "@1", "addi 3,3,1", "mtctr 9", "bctr",
                                    "0: .long 1b - 0b", ".long 2f - 0b", ".long 1b - 0b", "2:", "@2", "blr"])
        self.assert_costs(found, [1, 4, 1], 1 + 4 * 3 + 1)

    def test_a_call_through_a_pointer_may_end_the_function(self):
        found = self.weights_of(2, ["f:", "@0", "cmpdi 3,0", "beq 1f", "mtctr 12", "bctr", "1:", "@1", "li 3,1", "blr"])
        self.assert_costs(found, [1, 0], 4)
        self.assert_costs(found, [1, 1], 4)


class WeightsOfX86(Assembled):
    """The same equations over code of the host, from which approximate weights come."""

    def weights_of(self, sites, lines, factor=1):
        obj = self.assemble(lines, "as", "--64")
        return weights.site_weights(x86_code.X86Code(obj, "objdump"), sites, factor)

    def test_straight_code_costs_its_length_times_the_factor(self):
        lines = ["f:", "@0", "push %rbx", "call *port_free@GOTPCREL(%rip)", "lock xadd %rax,(%rdi)", "pop %rbx", "ret"]
        self.assertEqual(self.weights_of(1, lines), [5 * weights.ONE])
        self.assertEqual(self.weights_of(1, lines, 1.5), [7.5 * weights.ONE])

    def test_a_condition_and_a_loop_cost_what_is_executed(self):
        found = self.weights_of(4, ["f:", "@0", "test %rdi,%rdi", "je 2f", "1:", "@1", "nop", "nop", "dec %rdi",
                                    "jne 1b", "@2", "nop", "2:", "@3", "ret"])
        self.assert_costs(found, [1, 0, 0, 1], 3)
        self.assert_costs(found, [1, 9, 1, 1], 3 + 9 * 4 + 1)

    def test_padding_behind_a_jump_costs_nothing(self):
        found = self.weights_of(3, ["f:", "@0", "test %rdi,%rdi", "je 1f", "@1", "ret", "nopw 0(%rax,%rax,1)",
                                    "1:", "@2", "nop", "ret"])
        self.assert_costs(found, [1, 1, 0], 3)
        self.assert_costs(found, [1, 0, 1], 4)

    def test_nothing_follows_a_bug_however_it_is_called(self):
        for call in ("call port_bug@PLT", "call *port_bug@GOTPCREL(%rip)"):
            found = self.weights_of(3, ["f:", "@0", "test %rdi,%rdi", "je 1f", "@1", "nop", "ret",
                                        "1:", "@2", call, "nop"])
            self.assert_costs(found, [1, 1, 0], 4)

    def test_a_jump_to_another_function_ends_this_one(self):
        for jump in ("jmp port_next@PLT", "jmp *port_next@GOTPCREL(%rip)", "jmp *8(%rax)", "jmp *%rax"):
            found = self.weights_of(2, ["f:", "@0", "test %rdi,%rdi", "je 1f", jump, "1:", "@1", "nop", "ret"])
            self.assert_costs(found, [1, 0], 3)
            self.assert_costs(found, [1, 1], 4)

    def test_a_switch_reaches_all_its_cases(self):
        for jump in ("jmp *%rax", "notrack jmp *%rax"):
            found = self.weights_of(4, [
                "f:", "@0", "lea 3f(%rip),%rdx", jump, "1:", "@1", "nop", "ret", "2:", "@2", "nop", "nop", "ret",
                "g:", "@3", "lea 4f(%rip),%rdx", "ret", ".section .rodata", ".quad 0",
                "3: .long 1b - 3b", ".long 2b - 3b", ".long 2b - 3b", "4: .long 7"])
            self.assert_costs(found, [1, 1, 0, 0], 4)
            self.assert_costs(found, [1, 0, 1, 0], 5)
            self.assert_costs(found, [0, 0, 0, 1], 2)
