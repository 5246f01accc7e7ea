// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_symbols.h"
#include "sim/last_words.h"

#include <csignal>
#include <gtest/gtest.h>

namespace tcesim {
namespace {

LastWords fault(int signal) {
    LastWords words;
    words.cause = LastWords::Cause::signal;
    words.signal = signal;
    return words;
}

TEST(LastWords, NothingSaidIsNothingToSay) {
    EXPECT_EQ(to_text(LastWords(), "stood still"), "");
}

TEST(LastWords, AFaultHasItsSignalAddressAndPlace) {
    LastWords words = fault(SIGSEGV);
    words.at_address = true;
    words.address = 0x18;
    EXPECT_EQ(to_text(words, ""), "crashed (SIGSEGV at address 0x18) outside the handlers");
    copy_text(words.function, "kvm_find_table");
    words.place = LastWords::Place::function;
    EXPECT_EQ(to_text(words, ""), "crashed (SIGSEGV at address 0x18) in kvm_find_table()");
    words.place = LastWords::Place::called;
    EXPECT_EQ(to_text(words, ""), "crashed (SIGSEGV at address 0x18) in what kvm_find_table() called");
    words.stack_overflow = true;
    EXPECT_EQ(to_text(words, ""), "crashed (its stack is full: endless recursion?) in what kvm_find_table() called");
    EXPECT_EQ(to_text(fault(SIGFPE), ""), "crashed (SIGFPE) outside the handlers");
}

TEST(LastWords, OtherCausesHaveWordsOfTheirOwn) {
    LastWords words;
    copy_text(words.function, "put_tce");
    words.place = LastWords::Place::function;
    words.cause = LastWords::Cause::stuck;
    EXPECT_EQ(to_text(words, "stood still"), "stood still in put_tce()");
    words.cause = LastWords::Cause::bug;
    copy_text(words.condition, "!table");
    EXPECT_EQ(to_text(words, ""), "stopped itself with port_bug(\"!table\") in put_tce()");
    words.cause = LastWords::Cause::host_bug;
    EXPECT_EQ(to_text(words, ""), "stopped its host, as the kernel of that era does (assertion !table) in put_tce()");
    words.cause = LastWords::Cause::check;
    EXPECT_EQ(to_text(words, ""), "broke a check of the program (!table) in put_tce()");
}

TEST(LastWords, LongTextsAreCut) {
    char room[4];
    copy_text(room, "abcdef");
    EXPECT_STREQ(room, "abc");
    copy_text(room, "");
    EXPECT_STREQ(room, "");
}

extern "C" __attribute__((noinline)) int tcesim_test_function(int n) {
    return n + 1;
}

TEST(HandlerSymbols, NameTheFunctionAtAnAddress) {
    const auto begin = reinterpret_cast<std::uintptr_t>(&tcesim_test_function);
    const HandlerSymbols symbols(reinterpret_cast<const void *>(begin));
    EXPECT_EQ(tcesim_test_function(1), 2);
    EXPECT_STREQ(symbols.function_at(begin), "tcesim_test_function");
    EXPECT_STREQ(symbols.function_at(begin + 1), "tcesim_test_function");
    EXPECT_EQ(symbols.function_at(0), nullptr);
    EXPECT_EQ(symbols.function_at(~std::uintptr_t{0}), nullptr);
}

TEST(HandlerSymbols, AreNoneWhereNoObjectIs) {
    int on_the_stack = 0;
    EXPECT_EQ(HandlerSymbols(&on_the_stack).function_at(reinterpret_cast<std::uintptr_t>(&tcesim_test_function)),
              nullptr);
}

} // namespace
} // namespace tcesim
