// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/sim_port.h"

#include <cstring>

#include "models/cpu/loop_pieces.h"
#include "models/kernel/check.h"

namespace tcesim {

namespace {

// The one machine of this process: C code that calls through port.h has no pointer to it.
SimPort *machine = nullptr;

constexpr std::uint64_t object_alignment = 128;

/// Steps that are alike change nothing but hardware, which is not told while nobody executes: the last of them says
/// where to go on.
void run_for_nobody(port_loop_body *body, port_loop_steps *steps, void *context, std::uint64_t first,
                    std::uint64_t count) {
    const std::uint64_t end = first + count;
    for (std::uint64_t at = first; at < end;) {
        const port_steps next = steps(context, at, end - at);
        const std::uint64_t passed = next.alike ? (next.count - 1) / next.step * next.step : 0;
        at = body(context, at + passed, next.count - passed);
    }
}

} // namespace

SimPort::SimPort(HostMemory &memory, const GuestRam &ram)
    : memory_(memory), ram_(ram), pinned_(ram.size >> ram.host_page_shift) {
    TCESIM_CHECK(!machine, "a process simulates one machine");
    machine = this;
}

SimPort::~SimPort() { machine = nullptr; }

// ---- memory ----

void SimPort::charge_bytes(Vcpu::PortWork work, const void *memory, std::size_t size, std::uint64_t bytes_per_cycle) {
    if (!current_vcpu)
        return;
    Meter &meter = current_vcpu->meter();
    current_vcpu->spend_in_port(work, meter.cycles_to_ps(size * 1000 / bytes_per_cycle));
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    if (memory_.contains(address - HostMemory::base, size))
        current_vcpu->spend_in_port(Vcpu::PortWork::access, meter.touch(address, size));
}

void *SimPort::alloc(std::size_t size) {
    stores_.spoilt = true;
    const std::size_t rounded = (size + object_alignment - 1) & ~(object_alignment - 1);
    void *object = memory_.allocate(rounded, object_alignment);
    if (!object)
        return nullptr;
    objects_[object] = rounded;
    ++counters_.objects;
    if (current_vcpu)
        charge_bytes(Vcpu::PortWork::clear, object, size, current_vcpu->costs().clear_bytes_per_cycle);
    return object;
}

void SimPort::free(void *object) {
    stores_.spoilt = true;
    if (!object)
        return;
    const auto found = objects_.find(object);
    TCESIM_CHECK(found != objects_.end(), "an object is freed once");
    memory_.release(object, found->second, object_alignment);
    objects_.erase(found);
    --counters_.objects;
}

void *SimPort::pages_alloc(std::size_t size) {
    stores_.spoilt = true;
    void *block = memory_.allocate(size, size);
    counters_.page_bytes += block ? size : 0;
    if (block && current_vcpu)
        charge_bytes(Vcpu::PortWork::clear, block, size, current_vcpu->costs().clear_bytes_per_cycle);
    return block;
}

void SimPort::pages_free(void *block, std::size_t size) {
    stores_.spoilt = true;
    counters_.page_bytes -= size;
    memory_.release(block, size, size);
}

void SimPort::clear(void *to, std::size_t size) {
    stores_.spoilt = true;
    std::memset(to, 0, size);
    if (current_vcpu)
        charge_bytes(Vcpu::PortWork::clear, to, size, current_vcpu->costs().clear_bytes_per_cycle);
}

void SimPort::copy(void *to, const void *from, std::size_t size) {
    stores_.spoilt = true;
    std::memcpy(to, from, size);
    if (!current_vcpu)
        return;
    // Time is paid once; of the two ends the one in host memory goes through the caches.
    const bool to_memory = memory_.contains(HostMemory::hpa_of(to), size);
    charge_bytes(Vcpu::PortWork::copy, to_memory ? to : from, size, current_vcpu->costs().copy_bytes_per_cycle);
}

int SimPort::read_ua(void *to, std::uint64_t ua, std::size_t size) {
    if (!in_ram(ua, size))
        return -EFAULT;
    copy(to, HostMemory::at(ram_.hpa + (ua - ram_.ua)), size);
    return 0;
}

int SimPort::translate_real_mode(std::uint64_t ua, std::uint64_t *hpa) const {
    if (!in_ram(ua, 1) || ram_.page_shift > ram_.host_page_shift)
        return -EFAULT;
    *hpa = ram_.hpa + (ua - ram_.ua);
    return 0;
}

void SimPort::read_hpa(void *to, std::uint64_t hpa, std::size_t size) {
    TCESIM_CHECK(memory_.contains(hpa, size), "a pinned page is memory");
    copy(to, HostMemory::at(hpa), size);
}

void SimPort::guest_write64(std::uint64_t gpa, std::uint64_t value) {
    TCESIM_CHECK(gpa < ram_.size, "the guest writes its own memory");
    const std::uint64_t big_endian = __builtin_bswap64(value);
    copy(guest_memory(gpa), &big_endian, sizeof(big_endian));
}

std::uint64_t SimPort::guest_read64(std::uint64_t gpa) {
    TCESIM_CHECK(gpa < ram_.size, "the guest reads its own memory");
    std::uint64_t big_endian;
    copy(&big_endian, guest_memory(gpa), sizeof(big_endian));
    return __builtin_bswap64(big_endian);
}

// ---- pages of user memory ----

int SimPort::pin(std::uint64_t ua, std::uint64_t *hpa, std::uint32_t *shift) {
    stores_.spoilt = true;
    if (!in_ram(ua, 1))
        return -EFAULT;
    if (current_vcpu) {
        current_vcpu->spend_in_port(Cost::pin_page);
        current_vcpu->sync();
    }
    const std::uint64_t page = (ua - ram_.ua) >> ram_.host_page_shift;
    ++pinned_[page];
    ++counters_.pins;
    *hpa = ram_.hpa + (page << ram_.host_page_shift);
    *shift = ram_.page_shift;
    return 0;
}

void SimPort::unpin(std::uint64_t hpa, bool) {
    stores_.spoilt = true;
    const std::uint64_t page = (hpa - ram_.hpa) >> ram_.host_page_shift;
    TCESIM_CHECK(page < pinned_.size() && pinned_[page], "a page is unpinned as often as it was pinned");
    --pinned_[page];
    ++counters_.unpins;
}

void SimPort::set_dirty(std::uint64_t) {
    stores_.spoilt = true;
    if (current_vcpu)
        current_vcpu->spend_atomic_in_port();
}

// ---- atomics, locks, RCU ----

std::uint64_t SimPort::xchg_tce(std::uint64_t *tce, std::uint64_t value) {
    stores_.spoilt = true;
    if (current_vcpu) {
        current_vcpu->spend_atomic_in_port();
        current_vcpu->spend_in_port(Vcpu::PortWork::access,
                            current_vcpu->meter().touch(reinterpret_cast<std::uintptr_t>(tce), sizeof(*tce)));
        current_vcpu->sync();
    }
    const std::uint64_t old = __builtin_bswap64(*tce);
    // Pages of a large table that hold nothing but zeros are not there, and stay so when it is cleared.
    if (old != value)
        *tce = __builtin_bswap64(value);
    return old;
}

void SimPort::lock(struct port_lock *lock) {
    stores_.spoilt = true;
    if (!current_vcpu) {
        lock->state = 1;
        return;
    }
    Vcpu &vcpu = *current_vcpu;
    vcpu.spend_atomic_in_port();
    vcpu.sync();
    if (!lock->state) {
        lock->state = vcpu.number() + 1;
        return;
    }
    lock_waiters_[lock].push_back(&vcpu);
    vcpu.wait_for_wake(Vcpu::Wait::lock);
    TCESIM_CHECK(lock->state == vcpu.number() + 1, "a lock is handed over to the waiter that is woken");
}

void SimPort::unlock(struct port_lock *lock) {
    stores_.spoilt = true;
    TCESIM_CHECK(lock->state, "only a held lock is released");
    if (!current_vcpu) {
        lock->state = 0;
        return;
    }
    Vcpu &vcpu = *current_vcpu;
    vcpu.spend_fence_in_port();
    vcpu.sync();
    lock->state = 0;
    const auto waiters = lock_waiters_.find(lock);
    if (waiters == lock_waiters_.end())
        return;
    Vcpu *next = waiters->second.front();
    waiters->second.pop_front();
    if (waiters->second.empty())
        lock_waiters_.erase(waiters);
    lock->state = next->number() + 1;
    next->wake();
}

void SimPort::rcu_read_lock() {
    stores_.spoilt = true;
    ++readers_;
    if (current_vcpu)
        current_vcpu->spend_fence_in_port();
}

void SimPort::rcu_read_unlock() {
    stores_.spoilt = true;
    TCESIM_CHECK(readers_, "a read section that is left was entered");
    if (current_vcpu)
        current_vcpu->spend_fence_in_port();
    if (--readers_)
        return;
    while (after_readers_) {
        port_rcu_head *head = after_readers_;
        after_readers_ = head->next;
        head->func(head);
    }
}

void SimPort::call_rcu(port_rcu_head *head, void (*func)(port_rcu_head *head)) {
    if (!readers_) {
        func(head);
        return;
    }
    head->func = func;
    head->next = after_readers_;
    after_readers_ = head;
}

// ---- devices and firmware ----

void SimPort::mmio_write64(std::uint64_t hpa, std::uint64_t value) {
    if (!current_vcpu)
        return;
    Vcpu &vcpu = *current_vcpu;
    stores_.add(hpa, value);
    vcpu.spend_in_port(Cost::mmio_store);
    vcpu.sync();
    const ps_t free_at = phb_->mmio_write(hpa, value);
    if (free_at > vcpu.now())
        vcpu.wait_until(Vcpu::Wait::kill_queue, free_at);
}

std::uint64_t SimPort::mmio_read64(std::uint64_t hpa) {
    stores_.spoilt = true;
    return current_vcpu ? current_vcpu->load(*phb_, hpa) : 0;
}

/// Of the bridge that is modelled, number 0.
void SimPort::pe_reset(std::uint32_t phb, std::uint32_t pe, enum port_reset reset) {
    stores_.spoilt = true;
    if (!current_vcpu)
        return;
    current_vcpu->sync();
    if (!phb)
        firmware_->pe_reset(pe, reset);
}

/// Firmware works page by page; the call takes their declared time, or longer when the PHB needs longer. Of the bridge
/// that is modelled, number 0, the PHB is told. Any other only costs time: nothing translates there.
void SimPort::opal_tce_kill(std::uint32_t phb, enum opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift,
                            std::uint64_t ioba, std::uint64_t pages) {
    if (!current_vcpu)
        return;
    Vcpu &vcpu = *current_vcpu;
    stores_.spoilt = true;
    vcpu.sync();
    const ps_t done_at = phb ? vcpu.now() : firmware_->tce_kill(kind, pe, shift, ioba, pages);
    const bool one_by_one = kind == OPAL_TCE_KILL_PAGES && !(phb && pages > vcpu.costs().second_flushes_above);
    vcpu.spend_in_port(Cost::opal_tce_kill, vcpu.costs().of(Cost::opal_tce_kill) * (one_by_one ? pages : 1));
    if (phb != last_killed_)
        vcpu.spend_in_port(Cost::kill_interference);
    last_killed_ = phb;
    vcpu.sync();
    if (done_at > vcpu.now())
        vcpu.wait_until(Vcpu::Wait::kill_queue, done_at);
}

void SimPort::set_tve(std::uint32_t phb, std::uint32_t index, std::uint64_t tve) {
    if (!phb)
        firmware_->set_tve(index, tve);
}

void SimPort::work(enum port_work work) {
    if (!current_vcpu)
        return;
    current_vcpu->spend_in_port(work == PORT_WORK_USER_DISPATCH ? Cost::user_dispatch : Cost::user_notify);
}

void SimPort::loop(port_loop_body *body, port_loop_steps *steps, void *context, std::uint64_t first,
                   std::uint64_t count) {
    if (!current_vcpu && !exact_loops_)
        run_for_nobody(body, steps, context, first, count);
    else if (!current_vcpu || count < PORT_LOOP_LONG)
        body(context, first, count);
    else
        LoopPieces(*current_vcpu, *timeline_, *phb_, stores_, {body, steps, context}, exact_loops_).run(first, count);
}

void SimPort::trace(port_event event, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    if (event == PORT_EV_HCALL_ENTER && current_vcpu)
        current_vcpu->announce_hypercall(a);
    const TraceObserver::Trace trace{current_vcpu, current_vcpu ? current_vcpu->now() : 0, event, a, b, c, d};
    for (TraceObserver *observer : observers_)
        observer->on_trace(trace);
}

} // namespace tcesim

