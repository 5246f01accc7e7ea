// SPDX-License-Identifier: Apache-2.0
#include "sim/run_variants.h"

#include <csignal>
#include <cstdio>
#include <gmock/gmock.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcesim {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1000000000;

VariantResult some_result(std::int64_t value) {
    VariantResult result;
    result.set("hypercalls", value);
    return result;
}

VariantJob quick(const std::string &name, std::int64_t value) {
    return {name, [value](ProgressSink &) { return some_result(value); }};
}

/// Never comes back; says where it is first.
VariantJob stuck(const std::string &name) {
    return {name, [](ProgressSink &progress) -> VariantResult {
                progress.report(3 * millisecond, 20 * millisecond);
                progress.doing("vcpu0 H_PUT_TCE real mode");
                for (;;)
                    pause();
            }};
}

RunLimits limits(unsigned jobs, int stall_ms = 60000) {
    return {jobs, std::chrono::milliseconds(stall_ms)};
}

TEST(RunVariants, ResultsStandInTheOrderOfTheJobsWhateverFinishesFirst) {
    for (unsigned jobs = 1; jobs <= 4; ++jobs) {
        std::vector<VariantJob> all;
        for (int i = 0; i < 5; ++i)
            all.push_back({"v" + std::to_string(i), [i](ProgressSink &) {
                               usleep(static_cast<useconds_t>(5 - i) * 10000);
                               return some_result(i);
                           }});
        const RunOutcome outcome = run_variants(all, limits(jobs), nullptr);
        ASSERT_EQ(outcome.results.size(), 5u);
        for (int i = 0; i < 5; ++i) {
            const VariantResult &result = outcome.results[static_cast<std::size_t>(i)];
            EXPECT_EQ(result.name, "v" + std::to_string(i));
            EXPECT_EQ(result.error, "");
            EXPECT_EQ(result.metrics.at("hypercalls").value, i);
        }
        EXPECT_FALSE(outcome.interrupted);
    }
}

TEST(RunVariants, AResultLargerThanAPipeArrivesWhole) {
    const auto run = [](ProgressSink &) {
        VariantResult result;
        for (std::uint64_t i = 0; i < 20000; ++i)
            result.ledger.push_back({"vcpu0/kvm/function_" + std::to_string(i) + "/code", i});
        return result;
    };
    const RunOutcome outcome = run_variants({{"big", run}}, limits(1), nullptr);
    ASSERT_EQ(outcome.results[0].error, "");
    ASSERT_EQ(outcome.results[0].ledger.size(), 20000u);
    EXPECT_EQ(outcome.results[0].ledger.back().ps, 19999u);
}

TEST(RunVariants, NoMoreChildrenThanAllowedRunAtATime) {
    void *memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto *counts = static_cast<std::atomic<int> *>(memory); // running, most
    const auto run = [counts](ProgressSink &) {
        const int now = ++counts[0];
        int most = counts[1];
        while (most < now && !counts[1].compare_exchange_weak(most, now)) {
        }
        usleep(30000);
        --counts[0];
        return VariantResult();
    };
    const std::vector<VariantJob> all(6, VariantJob{"same", run});
    run_variants(all, limits(2), nullptr);
    EXPECT_EQ(counts[1], 2);
    munmap(memory, 4096);
}

TEST(RunVariants, AChildThatDiesIsItsOwnErrorAndNobodyElses) {
    const VariantJob killed{"killed", [](ProgressSink &progress) -> VariantResult {
                                progress.report(5 * millisecond, 20 * millisecond);
                                progress.doing("vcpu1 H_STUFF_TCE virtual mode");
                                std::fputs("last words\n", stderr);
                                kill(getpid(), SIGKILL);
                                return {};
                            }};
    const RunOutcome outcome = run_variants({quick("a", 1), killed, quick("b", 2)}, limits(1), nullptr);
    EXPECT_EQ(outcome.results[0].error, "");
    EXPECT_THAT(outcome.results[1].error, AllOf(HasSubstr("signal 9"), HasSubstr("5.00 ms of 20.0 ms"),
                                                HasSubstr("vcpu1 H_STUFF_TCE virtual mode"), HasSubstr("last words")));
    EXPECT_EQ(outcome.results[2].metrics.at("hypercalls").value, 2);
    EXPECT_FALSE(outcome.interrupted);
}

TEST(RunVariants, AnExitCodeOrAnExceptionIsAnInternalError) {
    const VariantJob exits{"exits", [](ProgressSink &) -> VariantResult { _exit(1); }};
    const VariantJob throws{"throws", [](ProgressSink &) -> VariantResult { throw std::runtime_error("no way"); }};
    const VariantJob silent{"silent", [](ProgressSink &) -> VariantResult { _exit(0); }};
    const RunOutcome outcome = run_variants({exits, throws, silent}, limits(3), nullptr);
    EXPECT_THAT(outcome.results[0].error, HasSubstr("exit code 1"));
    EXPECT_THAT(outcome.results[1].error, HasSubstr("no way"));
    EXPECT_THAT(outcome.results[2].error, HasSubstr("without a result"));
    for (const VariantResult &result : outcome.results)
        EXPECT_FALSE(result.user_error);
}

