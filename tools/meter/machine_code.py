# SPDX-License-Identifier: Apache-2.0
"""What a powerpc64le object holds: instructions, the marks of the sites, jump tables."""
import re
import struct
import subprocess
from collections import defaultdict

# Functions that do not return, as the port declares them.
NORETURN = frozenset(["port_bug"])

NOT_BRANCHES = frozenset(["bpermd", "brh", "brw", "brd"])


class CodeError(Exception):
    """The object is not of the form that its readers understand."""


class Instruction:
    """One machine instruction and where control goes from it."""

    def __init__(self, address, mnemonic, operands):
        self.address = address
        self.mnemonic = mnemonic
        self.operands = operands
        self.symbol = None  # of the relocation, for branches out of the function

    @property
    def is_branch(self):
        return self.mnemonic.startswith("b") and self.mnemonic not in NOT_BRANCHES

    @property
    def is_call(self):
        return self.is_branch and self.mnemonic.rstrip("+-").endswith("l")

    @property
    def is_conditional(self):
        return self.mnemonic.rstrip("+-") not in ("b", "blr", "bctr")

    @property
    def leaves_by_register(self):
        return self.is_branch and self.mnemonic.rstrip("+-").endswith(("lr", "ctr"))

    @property
    def falls_through(self):
        if self.mnemonic == "trap":
            return False
        if not self.is_branch:
            return True
        if self.is_call:
            return self.symbol not in NORETURN
        return self.is_conditional

    @property
    def target(self):
        """Address that a branch names, None for calls and branches to registers or symbols."""
        if not self.is_branch or self.is_call or self.leaves_by_register or self.symbol:
            return None
        return int(self.operands.split(",")[-1].split()[0], 16)

    @property
    def ends_block(self):
        return not self.falls_through or (self.is_branch and not self.is_call)


def disassemble(obj, objdump):
    """Lists of instructions, one per function."""
    check_sections(obj, objdump)
    functions = []
    for line in run(objdump, "-d", "-r", "--no-show-raw-insn", "-j", ".text", obj):
        if re.match(r"[0-9a-f]+ <.+>:$", line):
            functions.append([])
        elif relocation := re.match(r"\s+[0-9a-f]+: R_PPC64_REL\w*\s+(\S+)", line):
            attach(functions[-1][-1], relocation[1])
        elif decoded := re.match(r"\s+([0-9a-f]+):\t(\S+)\s*([^<#]*)", line):
            functions[-1].append(Instruction(int(decoded[1], 16), decoded[2], decoded[3].strip()))
    return functions


def attach(instruction, symbol):
    if not instruction.is_branch:
        return
    if local := re.match(r"\.text(?:\+0x([0-9a-f]+))?$", symbol):
        instruction.operands = local[1] or "0"
    else:
        instruction.symbol = re.sub(r"\+0x.*", "", symbol)


def check_sections(obj, objdump):
    for line in run(objdump, "-h", obj):
        section = re.match(r"\s*\d+ (\.text\S*)\s+([0-9a-f]+)", line)
        if section and section[1] != ".text" and int(section[2], 16):
            raise CodeError(f"{obj}: code outside .text, in {section[1]}")


def read_marks(obj, objdump):
    """Address -> sites that begin there."""
    numbers = []
    for line in run(objdump, "-s", "-j", ".sites", obj):
        if dump := re.match(r" [0-9a-f]+ ((?:[0-9a-f]{1,8} ){1,4})", line):
            numbers.append(bytes.fromhex(dump[1].replace(" ", "")))
    data = b"".join(numbers)
    marks = defaultdict(list)
    for line in run(objdump, "-r", "-j", ".sites", obj):
        if entry := re.match(r"([0-9a-f]+) R_PPC64_ADDR64\s+\.text(?:\+0x([0-9a-f]+))?\s*$", line):
            (site,) = struct.unpack_from("<Q", data, int(entry[1], 16) + 8)
            marks[int(entry[2] or "0", 16)].append(site)
    return marks


def read_jump_tables(obj, objdump):
    """Addresses in .text that read-only data refers to: targets of switch statements."""
    targets = set()
    for line in run(objdump, "-r", "-j", ".rodata", obj, may_fail=True):
        if entry := re.match(r"[0-9a-f]+ R_PPC64_REL32\s+\.text(?:\+0x([0-9a-f]+))?", line):
            targets.add(int(entry[1] or "0", 16))
    return targets


def run(*command, may_fail=False):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise CodeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.splitlines()
