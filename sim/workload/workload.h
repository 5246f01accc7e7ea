// SPDX-License-Identifier: Apache-2.0
/// \file
/// What runs on a machine: the guest's software, the device that it drives, and the figures of both.
///
/// One kind of traffic, one workload. The machine below it is the same for all: vCPU, handlers, bridge, link.
#ifndef TCESIM_SIM_WORKLOAD_WORKLOAD_H
#define TCESIM_SIM_WORKLOAD_WORKLOAD_H

#include <functional>
#include <memory>
#include <string>

#include "models/cpu/sim_port.h"
#include "models/guest/guest_dma.h"
#include "models/phb/phb.h"
#include "sim/results.h"
#include "sim/scenario/config.h"

namespace tcesim {

class Story;

/// The machine as a workload sees it; all of it outlives the workload.
struct MachineParts {
    const scenario::Config &config;
    std::uint64_t seed;
    Timeline &timeline;
    SimPort &port;
    Link &link;
    Phb &phb;
    GuestDma &dma;
    const struct hcall_object &handlers;
    const hcall_setup &setup;
    hcall_machine &handlers_machine;
    std::function<void()> kill_process; ///< that owns the guest: the vCPU that asks for it does nothing else any more
};

class Workload {
public:
    virtual ~Workload() = default;

    /// Maps what device and driver need and hands it over, at instant 0 and free of charge.
    /// \returns why that is impossible, for the user; empty when it is done.
    virtual std::string open() = 0;
    /// The guest's software, for ever, on the vCPU whose thread calls it.
    virtual void run(Vcpu &vcpu) = 0;

    /// The measured phase begins now, ends now.
    virtual void begin_measured() = 0;
    virtual void end_measured() = 0;
    /// Figures of the measured phase; what never happened stays absent.
    virtual void fill(VariantResult &result) const = 0;
    /// Whether data arrived as they were sent: an invariant, or with faults injected a quirk that is counted.
    virtual void judge(VariantResult &result, bool faults_injected) const = 0;

    /// Work that has an end: what is not done yet, for the user; empty when all is, or where there is no end.
    virtual std::string unfinished() const { return ""; }
    /// Whether nothing more will happen because all is done.
    virtual bool finished() const { return false; }
    /// Whether the process has taken from the guest what that has mapped: its view then says what is no longer so.
    virtual bool takes_mappings_away() const { return false; }

    /// What everybody waits for when nothing happens any more, as a clause.
    virtual std::string standstill() const = 0;
    /// Lets \p story hear of packets. Only a stream of packets has one.
    virtual void watch(Story &story) { static_cast<void>(story); }
};

/// The workload of the configured traffic.
std::unique_ptr<Workload> make_workload(const MachineParts &parts);

} // namespace tcesim

#endif
