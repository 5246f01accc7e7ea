// SPDX-License-Identifier: Apache-2.0
/// \file
/// The lines of hcall/ with what they took, for people: hot lines, and whole files.
#ifndef TCESIM_SIM_ANNOTATE_H
#define TCESIM_SIM_ANNOTATE_H

#include "sim/results.h"
#include "sim/text_layout.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcesim {

/// What one or more lines took in the measured phase.
struct LineFigures {
    std::uint64_t ps = 0, calls = 0, instructions = 0;
    std::uint64_t misses = 0; ///< of L1
    /// Parts of ps that are not instructions: "atomic", "memory", or by name of the port function, "mmio_store".
    std::map<std::string, std::uint64_t> parts;

    void add(const LineRow &row);
    void add(const LineFigures &other);
};

/// A line whichever hypercall it ran for and wherever it was inlined.
struct AnnotatedLine {
    SourcePlace place;
    std::string text;
    LineFigures figures;
};

/// The lines of \p profile, largest time first.
std::vector<AnnotatedLine> annotated_lines(const LineProfile &profile);

/// The \p top hottest lines of \p variant, what the others took, and all.
std::string hot_lines_to_text(const VariantResult &variant, std::size_t top, const Style &style);

/// \p source, the lines of \p file, each after what it took in \p variant.
std::string file_to_text(const VariantResult &variant, const std::string &file, const std::vector<std::string> &source,
                         const Style &style);

/// What the columns mean.
std::string annotate_legend(const RunReport &report);

} // namespace tcesim

#endif
