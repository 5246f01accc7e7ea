// SPDX-License-Identifier: Apache-2.0
/// \file
/// PCI host bridge with its IOMMU.
///
/// A request is translated when it arrives:
///   RID -> PE      table in memory, cached per RID; the first look-up costs one memory read
///   PE  -> TVE     number PE * 2 + bus address bit 59; other ways: TveSelect
///   TVE -> TCE     cache, or a walk of the table in memory: one dependent memory read per level
///
///     read, hit     pipeline + memory_read (data) + pipeline, then completions on the link
///     read, miss    pipeline + levels x tce_fetch + memory_read + pipeline
///     write, hit    stored pipeline after arrival; miss: levels x tce_fetch later
///
/// Data that a MemorySide knows to be farther away take longer by what it says.
///
/// Writes and interrupts are performed in the order of their arrival. A read is translated at once, but
/// goes to memory when all writes that arrived before it have been performed, whatever their addresses.
/// Reads are independent of each other; with ordered_reads an answer waits for those to earlier reads.
/// Requests that hit go on while others miss. With merged_walks a request that misses waits for a walk of its
/// line under way; without, it always walks. A miss without a free walker waits for one, and each
/// read of a walk waits for a free tag.
///
/// Sampling and kills. A TCE is sampled in the middle of its memory read and cached at the end of
/// it. A kill takes effect when it is accepted: it drops the whole cached line, and a walk that has
/// sampled already serves the requests that wait for it but is neither cached nor joined by later
/// ones. So no request that arrives after the acceptance uses what was killed.
///
/// Faults are decided by memory alone: a sample older than the request never faults, the entry is
/// read again. A fault freezes the PE: until clear_freeze() its reads are answered "unsupported
/// request" and its writes are dropped. What froze it stands in its entry of the PE state table.
#ifndef TCESIM_MODELS_PHB_PHB_H
#define TCESIM_MODELS_PHB_PHB_H

#include <array>
#include <memory>
#include <systemc>
#include <vector>

#include "models/kernel/delay_line.h"
#include "models/mem/host_memory.h"
#include "models/mem/memory_side.h"
#include "models/pcie/link.h"
#include "models/pcie/mmio.h"
#include "models/phb/kill_queue.h"
#include "models/phb/observer.h"
#include "models/phb/parameters.h"
#include "models/phb/pest.h"
#include "models/phb/tce_cache.h"
#include "models/phb/tve.h"
#include "models/phb/tve_select.h"

namespace tcesim {

struct PhbCounters {
    std::uint64_t translations = 0; ///< request TLPs that needed a TCE
    std::uint64_t hits = 0;         ///< of these: found in the cache on arrival
    std::uint64_t misses = 0;       ///< of these: waited for a walk
    std::uint64_t walks = 0;
    std::uint64_t memory_reads = 0; ///< for walks; what tests hold against the levels of a table
    std::uint64_t kills_one = 0, kills_pe = 0, kills_all = 0;
    std::uint64_t kill_stalls = 0;        ///< kills that found the queue full
    std::uint64_t interrupts_dropped = 0; ///< of a source that is not there or not the PE's
    std::uint64_t freezes = 0;            ///< of PEs, by faults
};

/// Kinds of TceKill requested through firmware.
using TceKillKind = TceKill::Kind;

/// What a CPU's load finds.
struct MmioLoad {
    std::uint64_t value; ///< in CPU order
    ps_t when;           ///< the CPU has it
};

class Phb : public sc_core::sc_module, public MmioTarget, public RequestSink {
public:
    /// \p link: the one behind which the device is; the PHB connects itself as its root.
    Phb(sc_core::sc_module_name name, Timeline &timeline, const HostMemory &memory, Link &link,
        const PhbParameters &parameters);
    ~Phb() override;

    void set_observer(DmaObserver *observer) { observer_ = observer; }
    void set_interrupt_sink(InterruptSink *sink) { interrupts_ = sink; }
    /// Where the data of DMAs are; nullptr: all equally far.
    void set_memory_side(MemorySide *side) { memory_side_ = side; }

