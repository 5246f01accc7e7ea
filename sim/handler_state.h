// SPDX-License-Identifier: Apache-2.0
/// \file
/// Judges what the handlers keep: hardware tables, mirrors, regions, guest views and accounts have to
/// tell the same story at any instant at which others may act.
///
/// Asks through hcall/inspect.h alone, without calling a handler and without charging time, so that it
/// serves every world behind hcall/port.h. What a device has cached is not looked at here, nor whether
/// a refused hypercall changed anything.
#ifndef TCESIM_SIM_HANDLER_STATE_H
#define TCESIM_SIM_HANDLER_STATE_H

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hcall/inspect.h"

namespace tcesim {

/// What the handlers' state is judged by, known without them.
class HandlerMemory {
public:
    virtual ~HandlerMemory() = default;
    /// log2 of a page of the host's kernel, in which regions are counted.
    virtual unsigned host_page_shift() const { return PAGE_SHIFT; }
    /// Entries of the table level at host real address \p hpa.
    virtual const u64 *level(u64 hpa) const = 0;
    /// Address in the process that guest memory at \p gpa stands for; nothing where the guest has none.
    virtual std::optional<u64> ua_of(u64 gpa) const = 0;
    /// Host real address of the process's memory at \p ua; nothing where it has none.
    virtual std::optional<u64> hpa_of(u64 ua) const = 0;
    /// Pins of user pages that are held now, several of one page counted each.
    virtual u64 pins() const = 0;
};

/// Hypercalls of one vCPU, as the guest makes them.
class HypercallLog {
public:
    struct Call {
        u64 opcode, ioba, value, count;
    };

    void enter(const Call &call) { under_way_ = call; }
    void returned(long rc, bool measured);

    const std::optional<Call> &under_way() const { return under_way_; }
    /// Calls that answered H_TOO_HARD to the guest, set-up included.
    u64 too_hard() const { return too_hard_; }
    /// Calls of the measured phase that answered anything but H_SUCCESS.
    u64 failed() const { return failed_; }

private:
    std::optional<Call> under_way_;
    u64 too_hard_ = 0, failed_ = 0;
};

struct HandlerState {
    /// By name, whether it holds:
    ///   mapped_counts      every region counts 1 + the hardware entries made from it
    ///   mirror_matches     a mirror has a value exactly where the hardware entry has permissions
    ///   entries_translate  a hardware entry is what its region makes of the mirror's value
    ///   entries_pinned     every entry's page is pinned: by a region that may back it, or one by one
    ///   views_agree        hardware has what the guest's view says: page and permissions
    ///   locked_pages       the locked pages are those of regions, tables, views and enabled windows
    ///   no_too_hard        no hypercall has answered H_TOO_HARD to the guest
    /// An entry that breaks the second, third or fourth is not held against the view as well.
    std::map<std::string, bool> invariants;
    /// A sentence for each that does not hold: the first case, and how many there are.
    std::vector<std::string> violations;
    /// Pins that no region and no hardware entry rests on; of a call under way one is not counted.
    u64 needless_pins = 0;
};

/// Scans everything that \p process can reach. Levels that are absent cost nothing.
///
/// While a hypercall is under way, its entries may differ from the view, a page that it is about to map may be
/// counted before its entry stands there, and of one entry the mirror may not have followed yet: where each exchange
/// invalidates (up to 4.19) others act in between. Nothing else may differ even then.
HandlerState scan_handlers(const struct hcall_inspection &inspection, const user_process &process,
                           const HandlerMemory &memory, const HypercallLog &calls);

} // namespace tcesim

#endif
