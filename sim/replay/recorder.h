// SPDX-License-Identifier: Apache-2.0
/// \file
/// Writes what a simulated guest asks for as QEMU would: `tcesim record`.
///
/// The lines are those of the trace events spapr_iommu_* with all that they leave out and show otherwise
/// (docs/replay.md), so that what reads logs of real guests reads these. A default window whose pages are not of 4 KiB
/// is one that the guest has made in its place.
#ifndef TCESIM_SIM_REPLAY_RECORDER_H
#define TCESIM_SIM_REPLAY_RECORDER_H

#include <map>

#include "models/cpu/sim_port.h"
#include "sim/replay/log/recorded_call.h"
#include "sim/replay/log/shadow_table.h"
#include "sim/replay/log_file.h"
#include "sim/scenario/config.h"

namespace tcesim::replay {

class Recorder : public TraceObserver {
public:
    /// \p port: of the machine, whose memory holds lists and the words of firmware calls.
    Recorder(LogFile &file, const scenario::Config &config, const SimPort &port);

    void on_trace(const Trace &trace) override;

    std::uint64_t calls() const { return calls_; }
    /// TCEs that let a device in now.
    std::uint64_t live() const;

private:
    struct Window {
        WindowShape shape;
        ShadowTable table;
    };

    void line(ps_t time, const std::string &text);
    void returned(ps_t time, std::int64_t rc);
    void put(ps_t time, std::int64_t rc);
    void put_list(ps_t time, std::int64_t rc);
    void stuff(ps_t time, std::int64_t rc);
    void firmware(ps_t time);
    void create_line(ps_t time, std::uint64_t liobn, const WindowShape &shape);
    std::uint64_t liobn_of(std::uint64_t ioba) const;
    std::uint64_t entries_behind(std::uint64_t ioba, const WindowShape &shape) const;
    std::uint32_t word(std::uint32_t index) const;
    std::uint64_t list_entry(std::uint64_t entry) const;

    LogFile &file_;
    const SimPort &port_;
    std::map<std::uint64_t, Window> windows_;                     // open ones, by LIOBN
    std::uint64_t opcode_ = 0, ioba_ = 0, value_ = 0, count_ = 0; // of the call under way
    bool under_way_ = false;
    std::uint64_t calls_ = 0;
};

} // namespace tcesim::replay

#endif
