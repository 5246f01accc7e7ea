// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where a block comes from: the source position and inline chain of GIMPLE statements, and the
/// map file that lists them. Part of the compiler plugin; plugin.cc includes GCC's headers first.
#ifndef TCESIM_METER_SITE_MAP_H
#define TCESIM_METER_SITE_MAP_H

#include <cstdio>
#include <string>

namespace meter {

/// Writes one line per site, tab separated: number, machine function, source function@file:line,
/// the functions it was inlined into. Files are relative to the root directory, so that the maps
/// of two compilers can be compared byte by byte.
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
        const location_t location = block_location(function, first);
        std::string chain;
        const std::string own = describe(function, location, &chain);
        fprintf(file_, "%u\t%s\t%s\t%s\n", number, IDENTIFIER_POINTER(DECL_ASSEMBLER_NAME(function->decl)), own.c_str(),
                chain.c_str());
    }

    void close() { fclose(file_); }

private:
    // Calls, stores and jumps speak for the block: they stand where they were written, while targets
    // may disagree about the order of the computations before them.
    static location_t block_location(function *function, gimple_stmt_iterator statement) {
        location_t found = UNKNOWN_LOCATION;
        for (; !gsi_end_p(statement); gsi_next_nondebug(&statement)) {
            gimple *candidate = gsi_stmt(statement);
            if (LOCATION_LOCUS(gimple_location(candidate)) <= BUILTINS_LOCATION)
                continue;
            if (is_gimple_call(candidate) || gimple_vdef(candidate) != NULL_TREE || stmt_ends_bb_p(candidate))
                return gimple_location(candidate);
            if (found == UNKNOWN_LOCATION)
                found = gimple_location(candidate);
        }
        return found != UNKNOWN_LOCATION ? found : DECL_SOURCE_LOCATION(function->decl);
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
