// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a child that dies leaves in shared memory, and how its parent puts it.
///
/// Plain data: signal handlers fill it, in a process that can do nothing else any more.
#ifndef TCESIM_SIM_LAST_WORDS_H
#define TCESIM_SIM_LAST_WORDS_H

#include <cstdint>
#include <string>

namespace tcesim {

struct LastWords {
    enum class Cause : std::uint8_t {
        none,
        signal,   ///< a fault, see `signal`
        stuck,    ///< the parent has asked because nothing went on
        bug,      ///< a handler called port_bug()
        host_bug, ///< a handler called port_host_bug()
        check     ///< an assertion of the program did not hold
    };
    /// Where the child was when it died.
    enum class Place : std::uint8_t {
        unknown, ///< in no function of the handler object, nor in anything called by one
        function,
        called ///< in the program or a library, called by `function`
    };

    Cause cause = Cause::none;
    Place place = Place::unknown;
    bool at_address = false;     ///< `address` is what the fault was about
    bool stack_overflow = false; ///< the fault was an access behind the end of the stack
    int signal = 0;
    std::uint64_t address = 0;
    std::uint64_t now_ps = 0; ///< the vCPU's clock; 0 where none runs
    char function[120] = {};  ///< machine function of the handler object; ends with 0
    char condition[200] = {}; ///< bug, host_bug: what the handler said; check: what must hold; ends with 0
};

/// "crashed (SIGSEGV at address 0x18) in kvm_find_table()"; "" where the child has said nothing. \p stuck: the
/// parent's words for a child that stands still, "made no simulated progress for 60 s".
std::string to_text(const LastWords &words, const std::string &stuck);

/// Copies \p text into \p room, cut and ended with 0.
template <std::size_t size>
void copy_text(char (&room)[size], const char *text) {
    std::size_t length = 0;
    for (; length + 1 < size && text[length] != 0; ++length)
        room[length] = text[length];
    room[length] = 0;
}

} // namespace tcesim

#endif
