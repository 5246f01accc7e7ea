// SPDX-License-Identifier: Apache-2.0
/// Ten thousand logs that something has happened to: a clear message or a clean run, and never anything else.
#include "sim/replay/log/survey.h"
#include "sim/replay/log/trace_counts.h"

#include <gtest/gtest.h>
#include <random>

namespace tcesim::replay {
namespace {

std::string whole(const std::string &file) {
    const auto bytes = open_file(file);
    std::string text;
    char buffer[1 << 14];
    for (std::size_t got = bytes->read(buffer, sizeof(buffer)); got != 0; got = bytes->read(buffer, sizeof(buffer)))
        text.append(buffer, got);
    return text;
}

const char *const linux_log =
    "# tracer: nop\n"
    "              nc-440     [001] D....    29.824280: hcall_entry: opcode=32\n"
    "              nc-440     [001] D....    29.824649: hcall_exit: opcode=32 retval=0\n"
    "CPU:1 [LOST 12 EVENTS]\n"
    "CPU 0/KVM  1234 [003]  5512.090312: kvm_hv:kvm_hcall_enter: VCPU 0: hcall=H_PUT_TCE "
    "GPR4-7=0x80000000,0x1000,0x3,0x0\n"
    "CPU 0/KVM  1234 [003]  5512.090313: kvm_hv:kvm_hcall_exit: VCPU 0: ret=RESUME_GUEST hcall_rc=H_SUCCESS\n"
    "nc-440 [001] .....  29.9: dma_map_sg: 0000:01:00.0 dir=FROM_DEVICE nents=2/2 ents=2/2 [TRUNCATED] "
    "dma_addrs={0x1000,0x4000} sizes={4096,8192} phys_addrs={0x7000,0x9000} attrs=\n";

class Mutator {
public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    /// A piece of \p log, changed some times.
    std::string mutate(const std::string &log) {
        const std::size_t from = below(log.size()), size = 1 + below(4000);
        std::string text = log.substr(from, size);
        for (std::size_t times = 1 + below(6); times != 0; --times)
            change(text, log);
        return text;
    }

private:
    void change(std::string &text, const std::string &log) {
        const std::size_t at = below(text.size());
        static const char *const numbers[] = {"0xffffffffffffffff",  "99999999999999999999999", "-1", "0x", "",
                                              "0x10000000000000000", "-9223372036854775808",    "1e9"};
        switch (below(8)) {
        case 0: // truncated
            text.resize(at);
            break;
        case 1: // two writers
            text.insert(at, log, below(log.size()), below(120));
            break;
        case 2:
            for (std::size_t i = at; i < text.size() && i < at + 40; ++i)
                text[i] = static_cast<char>(random_());
            break;
        case 3: // a wrong number
            text.replace(at, below(12), numbers[below(std::size(numbers))]);
            break;
        case 4:
            text.erase(at, below(80));
            break;
        case 5:
            if (!text.empty())
                text[at] = static_cast<char>(text[at] ^ 1 << below(8));
            break;
        case 6: // the end of a line goes
            if (const std::size_t end = text.find('\n', at); end != std::string::npos)
                text.erase(end, 1);
            break;
        default:
            if (below(200) == 0)
                text.insert(at, std::string(1 << 20, "x0 =\n"[below(5)]));
            else
                text.insert(at, std::string(below(30), '\0'));
        }
    }

    std::mt19937 random_;
};

void read(const std::string &text) {
    TraceReader reader(open_text(text));
    try {
        EXPECT_FALSE(counts_text(reader, "mutated.log").empty());
        EXPECT_NE(reader.statistics().total(), 0U);
    } catch (const BadLog &bad) {
        EXPECT_NE(std::string(bad.what()), "");
    }
    EXPECT_LE(reader.statistics().shown.size(), ReadStatistics::shown_max);
}

/// What is asked of a log before it is replayed.
void look_over(const std::string &text) {
    TraceReader reader(open_text(text));
    try {
        const Survey found = survey(reader, "mutated.log");
        EXPECT_NE(found.calls, 0U);
        EXPECT_LE(found.memory(), memory_limit);
        for (const auto &[liobn, window] : found.windows)
            EXPECT_EQ(window.size & (window.size - 1), 0U) << liobn;
    } catch (const BadLog &bad) {
        EXPECT_NE(std::string(bad.what()), "");
    }
}

TEST(ReplayMutation, TenThousandLogs) {
    const std::string logs[] = {whole("tests/replay/mini-noddw.log.gz"), whole("tests/replay/mini-ddw.log.gz"),
                                whole("tests/replay/mini-xlate.log.gz"), whole("tests/replay/mini-vio.log.gz"),
                                linux_log};
    Mutator mutator(7);
    for (int i = 0; i < 10000; ++i) {
        const std::string log = mutator.mutate(logs[mutator.below(std::size(logs))]);
        read(log);
        look_over(log);
    }
}

} // namespace
} // namespace tcesim::replay
