// SPDX-License-Identifier: Apache-2.0
/// \file
/// Takes a line apart from left to right. Whatever does not fit makes it fail for good.
#ifndef TCESIM_SIM_REPLAY_LOG_CURSOR_H
#define TCESIM_SIM_REPLAY_LOG_CURSOR_H

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tcesim::replay {

class Cursor {
public:
    explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    bool good() const { return good_; }
    bool at_end() const { return at_ == end_; }
    /// Nothing failed and nothing but blanks is left.
    bool done() {
        blanks();
        return good_ && at_end();
    }
    std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
    char peek() const { return at_ == end_ ? '\0' : *at_; }

    void blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r'))
            ++at_;
    }
    /// Passes \p word if it is next.
    bool accept(std::string_view word) {
        if (!good_ || rest().substr(0, word.size()) != word)
            return false;
        at_ += word.size();
        return true;
    }
    Cursor &expect(std::string_view word) {
        if (!accept(word))
            good_ = false;
        return *this;
    }
    /// Passes everything up to the next \p end, and that.
    std::string_view up_to(char end) {
        const char *const from = at_;
        while (at_ != end_ && *at_ != end)
            ++at_;
        if (at_ == end_) {
            good_ = false;
            return {};
        }
        return {from, static_cast<std::size_t>(at_++ - from)};
    }
    /// Passes all that is left.
    void all() { at_ = end_; }
    /// Passes letters, digits and underscores.
    std::string_view word() {
        const char *const from = at_;
        while (at_ != end_ && is_word(*at_))
            ++at_;
        return {from, static_cast<std::size_t>(at_ - from)};
    }

    /// A hexadecimal number of at most 64 bits, with or without 0x.
    std::uint64_t hex() {
        accept("0x");
        return digits(16);
    }
    /// A decimal number without a sign; a hexadecimal one where 0x says so.
    std::uint64_t natural() { return accept("0x") ? digits(16) : digits(10); }
    /// A decimal number; a hexadecimal one, in two's complement, where 0x says so.
    std::int64_t integer() {
        if (accept("0x"))
            return static_cast<std::int64_t>(digits(16));
        const bool negative = accept("-");
        const std::uint64_t magnitude = digits(10);
        if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            good_ = false;
        return good_ ? (negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude)) : 0;
    }
    void fail() { good_ = false; }

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    static bool is_word(char c) { return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

private:
    std::uint64_t digits(int base) {
        std::uint64_t value = 0;
        if (!good_)
            return 0;
        const auto [next, status] = std::from_chars(at_, end_, value, base);
        // A number that goes on is another one: "0x12g4" of two lines that were written into each other.
        if (status != std::errc{} || (next != end_ && is_word(*next)))
            good_ = false;
        at_ = next;
        return good_ ? value : 0;
    }

    const char *at_;
    const char *end_;
    bool good_ = true;
};

} // namespace tcesim::replay

#endif
