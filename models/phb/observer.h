// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a PHB tells about each DMA access, each kill and each freeze; and where its interrupts go.
#ifndef TCESIM_MODELS_PHB_OBSERVER_H
#define TCESIM_MODELS_PHB_OBSERVER_H

#include <cstdint>

#include "models/kernel/timeline.h"

namespace tcesim {

/// Why an access failed.
enum class DmaFault : std::uint8_t {
    none,
    bad_pe,        ///< the RID has no PE
    frozen,        ///< the PE was frozen by an earlier fault
    bad_tve,       ///< the PE has no such window, or its entry is not valid
    out_of_window, ///< beyond the table
    page_fault,    ///< an entry on the way has no permission at all
    access_fault,  ///< the TCE does not permit the direction
    bad_address,   ///< translated to where there is no memory
    interrupt_read ///< a read of an interrupt window
};

/// Name of \p fault in words, such as "access fault".
const char *to_string(DmaFault fault);

/// One request TLP after translation; it touches one IOMMU page.
struct DmaAccess {
    std::uint64_t ioba;
    std::uint64_t hpa; ///< where the data are; meaningful without a fault
    std::uint32_t bytes;
    std::uint32_t pe; ///< meaningful unless the fault is bad_pe
    std::uint16_t requester_id;
    bool write;
    bool from_cache;
    DmaFault fault;
    ps_t arrived_at; ///< request at the PHB
    ps_t sampled_at; ///< its TCE read from memory; arrived_at where no TCE is used
};

/// One kill accepted by the PHB. From this instant no request that arrives uses what it kills.
struct TceKill {
    enum class Kind : std::uint8_t { one, pe, all };
    Kind kind;
    std::uint32_t pe;      ///< not for Kind::all
    std::uint64_t address; ///< Kind::one: bus address (p7ioc: real address of the TCE)
    std::uint64_t pages;   ///< Kind::one: IO pages from there on
    ps_t accepted_at;
};

class DmaObserver {
public:
    virtual ~DmaObserver() = default;
    /// Once for every request TLP but interrupts, when its translation is decided.
    virtual void on_access(const DmaAccess &access) = 0;
    virtual void on_kill(const TceKill &) {}
    /// \p access has frozen its PE.
    virtual void on_freeze(const DmaAccess &) {}
};

class InterruptSink {
public:
    virtual ~InterruptSink() = default;
    /// A message signalled interrupt has been performed now, after every write before it.
    /// \p data: the 4 bytes that the device wrote, big-endian.
    virtual void on_interrupt(std::uint16_t requester_id, std::uint64_t ioba, std::uint32_t data) = 0;
};

} // namespace tcesim

#endif