    // ---- CPU side ----
    /// Stores to the PHB's registers and to the window of the device. A kill is held back while the
    /// kill queue is full: the result is then later than now by that wait.
    ps_t mmio_write(std::uint64_t address, std::uint64_t value) override;
    bool repeat_mmio_writes(const StoreSeries &series, const StorePace &pace) override;
    /// One 8-byte load from a register of phb_register that arrives now: its CPU has issued it mmio_flight ago.
    /// Stores that arrived before have had their effect.
    MmioLoad mmio_read(std::uint64_t address);
    /// The same, or a load from the window of the device, from its issue on. While MMIO of the PE is frozen the
    /// bridge answers in the device's place, with all ones.
    void mmio_load(std::uint64_t address, LoadClient &client) override;
    /// phb4: what firmware does on a TCE kill call, which the bridge accepts now. \p ioba and \p pages (of
    /// 1 << \p shift bytes) are for Kind::one only.
    /// \returns the instant at which the PHB has serviced it and firmware returns.
    ps_t kill(TceKillKind kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba, std::uint64_t pages);
    /// Programs TVE \p index (< number of PEs x tves_per_pe()) and drops what is cached of its table.
    void set_tve(std::uint32_t index, std::uint64_t value);

    /// The TCE for \p ioba of \p pe as the tables in memory have it now, whatever is cached; it costs no time. 0 where
    /// no table leads to one. \p page_shift: out, log2 of its page.
    std::uint64_t tce_in_memory(std::uint32_t pe, std::uint64_t ioba, std::uint32_t *page_shift) const;

    // ---- error handling (EEH) ----
    /// PESTA bit 0: MMIO frozen.
    bool mmio_frozen(std::uint32_t pe) const { return pest_[pe].mmio; }
    /// PESTB bit 0: DMA stopped.
    bool dma_frozen(std::uint32_t pe) const { return pest_[pe].dma; }
    /// Why; DmaFault::none while not frozen.
    DmaFault freeze_cause(std::uint32_t pe) const { return pest_[pe].cause; }
    /// Everything that the bridge keeps of it; also in memory where phb_register::pest_bar says so.
    const Pest &pest(std::uint32_t pe) const { return pest_[pe]; }
    void clear_freeze(std::uint32_t pe) { pest_[pe] = {}; }

    const PhbCounters &counters() const { return counters_; }
    const PhbParameters &parameters() const { return parameters_; }

    void on_request(DmaRequest &request) override;
    void on_load_answer(LoadClient &client, std::uint64_t value) override;

private:
    struct Walk;
    struct Store {
        std::uint64_t address, value;
        LoadClient *loads = nullptr; // no store: a load
    };
    struct LoadAnswer {
        LoadClient *client;
        std::uint64_t value;
    };
    struct HeldRead {
        DmaRequest *request;
        ps_t ready, memory_read;
    };
    struct Kill {
        TceKillKind kind;
        std::uint32_t pe;
        std::uint64_t address, bytes; ///< Kind::one; p7ioc: of the TCEs themselves
    };

    // phb.cc: a request from arrival to answer
    void enter(DmaRequest *request);
    bool admit(DmaRequest &request);
    void translate_again(DmaRequest &request);
    void bypass(DmaRequest &request, const Tve &tve);
    void translated(DmaRequest &request, std::uint32_t page_shift, std::uint64_t tce, ps_t sampled_at, bool from_cache);
    ps_t data_read(const DmaRequest &request) const;
    void proceed(DmaRequest &request, ps_t memory_read);
    void hold(DmaRequest &request, ps_t ready, ps_t memory_read);
    void release_reads();
    void refuse(DmaRequest &request, DmaFault fault);
    DmaAccess access_of(const DmaRequest &request, DmaFault fault, ps_t sampled_at, bool from_cache) const;
    void report(const DmaRequest &request, DmaFault fault, ps_t sampled_at, bool from_cache);
    void answer(DmaRequest *request);
    void leave(DmaRequest &request);
    void perform_writes();
    void perform(DmaRequest &request);
    std::uint32_t read_pe(std::uint16_t requester_id) const;
    std::uint64_t window_offset(std::uint64_t ioba) const { return select_.offset(ioba); }
    std::uint64_t line_of(std::uint32_t page_shift, std::uint64_t ioba) const {
        return window_offset(ioba) >> page_shift >> line_shift_;
    }

