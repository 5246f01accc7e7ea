// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/words.h"

#include <algorithm>
#include <cstdlib>

namespace tcesim::scenario {

int edit_distance(std::string_view a, std::string_view b) {
    const std::size_t rows = a.size() + 1;
    const std::size_t columns = b.size() + 1;
    std::vector<int> cells(rows * columns);
    int *const d = cells.data();
    for (std::size_t i = 0; i < rows; ++i)
        d[i * columns] = static_cast<int>(i);
    for (std::size_t j = 0; j < columns; ++j)
        d[j] = static_cast<int>(j);
    for (std::size_t i = 1; i < rows; ++i) {
        for (std::size_t j = 1; j < columns; ++j) {
            const std::size_t at = i * columns + j;
            int least = d[at - columns - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            least = std::min(least, d[at - columns] + 1);
            least = std::min(least, d[at - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                least = std::min(least, d[at - 2 * columns - 2] + 1);
            d[at] = least;
        }
    }
    return d[rows * columns - 1];
}

std::string nearest(std::string_view word, const std::vector<std::string> &candidates) {
    std::string best;
    int best_distance = -1;
    for (const std::string &candidate : candidates) {
        const int limit = std::max(1, static_cast<int>(std::max(word.size(), candidate.size()) / 3));
        // What differs more in length is no nearer than that.
        const int longer = std::abs(static_cast<int>(word.size()) - static_cast<int>(candidate.size()));
        if (longer > limit || (best_distance >= 0 && longer >= best_distance))
            continue;
        const int distance = edit_distance(word, candidate);
        // A word of one letter that must be replaced altogether is no slip.
        const bool near = distance <= limit && distance < static_cast<int>(candidate.size());
        if (near && (best_distance < 0 || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string> &candidates) {
    const std::string found = nearest(word, candidates);
    return found.empty() ? "" : "; did you mean '" + found + "'?";
}

std::string one_of(const std::vector<std::string> &words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            out += i + 1 == words.size() ? " or " : ", ";
        out += words[i];
    }
    return out;
}

} // namespace tcesim::scenario
