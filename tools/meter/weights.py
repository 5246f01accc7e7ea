# SPDX-License-Identifier: Apache-2.0
"""Instructions per site, from an object whose section .sites gives (address, site), and the ways between sites.

Machine blocks and numbered blocks are not the same: the compiler copies, merges and splits them after they were
numbered. But it keeps the order in which marks are passed, so control that passed one site comes to the next on one
of the ways that there are (site_flow.py). How often each machine block ran follows then, mostly, from how often each
site ran: what flows into a state of control flows out of it, what flows into the copies of a block is that block's
count, and what flows into them from the copies of another is the count of the way between the two. So the number of
executed instructions is a weighted sum of the site counts.

It is exact where the control flow determines it. Where it does not, as between branches that the compiler made
itself, the most likely flow decides: it is the one nearest to a prior in which every branch goes either way equally
often. The weights are exact for the prior itself, which keeps them from being too small.
"""
from flow_graph import FlowGraph
from site_flow import SiteFlow

ONE = 1024  # fixed point: one instruction; METER_WEIGHT_ONE of meter_abi.h

LEAST_FLOW = 1e-6  # of edges that the prior never takes; keeps the equations regular
PRIOR_EMPHASIS = 1000  # how much more an error on the prior counts than one on a single edge


def site_weights(machine_code, sites, ways, factor=1):
    """Weights of the sites 0 .. sites-1 of a MachineCode, in 1/1024 of `factor` instructions; 0 without code.

    `ways` are those of SiteFlow.
    """
    if sites == 0:
        return []
    marks = machine_code.marks()
    weights = [0] * sites
    for code in machine_code.functions():
        for site, weight in solve(SiteFlow(FlowGraph(code, marks), ways)).items():
            weights[site] = round(weight * factor * ONE)
    return weights


def solve(flow):
    """{site: instructions per execution} of a SiteFlow.

    Each edge is an equation: the weights of its sites, and the difference between potentials of its states, make
    the instructions that it leads to. Along a path potentials cancel, and what is left is the weighted sum.
    """
    import numpy  # here: whoever builds with committed weights does not need it

    sites = sorted({site for edge in flow.edges for site in edge.sites})
    column = {site: len(flow.states) + n for n, site in enumerate(sites)}
    equations = numpy.zeros((len(flow.edges), len(flow.states) + len(sites)))
    for row, edge in zip(equations, flow.edges):
        if edge.source is not None:
            row[edge.source] -= 1
        if edge.destination is not None:
            row[edge.destination] += 1
        for site in edge.sites:
            row[column[site]] += 1
    cost = numpy.array([flow.cost(edge) for edge in flow.edges], float)
    expected = prior(flow)
    scale = numpy.sqrt(expected)
    equations = numpy.vstack([equations * scale[:, None], PRIOR_EMPHASIS * expected @ equations])
    cost = numpy.append(cost * scale, PRIOR_EMPHASIS * expected @ cost)
    solution = numpy.linalg.lstsq(equations, cost, rcond=None)[0]
    return {site: solution[column[site]] for site in sites}


def prior(flow):
    """Expected flow on every edge when the function runs once and branches are fair coins."""
    import numpy

    possible = [edge.source is not None and not flow.is_fatal(edge) for edge in flow.edges]
    choices = [0] * len(flow.states)
    for edge, may_be in zip(flow.edges, possible):
        if may_be:
            choices[edge.source] += 1
    share = [1 / choices[edge.source] if may_be else 0.0 for edge, may_be in zip(flow.edges, possible)]
    balance, entered = numpy.eye(len(flow.states)), numpy.zeros(len(flow.states))
    for edge, part in zip(flow.edges, share):
        if edge.source is None:
            entered[edge.destination] += 1
        elif edge.destination is not None:
            balance[edge.destination, edge.source] -= part
    runs = numpy.linalg.lstsq(balance, entered, rcond=None)[0]
    taken = [1.0 if edge.source is None else runs[edge.source] * part for edge, part in zip(flow.edges, share)]
    return numpy.maximum(taken, LEAST_FLOW)
