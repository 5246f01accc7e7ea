# SPDX-License-Identifier: Apache-2.0
"""Instructions per site, from an object whose section .sites gives (address, site).

Machine blocks and numbered blocks are not the same: the compiler copies, merges and splits them
after they were numbered. But how often each machine block ran follows, mostly, from how often each
site ran: what flows into a block flows out of it, and what flows into the copies of a site is the
site's count. So the number of executed instructions is a weighted sum of the site counts.

It is exact where the control flow determines it. Where it does not, the most likely flow decides:
it is the one nearest to a prior in which every branch goes either way equally often. The weights
are exact for the prior itself, which keeps them from being too small.
"""
from machine_code import NORETURN

ONE = 1024  # fixed point: one instruction; METER_WEIGHT_ONE of meter_abi.h

LEAST_FLOW = 1e-6  # of edges that the prior never takes; keeps the equations regular
PRIOR_EMPHASIS = 1000  # how much more an error on the prior counts than one on a single edge


def site_weights(machine_code, sites, factor=1):
    """Weights of the sites 0 .. sites-1 of a MachineCode, in 1/1024 of `factor` instructions; 0 without code."""
    if sites == 0:
        return []
    marks = machine_code.marks()
    weights = [0] * sites
    for code in machine_code.functions():
        for site, weight in FlowEquations(code, marks).solve().items():
            weights[site] = round(weight * factor * ONE)
    return weights


class FlowEquations:
    """The equations of one function: nodes are machine blocks, unknowns are counts of edges."""

    OUTSIDE = -1  # where an edge from the caller comes from and an edge to it goes

    def __init__(self, code, marks):
        self.code = code
        self.marks = marks
        self.leaders = self.find_leaders()
        self.number = {address: n for n, address in enumerate(self.leaders)}
        self.blocks = self.split()
        self.edges = self.find_edges()

    def find_leaders(self):
        inside = {instruction.address for instruction in self.code}
        leaders = {self.code[0].address}
        for instruction, following in zip(self.code, self.code[1:] + [None]):
            if instruction.address in self.marks:
                leaders.add(instruction.address)
            leaders.update(a for a in instruction.targets if a in inside)
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
            for target in last.targets:
                edges[(n, self.number.get(target, self.OUTSIDE))] = None
            if last.falls_through:
                edges[(n, n + 1 if n + 1 < len(self.blocks) else self.OUTSIDE)] = None
            if last.leaves:
                edges[(n, self.OUTSIDE)] = None
        return list(edges)

    def solve(self):
        """Instructions per execution, of every site of the function."""
        import numpy  # here: whoever builds with committed weights does not need it

        sites = sorted({s for a in self.leaders for s in self.marks.get(a, ())})
        if not sites:
            return {}
        row = {site: len(self.blocks) + n for n, site in enumerate(sites)}
        equations = numpy.zeros((len(self.edges), len(self.blocks) + len(sites)))
        cost = numpy.zeros(len(self.edges))
        for e, (source, destination) in enumerate(self.edges):
            if source != self.OUTSIDE:
                equations[e, source] -= 1
            if destination != self.OUTSIDE:
                equations[e, destination] += 1
                cost[e] = len(self.blocks[destination])
                for site in self.marks.get(self.leaders[destination], ()):
                    equations[e, row[site]] += 1
        prior = self.prior()
        scale = numpy.sqrt(prior)
        equations = numpy.vstack([equations * scale[:, None], PRIOR_EMPHASIS * prior @ equations])
        cost = numpy.append(cost * scale, PRIOR_EMPHASIS * prior @ cost)
        solution = numpy.linalg.lstsq(equations, cost, rcond=None)[0]
        return {site: solution[row[site]] for site in sites}

    def prior(self):
        """Expected flow of every edge when the function runs once and branches are fair coins."""
        import numpy

        share = [0.0] * len(self.edges)
        for n in range(len(self.blocks)):
            possible = [e for e, (source, _) in enumerate(self.edges) if source == n and not self.is_fatal(e)]
            for e in possible:
                share[e] = 1 / len(possible)
        balance, entered = numpy.eye(len(self.blocks)), numpy.zeros(len(self.blocks))
        entered[0] = 1
        for e, (source, destination) in enumerate(self.edges):
            if self.OUTSIDE not in (source, destination):
                balance[destination, source] -= share[e]
        runs = numpy.linalg.lstsq(balance, entered, rcond=None)[0]
        flow = [1.0 if source == self.OUTSIDE else runs[source] * share[e] for e, (source, _) in enumerate(self.edges)]
        return numpy.maximum(flow, LEAST_FLOW)

    def is_fatal(self, edge):
        destination = self.edges[edge][1]
        return destination != self.OUTSIDE and self.blocks[destination][-1].symbol in NORETURN
