// SPDX-License-Identifier: Apache-2.0
// Random TVEs, tables and addresses: the bridge's walks against a straight reading of the bit tables.
#include <gtest/gtest.h>

#include <cstdlib>

#include "models/kernel/random_stream.h"
#include "tests/unit/phb_bench.h"
#include "tests/unit/walk_reader.h"

namespace tcesim::phb_walk_test {
namespace {

// Tables are where their entries come to lie in a few pages: the largest table has 2^39 entries.
constexpr std::uint64_t arena = 1ULL << 42;
constexpr std::uint64_t entry_pages = arena + (1 << 20); // one page for the entries of each level
constexpr std::uint64_t rtt = arena + (2 << 20);
constexpr std::uint64_t payload = arena + (16 << 20), payload_bytes = 16 << 20;
constexpr std::uint64_t memory_bytes = arena + (64 << 20);
constexpr std::uint16_t rid = 0x100;
constexpr std::uint32_t pe = 1;
constexpr unsigned addresses_per_table = 8;

unsigned long cases_wanted() {
    const char *wanted = std::getenv("TCESIM_WALK_CASES");
    return wanted ? std::strtoul(wanted, nullptr, 10) : 1'000'000;
}

PhbParameters parameters_of(PhbGeneration generation) {
    PhbParameters parameters = test_phb(bench_registers, pe, rtt);
    parameters.generation = generation;
    parameters.pe_count = 2;
    parameters.tce_cache_lines = parameters.tce_cache_ways = 4;
    return parameters;
}

/// A bridge and a device that has one request at a time.
class World : public CompletionSink, public DeviceRegisters, public DmaObserver {
public:
    explicit World(PhbGeneration generation)
        : generation_(generation), memory(memory_bytes), timeline(sc_core::sc_gen_unique_name("timeline"), false),
          actor_(0), link(sc_core::sc_gen_unique_name("link"), timeline, test_link()),
          phb(sc_core::sc_gen_unique_name("phb"), timeline, memory, link, parameters_of(generation)) {
        link.connect_device(*this, *this);
        phb.set_observer(this);
        const std::uint16_t entry = __builtin_bswap16(pe);
        std::memcpy(HostMemory::at(rtt + 2 * rid), &entry, sizeof entry);
        request_.data = bytes_.data();
        request_.bytes = 8;
        request_.requester_id = rid;
    }

    /// What the bridge makes of an access to \p address.
    const DmaAccess &access(std::uint64_t address, bool write) {
        request_.ioba = address;
        request_.write = write;
        gone_ = false;
        link.send(request_);
        while (!gone_)
            timeline.sync(actor_, timeline.now() + 10 * microsecond);
        phb.clear_freeze(pe);
        return last_;
    }
    PhbGeneration generation() const { return generation_; }

    void on_completion(DmaRequest &) override { gone_ = true; }
    void on_write_gone(DmaRequest &) override { gone_ = true; }
    void on_register_write(std::uint64_t, std::uint64_t) override {}
    void on_access(const DmaAccess &access) override { last_ = access; }

private:
    const PhbGeneration generation_;

public:
    HostMemory memory;
    Timeline timeline;

private:
    Actor actor_;

public:
    Link link;
    Phb phb;

private:
    DmaRequest request_;
    std::array<std::byte, 8> bytes_{};
    DmaAccess last_{};
    bool gone_ = false;
};

/// Draws TVEs with their tables, and addresses to translate with them.
class Cases {
public:
    explicit Cases(World &world) : world_(world), random_("test/walk", static_cast<unsigned>(world.generation())) {}

    /// A new window with a path of entries to one address.
    void draw_window() {
        for (const std::uint64_t hpa : written_)
            poke64(hpa, 0);
        written_.clear();
        tve_ = draw_tve();
        window_ = features().tves_per_pe == 1 ? 0 : random_.below(2);
        if (tve_.kind == Tve::Kind::translate)
            build_path();
        else
            address_ = one_in(2) ? random_.next() >> 5 : payload + random_.below(payload_bytes / 8) * 8;
        values_[window_] = encode_tve(tve_, world_.generation());
        values_[1 - window_] = 0;
        if (one_in(8)) // any bit, also those that make it invalid
            values_[window_] ^= 1ULL << random_.below(16);
        for (std::uint32_t n = 0; n < features().tves_per_pe; ++n)
            world_.phb.set_tve(pe * features().tves_per_pe + n, values_[n]);
    }
    walk_question draw_question() {
        std::uint64_t address = address_ | std::uint64_t{window_} << 59;
        switch (random_.below(12)) {
        case 0: // a neighbour in the page of the last table
            address ^= std::uint64_t{random_.below(16)} << tve_.page_shift;
            break;
        case 1: // beyond the window, or another one
            address ^= 1ULL << (tve_.page_shift + random_.below(63 - tve_.page_shift));
            if (!lands_in_arena(address))
                address = address_ | 1ULL << 61;
            break;
        case 2: // an address that is none of memory
            address |= 1ULL << 61;
            break;
        default:
            break;
        }
        if (address >> 60 == 1) // an interrupt, which nobody translates
            address ^= 3ULL << 60;
        return {bridge(), {values_[0], values_[1]}, address & ~std::uint64_t{7}, 8, one_in(3)};
    }

private:
    bool one_in(std::uint32_t n) { return random_.below(n) == 0; }
    PhbFeatures features() const { return features_of(world_.generation()); }
    walk_bridge bridge() const {
        return world_.generation() == PhbGeneration::p7ioc  ? WALK_P7IOC
               : world_.generation() == PhbGeneration::phb3 ? WALK_PHB3
                                                            : WALK_PHB4;
    }

