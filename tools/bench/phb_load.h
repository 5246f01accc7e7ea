// SPDX-License-Identifier: Apache-2.0
/// \file
/// What phb_speed times and phb_count counts: requests of 64 bytes at a bridge, and through a link to it.
#ifndef TCESIM_TOOLS_BENCH_PHB_LOAD_H
#define TCESIM_TOOLS_BENCH_PHB_LOAD_H

#include <cstring>
#include <systemc>

#include "models/pcie/requester.h"
#include "models/phb/phb.h"
#include "tests/unit/hardware_parameters.h"

namespace tcesim::phb_load {

constexpr std::uint64_t rtt = 1 << 20, table = 64 << 20, payload = 128 << 20, memory_bytes = 256 << 20;
constexpr std::uint16_t rid = 0x100;
constexpr std::uint32_t pe = 1;
constexpr std::uint32_t level_bits = 9;
constexpr unsigned at_a_time = 16; // requests or reads

/// The figures change simulated times, not what the host has to do.
inline PhbParameters phb_parameters() {
    return test_phb(1ULL << 50, pe, rtt);
}

inline LinkParameters link_parameters() {
    LinkParameters link{};
    link.generation = 3;
    link.lanes = 8;
    link.max_payload = 256;
    link.max_read = 512;
    link.read_credits = link.posted_credits = 64;
    link.flight = 100'000;
    return link;
}

inline void poke64(std::uint64_t hpa, std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(HostMemory::at(hpa), &value, sizeof value);
}

/// A bridge, and a device that takes all answers.
class World : public DmaReadClient, public CompletionSink, public DeviceRegisters {
public:
    World()
        : memory_(memory_bytes), timeline_("timeline", false), actor_(0), link_("link", timeline_, link_parameters()),
          phb_("phb", timeline_, memory_, link_, phb_parameters()), requester_(link_, rid, 64) {
        requester_.add_queue(*this, 0);
        const std::uint16_t entry = __builtin_bswap16(pe);
        std::memcpy(HostMemory::at(rtt + 2 * rid), &entry, sizeof entry);
        for (DmaRequest &request : requests_) {
            request.data = bytes_;
            request.bytes = 64;
            request.requester_id = rid;
        }
    }

    /// A window of 4 KiB pages whose tables all lie one behind the other: each directory entry leads to the next table.
    /// With one level the table has 2^16 entries, so that a line has long left the cache when it is wanted again.
    void set_levels(std::uint32_t levels) {
        const std::uint32_t bits = levels == 1 ? 16 : level_bits;
        std::uint64_t hpa = table;
        for (std::uint32_t left = levels; left-- > 0; hpa += 8ULL << bits)
            for (std::uint64_t entry = 0; entry < 1ULL << bits; ++entry)
                poke64(hpa + 8 * entry, (left ? hpa + (8ULL << bits) : payload) | 3);
        phb_.set_tve(2 * pe, encode_tve({Tve::Kind::translate, levels, 12, bits, table, 0, 0}, PhbGeneration::phb3));
        span_lines_ = (levels == 1 ? 1ULL << bits : 1ULL << level_bits * 3) >> 4;
    }

    /// Requests straight at the bridge, until their answers are on the link's other side.
    /// \p far: each needs a line that is not cached; otherwise all use one.
    void translate(bool far) {
        link_.connect_device(*this, *this);
        for (DmaRequest &request : requests_) {
            if (far)
                line_ = (line_ + 1) % span_lines_;
            request.ioba = far ? line_ << 16 : 0;
            phb_.on_request(request);
        }
        wait();
    }
    /// Reads of 64 bytes through device, link and bridge; all hit.
    void read() {
        link_.connect_device(requester_, *this);
        for (DmaRead &read : reads_) {
            read.ioba = 0;
            read.to = bytes_;
            read.bytes = 64;
            requester_.read(0, read);
        }
        wait();
    }

    void on_completion(DmaRequest &) override {}
    void on_write_gone(DmaRequest &) override {}
    void on_register_write(std::uint64_t, std::uint64_t) override {}
    void on_read_data(DmaRead &, std::uint32_t) override {}

private:
    void wait() { timeline_.sync(actor_, timeline_.now() + 100'000'000); }

    HostMemory memory_;
    Timeline timeline_;
    Actor actor_;
    Link link_;
    Phb phb_;
    DmaRequester requester_;
    DmaRequest requests_[at_a_time];
    DmaRead reads_[at_a_time];
    std::byte bytes_[64];
    std::uint64_t line_ = 0, span_lines_ = 1;
};

} // namespace tcesim::phb_load

#endif
