// SPDX-License-Identifier: Apache-2.0
/// \file
/// The implementation of hcall/port.h that charges time and lets the hardware models act.
///
/// Guest RAM of the one process lies in one piece of host memory; its user addresses start at
/// ram_ua. Before the first vCPU runs, the machine is set up through the same functions: they work
/// then at instant 0, cost nothing, and send no invalidation, because nothing is cached before the first DMA.
#ifndef TCESIM_MODELS_CPU_SIM_PORT_H
#define TCESIM_MODELS_CPU_SIM_PORT_H

#include <deque>
#include <map>
#include <vector>

#include "hcall/port.h"
#include "models/cpu/vcpu.h"
#include "models/mem/host_memory.h"
#include "models/pcie/mmio.h"

namespace tcesim {

/// Hears what handlers tell through port_trace(). \p vcpu is nullptr during set-up.
class TraceObserver {
public:
    virtual ~TraceObserver() = default;
    struct Trace {
        const Vcpu *vcpu;
        ps_t time;
        port_event event;
        std::uint64_t a, b, c, d;
    };
    virtual void on_trace(const Trace &trace) = 0;
};

/// Firmware of the host as far as handlers call it.
class PhbFirmware {
public:
    virtual ~PhbFirmware() = default;
    virtual void set_tve(std::uint32_t index, std::uint64_t tve) = 0;
    /// \returns the instant at which the PHB has done it.
    virtual ps_t tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                          std::uint64_t pages) = 0;
    /// Asserts a reset of the PE's devices, or ends it.
    virtual void pe_reset(std::uint32_t pe, enum port_reset reset) = 0;
};

struct GuestRam {
    std::uint64_t ua;  ///< user address of gpa 0
    std::uint64_t hpa; ///< host real address of gpa 0
    std::uint64_t size;
    std::uint32_t page_shift = PAGE_SHIFT;      ///< log2 of the host's pages that it is made of
    std::uint32_t host_page_shift = PAGE_SHIFT; ///< log2 of the pages of the host's kernel
};

struct PortCounters {
    std::uint64_t pins = 0, unpins = 0;
    std::uint64_t page_bytes = 0; ///< of port_pages_alloc(), given back ones taken off
    std::uint64_t objects = 0;    ///< of port_alloc(), the same
};

class SimPort {
public:
    SimPort(HostMemory &memory, const GuestRam &ram);
    ~SimPort();
    SimPort(const SimPort &) = delete;
    SimPort &operator=(const SimPort &) = delete;

    void connect(Timeline &timeline, MmioTarget &phb, PhbFirmware &firmware) {
        timeline_ = &timeline;
        phb_ = &phb;
        firmware_ = &firmware;
    }
    /// Lets long loops run step by step where most steps could be charged like others.
    void run_loops_exactly() { exact_loops_ = true; }
    void add_observer(TraceObserver &observer) { observers_.push_back(&observer); }

    const GuestRam &ram() const { return ram_; }
    std::byte *guest_memory(std::uint64_t gpa) const { return HostMemory::at(ram_.hpa + gpa); }
    const PortCounters &counters() const { return counters_; }

    // What port.h's functions of the same names do.
    void *alloc(std::size_t size);
    void free(void *object);
    void *pages_alloc(std::size_t size);
    void pages_free(void *block, std::size_t size);
    void clear(void *to, std::size_t size);
    void copy(void *to, const void *from, std::size_t size);
    int read_ua(void *to, std::uint64_t ua, std::size_t size);
    int translate_real_mode(std::uint64_t ua, std::uint64_t *hpa) const;
    void read_hpa(void *to, std::uint64_t hpa, std::size_t size);
    void guest_write64(std::uint64_t gpa, std::uint64_t value);
    std::uint64_t guest_read64(std::uint64_t gpa);
    int pin(std::uint64_t ua, std::uint64_t *hpa, std::uint32_t *shift);
    std::uint32_t page_shift(std::uint64_t hpa) const {
        return hpa - ram_.hpa < ram_.size ? ram_.page_shift : ram_.host_page_shift;
    }
    void unpin(std::uint64_t hpa, bool dirty);
    void set_dirty(std::uint64_t hpa);
    std::uint64_t xchg_tce(std::uint64_t *tce, std::uint64_t value);
    void lock(struct port_lock *lock);
    void unlock(struct port_lock *lock);
    void rcu_read_lock();
    void rcu_read_unlock();
    void call_rcu(port_rcu_head *head, void (*func)(port_rcu_head *head));
    void mmio_write64(std::uint64_t hpa, std::uint64_t value);
    std::uint64_t mmio_read64(std::uint64_t hpa);
    void pe_reset(std::uint32_t phb, std::uint32_t pe, enum port_reset reset);
    void opal_tce_kill(std::uint32_t phb, enum opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift,
                       std::uint64_t ioba, std::uint64_t pages);
    void set_tve(std::uint32_t phb, std::uint32_t index, std::uint64_t tve);
    void work(enum port_work work);
    void loop(port_loop_body *body, port_loop_steps *steps, void *context, std::uint64_t first, std::uint64_t count);
    void trace(port_event event, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d);

private:
    bool in_ram(std::uint64_t ua, std::uint64_t size) const {
        return ua - ram_.ua < ram_.size && size <= ram_.size - (ua - ram_.ua);
    }
    void charge_bytes(Vcpu::PortWork work, const void *memory, std::size_t size, std::uint64_t bytes_per_cycle);

    HostMemory &memory_;
    const GuestRam ram_;
    Timeline *timeline_ = nullptr;
    MmioTarget *phb_ = nullptr;
    PhbFirmware *firmware_ = nullptr;
    std::uint32_t last_killed_ = 0; // bridge
    std::vector<TraceObserver *> observers_;
    std::vector<std::uint32_t> pinned_; // by host page of guest RAM
    std::map<struct port_lock *, std::deque<Vcpu *>> lock_waiters_;
    std::uint64_t readers_ = 0;
    port_rcu_head *after_readers_ = nullptr;
    std::map<void *, std::size_t> objects_;
    PortCounters counters_;
    StoreSeries stores_; // of the piece of a loop that runs; spoilt by every other effect
    bool exact_loops_ = false;
};

} // namespace tcesim

#endif
