/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eeh.h - EEH for the guest: firmware calls that say what has become of a device, and bring it back.
 *
 * A bridge of the guest is one PE. Its calls become VFIO_EEH_PE_OP on the bridge's container, if that is
 * the only one, has one group only, and its host has EEH: then what is frozen is one PE there, too. Any
 * other bridge has no EEH, one with emulated devices alone among them.
 *
 * All calls begin with three arguments: an address in configuration space, or of the PE, and the BUID's
 * high and low word. The number of arguments and of results is checked first (-3), then that the
 * bridge exists and has EEH (-3), then the call's own argument (-3); an operation that the host refuses is -1.
 * Arguments and numbers are PAPR's.
 *
 * ibm,set-eeh-option: 4 arguments, 1 result. The fourth: 0 disable, 1 enable, 2 thaw MMIO, 3 thaw DMA.
 *	Enabling thaws both.
 * ibm,get-config-addr-info2: 4 arguments, 2 results. The fourth: 0, the result is the PE's address, bus << 16 | 1
 *	with the bus of the address that is given; 1, the result is 2: the PE may have several devices.
 * ibm,read-slot-reset-state2: 3 arguments, 4 or 5 results: status, state (EEH_STATE_...), 1 (EEH is
 *	there), milliseconds until an unavailable PE comes back (0: never), 0.
 * ibm,set-slot-reset: 4 arguments, 1 result. The fourth: 0 end, 1 hot reset, 3 fundamental reset.
 * ibm,configure-pe: 3 arguments, 1 result.
 * ibm,slot-error-detail: 8 arguments, 1 result: 1, no log. VFIO has no call for one. The eighth
 *	argument is 1 or 2, a temporary or permanent error; the buffers are left alone.
 */
#ifndef HCALL_QEMU_EEH_H
#define HCALL_QEMU_EEH_H

#include "rtas.h"
#include "user_phb.h"

#define RTAS_EEH_NO_LOG 1 /* status of ibm,slot-error-detail */

/* rtas_eeh - @call if its token is one of the six, which always has results; else false [sync]. */
bool rtas_eeh(const struct rtas_call *call);

/*
 * user_eeh_thaw - the bridge is reset: a PE behind it that is frozen is enabled again [sync].
 * Bridges without EEH, and what the host answers, are passed over.
 */
void user_eeh_thaw(struct user_phb *phb);

#endif
