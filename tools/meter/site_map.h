// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where blocks, accesses and calls come from: source positions and inline chains of GIMPLE
/// statements, and the map file that lists them and the ways between blocks. Part of the compiler plugin;
/// plugin.cc includes GCC's headers first.
#ifndef TCESIM_METER_SITE_MAP_H
#define TCESIM_METER_SITE_MAP_H

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "ways.h"

namespace meter {

/// Writes one record per line, tab separated:
///   S number, machine function, anchor: a block's site. The anchor is the position of the block's first
///     call, store or jump, "-" without one; other statements may stand in different order and even come
///     from different places.
///   P statements, place: a part of the block above, most statements first.
///   C callee, place: a call that the block above makes of a function that may be one of the handlers;
///     "*" when it goes through a pointer.
///   W site, site, number: a way from the one block, "-" for the entry of the function, to the other; it
///     is a site of that number where it is counted, else the number is "-". The ways of a machine function
///     follow its blocks.
/// Two compilers have to agree about S and W.
///   A number, machine function, place: an access (of the whole unit, in order of numbers).
/// A place is function@file:line and, separated by a tab, the functions that one was inlined into,
/// outward, separated by blanks. Files are relative to the root directory.
class SiteMap {
public:
    /// \returns false when \p path cannot be written.
    bool open(const char *path, const char *root) {
        char *real = lrealpath(root);
        root_ = std::string(real) + "/";
        free(real);
        file_ = fopen(path, "w");
        return file_ != nullptr;
    }

    /// Adds the block that starts with \p first as site \p number of \p function.
    void add_block(unsigned number, function *function, gimple_stmt_iterator first) {
        fprintf(file_, "S\t%u\t%s\t%s\n", number, IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(function->decl)),
                anchor(first).c_str());
        add_parts(function, first);
        add_calls(function, first);
    }

    /// Adds a way, as site \p number where it is counted.
    void add_way(const Way &way, unsigned number) {
        fprintf(file_, "W\t%s\t%d\t%s\n", way.from == Way::entry ? "-" : std::to_string(way.from).c_str(), way.to,
                way.counted ? std::to_string(number).c_str() : "-");
    }

    /// Adds access \p number, which \p statement of \p function makes.
    void add_access(unsigned number, function *function, gimple *statement) {
        const location_t location = gimple_location(statement);
        fprintf(file_, "A\t%u\t%s\t%s\n", number, IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(function->decl)),
                place(function, known(location) ? location : DECL_SOURCE_LOCATION(function->decl)).c_str());
    }

    void close() { fclose(file_); }

private:
    std::string anchor(gimple_stmt_iterator statement) const {
        for (; !gsi_end_p(statement); gsi_next_nondebug(&statement)) {
            gimple *candidate = gsi_stmt(statement);
            if (known(gimple_location(candidate)) &&
                (is_gimple_call(candidate) || gimple_vdef(candidate) != NULL_TREE || stmt_ends_bb_p(candidate)))
                return position(gimple_location(candidate));
        }
        return "-";
    }

    static bool known(location_t location) { return LOCATION_LOCUS(location) > BUILTINS_LOCATION; }

    void add_parts(function *function, gimple_stmt_iterator statement) {
        std::vector<std::pair<std::string, unsigned>> parts;
        for (; !gsi_end_p(statement); gsi_next_nondebug(&statement)) {
            const location_t location = gimple_location(gsi_stmt(statement));
            if (!known(location))
                continue;
            const std::string written = place(function, location);
            const auto found = std::find_if(parts.begin(), parts.end(), [&](const auto &p) { return p.first == written; });
            if (found == parts.end())
                parts.emplace_back(written, 1);
            else
                ++found->second;
        }
        if (parts.empty())
            parts.emplace_back(place(function, DECL_SOURCE_LOCATION(function->decl)), 1);
        std::stable_sort(parts.begin(), parts.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
        for (const auto &[written, statements] : parts)
            fprintf(file_, "P\t%u\t%s\n", statements, written.c_str());
    }

    void add_calls(function *function, gimple_stmt_iterator statement) {
        for (; !gsi_end_p(statement); gsi_next_nondebug(&statement)) {
            gcall *call = dyn_cast<gcall *>(gsi_stmt(statement));
            if (call == nullptr || gimple_call_internal_p(call) || gimple_call_builtin_p(call))
                continue;
            tree callee = gimple_call_fndecl(call);
            fprintf(file_, "C\t%s\t%s\n",
                    callee != NULL_TREE ? IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(callee)) : "*",
                    place(function, gimple_location(call)).c_str());
        }
    }

    std::string position(location_t location) const {
        const expanded_location expanded = expand_location(location);
        if (expanded.file == nullptr)
            return "?:0";
        char *real = lrealpath(expanded.file);
        std::string file(real);
        free(real);
        if (file.compare(0, root_.size(), root_) == 0)
            file.erase(0, root_.size());
        return file + ":" + std::to_string(expanded.line);
    }

    static std::string name(tree decl) { return IDENTIFIER_POINTER(DECL_NAME(decl)); }

    std::string place(function *function, location_t location) const {
        std::string innermost, chain;
        std::string *to = &innermost;
        for (tree block = LOCATION_BLOCK(location); block != NULL_TREE && TREE_CODE(block) == BLOCK;
             block = BLOCK_SUPERCONTEXT(block)) {
            if (!inlined_function_outer_scope_p(block))
                continue;
            append(to, name(block_ultimate_origin(block)) + "@" + position(location));
            to = &chain;
            location = BLOCK_SOURCE_LOCATION(block);
        }
        tree outermost = DECL_ABSTRACT_ORIGIN(function->decl);
        append(to, name(outermost != NULL_TREE ? outermost : function->decl) + "@" + position(location));
        return innermost + "\t" + chain;
    }

    static void append(std::string *to, const std::string &text) {
        if (!to->empty())
            *to += ' ';
        *to += text;
    }

    std::string root_;
    FILE *file_ = nullptr;
};

} // namespace meter

#endif
