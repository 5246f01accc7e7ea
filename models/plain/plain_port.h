// SPDX-License-Identifier: Apache-2.0
/// The plain world behind hcall/port.h: plain memory, one CPU, no time, failures on demand.
///
/// Kernel objects come from the C library, so that a sanitizer sees every byte; an hpa of a
/// table level is its pointer value. A broken rule of port.h, such as unlocking a free lock or
/// freeing memory twice, ends the process with a message, as port_bug() does.
#ifndef TCESIM_MODELS_PLAIN_PLAIN_PORT_H
#define TCESIM_MODELS_PLAIN_PLAIN_PORT_H

#include "models/plain/user_memory.h"

#include <csetjmp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tcesim::plain {

struct TraceEvent {
    port_event event;
    u64 a, b, c, d;
};

struct OpalKill {
    u32 phb;
    opal_tce_kill kind;
    u32 pe;
    u32 shift;
    u64 ioba;
    u64 pages;
};

struct TveWrite {
    u32 phb;
    u32 index;
    u64 tve;
};

struct PeReset {
    u32 phb;
    u32 pe;
    port_reset reset;
};

/// Where something else may happen between two steps of the handlers.
enum class Moment {
    Allocates, ///< before memory for a kernel object is looked for
    MakesPage, ///< before memory for a page or level is looked for
    Locks,     ///< before a lock is taken
    Exchanged, ///< after a hardware entry has changed
};

/// The world itself; the port_*() functions reach the one that lives. What its kernel objects
/// have left behind goes with it; who cares asks live_objects() before.
class PlainPort {
public:
    PlainPort();
    ~PlainPort();
    PlainPort(const PlainPort &) = delete;
    PlainPort &operator=(const PlainPort &) = delete;

    /// The living world.
    static PlainPort &world();

    UserMemory memory;
    /// Where the guest's own loads and stores go; false where it has no memory.
    std::function<bool(u64 gpa, u64 *ua)> guest;
    u32 cpu = 0;

    /// Lets the (@p after + 1)-th allocation from now on fail once.
    void fail_small_allocation(u64 after) { small_fails_in_ = static_cast<s64>(after); }
    void fail_page_allocation(u64 after) { page_fails_in_ = static_cast<s64>(after); }
    void fail_no_allocation() { small_fails_in_ = page_fails_in_ = -1; }
    /// While off, a pending failure of small allocations waits and does not count. Returns what it was.
    bool arm_small_failures(bool armed) { return std::exchange(small_failures_armed_, armed); }
    /// Lets firmware refuse the next window that it is asked to program.
    void fail_window() { window_fails_ = true; }
    bool take_window_failure(u64 tve) { return tve && std::exchange(window_fails_, false); }
    bool small_failure_pending() const { return small_fails_in_ >= 0; }

    /// Lets another CPU do something in the middle of a call: when the handlers come to @p moment
    /// for the (@p after + 1)-th time from now on. Once; a later call replaces it.
    void at_next(Moment moment, std::function<void()> does, u64 after = 0);
    /// For plain_port.cc.
    void comes_to(Moment moment);

    /// Says what ends the process, instead of a line on stderr; it may end it itself.
    static std::function<void(const char *what)> on_fatal;
    /// Bits of frozen PEs as bridges keep them, by address of the registers and value of the table's address register:
    /// what is stored there is loaded again.
    std::map<std::pair<u64, u64>, u64> bridge_tables;
    bool bridges_gone = false; ///< every load brings all ones

    /// Called with a kernel object that is about to be freed.
    std::function<void(void *)> on_free;
    /// Called when firmware has programmed a TVE.
    std::function<void(const TveWrite &)> on_set_tve;

    /// What happened, in order. Whoever looks empties what it has seen.
    std::vector<TraceEvent> trace;
    std::vector<std::pair<u64, u64>> mmio_writes; ///< hpa, value
    std::vector<OpalKill> opal_kills;
    std::vector<PeReset> pe_resets;
    std::vector<TveWrite> tve_writes;
    std::vector<port_level> levels; ///< every port_enter_level()
    std::map<enum port_work, u64> work;

    u64 exchanges = 0;
    /// Kernel objects and blocks of pages that live.
    u64 live_objects() const { return objects_.size() + blocks_.size(); }
    u64 live_page_bytes() const { return page_bytes_; }

    /// Calls @p handlers, which holds no C++ object of its own. Returns "", or what made the host stop in it.
    template <class Handlers>
    std::string run(const Handlers &handlers) {
        std::jmp_buf stopped;
        host_bug_.clear();
        running_ = &stopped;
        if (!setjmp(stopped)) // NOLINT(cert-err52-cpp): as above
            handlers();
        running_ = nullptr;
        return host_bug_;
    }

    /// port.h, for plain_port.cc.
    [[noreturn]] void host_stops(const char *what);
    void *alloc(size_t size);
    void free(void *object);
    void *pages_alloc(size_t size);
    void pages_free(void *block, size_t size);
    void mmio_write(u64 hpa, u64 value);
    u64 mmio_read(u64 hpa);
    void rcu_read_lock() { readers_++; }
    void rcu_read_unlock();
    void call_rcu(port_rcu_head *head, void (*func)(port_rcu_head *));

private:
    std::jmp_buf *running_ = nullptr;
    std::string host_bug_;

    bool fails(s64 *fails_in);

    std::map<u64, u64> table_addresses_; // by address of the registers

    std::map<void *, size_t> objects_;
    std::map<void *, size_t> blocks_;
    u64 page_bytes_ = 0;
    s64 small_fails_in_ = -1;
    s64 page_fails_in_ = -1;
    bool small_failures_armed_ = true;
    bool window_fails_ = false;
    u32 readers_ = 0;
    Moment moment_ = Moment::Allocates;
    u64 moments_to_go_ = 0;
    std::function<void()> at_moment_;
    std::vector<std::pair<port_rcu_head *, void (*)(port_rcu_head *)>> callbacks_;
};

} // namespace tcesim::plain

#endif
