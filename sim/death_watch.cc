// SPDX-License-Identifier: Apache-2.0
#include "sim/death_watch.h"

#include "models/cpu/vcpu.h"
#include "models/kernel/check.h"
#include "sim/handler_symbols.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

namespace tcesim {

namespace {

constexpr std::array<int, 7> faults = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr std::size_t stack_size = 256 * 1024;
constexpr std::uintptr_t stack_slack = 64 * 1024; // a frame may reach so far beyond the stack pointer

LastWords *words = nullptr;
const HandlerSymbols *symbols = nullptr;
std::array<struct sigaction, faults.size()> actions_before;
alignas(16) std::array<char, stack_size> signal_stack;

const char *function_at(std::uintptr_t address) {
    return symbols != nullptr ? symbols->function_at(address) : nullptr;
}

_Unwind_Reason_Code stop_in_handlers(_Unwind_Context *frame, void *found) {
    int before_instruction = 0;
    const std::uintptr_t address = _Unwind_GetIPInfo(frame, &before_instruction) - (before_instruction ? 0 : 1);
    *static_cast<const char **>(found) = function_at(address);
    return *static_cast<const char **>(found) != nullptr ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/// The innermost function of the handlers that called, directly or not, what runs now.
const char *calling_function() {
    const char *found = nullptr;
    _Unwind_Backtrace(stop_in_handlers, &found);
    return found;
}

/// The function of the handlers that the words at the top of the stack lead back to: of a call that went astray.
const char *function_on_stack(std::uintptr_t stack_pointer) {
    std::array<std::uintptr_t, 64> top;
    const iovec here{top.data(), sizeof(top)};
    const iovec there{reinterpret_cast<void *>(stack_pointer), sizeof(top)};
    const ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
    for (std::size_t i = 0; got > 0 && i < static_cast<std::size_t>(got) / sizeof(top[0]); ++i)
        if (const char *found = function_at(top[i] - 1))
            return found;
    return nullptr;
}

void say_place(LastWords::Place place, const char *function) {
    if (function == nullptr)
        return;
    copy_text(words->function, function);
    words->place = place;
}

/// Says what is sure first: looking for the place may be a fault of its own.
void say_cause(LastWords::Cause cause) {
    words->now_ps = 0;
    words->cause = cause;
    if (current_vcpu != nullptr)
        words->now_ps = current_vcpu->now();
}

void say_interrupted_place(const ucontext_t &context) {
    const auto instruction = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
    if (const char *function = function_at(instruction)) {
        say_place(LastWords::Place::function, function);
        return;
    }
    const char *caller = calling_function();
    if (caller == nullptr)
        caller = function_on_stack(static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RSP]));
    say_place(LastWords::Place::called, caller);
}

void on_fault(int number, siginfo_t *info, void *context) {
    const auto &interrupted = *static_cast<const ucontext_t *>(context);
    const auto stack_pointer = static_cast<std::uintptr_t>(interrupted.uc_mcontext.gregs[REG_RSP]);
    // What an assertion or an ask has said already is nearer to the cause.
    if (words->cause == LastWords::Cause::none) {
        words->signal = number;
        words->address = reinterpret_cast<std::uintptr_t>(info->si_addr);
        words->at_address = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0 && info->si_code != SI_KERNEL;
        words->stack_overflow = words->at_address && words->address - (stack_pointer - stack_slack) < 2 * stack_slack;
        say_cause(LastWords::Cause::signal);
        say_interrupted_place(interrupted);
    }
    // Then as if nobody had looked: the signal ends the process, in the place where it was.
    for (std::size_t i = 0; i < faults.size(); ++i)
        if (faults[i] == number)
            sigaction(number, &actions_before[i], nullptr);
    raise(number);
}

void on_ask(int, siginfo_t *, void *context) {
    say_cause(LastWords::Cause::stuck);
    say_interrupted_place(*static_cast<const ucontext_t *>(context));
    _exit(1);
}

bool on_failed_check(const char *file, int line, const char *condition, const char *what) {
    const char *function = calling_function();
    if (function == nullptr)
        return false;
    const bool host = std::strcmp(file, "host") == 0; // port_host_bug()
    if (host || std::strcmp(file, "hcall") == 0) {    // port_bug()
        copy_text(words->condition, condition);
        say_cause(host ? LastWords::Cause::host_bug : LastWords::Cause::bug);
        say_place(LastWords::Place::function, function);
        return true;
    }
    const char *name = std::strrchr(file, '/');
    std::snprintf(words->condition, sizeof(words->condition), "%s:%d: %s", name != nullptr ? name + 1 : file, line,
                  what);
    say_cause(LastWords::Cause::check);
    say_place(LastWords::Place::called, function);
    return true;
}

} // namespace

void watch_for_death(LastWords &last_words) {
    words = &last_words;
    calling_function(); // loads what unwinding needs
    stack_t stack{};
    stack.ss_sp = signal_stack.data();
    stack.ss_size = stack_size;
    sigaltstack(&stack, nullptr);
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_fault;
    for (std::size_t i = 0; i < faults.size(); ++i)
        sigaction(faults[i], &action, &actions_before[i]);
    action.sa_sigaction = on_ask;
    sigaction(ask_signal, &action, nullptr);
    failed_check_listener = on_failed_check;
}

void watch_handlers(const HandlerSymbols &loaded_symbols) {
    symbols = &loaded_symbols;
}

} // namespace tcesim