TEST(RunVariants, ExitCodeTwoIsTheUsersError) {
    const VariantJob refuses{"refuses", [](ProgressSink &) -> VariantResult {
                                 std::fputs("this host forbids it\n", stderr);
                                 std::fflush(stderr);
                                 _exit(2);
                             }};
    const RunOutcome outcome = run_variants({refuses}, limits(1), nullptr);
    EXPECT_TRUE(outcome.results[0].user_error);
    EXPECT_EQ(outcome.results[0].error, "this host forbids it");
}

TEST(RunVariants, AChildThatStandsStillIsEndedAndTheOthersAreNot) {
    const VariantJob moving{"moving", [](ProgressSink &progress) {
                                for (std::uint64_t i = 1; i <= 40; ++i) {
                                    progress.report(i * millisecond, 40 * millisecond);
                                    usleep(50000);
                                }
                                return some_result(7);
                            }};
    const RunOutcome outcome = run_variants({stuck("stuck"), moving}, limits(2, 1000), nullptr);
    EXPECT_THAT(outcome.results[0].error,
                AllOf(HasSubstr("no simulated progress for 1 s"), HasSubstr("3.00 ms of 20.0 ms"),
                      HasSubstr("during vcpu0 H_PUT_TCE real mode")));
    EXPECT_EQ(outcome.results[1].error, "");
    EXPECT_EQ(outcome.results[1].metrics.at("hypercalls").value, 7);
}

TEST(RunVariants, AChildThatDoesNotAnswerIsKilled) {
    const VariantJob deaf{"deaf", [](ProgressSink &) -> VariantResult {
                              std::signal(SIGUSR1, SIG_IGN);
                              for (;;)
                                  pause();
                          }};
    const RunOutcome outcome = run_variants({deaf}, limits(1, 200), nullptr);
    EXPECT_THAT(outcome.results[0].error, HasSubstr("no simulated progress"));
}

TEST(RunVariants, AChildThatIsAskedTooLateIsNotBlamed) {
    const VariantJob slow{"slow", [](ProgressSink &) {
                              std::signal(SIGUSR1, SIG_IGN);
                              usleep(800000);
                              return some_result(7);
                          }};
    const RunOutcome outcome = run_variants({slow}, limits(1, 200), nullptr);
    EXPECT_EQ(outcome.results[0].error, "");
}

TEST(RunVariants, AFaultIsToldWithItsAddress) {
    void *const forbidden = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(forbidden, MAP_FAILED);
    std::ostringstream address;
    address << forbidden;
    const VariantJob faults{"faults", [forbidden](ProgressSink &progress) -> VariantResult {
                                progress.handlers("own.so");
                                progress.doing("set-up");
                                *static_cast<volatile char *>(forbidden) = 1;
                                return {};
                            }};
    const RunOutcome outcome = run_variants({faults, quick("other", 2)}, limits(1), nullptr);
    EXPECT_THAT(outcome.results[0].error, HasSubstr("own.so: crashed (SIGSEGV at address " + address.str() +
                                                    ") outside the handlers during set-up"));
    EXPECT_FALSE(outcome.results[0].user_error);
    EXPECT_EQ(outcome.results[1].error, "");
    munmap(forbidden, 4096);
}

TEST(RunVariants, WhatAFinishedChildPrintsIsHandedOverNotPrinted) {
    const VariantJob talks{"talks", [](ProgressSink &) {
                               std::puts("one");
                               std::fputs("two\n", stderr);
                               return VariantResult();
                           }};
    const RunOutcome outcome = run_variants({talks}, limits(1), nullptr);
    EXPECT_EQ(outcome.results[0].error, "");
    EXPECT_THAT(outcome.messages, AllOf(HasSubstr("talks: one\n"), HasSubstr("talks: two\n")));
}

TEST(RunVariants, AnInterruptKeepsWhatFinishedAndLeavesNoChild) {
    const VariantJob interrupts{"interrupts", [](ProgressSink &) {
                                    kill(getppid(), SIGINT);
                                    return some_result(1);
                                }};
    const RunOutcome outcome =
        run_variants({quick("before", 3), interrupts, stuck("stuck"), quick("late", 4)}, limits(1), nullptr);
    EXPECT_TRUE(outcome.interrupted);
    EXPECT_EQ(outcome.results[0].metrics.at("hypercalls").value, 3);
    EXPECT_THAT(outcome.results[3].error, HasSubstr("interrupted"));
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    sigset_t mask;
    sigprocmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

TEST(RunVariants, AChildThatTheTerminalInterruptsInterruptsTheRun) {
    const VariantJob dies{"dies", [](ProgressSink &) -> VariantResult {
                              std::signal(SIGINT, SIG_DFL);
                              raise(SIGINT);
                              return {};
                          }};
    const RunOutcome outcome = run_variants({dies, quick("late", 4)}, limits(1), nullptr);
    EXPECT_TRUE(outcome.interrupted);
    EXPECT_THAT(outcome.results[1].error, HasSubstr("interrupted"));
}

TEST(ProgressLine, ShowsShareSpeedAndTimeLeft) {
    const ProgressFigures figures{50 * millisecond, 200 * millisecond, std::chrono::milliseconds(100)};
    EXPECT_EQ(progress_line(figures), "  25 %   50.0 ms of 200 ms simulated   0.50 x real time   ETA 1 s");
    EXPECT_EQ(progress_line({}), "  starting");
}

} // namespace
} // namespace tcesim
