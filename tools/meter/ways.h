// SPDX-License-Identifier: Apache-2.0
/// \file
/// Ways from block to block of a function, and which of them have to be counted. Part of the compiler plugin;
/// plugin.cc includes GCC's headers first.
#ifndef TCESIM_METER_WAYS_H
#define TCESIM_METER_WAYS_H

#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace meter {

/// Numbers of the numbered blocks of a function.
using BlockSites = std::map<basic_block, unsigned>;

/// A passage from one site to the next, through no other. Where several edges lead from the one to the other they
/// are the same way: nobody who sees sites only can tell which of them was taken.
struct Way {
    static constexpr int entry = -1;

    int from; ///< site, or the entry of the function
    int to;   ///< site
    bool counted;
    std::vector<edge> edges; ///< it begins with any of these
};

/// All ways of a function, by their ends. They do not depend on the order of edges, which targets may differ in.
///
/// The ways into a block are together as frequent as the block, and so are the ways out of it, unless control may
/// also go elsewhere from there: leave the function, or run without end. A way is counted where the blocks' own
/// counts and the ways before it do not tell its count: where it would close a cycle in the graph that joins, for
/// every way, the end of one block with the begin of another.
class Ways {
public:
    Ways(function *function, const BlockSites &sites) : function_(function), sites_(sites) {
        basic_block block;
        add_from(ENTRY_BLOCK_PTR_FOR_FN(function), Way::entry);
        FOR_EACH_BB_FN(block, function) {
            if (const auto site = sites.find(block); site != sites.end())
                add_from(block, static_cast<int>(site->second));
        }
        choose_counted();
    }

    std::vector<Way>::const_iterator begin() const { return ways_.begin(); }
    std::vector<Way>::const_iterator end() const { return ways_.end(); }

private:
    void add_from(basic_block block, int from) {
        std::map<int, std::vector<edge>> by_destination;
        bool elsewhere = from == Way::entry; // how often the function is called is nobody's count
        edge edge;
        edge_iterator i;
        FOR_EACH_EDGE(edge, i, block->succs) {
            if (const auto site = next_site(edge->dest); site != sites_.end())
                by_destination[static_cast<int>(site->second)].push_back(edge);
            else
                elsewhere = true;
        }
        for (auto &[to, edges] : by_destination)
            ways_.push_back({from, to, false, std::move(edges)});
        if (elsewhere)
            leaving_.push_back(from);
    }

    /// The first numbered block from \p block on. Blocks without a number only return or have no statements, hence
    /// one successor, or none where the compiler knows that control does not come.
    BlockSites::const_iterator next_site(basic_block block) const {
        for (int steps = 0; steps < n_basic_blocks_for_fn(function_); ++steps) {
            const auto site = sites_.find(block);
            if (site != sites_.end() || EDGE_COUNT(block->succs) == 0)
                return site;
            if (!single_succ_p(block))
                internal_error("meter plugin: block %d of %qD branches without a statement", block->index,
                               function_->decl);
            block = single_succ(block);
        }
        return sites_.end(); // an empty loop without end
    }

    /// Joins the ends of blocks (even nodes) with the begins of others (odd nodes). Node 0 stands for all ends
    /// whose ways do not add up to a count.
    void choose_counted() {
        std::map<int, unsigned> ends;
        for (const int from : leaving_)
            ends[from] = 0;
        unsigned nodes = 1;
        std::map<int, unsigned> begins;
        for (const Way &way : ways_) {
            nodes += ends.emplace(way.from, nodes).second;
            nodes += begins.emplace(way.to, nodes).second;
        }
        groups_.resize(nodes);
        std::iota(groups_.begin(), groups_.end(), 0U);
        for (Way &way : ways_)
            way.counted = !join(ends[way.from], begins[way.to]);
    }

    /// \returns false when the two were joined before.
    bool join(unsigned a, unsigned b) {
        a = group_of(a);
        b = group_of(b);
        groups_[a] = b;
        return a != b;
    }

    unsigned group_of(unsigned node) const {
        while (groups_[node] != node)
            node = groups_[node];
        return node;
    }

    function *const function_;
    const BlockSites &sites_;
    std::vector<Way> ways_;
    std::vector<int> leaving_;
    std::vector<unsigned> groups_; // by node: another of its group, itself at the end of the chain
};

} // namespace meter

#endif