    Tve draw_tve() {
        Tve tve;
        if (one_in(16)) {
            tve.kind = Tve::Kind::bypass;
            tve.start = one_in(2) ? 0 : std::uint64_t{random_.below(1 << 20)} << 24;
            tve.end = one_in(2) ? arena + (1ULL << 30) : (random_.next() >> 14) >> 24 << 24;
            return tve;
        }
        tve.kind = Tve::Kind::translate;
        tve.levels = 1 + random_.below(features().levels_max);
        tve.page_shift = features().page_shifts[random_.below(4)];
        tve.level_bits = one_in(4) ? 9 + random_.below(31) : 9 + random_.below(6);
        return tve;
    }

    /// Entries that lead from the top to a page of the payload, each in its level's page of the arena.
    void build_path() {
        const std::uint64_t target = payload + random_.below(payload_bytes / 8) * 8ULL;
        const std::uint64_t page = (1ULL << tve_.page_shift) - 1;
        const std::uint32_t reach = std::min(tve_.reach(), 59u);
        address_ = (random_.next() & ((1ULL << reach) - 1) & ~page) | (target & page);
        for (std::uint32_t left = 0; left < tve_.levels; ++left) { // from the last table up
            const std::uint32_t shift = tve_.page_shift + left * tve_.level_bits;
            const std::uint64_t index = shift < 64 ? address_ >> shift & ((1ULL << tve_.level_bits) - 1) : 0;
            const std::uint64_t hpa = entry_pages + 0x1000 * left + (8 * index & 0xfff);
            put(hpa, left ? tve_.table | directory_bits() : last_entry(target, page));
            tve_.table = hpa - 8 * index;
        }
    }
    std::uint64_t directory_bits() { return one_in(32) ? 0 : (random_.next() & 0xffc) | (1 + random_.below(3)); }
    std::uint64_t last_entry(std::uint64_t target, std::uint64_t page) {
        const std::uint64_t where = one_in(32) ? 1ULL << (43 + random_.below(16)) : target;
        return (where & ~page) | (random_.next() & page & ~std::uint64_t{3}) | (one_in(4) ? random_.below(4) : 3);
    }
    void put(std::uint64_t hpa, std::uint64_t entry) {
        poke64(hpa, entry);
        written_.push_back(hpa);
    }
    /// Whether walking \p address touches nothing but pages that are in use anyway.
    bool lands_in_arena(std::uint64_t address) const {
        const std::uint32_t reach = tve_.reach();
        return tve_.kind != Tve::Kind::translate || (reach < 59 && (address & ((1ULL << 59) - 1)) >> reach) ||
               address >> 59 != window_;
    }

    World &world_;
    RandomStream random_;
    Tve tve_;
    std::uint32_t window_ = 0;
    std::uint64_t address_ = 0; // without the window's bit
    std::array<std::uint64_t, 2> values_{};
    std::vector<std::uint64_t> written_;
};

walk_outcome outcome_of(DmaFault fault) {
    switch (fault) {
    case DmaFault::none:
        return WALK_DONE;
    case DmaFault::out_of_window:
        return WALK_OUT_OF_WINDOW;
    case DmaFault::page_fault:
        return WALK_PAGE_FAULT;
    case DmaFault::access_fault:
        return WALK_ACCESS_FAULT;
    case DmaFault::bad_address:
        return WALK_NO_MEMORY;
    default:
        return WALK_NO_WINDOW;
    }
}

/// All cases of a generation; how often each outcome was there.
void compare(PhbGeneration generation, unsigned long cases) {
    World world(generation);
    Cases drawn(world);
    std::map<walk_outcome, unsigned long> outcomes;
    const auto *memory = reinterpret_cast<const unsigned char *>(HostMemory::at(0));
    for (unsigned long n = 0; n < cases; ++n) {
        if (n % addresses_per_table == 0)
            drawn.draw_window();
        const walk_question question = drawn.draw_question();
        const walk_answer right = walk_read(&question, memory, memory_bytes);
        const std::uint64_t reads = world.phb.counters().memory_reads;
        const DmaAccess &access = world.access(question.address, question.write);
        ASSERT_EQ(outcome_of(access.fault), right.outcome)
            << "case " << n << std::hex << " address " << question.address << " TVEs " << question.tve[0] << " "
            << question.tve[1];
        if (right.outcome == WALK_DONE)
            ASSERT_EQ(access.hpa, right.hpa) << "case " << n;
        if (n % addresses_per_table == 0 && right.reads)
            ASSERT_EQ(world.phb.counters().memory_reads - reads, right.reads) << "case " << n;
        ++outcomes[right.outcome];
    }
    for (const walk_outcome outcome :
         {WALK_DONE, WALK_NO_WINDOW, WALK_OUT_OF_WINDOW, WALK_PAGE_FAULT, WALK_ACCESS_FAULT, WALK_NO_MEMORY})
        EXPECT_GT(outcomes[outcome], cases / 500) << "the cases are one-sided: outcome " << outcome;
}

TEST(PhbWalk, P7iocReadsTablesAsTheyAreDescribed) {
    compare(PhbGeneration::p7ioc, cases_wanted() / 4);
}
TEST(PhbWalk, Phb3ReadsTablesAsTheyAreDescribed) {
    compare(PhbGeneration::phb3, cases_wanted() / 4);
}
TEST(PhbWalk, Phb4ReadsTablesAsTheyAreDescribed) {
    compare(PhbGeneration::phb4, cases_wanted() / 4);
}
TEST(PhbWalk, Phb5ReadsTablesAsTheyAreDescribed) {
    compare(PhbGeneration::phb5, cases_wanted() / 4);
}

} // namespace
} // namespace tcesim::phb_walk_test
