// SPDX-License-Identifier: Apache-2.0
/// \file
/// A device that moves bytes and measures how long that takes, as the firmware of pcie-bench makes of a
/// programmable network adapter.
///
/// The window, a piece of host memory, is divided into units, one DMA each; a unit is a power of two of at least
/// 64 bytes, so that no DMA crosses 4 KiB. One engine reads, one writes. Each starts a DMA as soon as
///
///     fewer than `outstanding` of its own are in flight, and
///     its gap has passed since it started the one before.
///
/// A read is in flight until its data have arrived, a write until the bridge has performed it, and a write followed
/// by a read of the same unit until the data of the read have arrived.
///
/// Errors. The first read that is refused stops the device, which says so in its status register. Writes that
/// are dropped on the way it does not notice. What was in flight when it was stopped or reset still arrives.
///
/// Data. At each 64 bytes of the window stand 8 bytes, big-endian: the offset xor the seed as the host wrote them, or
/// the complement of that as the device wrote them. So every read shows that it came from the right place, and the
/// window shows at the end where each write went.
#ifndef TCESIM_MODELS_DEVICE_DMA_BENCH_H
#define TCESIM_MODELS_DEVICE_DMA_BENCH_H

#include <functional>
#include <memory>
#include <vector>

#include "models/cpu/latency_histogram.h"
#include "models/kernel/random_stream.h"
#include "models/pcie/requester.h"

namespace tcesim {

enum class DmaBenchOperation : std::uint8_t { read, write, read_write, write_then_read };

struct DmaBenchParameters {
    std::uint16_t requester_id; ///< RID: bus << 8 | device and function
    std::uint32_t read_tags;    ///< read requests in flight at most, at least 1
    DmaBenchOperation operation;
    bool random;               ///< units in random order; otherwise one after the other, again and again
    std::uint32_t size;        ///< of one DMA in bytes: 8 .. 4096
    std::uint64_t window;      ///< bytes, at least unit_bytes(size)
    std::uint32_t outstanding; ///< DMAs of one engine in flight at most, at least 1
    ps_t read_gap, write_gap;  ///< from the start of one DMA of this size to that of the next, at least
    std::uint64_t seed;        ///< of the stamps and of the order
};

/// What has finished while the device counted.
struct DmaBenchCounters {
    std::uint64_t reads = 0, writes = 0; ///< DMAs; a write followed by a read is one of each
    std::uint64_t read_latency = 0;      ///< ps, sum over the reads: from the start of the DMA to its last byte
    LatencyHistogram latency;            ///< of the same
};

class DmaBench : public sc_core::sc_module, public DeviceRegisters {
public:
    static constexpr std::uint64_t stamp_interval = 64;
    static constexpr std::uint32_t stamp_bytes = 8;
    static constexpr std::uint64_t start_register = 0; ///< a store of any value starts the device, and clears its error
    static constexpr std::uint64_t stop_register = 8;  ///< a store of any value stops it
    static constexpr std::uint64_t status_register = 16; ///< read only
    static constexpr std::uint64_t status_running = 1, status_error = 2, status_in_flight = 4;

    DmaBench(sc_core::sc_module_name name, Timeline &timeline, Link &link, const DmaBenchParameters &parameters);
    ~DmaBench() override;

    /// From one DMA's place to the next one's.
    static std::uint64_t unit_bytes(std::uint32_t size);
    /// The stamp at \p offset of the window, in CPU order, by the host or by the device.
    static constexpr std::uint64_t host_stamp(std::uint64_t offset, std::uint64_t seed) { return offset ^ seed; }
    static constexpr std::uint64_t device_stamp(std::uint64_t offset, std::uint64_t seed) { return ~(offset ^ seed); }

    /// Where the window is: the bus addresses of its pieces of \p piece_bytes (a power of two, at least a unit).
    void configure(std::vector<std::uint64_t> pieces, std::uint64_t piece_bytes);

    /// DMA number \p number, counted from 1 and from the first start, goes to \p bus_address instead. Once.
    void lead_astray(std::uint64_t number, std::uint64_t bus_address) { stray_ = {number, bus_address}; }

    void on_register_write(std::uint64_t offset, std::uint64_t value) override;
    std::uint64_t on_register_read(std::uint64_t offset) override;
    void on_reset(bool asserted) override;

    /// Counts from now on what finishes, or counts no more.
    void count(bool on) { counting_ = on; }
    const DmaBenchCounters &counters() const { return counters_; }

    /// Whether an error has stopped it.
    bool failed() const { return error_; }
    /// When the first DMA since its last start has finished well; ps_never before that.
    ps_t first_finished() const { return first_finished_; }

    /// Reads that were refused, and writes that were dropped.
    std::uint64_t refused_reads() const { return refused_reads_; }
    std::uint64_t dropped_writes() const { return dropped_writes_; }
    /// Reads whose data were not those of their place.
    std::uint64_t wrong_reads() const { return wrong_reads_; }
    /// Offset in the window of the first of them; meaningful when there is one.
    std::uint64_t first_wrong_offset() const { return first_wrong_; }
    /// Whether \p stamp may stand at \p offset of the window now, in CPU order.
    bool may_stand(std::uint64_t offset, std::uint64_t stamp) const;

private:
    class Engine;
    class Requester;

    /// One DMA, or one write followed by a read.
    struct Transfer : DmaRead {
        std::vector<std::byte> data;
        std::uint64_t unit = 0;
        ps_t started = 0;
        bool written = false;    ///< the unit had been written before it started: the read must find that
        std::uint32_t start = 0; ///< number of the start that it belongs to
    };
    struct Stray {
        std::uint64_t number, bus_address;
    };

    void start_read(Transfer &transfer);
    void start_write(std::uint64_t unit);
    void on_read_data(DmaRead &read, std::uint32_t bytes);
    void on_write_performed(bool dropped);
    void start();
    void stop();
    void finished_well();
    void check(const Transfer &transfer);
    std::uint64_t bus_address(std::uint64_t unit) const;
    std::uint64_t next_address(std::uint64_t unit);

    Timeline &timeline_;
    const DmaBenchParameters parameters_;
    const std::uint64_t unit_bytes_, units_;
    const std::uint32_t tlps_per_write_;
    std::unique_ptr<Requester> requester_;
    DmaReadHandler<DmaBench, &DmaBench::on_read_data> read_handler_{*this};
    std::unique_ptr<Engine> reader_, writer_; // nullptr: not part of the operation
    std::vector<std::uint64_t> pieces_;
    std::uint64_t piece_bytes_ = 0;
    std::vector<std::byte> outgoing_;
    Ring<std::uint64_t> posted_;               // units of the writes in flight, in order
    std::uint32_t performed_tlps_ = 0;         // of the oldest of them
    bool dropped_ = false;                     // one of these TLPs
    std::vector<bool> posting_, posted_units_; // by unit: a write has been started, has been performed
    bool counting_ = false;
    DmaBenchCounters counters_;
    std::uint64_t wrong_reads_ = 0, first_wrong_ = 0;
    std::uint64_t refused_reads_ = 0, dropped_writes_ = 0;
    Stray stray_{0, 0};         // number 0: none
    std::uint64_t started_ = 0; // DMAs
    std::uint32_t starts_ = 0;
    bool running_ = false, error_ = false, in_reset_ = false;
    ps_t first_finished_ = ps_never;
};

} // namespace tcesim

#endif
