// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/dynamic_window.h"

#include "sim/machine_parameters.h"

namespace tcesim {

namespace {

constexpr std::uint64_t buffer_bytes = 65536; // that a driver holds in a window that is to go

} // namespace

DynamicWindow::DynamicWindow(const MachineParts &parts)
    : parts_(parts), setup_(handlers_setup(parts.config)),
      at_start_(parts.config.guest.ram - parts.config.traffic.hot_add), later_(parts.config.traffic.hot_add) {
    parts.port.add_observer(*this);
}

void DynamicWindow::on_trace(const Trace &trace) {
    hypercalls_ += trace.event == PORT_EV_HCALL_ENTER && trace.a != H_RTAS;
}

long DynamicWindow::ddw(machine_ddw_step what, std::uint64_t gpa, std::uint64_t size) {
    return parts_.handlers.ddw(&setup_, &parts_.handlers_machine, what, gpa, size);
}

template <class Work>
void DynamicWindow::attempt(const char *what, Work work) {
    if (!problem_.empty())
        return;
    if (const long rc = work())
        problem_ = std::string(what) + " ended with errno " + std::to_string(-rc);
}

void DynamicWindow::run(Vcpu &vcpu) {
    make_and_fill(vcpu);
    if (later_)
        change_memory(vcpu);
    remove(vcpu);
    attempt("making the window again", [&] { return ddw(MACHINE_DDW_CREATE, 0, 0); });
    attempt("filling it again", [&] { return ddw(MACHINE_DDW_ADD_MEMORY, 0, at_start_); });
    timed(vcpu, "reboot_time", [&] { return parts_.handlers.reset(&setup_, &parts_.handlers_machine); });
    ended_ = true;
    vcpu.halt();
}

void DynamicWindow::make_and_fill(Vcpu &vcpu) {
    timed(vcpu, "ddw_create_time", [&] { return ddw(MACHINE_DDW_CREATE, 0, 0); });
    const std::uint64_t before = hypercalls_;
    if (direct())
        timed(vcpu, "ddw_map_time", [&] { return ddw(MACHINE_DDW_ADD_MEMORY, 0, at_start_); });
    map_hypercalls_ = hypercalls_ - before;
    table_bytes_ = parts_.port.counters().page_bytes;
}

void DynamicWindow::change_memory(Vcpu &vcpu) {
    timed(vcpu, "memory_plug_time", [&] { return parts_.handlers.plug_memory(&parts_.handlers_machine, later_); });
    if (direct()) {
        timed(vcpu, "hot_add_time", [&] { return ddw(MACHINE_DDW_ADD_MEMORY, at_start_, later_); });
        timed(vcpu, "hot_remove_time", [&] { return ddw(MACHINE_DDW_REMOVE_MEMORY, at_start_, later_); });
    }
    timed(vcpu, "memory_unplug_time", [&] { return parts_.handlers.unplug_memory(&parts_.handlers_machine); });
}

/// In dynamic mode a driver still holds a buffer at first: the guest waits with the removal until it is given back.
void DynamicWindow::remove(Vcpu &vcpu) {
    dma_window *window = parts_.handlers_machine.window;
    if (!direct() && problem_.empty()) {
        const u64 bus = parts_.handlers.dma_map(window, address_map::bench_memory, buffer_bytes, DMA_BIDIRECTIONAL);
        refused_ += ddw(MACHINE_DDW_REMOVE, 0, at_start_) == -EBUSY;
        parts_.handlers.dma_unmap(window, bus, buffer_bytes);
    }
    timed(vcpu, "ddw_remove_time", [&] { return ddw(MACHINE_DDW_REMOVE, 0, at_start_); });
}

std::string DynamicWindow::unfinished() const {
    return ended_ ? problem_ : "the window's life is not over by its end";
}

void DynamicWindow::fill(VariantResult &result) const {
    fill_steps(result);
    result.set("table_memory", table_bytes_);
    if (direct())
        result.set("ddw_map_hypercalls", map_hypercalls_);
    else
        result.set("removals_refused", refused_);
}

} // namespace tcesim
