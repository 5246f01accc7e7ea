# SPDX-License-Identifier: Apache-2.0
"""Objects of powerpc64le."""
import re
import struct

from machine_code import Instruction, MachineCode

NOT_BRANCHES = frozenset(["bpermd", "brh", "brw", "brd"])
WORD = 4


class PowerInstruction(Instruction):
    """An instruction of the POWER ISA."""

    @property
    def base(self):
        return self.mnemonic.rstrip("+-")

    @property
    def is_branch(self):
        return self.mnemonic.startswith("b") and self.mnemonic not in NOT_BRANCHES

    @property
    def is_call(self):
        return self.is_branch and self.base.endswith("l")

    @property
    def is_unconditional(self):
        return self.base in ("b", "blr", "bctr")

    @property
    def stops(self):
        return self.mnemonic == "trap"

    @property
    def named_target(self):
        return None if self.base.endswith(("lr", "ctr")) else int(self.operands.split(",")[-1].split()[0], 16)


class PowerCode(MachineCode):
    """A relocatable object of powerpc64le."""

    instruction = PowerInstruction
    mark = "R_PPC64_ADDR64"
    reference = r"R_PPC64_REL\w*"

    def attach(self, instruction, symbol):
        if not instruction.is_branch:
            return
        if local := re.match(r"\.text(?:\+0x([0-9a-f]+))?$", symbol):
            instruction.operands = local[1] or "0"
        else:
            instruction.symbol = re.sub(r"\+0x.*", "", symbol)

    def complete(self, code):
        code = self.from_local_entry(code)
        if all(instruction.mnemonic != "bctr" for instruction in code):
            return code
        text, end, table_end, kept = self.bytes_of(".text"), code[-1].address, 0, []
        for instruction in code:
            if instruction.address < table_end:
                continue
            kept.append(instruction)
            if instruction.mnemonic == "bctr":
                table = instruction.address + WORD
                instruction.table = self.read_table(text, table, code[0].address, end)
                table_end = table + WORD * len(instruction.table)
        return kept

    @staticmethod
    def from_local_entry(code):
        """The global entry point sets up r2; calls inside the kernel skip it."""
        sets_up_toc = len(code) > 2 and code[0].mnemonic == "addis" and code[0].operands.startswith("r2,r12")
        return code[2:] if sets_up_toc else code

    @staticmethod
    def read_table(text, table, first, last):
        """Targets in the table that follows a jump: distances from the table to places in the function.

        No instruction looks like one: short forward distances have no opcode, short backward ones that of
        floating point. Without a table the jump is the end of a call through a pointer.
        """
        targets = []
        while (at := table + WORD * len(targets)) <= last:
            target = table + struct.unpack_from("<i", text, at)[0]
            if target % WORD or not first <= target <= last or target == table:
                break
            targets.append(target)
        return targets