    // phb_walk.cc: table walks
    bool look_up(DmaRequest &request);
    void miss(DmaRequest &request);
    void start_walk(Walk &walk, DmaRequest &request);
    void begin_fetch(Walk &walk, ps_t when);
    void end_fetch(Walk &walk);
    void sample(Walk &walk);
    void step(Walk &walk);
    bool sample_directory(Walk &walk);
    void sample_line(Walk &walk);
    void finish(Walk &walk);
    void serve_walker_waiters();

    // phb_registers.cc: loads and stores
    void forward(Store store);
    void forward_load(std::uint64_t address, LoadClient &client);
    void finish_load(LoadAnswer answer) { answer.client->on_load(answer.value); }
    void store_register(std::uint64_t offset, std::uint64_t value);
    void select_tves(std::uint64_t control);
    void start_read_sync();
    std::uint64_t load_register(std::uint64_t offset);
    std::uint64_t kill_register() const;
    std::uint32_t next_ioda_index(std::size_t entries);
    void store_ioda(std::uint64_t value);
    std::uint64_t load_ioda();
    std::uint64_t peev(std::uint64_t entry) const;

    // phb_fault.cc: frozen PEs and interrupts
    void freeze(const DmaAccess &access);
    void set_frozen(std::uint32_t pe, bool mmio, bool dma);
    bool in_interrupt_window(std::uint64_t ioba) const;
    void interrupt(DmaRequest &request);
    bool accepts_interrupt(DmaRequest &request) const;
    static std::uint32_t interrupt_data(const DmaRequest &request);

    // phb_kill.cc: TCE kills
    void accept_kill(Store store);
    Kill decode_kill(std::uint64_t value) const;
    void take(Kill kill, std::uint64_t pages);
    void kill_range(std::uint32_t pe, std::uint64_t ioba, std::uint64_t bytes);
    void kill_pe(std::uint32_t pe);
    void kill_all();
    void kill_tces(std::uint64_t hpa, std::uint64_t bytes);
    template <class Matches>
    void close_walks(Matches matches);

    static constexpr std::uint32_t no_pe = ~0u;

    Timeline &timeline_;
    const HostMemory &memory_;
    Link &link_;
    const PhbParameters parameters_;
    const PhbFeatures features_;
    const std::uint32_t line_shift_; // log2 of the TCEs of a line
    TveSelect select_;
    DmaObserver *observer_ = nullptr;
    InterruptSink *interrupts_ = nullptr;
    MemorySide *memory_side_ = nullptr;
    PhbCounters counters_;

    std::uint64_t config_ = phb_register::config_msi64;
    std::uint64_t pest_bar_ = 0;
    std::uint64_t ioda_address_ = 0;
    std::vector<Tve> tves_;
    std::vector<std::uint64_t> tvt_; // what tves_ was made of
    std::vector<Pest> pest_;
    std::vector<std::uint32_t> pe_cache_; // by RID
    TceCache cache_;
    KillQueue kill_queue_;
    std::uint64_t last_kill_ = 0;  // value of the kill register
    std::uint32_t read_epoch_ = 0; // DMA read synchronisations started
    std::uint64_t reads_in_flight_ = 0, reads_to_sync_ = 0;
    std::vector<std::unique_ptr<Walk>> walks_;
    std::vector<Walk *> free_walks_, active_walks_;
    RequestList waiting_for_walker_;
    std::uint32_t free_tags_;
    Ring<Walk *> waiting_for_tag_;
    Ring<DmaRequest *> writes_; // in order of arrival
    Ring<DmaRequest *> reads_;  // with ordered_reads: those not answered, in order of arrival
    std::uint64_t writes_arrived_ = 0, writes_performed_ = 0; // interrupts among them
    Ring<HeldRead> held_reads_; // translated reads behind writes not performed, by writes_before
    Event write_event_;

    DelayLine<Phb, DmaRequest *, &Phb::enter> pe_reads_; // first access of a RID
    DelayLine<Phb, DmaRequest *, &Phb::answer> data_;    // data read, or failure known
    DelayLine<Phb, Store, &Phb::accept_kill> kills_;
    DelayLine<Phb, Store, &Phb::forward> stores_;
    DelayLine<Phb, LoadAnswer, &Phb::finish_load> own_answers_, device_answers_;
};

} // namespace tcesim

#endif
