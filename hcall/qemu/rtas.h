/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtas.h - firmware calls of the guest, by which it asks for DMA windows (DDW, dynamic DMA windows) and brings
 * back devices that an error has stopped (EEH; eeh.h).
 *
 * H_RTAS gets in r4 the guest address of big-endian words of 32 bits: token, number of arguments,
 * number of results, arguments, results. The first result is the status: 0, -1 (hardware error) or
 * -3 (parameter error).
 *
 * ibm,query-pe-dma-window, ibm,create-pe-dma-window, ibm,remove-pe-dma-window and
 * ibm,reset-pe-dma-window are here; ibm,set-tce-bypass is not offered.
 */
#ifndef HCALL_QEMU_RTAS_H
#define HCALL_QEMU_RTAS_H

#include "process.h"

struct user_phb;

#define RTAS_SUCCESS 0
#define RTAS_HARDWARE_ERROR (-1)
#define RTAS_PARAMETER_ERROR (-3)

struct rtas_call {
	struct user_process *process;
	u64 gpa; /* of the token */
	u32 token;
	u32 arguments;
	u32 results;
};

/*
 * user_rtas - the hypercall; @gpa as in r4, at PORT_HOST_USER [sync].
 *
 * Words outside RAM read as 0 and are lost when written. H_PARAMETER for a token that nobody has
 * registered, H_HARDWARE when the call has ended the process (user_fail()), and H_SUCCESS
 * otherwise, whatever the status says.
 */
long user_rtas(struct user_process *process, u64 gpa);

/* ---- for the calls themselves ---- */

/* rtas_status - @value is the status, result 0. Always 0: the process lives on. */
long rtas_status(const struct rtas_call *call, s32 value);

/* rtas_bridge - the bridge whose BUID arguments 1 and 2 are, NULL if there is none. */
struct user_phb *rtas_bridge(const struct rtas_call *call);

/* rtas_argument - @index is below ->arguments. */
u32 rtas_argument(const struct rtas_call *call, u32 index);

/* rtas_return - write result @index; one that the guest has left no room for is lost. */
void rtas_return(const struct rtas_call *call, u32 index, u32 value);

/*
 * The DDW calls. Each returns 0 with the status in result 0, or the negative errno that has ended
 * the process; the guest then gets no results. The number of arguments and of results is checked
 * first (-3); "config" is an address in configuration space and is not looked at.
 *
 * Query: 3 arguments (config, BUID high and low), 5 or 6 results.
 *	-3	no such bridge, or its windows are fixed
 *	results: status, windows that can still be created (2 - open ones), largest window in TCEs
 *	(0x80000000 where there are 5 results; else two words, 0x20 and 0), mask of page sizes, 0 (no
 *	migration). The largest window says nothing about RAM or host.
 *	Mask: 4 KiB 1, 64 KiB 2, 16 MiB 4, 32 MiB 8, 64 MiB 0x10, 128 MiB 0x20, 256 MiB 0x40,
 *	16 GiB 0x80, 2 MiB 0x100.
 *
 * Create: 5 arguments (config, BUID, log2 page, log2 window), 4 results.
 *	-3	bridge, as above; page size not among the bridge's; window smaller than a page
 *	-1	both windows open; no window can be that large; it would lie over the other window; no
 *		memory for the TCEs
 *	results: status, LIOBN, bus address high and low. The first closed window is opened: at the
 *	default window's address when no other is open, else at that for 64-bit devices.
 *
 * Remove: 1 argument (LIOBN), 1 result.
 *	-3	LIOBN unknown, not of a bridge, of one whose windows are fixed, or no window there
 *	When the last window goes, the default window comes back, unless the one that goes is
 *	marked as default. The mark belongs to the LIOBN: whatever is created there later has it
 *	too, and leaves the guest without windows when it goes.
 *
 * Reset: 3 arguments (config, BUID), 1 result.
 *	-3	bridge, as above
 *	All windows are closed and the default one is opened.
 *
 * Four times the answers are not QEMU's. A window of 2^32 pages or more makes its next create
 * abort, and a page size of 2^64 or more is undefined there; here these are -1 and -3, and nothing
 * changes. A VIO device's LIOBN is no bridge's (-3, as it is in a QEMU without checks of types). A
 * window that begins where the other one is, after the default window has been removed beside a
 * 64-bit one, is -1; there the two would lie on top of each other.
 */
long rtas_query_pe_dma_window(const struct rtas_call *call);
long rtas_create_pe_dma_window(const struct rtas_call *call);
long rtas_remove_pe_dma_window(const struct rtas_call *call);
long rtas_reset_pe_dma_window(const struct rtas_call *call);

#endif
