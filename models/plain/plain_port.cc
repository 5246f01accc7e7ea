// SPDX-License-Identifier: Apache-2.0
#include "models/plain/plain_port.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tcesim::plain {

namespace {

PlainPort *living = nullptr;

[[noreturn]] void fatal(const char *what) {
    if (PlainPort::on_fatal)
        PlainPort::on_fatal(what);
    else
        std::fprintf(stderr, "hcall: %s\n", what);
    std::abort();
}

} // namespace

std::function<void(const char *)> PlainPort::on_fatal;

PlainPort::PlainPort() {
    if (living)
        fatal("two plain worlds at once");
    living = this;
}

PlainPort::~PlainPort() {
    for (auto [object, size] : objects_)
        std::free(object);
    for (auto [block, size] : blocks_)
        std::free(block);
    living = nullptr;
}

PlainPort &PlainPort::world() {
    if (!living)
        fatal("no plain world");
    return *living;
}

bool PlainPort::fails(s64 *fails_in) {
    if (*fails_in < 0)
        return false;
    return (*fails_in)-- == 0;
}

void PlainPort::at_next(Moment moment, std::function<void()> does, u64 after) {
    moment_ = moment;
    moments_to_go_ = after;
    at_moment_ = std::move(does);
}

void PlainPort::comes_to(Moment moment) {
    if (!at_moment_ || moment != moment_ || moments_to_go_--)
        return;
    std::exchange(at_moment_, nullptr)();
}

void *PlainPort::alloc(size_t size) {
    comes_to(Moment::Allocates);
    if (small_failures_armed_ && fails(&small_fails_in_))
        return nullptr;
    void *object = size > size_t(1) << 40 ? nullptr : std::calloc(1, size);
    if (object)
        objects_[object] = size;
    return object;
}

void PlainPort::free(void *object) {
    if (!object)
        return;
    if (on_free)
        on_free(object);
    if (!objects_.erase(object))
        fatal("port_free() of no kernel object");
    std::free(object);
}

void *PlainPort::pages_alloc(size_t size) {
    comes_to(Moment::MakesPage);
    if (size < 4096 || (size & (size - 1)))
        fatal("port_pages_alloc() of a bad size");
    if (fails(&page_fails_in_))
        return nullptr;
    void *block = std::aligned_alloc(size, size);
    if (!block)
        return nullptr;
    std::memset(block, 0, size);
    blocks_[block] = size;
    page_bytes_ += size;
    return block;
}

void PlainPort::pages_free(void *block, size_t size) {
    auto found = blocks_.find(block);
    if (found == blocks_.end() || found->second != size)
        fatal("port_pages_free() of no such block");
    blocks_.erase(found);
    page_bytes_ -= size;
    std::free(block);
}

void PlainPort::rcu_read_unlock() {
    if (!readers_)
        fatal("port_rcu_read_unlock() outside a read section");
    if (--readers_)
        return;
    auto callbacks = std::move(callbacks_);
    callbacks_.clear();
    for (auto [head, func] : callbacks)
        func(head);
}

void PlainPort::mmio_write(u64 hpa, u64 value) {
    mmio_writes.emplace_back(hpa, value);
    const u64 registers = hpa & ~u64(0xfff);
    if (hpa == registers + PHB_IODA_ADDRESS_OFFSET)
        table_addresses_[registers] = value;
    else if (hpa == registers + PHB_IODA_DATA_OFFSET)
        bridge_tables[{registers, table_addresses_[registers]}] = value;
}

u64 PlainPort::mmio_read(u64 hpa) {
    const u64 registers = hpa & ~u64(0xfff);
    if (hpa != registers + PHB_IODA_DATA_OFFSET)
        fatal("port_mmio_read64() of a register that the handlers have no use for");
    return bridges_gone ? ~u64(0) : bridge_tables[{registers, table_addresses_[registers]}];
}

void PlainPort::host_stops(const char *what) {
    if (!running_)
        fatal(what);
    host_bug_ = what;
    std::longjmp(*running_, 1); // NOLINT(cert-err52-cpp): the frames between are C
}

void PlainPort::call_rcu(port_rcu_head *head, void (*func)(port_rcu_head *)) {
    if (readers_)
        callbacks_.emplace_back(head, func);
    else
        func(head);
}

} // namespace tcesim::plain

using tcesim::plain::big_endian;
using tcesim::plain::Moment;
using tcesim::plain::PlainPort;

namespace {

PlainPort &world() {
    return PlainPort::world();
}

/// Copies doublewords of user memory; the handlers read whole TCEs only.
void read_hpa(void *to, u64 hpa, size_t size) {
    if (size != sizeof(u64) || hpa % sizeof(u64))
        port_bug("a read of user memory that is no doubleword");
    u64 value = world().memory.read64(hpa);
    std::memcpy(to, &value, sizeof(value));
}

u64 guest_hpa(u64 gpa) {
    u64 ua = 0, hpa = 0;
    if (!world().guest || !world().guest(gpa, &ua) || !world().memory.translate(ua, &hpa))
        port_bug("the guest touches memory that it does not have");
    return hpa;
}

} // namespace

