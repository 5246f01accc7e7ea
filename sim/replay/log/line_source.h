// SPDX-License-Identifier: Apache-2.0
/// \file
/// Lines of a file, plain or compressed with gzip, in memory that does not grow with it.
#ifndef TCESIM_SIM_REPLAY_LOG_LINE_SOURCE_H
#define TCESIM_SIM_REPLAY_LOG_LINE_SOURCE_H

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tcesim::replay {

/// The log cannot be used. what(): which, why, and what would be right.
struct BadLog : std::runtime_error {
    using runtime_error::runtime_error;
};

/// Where bytes come from.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Up to \p size bytes; 0 at the end.
    virtual std::size_t read(char *to, std::size_t size) = 0;
    /// Why the end came before its time, as a clause; empty if it did not.
    virtual std::string cut_off() const { return ""; }
};

/// \throws BadLog if the file cannot be opened, or is a directory.
std::unique_ptr<ByteSource> open_file(const std::string &path);
/// \p text outlives it.
std::unique_ptr<ByteSource> open_text(std::string_view text);

class LineSource {
public:
    /// Longer lines are not kept: no event has so many characters.
    static constexpr std::size_t longest_line = 1 << 14;

    explicit LineSource(std::unique_ptr<ByteSource> bytes);

    /// False at the end. The line, without its end, lives up to the next call.
    bool next(std::string_view *line);
    std::uint64_t number() const { return number_; } ///< of the latest line, from 1
    bool too_long() const { return too_long_; }      ///< the latest line was, and only its beginning is there
    std::string cut_off() const { return bytes_->cut_off(); }

private:
    bool fill();

    std::unique_ptr<ByteSource> bytes_;
    std::vector<char> buffer_;
    std::size_t at_ = 0, end_ = 0;
    std::uint64_t number_ = 0;
    bool too_long_ = false;
    bool ended_ = false;
};

} // namespace tcesim::replay

#endif
