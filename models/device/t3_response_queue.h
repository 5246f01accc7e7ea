// SPDX-License-Identifier: Apache-2.0
/// \file
/// The T3's response queue and its interrupt.
///
/// The interrupt is requested one hold-off after the first packet entry that the driver has not
/// consumed, provided it is armed; sending it disarms it, and a store to response_consumed with
/// gts_arm arms it again. Credit entries alone never interrupt.
#ifndef TCESIM_MODELS_DEVICE_T3_RESPONSE_QUEUE_H
#define TCESIM_MODELS_DEVICE_T3_RESPONSE_QUEUE_H

#include "models/device/t3_observer.h"
#include "models/pcie/requester.h"

namespace tcesim {

/// Bus addresses of what driver and T3 share.
struct T3Rings {
    std::uint64_t transmit = 0;
    std::uint64_t free_list = 0;
    std::uint64_t jumbo_list = 0; ///< meaningless while its doorbell is not rung
    std::uint64_t responses = 0;
    std::uint64_t msi_address = 0; ///< in the PHB's 64-bit MSI window (bit 60)
    std::uint32_t msi_data = 0;
};

struct T3ResponseCounters {
    std::uint64_t packets = 0, credits = 0; ///< entries written
    std::uint64_t interrupts = 0;
};

class T3ResponseQueue {
public:
    T3ResponseQueue(Timeline &timeline, DmaRequester &requester, ps_t interrupt_holdoff);

    void configure(const T3Rings &rings) { rings_ = rings; }
    void set_observer(T3Observer &observer) { observer_ = &observer; }

    bool room() const { return produced_ - consumed_ < t3_response_entries; }
    /// Writes an entry; there must be room().
    void post(const T3Response &response);
    /// The driver's store to response_consumed.
    void consumed(std::uint64_t value);

    const T3ResponseCounters &counters() const { return counters_; }

private:
    void request_interrupt();
    void interrupt();

    Timeline &timeline_;
    DmaRequester &requester_;
    const ps_t interrupt_holdoff_;
    T3Rings rings_;
    T3Observer *observer_ = nullptr;
    T3ResponseCounters counters_;
    std::uint64_t produced_ = 0, consumed_ = 0;
    std::uint64_t behind_last_packet_ = 0; // value of produced_ after the last packet entry
    bool armed_ = false;
    Event interrupt_event_;
};

} // namespace tcesim

#endif