extern "C" {

void *port_alloc(size_t size) {
    return world().alloc(size);
}
void port_free(void *object) {
    world().free(object);
}
void *port_pages_alloc(size_t size) {
    return world().pages_alloc(size);
}
void port_pages_free(void *block, size_t size) {
    world().pages_free(block, size);
}
u64 port_to_hpa(const void *block) {
    return reinterpret_cast<u64>(block);
}
void *port_from_hpa(u64 hpa) {
    return reinterpret_cast<void *>(hpa);
}
void port_clear(void *to, size_t size) {
    std::memset(to, 0, size);
}
void port_copy(void *to, const void *from, size_t size) {
    std::memcpy(to, from, size);
}

int port_read_ua(void *to, u64 ua, size_t size) {
    u64 hpa = 0;
    u32 shift = 0;
    if (!world().memory.fault_in(ua, &hpa, &shift))
        return -EFAULT;
    read_hpa(to, hpa | (ua & (PAGE_SIZE - 1)), size);
    return 0;
}

int port_translate_real_mode(u64 ua, u64 *hpa) {
    return world().memory.translate_real_mode(ua, hpa) ? 0 : -EFAULT;
}

void port_read_hpa(void *to, u64 hpa, size_t size) {
    read_hpa(to, hpa, size);
}
void port_guest_write64(u64 gpa, u64 value) {
    world().memory.write64(guest_hpa(gpa), big_endian(value));
}
u64 port_guest_read64(u64 gpa) {
    return big_endian(world().memory.read64(guest_hpa(gpa)));
}

int port_pin(u64 ua, u64 *hpa, u32 *shift) {
    if (!world().memory.fault_in(ua, hpa, shift))
        return -EFAULT;
    world().memory.pin(*hpa);
    return 0;
}

u32 port_page_shift(u64 hpa) {
    return world().memory.shift_of(hpa);
}

void port_unpin(u64 hpa, bool dirty) {
    if (!world().memory.unpin(hpa))
        port_bug("port_unpin() of a page that is not pinned");
    if (dirty)
        world().memory.set_dirty(hpa);
}

void port_set_dirty(u64 hpa) {
    world().memory.set_dirty(hpa);
}

u64 port_xchg_tce(u64 *tce, u64 value) {
    u64 old = big_endian(*tce);
    *tce = big_endian(value);
    world().exchanges++;
    world().comes_to(Moment::Exchanged);
    return old;
}

void port_lock(struct port_lock *lock) {
    world().comes_to(Moment::Locks);
    if (lock->state)
        port_bug("a lock taken twice");
    lock->state = 1;
}

void port_unlock(struct port_lock *lock) {
    if (!lock->state)
        port_bug("a free lock unlocked");
    lock->state = 0;
}

void port_rcu_read_lock(void) {
    world().rcu_read_lock();
}
void port_rcu_read_unlock(void) {
    world().rcu_read_unlock();
}

void port_call_rcu(struct port_rcu_head *head, void (*func)(struct port_rcu_head *head)) {
    world().call_rcu(head, func);
}

void port_mmio_write64(u64 hpa, u64 value) {
    world().mmio_write(hpa, value);
}

u64 port_mmio_read64(u64 hpa) {
    return world().mmio_read(hpa);
}

void port_pe_reset(u32 phb, u32 pe, enum port_reset reset) {
    world().pe_resets.push_back({phb, pe, reset});
}

void port_opal_tce_kill(u32 phb, enum opal_tce_kill kind, u32 pe, u32 shift, u64 ioba, u64 pages) {
    world().opal_kills.push_back({phb, kind, pe, shift, ioba, pages});
}

int port_set_tve(u32 phb, u32 index, u64 tve) {
    world().tve_writes.push_back({phb, index, tve});
    if (world().on_set_tve)
        world().on_set_tve({phb, index, tve});
    return world().take_window_failure(tve) ? -EBUSY : 0;
}

void port_sync(void) {}
void port_enter_level(enum port_level level) {
    world().levels.push_back(level);
}
void port_work(enum port_work work) {
    world().work[work]++;
}
u32 port_smp_id(void) {
    return world().cpu;
}

void port_loop(port_loop_body *body, port_loop_steps *, void *context, u64 first, u64 count) {
    body(context, first, count);
}

void port_trace(enum port_event event, u64 a, u64 b, u64 c, u64 d) {
    world().trace.push_back({event, a, b, c, d});
}

bool port_invalidation_running(void) {
    return world().memory.invalidation_running();
}

[[noreturn]] void port_host_bug(const char *what) {
    world().host_stops(what);
}

[[noreturn]] void port_bug(const char *what) {
    tcesim::plain::fatal(what);
}
}
