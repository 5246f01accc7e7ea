# SPDX-License-Identifier: Apache-2.0
"""What an object holds, whatever its instruction set: instructions by function, the marks of the sites."""
import re
import struct
import subprocess

# Functions that do not return, as the port declares them.
NORETURN = frozenset(["port_bug", "port_host_bug"])


class CodeError(Exception):
    """The object is not of the form that its readers understand."""


class Instruction:
    """One machine instruction and where control goes from it; a class for each instruction set completes it."""

    def __init__(self, address, mnemonic, operands):
        self.address = address
        self.mnemonic = mnemonic
        self.operands = operands
        self.symbol = None  # of the relocation, for branches out of the function
        self.table = []  # targets of a jump through a table

    # To be defined: is_branch (calls too), is_call, is_unconditional (never for calls), stops (traps),
    # named_target (address that the operands of a jump give, None without one).

    @property
    def falls_through(self):
        if self.is_call:
            return self.symbol not in NORETURN
        return not (self.stops or (self.is_branch and self.is_unconditional))

    @property
    def targets(self):
        """Addresses to which it may jump."""
        if not self.is_branch or self.is_call or self.symbol:
            return []
        return self.table if self.named_target is None else [self.named_target]

    @property
    def leaves(self):
        """Whether control may leave the function here for good."""
        return not self.targets and (not self.falls_through or (self.is_branch and not self.is_call))

    @property
    def ends_block(self):
        return not self.falls_through or (self.is_branch and not self.is_call)


class MachineCode:
    """An object with no-ops that mark where sites begin; its section .sites has pairs (address of the no-op, site)."""

    instruction = Instruction  # class of the instructions
    mark = ""  # relocation that holds an address in .sites
    reference = ""  # pattern of relocations in code that name a symbol

    def __init__(self, obj, objdump):
        self.obj = obj
        self.objdump = objdump

    def functions(self):
        """Lists of instructions, one per function, from where calls inside the handlers enter."""
        self.check_sections()
        functions = []
        for line in self.dump("-d", "-r", "--no-show-raw-insn", "-j", ".text"):
            if re.match(r"[0-9a-f]+ <.+>:$", line):
                functions.append([])
            elif relocation := re.match(rf"\s+[0-9a-f]+: {self.reference}\s+(\S+)", line):
                self.attach(functions[-1][-1], relocation[1])
            elif decoded := re.match(r"\s+([0-9a-f]+):\t(\S+)\s*([^<#]*)", line):
                functions[-1].append(self.instruction(int(decoded[1], 16), decoded[2], decoded[3].strip()))
        return [self.complete(code) for code in functions]

    def attach(self, instruction, symbol):
        """Gives an instruction the symbol of a relocation."""
        raise NotImplementedError

    def complete(self, code):
        """The instructions of a function that can be executed, with the targets of jumps through tables."""
        raise NotImplementedError

    def marks(self):
        """Address of a no-op -> site whose mark it is."""
        data = self.bytes_of(".sites")
        marks = {}
        for offset, address in self.pointers_to_text(".sites", self.mark):
            (site,) = struct.unpack_from("<Q", data, offset + 8)
            if marks.setdefault(address, site) != site:
                raise CodeError(f"{self.obj}: the marks of sites {marks[address]} and {site} are one, at {address:x}")
        return marks

    def bytes_of(self, section):
        rows = [re.match(r" [0-9a-f]+ ((?:[0-9a-f]{1,8} ){1,4})", line) for line in self.dump("-s", "-j", section)]
        return b"".join(bytes.fromhex(row[1].replace(" ", "")) for row in rows if row)

    def pointers_to_text(self, section, relocation):
        """(offset, value) of the relocations of one kind against .text; empty when there is no such section."""
        for line in self.dump("-r", "-j", section, may_fail=True):
            if entry := re.match(rf"([0-9a-f]+) {relocation}\s+\.text(?:\+0x([0-9a-f]+))?\s*$", line):
                yield int(entry[1], 16), int(entry[2] or "0", 16)

    def check_sections(self):
        for line in self.dump("-h"):
            section = re.match(r"\s*\d+ (\.text\S*)\s+([0-9a-f]+)", line)
            if section and section[1] != ".text" and int(section[2], 16):
                raise CodeError(f"{self.obj}: code outside .text, in {section[1]}")

    def dump(self, *options, may_fail=False):
        command = [self.objdump, *options, str(self.obj)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not may_fail:
            raise CodeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.splitlines()
