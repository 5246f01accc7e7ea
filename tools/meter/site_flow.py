# SPDX-License-Identifier: Apache-2.0
"""The flow of control through one function, as it is known how often each site is executed.

Where the compiler has merged the code behind several blocks, a machine block alone does not tell where control goes
from there; but the ways from the site passed last lead to few others. So a state of control is a machine block
together with the site passed before it.
"""
from typing import NamedTuple

from flow_graph import FlowGraph


class State(NamedTuple):
    """Control at the begin of a machine block."""

    block: int
    passed: object  # the last site before the block, None on the way from the entry


class Edge(NamedTuple):
    """A possible step of control. States are given by number."""

    source: object  # None: from the caller
    destination: object  # None: back to it
    sites: tuple  # whose counters the step increments


class SiteFlow:
    """States that control can be in, and all steps from one to the other."""

    def __init__(self, graph, ways):
        """`ways` are {(site or None for the entry, site): counter of the way, None when it is not counted}."""
        self.graph, self.ways = graph, ways
        self.states, self.edges = [], []
        self.numbers = {}  # of states
        self.step(None, None, 0)
        for number, state in enumerate(self.states):  # grows meanwhile
            self.leave(number, state)

    def leave(self, number, state):
        site = self.graph.blocks[state.block].site
        passed = state.passed if site is None else site
        for block in self.graph.successors(state.block):
            if block is FlowGraph.OUTSIDE:
                self.edges.append(Edge(number, None, ()))
            else:
                self.step(number, passed, block)

    def step(self, source, passed, block):
        """Adds a step into `block` unless it leads to a site to which there is no way from the one passed last."""
        site = self.graph.blocks[block].site
        if site is not None and (passed, site) not in self.ways:
            return
        state = State(block, passed)
        if state not in self.numbers:
            self.numbers[state] = len(self.states)
            self.states.append(state)
        counted = () if site is None else (site, self.ways[passed, site])
        self.edges.append(Edge(source, self.numbers[state], tuple(number for number in counted if number is not None)))

    def cost(self, edge):
        """Instructions of the block that a step leads to."""
        return 0 if edge.destination is None else self.block(edge.destination).cost

    def is_fatal(self, edge):
        """Whether control never comes back to the caller after a step."""
        return edge.destination is not None and self.block(edge.destination).is_fatal

    def block(self, number):
        """The machine block of a state."""
        return self.graph.blocks[self.states[number].block]