using tcesim::current_vcpu;
using tcesim::machine;

extern "C" {

void *port_alloc(size_t size) { return machine->alloc(size); }
void port_free(void *object) { machine->free(object); }
void *port_pages_alloc(size_t size) { return machine->pages_alloc(size); }
void port_pages_free(void *block, size_t size) { machine->pages_free(block, size); }
u64 port_to_hpa(const void *block) { return tcesim::HostMemory::hpa_of(block); }
void *port_from_hpa(u64 hpa) { return tcesim::HostMemory::at(hpa); }
void port_clear(void *to, size_t size) { machine->clear(to, size); }
void port_copy(void *to, const void *from, size_t size) { machine->copy(to, from, size); }
int port_read_ua(void *to, u64 ua, size_t size) { return machine->read_ua(to, ua, size); }
int port_translate_real_mode(u64 ua, u64 *hpa) { return machine->translate_real_mode(ua, hpa); }
void port_read_hpa(void *to, u64 hpa, size_t size) { machine->read_hpa(to, hpa, size); }
void port_guest_write64(u64 gpa, u64 value) { machine->guest_write64(gpa, value); }
u64 port_guest_read64(u64 gpa) { return machine->guest_read64(gpa); }
int port_pin(u64 ua, u64 *hpa, u32 *shift) { return machine->pin(ua, hpa, shift); }
u32 port_page_shift(u64 hpa) { return machine->page_shift(hpa); }
void port_unpin(u64 hpa, bool dirty) { machine->unpin(hpa, dirty); }
void port_set_dirty(u64 hpa) { machine->set_dirty(hpa); }
u64 port_xchg_tce(u64 *tce, u64 value) { return machine->xchg_tce(tce, value); }
void port_lock(struct port_lock *lock) { machine->lock(lock); }
void port_unlock(struct port_lock *lock) { machine->unlock(lock); }
void port_rcu_read_lock(void) { machine->rcu_read_lock(); }
void port_rcu_read_unlock(void) { machine->rcu_read_unlock(); }
void port_call_rcu(struct port_rcu_head *head, void (*func)(struct port_rcu_head *head)) {
    machine->call_rcu(head, func);
}
void port_mmio_write64(u64 hpa, u64 value) { machine->mmio_write64(hpa, value); }
u64 port_mmio_read64(u64 hpa) { return machine->mmio_read64(hpa); }
void port_pe_reset(u32 phb, u32 pe, enum port_reset reset) { machine->pe_reset(phb, pe, reset); }
void port_opal_tce_kill(u32 phb, enum opal_tce_kill kind, u32 pe, u32 shift, u64 ioba, u64 pages) {
    machine->opal_tce_kill(phb, kind, pe, shift, ioba, pages);
}
int port_set_tve(u32 phb, u32 index, u64 tve) {
    machine->set_tve(phb, index, tve);
    return 0;
}
void port_sync(void) {
    if (current_vcpu)
        current_vcpu->sync();
}
void port_enter_level(enum port_level level) {
    if (current_vcpu)
        current_vcpu->enter_level(level);
}
void port_work(enum port_work work) { machine->work(work); }
u32 port_smp_id(void) { return current_vcpu ? current_vcpu->number() : 0; }
void port_loop(port_loop_body *body, port_loop_steps *steps, void *context, u64 first, u64 count) {
    machine->loop(body, steps, context, first, count);
}
void port_trace(enum port_event event, u64 a, u64 b, u64 c, u64 d) { machine->trace(event, a, b, c, d); }
// Nothing changes the process's page table while a simulation runs.
bool port_invalidation_running(void) { return false; }
void port_host_bug(const char *what) {
    tcesim::internal_error("host", 0, what, "the modelled kernel stops itself here");
}
void port_bug(const char *what) {
    tcesim::internal_error("hcall", 0, what, "a handler has found what must never be");
}
}
