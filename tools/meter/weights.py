# SPDX-License-Identifier: Apache-2.0
"""Instructions per site, from a powerpc64le object whose section .sites gives (address, site).

Machine blocks and numbered blocks are not the same: the compiler copies, merges and splits them
after they were numbered. But how often each machine block ran follows, mostly, from how often each
site ran: what flows into a block flows out of it, and what flows into the copies of a site is the
site's count. The minimum-norm solution of these equations makes the number of executed
instructions a weighted sum of the site counts. It is exact where the control flow determines it.
"""
import re
import struct
import subprocess
from collections import defaultdict

ONE = 1024  # fixed point: one instruction; METER_WEIGHT_ONE of meter_abi.h

# Functions that do not return, as the port declares them.
NORETURN = frozenset(["port_bug"])

NOT_BRANCHES = frozenset(["bpermd", "brh", "brw", "brd"])
SKIPPED_ENTRY_BYTES = 8  # the global entry point sets up r2; calls inside the kernel skip it


class WeightError(Exception):
    """The object is not of the form that the flow equations understand."""


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


def site_weights(obj, sites, objdump):
    """Weights of the sites 0 .. sites-1 in `obj`, in 1/1024 instruction; 0 for sites without code."""
    if sites == 0:
        return []
    functions = disassemble(obj, objdump)
    marks = read_marks(obj, objdump)
    tables = read_jump_tables(obj, objdump)
    weights = [0] * sites
    for code in functions:
        for site, weight in FlowEquations(code, marks, tables).solve().items():
            weights[site] = round(weight * ONE)
    return weights


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
            raise WeightError(f"{obj}: code outside .text, in {section[1]}")


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
        raise WeightError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.splitlines()


class FlowEquations:
    """The equations of one function: nodes are machine blocks, unknowns are counts of edges."""

    OUTSIDE = -1  # where an edge from the caller comes from and an edge to it goes

    def __init__(self, code, marks, jump_targets):
        self.code = self.from_local_entry(code)
        self.marks = marks
        first, last = self.code[0].address, self.code[-1].address
        self.jump_targets = sorted(a for a in jump_targets if first <= a <= last)
        self.leaders = self.find_leaders()
        self.number = {address: n for n, address in enumerate(self.leaders)}
        self.blocks = self.split()
        self.edges = self.find_edges()

    @staticmethod
    def from_local_entry(code):
        sets_up_toc = len(code) > 2 and code[0].mnemonic == "addis" and code[0].operands.startswith("r2,r12")
        return code[SKIPPED_ENTRY_BYTES // 4:] if sets_up_toc else code

    def targets(self, instruction):
        if instruction.target is not None:
            return [instruction.target]
        if instruction.mnemonic == "bctr":
            return self.jump_targets
        return []

    def find_leaders(self):
        inside = {instruction.address for instruction in self.code}
        leaders = {self.code[0].address}
        for instruction, following in zip(self.code, self.code[1:] + [None]):
            if instruction.address in self.marks:
                leaders.add(instruction.address)
            leaders.update(a for a in self.targets(instruction) if a in inside)
            if instruction.ends_block and following:
                leaders.add(following.address)
        return sorted(leaders)

    def split(self):
        blocks = []
        for instruction in self.code:
            if instruction.address in self.number:
                blocks.append([])
            blocks[-1].append(instruction)
        return blocks

    def find_edges(self):
        edges = {(self.OUTSIDE, 0): None}
        for n, block in enumerate(self.blocks):
            last = block[-1]
            targets = self.targets(last)
            for target in targets:
                edges[(n, self.number.get(target, self.OUTSIDE))] = None
            if last.falls_through:
                edges[(n, n + 1 if n + 1 < len(self.blocks) else self.OUTSIDE)] = None
            if not targets and (not last.falls_through or (last.leaves_by_register and not last.is_call)):
                edges[(n, self.OUTSIDE)] = None
        return list(edges)

    def solve(self):
        """Instructions per execution, of every site of the function."""
        import numpy  # here: whoever builds with committed weights does not need it

        sites = sorted({s for a in self.leaders for s in self.marks.get(a, ())})
        if not sites:
            return {}
        row = {site: len(self.blocks) + n for n, site in enumerate(sites)}
        equations = numpy.zeros((len(self.blocks) + len(sites), len(self.edges)))
        cost = numpy.zeros(len(self.edges))
        for e, (source, destination) in enumerate(self.edges):
            if source != self.OUTSIDE:
                equations[source, e] -= 1
            if destination != self.OUTSIDE:
                equations[destination, e] += 1
                cost[e] = len(self.blocks[destination])
                for site in self.marks.get(self.leaders[destination], ()):
                    equations[row[site], e] += 1
        solution = numpy.linalg.lstsq(equations.T, cost, rcond=None)[0]
        return {site: solution[row[site]] for site in sites}
