// SPDX-License-Identifier: Apache-2.0
/// \file
/// Files of recorded kernel behaviour; docs/conform.md describes their format.
#ifndef TCESIM_SIM_CONFORM_RECORDING_H
#define TCESIM_SIM_CONFORM_RECORDING_H

#include "hcall/abi.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace tcesim::conform {

using Json = nlohmann::json;

/// The file cannot be used. what(): "file:line:column: what is wrong, and what would be right".
struct BadFile : std::runtime_error {
    using runtime_error::runtime_error;
};

struct Record {
    Json json;
    u64 line; ///< in the (uncompressed) file, from 1
};

/// One independent world and what was done to it.
struct Sequence {
    u64 number = 0;
    std::string name;
    std::vector<Record> records; ///< "op", "dig" and "dump" in order
};

/// Reads a file of JSON lines, plain or compressed with gzip, sequence by sequence. Every record is checked: each
/// field that it must have is there and is what it should be.
class Recording {
public:
    /// Reads up to the header. \throws BadFile
    explicit Recording(const std::string &path);
    ~Recording();
    Recording(const Recording &) = delete;
    Recording &operator=(const Recording &) = delete;

    const std::string &path() const { return path_; }
    /// Kernel era, as host.kernel of a scenario names it.
    const std::string &preset() const { return preset_; }

    /// False at the end of the file. \throws BadFile
    bool next(Sequence *sequence);

    /// "file:line:column: message" for a record that turns out to be wrong when it is replayed.
    BadFile bad(const Record &record, const std::string &message) const;

private:
    bool next_record(Record *record);
    void take_header();
    bool read_line();
    [[noreturn]] void refuse(std::size_t column, const std::string &message) const;

    void *file_;
    std::string path_;
    std::string preset_;
    std::string text_; // of the present line
    u64 line_ = 0;
    Record pending_{}; // the head of the next sequence
};

/// A number as the recordings write addresses and sizes: hexadecimal without prefix.
u64 hex(const Json &text);
std::string to_hex(u64 value);

} // namespace tcesim::conform

#endif
