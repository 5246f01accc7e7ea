// SPDX-License-Identifier: Apache-2.0
/// \file
/// A PCI Express link between one device and the PHB.
///
/// Each direction is a serialiser (LinkRate) followed by the flight time. Upstream go read requests
/// and posted writes in the order of send(), and answers to CPU loads; downstream go completions, CPU stores and loads.
///
/// - The completions of one read follow each other without a gap, split at multiples of MPS or of the
///   read completion boundary, and are one event: the arrival of the last byte. Answers of different
///   reads do not interleave.
/// - Posted writes need a credit each. The PHB returns it when it has performed the write; it is
///   usable one flight later. A write without a credit waits in the device, and behind it whatever the
///   same engine sends later: a read request must not pass a posted write. Reads of an engine that does not
///   write (DmaRequest::apart) are not behind writes that have not left the device.
/// - A read's credit comes back with its last completion, so the limit for reads is applied by the
///   device's DmaRequester together with its tags.
#ifndef TCESIM_MODELS_PCIE_LINK_H
#define TCESIM_MODELS_PCIE_LINK_H

#include <systemc>

#include "models/kernel/delay_line.h"
#include "models/pcie/rate.h"
#include "models/pcie/tlp.h"

namespace tcesim {

struct LinkCounters {
    std::uint64_t requests = 0;    ///< read and write request TLPs
    std::uint64_t completions = 0; ///< completion TLPs
    std::uint64_t stores = 0;      ///< CPU stores carried to the device
    std::uint64_t loads = 0;       ///< CPU loads carried there, each with an answer

    std::uint64_t tlps() const { return requests + completions + stores + 2 * loads; }
};

class Link : public sc_core::sc_module {
public:
    Link(sc_core::sc_module_name name, Timeline &timeline, const LinkParameters &parameters);

    void connect_root(RequestSink &root) { root_ = &root; }
    void connect_device(CompletionSink &requester, DeviceRegisters &registers);

    // ---- the device's side ----
    /// Sends a request TLP; it arrives at the root after serialisation and flight.
    void send(DmaRequest &request);

    // ---- the root's side; ready instants never decrease from call to call ----
    /// Answers a read: its completions may start at \p ready.
    void complete(DmaRequest &request, ps_t ready);
    /// Carries a CPU's store, ready at \p ready, to the device.
    void store(std::uint64_t offset, std::uint64_t value, ps_t ready);
    /// Carries a CPU's load of 8 bytes, ready at \p ready, to the device; its answer comes back to the root.
    void load(std::uint64_t offset, LoadClient &client, ps_t ready);
    /// Asserts a reset of the device, or ends it. What is on its way arrives.
    void reset_device(bool asserted) { registers_->on_reset(asserted); }
    /// A posted write is performed: its credit and its object go back to the device.
    void release_posted(DmaRequest &request);

    const LinkParameters &parameters() const { return parameters_; }
    const LinkRate &rate() const { return rate_; }
    const LinkCounters &counters() const { return counters_; }

private:
    struct Downstream {
        DmaRequest *answered; // nullptr: a store, or a load
        std::uint64_t offset, value;
        LoadClient *loads; // nullptr: no load
    };
    struct LoadAnswer {
        LoadClient *client;
        std::uint64_t value;
    };

    void transmit(DmaRequest &request);
    ps_t transmit_downstream(std::uint32_t bytes, ps_t ready);
    void collect_credits();
    void send_waiting();
    void arrive_upstream(DmaRequest *request) { root_->on_request(*request); }
    void arrive_downstream(Downstream item);
    void arrive_answer(LoadAnswer answer) { root_->on_load_answer(*answer.client, answer.value); }

    Timeline &timeline_;
    const LinkParameters parameters_;
    const LinkRate rate_;
    RequestSink *root_ = nullptr;
    CompletionSink *requester_ = nullptr;
    DeviceRegisters *registers_ = nullptr;
    LinkCounters counters_;

    ps_t upstream_free_ = 0, downstream_free_ = 0;
    DelayLine<Link, DmaRequest *, &Link::arrive_upstream> upstream_;
    DelayLine<Link, LoadAnswer, &Link::arrive_answer> answers_;
    DelayLine<Link, Downstream, &Link::arrive_downstream> downstream_;

    std::uint32_t posted_credits_;
    Ring<ps_t> returning_credits_; // instants at which they are usable, ascending
    RequestList waiting_;          // a posted write without a credit, and what its engine sent after it
    Event credit_event_;
};

} // namespace tcesim

#endif
