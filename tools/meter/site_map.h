// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where a block comes from: the source position and inline chain of GIMPLE statements, and the
/// map file that lists them. Part of the compiler plugin; plugin.cc includes GCC's headers first.
#ifndef TCESIM_METER_SITE_MAP_H
#define TCESIM_METER_SITE_MAP_H

#include <algorithm>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

namespace meter {

/// Writes one line per site, tab separated:
///   number, machine function, anchor: what two compilers have to agree about. The anchor is the
///     position of the block's first call, store or jump, "-" without one; other statements may stand
///     in different order and even come from different places.
///   function@file:line that most of the block was written in, and the functions that one was
///     inlined into, outward, separated by blanks.
/// Files are relative to the root directory.
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
    void add(unsigned number, function *function, gimple_stmt_iterator first) {
        std::string chain;
        const std::string own = describe(function, block_location(function, first), &chain);
        fprintf(file_, "%u\t%s\t%s\t%s\t%s\n", number, IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(function->decl)),
                anchor(first).c_str(), own.c_str(), chain.c_str());
    }

    void close() { fclose(file_); }

private:
    // Statements of a block that were written in the same place: one function, inlined once.
    struct Voice {
        tree scope; // of the inlined function, NULL_TREE: the function itself
        unsigned depth;
        unsigned accesses; // memory accesses, calls and jumps
        unsigned statements;
        location_t first; // by line
    };

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

    // The function in which most accesses of a block were written speaks for it, with its first line.
    static location_t block_location(function *function, gimple_stmt_iterator statement) {
        std::vector<Voice> voices;
        for (; !gsi_end_p(statement); gsi_next_nondebug(&statement))
            count(gsi_stmt(statement), &voices);
        if (voices.empty())
            return DECL_SOURCE_LOCATION(function->decl);
        return std::max_element(voices.begin(), voices.end(), speaks_less)->first;
    }

    static bool speaks_less(const Voice &a, const Voice &b) {
        const auto rank = [](const Voice &voice) {
            return std::make_tuple(voice.accesses, voice.depth, voice.statements, -LOCATION_LINE(voice.first));
        };
        return rank(a) < rank(b);
    }

    static void count(gimple *statement, std::vector<Voice> *voices) {
        const location_t location = gimple_location(statement);
        if (!known(location))
            return;
        unsigned depth = 0;
        tree scope = NULL_TREE;
        for (tree block = LOCATION_BLOCK(location); block != NULL_TREE && TREE_CODE(block) == BLOCK;
             block = BLOCK_SUPERCONTEXT(block))
            if (inlined_function_outer_scope_p(block)) {
                scope = scope != NULL_TREE ? scope : block;
                depth++;
            }
        const bool access = gimple_vuse(statement) != NULL_TREE || stmt_ends_bb_p(statement);
        for (Voice &voice : *voices)
            if (voice.scope == scope) {
                add(&voice, location, access);
                return;
            }
        voices->push_back({scope, depth, access ? 1U : 0U, 1, location});
    }

    // Lines of accesses come before lines of mere computations.
    static void add(Voice *voice, location_t location, bool access) {
        const bool better = access && voice->accesses == 0;
        const bool comparable = access == (voice->accesses != 0);
        if (better || (comparable && LOCATION_LINE(location) < LOCATION_LINE(voice->first)))
            voice->first = location;
        voice->accesses += access ? 1 : 0;
        voice->statements++;
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

    std::string describe(function *function, location_t location, std::string *chain) const {
        std::string innermost;
        std::string *to = &innermost;
        for (tree block = LOCATION_BLOCK(location); block != NULL_TREE && TREE_CODE(block) == BLOCK;
             block = BLOCK_SUPERCONTEXT(block)) {
            if (!inlined_function_outer_scope_p(block))
                continue;
            append(to, name(block_ultimate_origin(block)) + "@" + position(location));
            to = chain;
            location = BLOCK_SOURCE_LOCATION(block);
        }
        tree outermost = DECL_ABSTRACT_ORIGIN(function->decl);
        append(to, name(outermost != NULL_TREE ? outermost : function->decl) + "@" + position(location));
        return innermost;
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
