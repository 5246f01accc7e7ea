# SPDX-License-Identifier: Apache-2.0
"""Machine blocks of one function and where control goes from each."""
from machine_code import NORETURN, CodeError


class MachineBlock:
    """Instructions that are executed together. A mark is the first instruction of its block."""

    def __init__(self, site):
        self.site = site  # that its mark stands for, None without one
        self.instructions = []

    @property
    def cost(self):
        """Executed instructions; the mark is not one of the code's own."""
        return len(self.instructions) - (self.site is not None)

    @property
    def is_fatal(self):
        return self.instructions[-1].symbol in NORETURN


class FlowGraph:
    """Blocks in order of addresses; control enters at the first."""

    OUTSIDE = None  # successor of blocks from which control leaves

    def __init__(self, code, marks):
        """`code` is one of MachineCode.functions(), `marks` is MachineCode.marks()."""
        self.blocks, self.numbers = [], {}  # numbers: of blocks, by address
        leaders = self.find_leaders(code, marks)
        for instruction in code:
            if instruction.address in leaders:
                self.numbers[instruction.address] = len(self.blocks)
                self.blocks.append(MachineBlock(marks.get(instruction.address)))
            if instruction.address in marks and instruction.mnemonic != "nop":
                raise CodeError(f"the mark of site {marks[instruction.address]} is no no-op but {instruction.mnemonic}")
            self.blocks[-1].instructions.append(instruction)

    @staticmethod
    def find_leaders(code, marks):
        leaders = {code[0].address, *marks}
        for instruction, following in zip(code, code[1:] + [None]):
            leaders.update(instruction.targets)
            if instruction.ends_block and following:
                leaders.add(following.address)
        return leaders

    def successors(self, number):
        """Numbers of the blocks that may follow, or OUTSIDE; none where the function never ends."""
        last = self.blocks[number].instructions[-1]
        found = [self.numbers.get(target, self.OUTSIDE) for target in last.targets]
        if last.falls_through:
            found.append(number + 1 if number + 1 < len(self.blocks) else self.OUTSIDE)
        if last.leaves:
            found.append(self.OUTSIDE)
        return list(dict.fromkeys(found))
