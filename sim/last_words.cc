// SPDX-License-Identifier: Apache-2.0
#include "sim/last_words.h"

#include <csignal>
#include <cstdio>
#include <cstring>

namespace tcesim {

namespace {

std::string signal_name(int number) {
    const char *name = sigabbrev_np(number);
    return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::string fault(const LastWords &words) {
    if (words.stack_overflow)
        return "crashed (its stack is full: endless recursion?)";
    std::string text = "crashed (" + signal_name(words.signal);
    if (words.at_address) {
        char address[2 + 16 + 1];
        std::snprintf(address, sizeof(address), "0x%llx", static_cast<unsigned long long>(words.address));
        text += std::string(" at address ") + address;
    }
    return text + ")";
}

std::string cause(const LastWords &words, const std::string &stuck) {
    switch (words.cause) {
    case LastWords::Cause::none:
        break;
    case LastWords::Cause::signal:
        return fault(words);
    case LastWords::Cause::stuck:
        return stuck;
    case LastWords::Cause::bug:
        return std::string("stopped itself with port_bug(\"") + words.condition + "\")";
    case LastWords::Cause::host_bug:
        return std::string("stopped its host, as the kernel of that era does (assertion ") + words.condition + ")";
    case LastWords::Cause::check:
        return std::string("broke a check of the program (") + words.condition + ")";
    }
    return "";
}

} // namespace

std::string to_text(const LastWords &words, const std::string &stuck) {
    const std::string function = std::string(words.function) + "()";
    switch (words.place) {
    case LastWords::Place::function:
        return cause(words, stuck) + " in " + function;
    case LastWords::Place::called:
        return cause(words, stuck) + " in what " + function + " called";
    case LastWords::Place::unknown:
        break;
    }
    return words.cause == LastWords::Cause::signal ? cause(words, stuck) + " outside the handlers"
                                                   : cause(words, stuck);
}

} // namespace tcesim
