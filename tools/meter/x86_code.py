# SPDX-License-Identifier: Apache-2.0
"""Objects of x86-64."""
import re

from machine_code import CodeError, Instruction, MachineCode

PREFIXES = frozenset(["notrack", "bnd", "lock", "rep", "repz", "repnz", "data16", "cs", "ds", "es", "fs", "gs", "ss"])
DISTANCE_BYTES = 4  # a distance at the end of an instruction counts from behind it


class X86Instruction(Instruction):
    """An instruction of x86-64, as AT&T writes it."""

    def __init__(self, address, mnemonic, operands):
        while mnemonic in PREFIXES and operands:
            mnemonic, _, operands = operands.partition(" ")
        super().__init__(address, mnemonic, operands.strip())

    @property
    def is_branch(self):
        return self.mnemonic.startswith(("j", "call", "ret", "loop"))

    @property
    def is_call(self):
        return self.mnemonic.startswith("call")

    @property
    def is_unconditional(self):
        return self.mnemonic.startswith(("jmp", "ret"))

    @property
    def stops(self):
        return self.mnemonic in ("ud2", "hlt", "int3")

    @property
    def named_target(self):
        return None if self.mnemonic.startswith("ret") or self.operands.startswith("*") else int(self.operands, 16)


class X86Code(MachineCode):
    """A relocatable object of x86-64, position independent."""

    instruction = X86Instruction
    mark = "R_X86_64_64"
    reference = r"R_X86_64_\w+"

    def __init__(self, obj, objdump):
        super().__init__(obj, objdump)
        self.read_only = set()  # where in .rodata code begins to read
        self.tables = None

    def attach(self, instruction, symbol):
        name, distance = re.fullmatch(r"(.+?)([+-]0x[0-9a-f]+)?", symbol).groups(default="0")
        if name == ".rodata":
            self.read_only.add(int(distance, 16) + DISTANCE_BYTES)
        elif instruction.is_branch:
            if name == ".text":
                raise CodeError(f"{self.obj}: a jump with a relocation inside .text, at {instruction.address:x}")
            instruction.symbol = name

    def complete(self, code):
        first, last = code[0].address, code[-1].address
        for instruction in code:
            if instruction.mnemonic.startswith("jmp") and re.fullmatch(r"\*%\w+", instruction.operands):
                instruction.table = [target for target in self.jump_targets() if first <= target <= last]
        return code

    def jump_targets(self):
        """Places in .text to which tables in .rodata lead; an entry is a distance from its table."""
        if self.tables is None:
            starts = sorted(self.read_only)
            self.tables = sorted({
                value - (offset - max((start for start in starts if start <= offset), default=0))
                for offset, value in self.pointers_to_text(".rodata", "R_X86_64_PC32")})
        return self.tables
