// SPDX-License-Identifier: Apache-2.0
/// Files of recorded kernel behaviour; the format is described in vectors/README.md.
#ifndef TESTS_CONFORM_RECORDING_H
#define TESTS_CONFORM_RECORDING_H

#include "tests/support/hcall.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcesim::conform {

using Json = nlohmann::json;

/// One independent world and what was done to it.
struct Sequence {
    u64 number;
    std::string name;
    std::vector<Json> records; ///< "op", "dig" and "dump" in order
};

/// Reads a file of JSON lines, plain or compressed with gzip, sequence by sequence.
class Recording {
public:
    /// @throws std::runtime_error when the file cannot be read
    explicit Recording(const std::string &path);
    ~Recording();
    Recording(const Recording &) = delete;
    Recording &operator=(const Recording &) = delete;

    /// False at the end of the file.
    bool next(Sequence *sequence);

private:
    bool next_record(Json *record);

    void *file_;
    std::string path_;
    std::vector<char> line_;
    Json pending_; // the head of the next sequence
};

/// A number as the recordings write addresses and sizes: hexadecimal without prefix.
u64 hex(const Json &text);
std::string to_hex(u64 value);

} // namespace tcesim::conform

#endif
