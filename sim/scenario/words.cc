// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/words.h"

#include <algorithm>

namespace tcesim::scenario {

int edit_distance(std::string_view a, std::string_view b) {
    const std::size_t rows = a.size() + 1;
    const std::size_t columns = b.size() + 1;
    std::vector<std::vector<int>> d(rows, std::vector<int>(columns));
    for (std::size_t i = 0; i < rows; ++i)
        d[i][0] = static_cast<int>(i);
    for (std::size_t j = 0; j < columns; ++j)
        d[0][j] = static_cast<int>(j);
    for (std::size_t i = 1; i < rows; ++i) {
        for (std::size_t j = 1; j < columns; ++j) {
            const int replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string> &candidates) {
    std::string best;
    int best_distance = -1;
    for (const std::string &candidate : candidates) {
        const int distance = edit_distance(word, candidate);
        const int limit = std::max(1, static_cast<int>(std::max(word.size(), candidate.size()) / 3));
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
