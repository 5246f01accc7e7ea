// SPDX-License-Identifier: Apache-2.0
/// \file
/// The software of a recorded guest: its hypercalls, as a log tells them, in the order of the log.
///
/// One vCPU makes the calls of all. The machine's own device is that of the first bridge; further bridges, each with
/// a device of a PE of its own, and devices on the virtual I/O bus are there if the log has them.
#ifndef TCESIM_SIM_REPLAY_RECORDED_GUEST_H
#define TCESIM_SIM_REPLAY_RECORDED_GUEST_H

#include <functional>
#include <initializer_list>
#include <optional>

#include "sim/replay/log/shadow_table.h"
#include "sim/replay/log/survey.h"
#include "sim/replay/pace.h"
#include "sim/replay/replay_figures.h"
#include "sim/workload/workload.h"

namespace tcesim::replay {

class RecordedGuest : public Workload {
public:
    struct Log {
        std::string path;
        const Survey &survey;
        Pace pace;
    };
    /// \p advance is told how many events have been replayed, now and then.
    RecordedGuest(const MachineParts &parts, Log log, std::function<void(std::uint64_t)> advance)
        : parts_(parts), log_(std::move(log)), advance_(std::move(advance)) {}

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void begin_measured() override {}
    void end_measured() override {}
    void fill(VariantResult &) const override {}
    void judge(VariantResult &, bool) const override {}
    bool finished() const override { return finished_; }
    std::string standstill() const override { return "the recorded guest has calls left"; }

    /// Why the log could not be read to its end, although it could be before; empty if it was.
    const std::string &problem() const { return problem_; }
    const ReplayFigures &figures() const { return figures_; }

private:
    struct Window {
        WindowShape shape;
        ShadowTable table;
        std::uint64_t liobn = 0; ///< here; the log's may be another
    };
    struct Pending {
        RecordedCall call;
        std::uint64_t line = 0;
    };

    void replay_log();
    void replay(const TraceEvent &event);
    void rest(const TraceEvent &event);
    void make(const RecordedCall &call);
    void issue(const RecordedCall &call, Window *window);
    void write_list(const RecordedCall &call);
    void remember(const RecordedCall &call, Window *window, CallFigures &figures);
    void enter_kvm(const TraceEvent &event);
    void leave_kvm(const TraceEvent &event);
    void check_translation(const TraceEvent &event);
    std::optional<std::uint64_t> translated(const TraceEvent &event, Window &window, std::uint64_t *perm);
    void new_table(const TraceEvent &event);
    void settle_resets();
    void create_window(const TraceEvent &event);
    void remove_window(const TraceEvent &event);
    void reset_bridge(const TraceEvent &event);
    void machine_reset();
    void default_windows_of(std::uint64_t bridge);
    std::int32_t firmware(std::initializer_list<std::uint32_t> arguments, std::uint32_t results);
    std::uint32_t firmware_result(std::uint32_t arguments, std::uint32_t index) const;
    template <class Work>
    void on_windows(Work work);
    void differ(std::uint64_t &count, const std::string &text);
    Part part() const;
    WindowShape shape_of(std::uint64_t liobn) const;
    Window *window_of(std::uint64_t liobn);
    std::uint32_t pe_of(std::uint64_t liobn) const { return pes_.at(bridge_of(liobn)); }

    const MachineParts parts_;
    const Log log_;
    std::function<void(std::uint64_t)> advance_;
    Vcpu *vcpu_ = nullptr;
    std::map<std::uint64_t, std::uint32_t> pes_; // by bridge
    std::map<std::uint64_t, Window> windows_;    // open ones, by LIOBN of the log
    std::map<std::uint64_t, Pending> pending_;   // by vCPU
    std::set<std::uint64_t> enabled_again_;      // new_table of these has been seen and not been explained yet
    std::set<std::uint64_t> seen_;               // new_table of these has been seen
    ReplayFigures figures_;
    std::string problem_;
    std::uint64_t line_ = 0, calls_ = 0;
    std::uint64_t started_at_ = 0; // recorded
    bool started_ = false;
    bool finished_ = false;
};

} // namespace tcesim::replay

#endif
