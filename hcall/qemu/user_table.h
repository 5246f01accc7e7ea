/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_table.h - the guest's TCEs for one DMA window, found by LIOBN.
 *
 * They stand in KVM, whose pages the process has mapped, or in memory of its own:
 *
 *	the guest is emulated			    own; the process handles every call
 *	KVM, emulated and VIO devices only	    KVM; the process reads them at a device's DMA
 *	KVM, VFIO, capability 142		    KVM, followed by hardware tables; the process handles
 *						    what is too hard for KVM
 *	KVM, VFIO, no capability 142		    own; an ioctl for each entry
 *	VFIO comes to a window whose TCEs KVM has,
 *	no capability 142			    copied from KVM to own memory, the rest as before
 *
 * KVM without the capability would take up the call and leave the hardware as it was, hence
 * the last two. There is no way back: when VFIO leaves, the mark goes, and the TCEs stay
 * where they are until the window is closed and opened again.
 */
#ifndef HCALL_QEMU_USER_TABLE_H
#define HCALL_QEMU_USER_TABLE_H

#include "../kvm/tce_table.h"
#include "process.h"

#define USER_LIOBN_MAX 0xffffffffULL

struct user_phb;

struct user_tce_table {
	struct list list; /* in the process's tables */
	u64 liobn;
	u32 page_shift;
	u64 bus_offset;		    /* bytes */
	u64 entries;		    /* 0: there is no window now; every call for the LIOBN is then past its end */
	u64 *values;		    /* own memory, NULL when the table is KVM's */
	struct kvm_tce_table *view; /* KVM's table, NULL when the table is the process's */
	s32 view_fd;		    /* its descriptor */
	struct file *mapping;	    /* and its mapping into the process, which holds the file */
	struct list notifiers;	    /* of struct user_notifier: who wants to know of every change */
	struct user_process *process;
	struct user_phb *phb; /* NULL for a VIO device */
	bool need_vfio;	      /* there is VFIO behind the window */
	bool is_default;      /* it has been a bridge's default window, maybe long ago */
};

/* user_table_init - give @table its name and put it where user_table_find() sees it; no window yet. */
void user_table_init(struct user_tce_table *table, struct user_process *process, u64 liobn, struct user_phb *phb);

/* user_table_leave - take it away again; it has no window. */
void user_table_leave(struct user_tce_table *table);

/*
 * user_table_enable - open the window: empty TCEs.
 * @bus_offset: bytes; @entries: at least 1
 *
 * In KVM if it is there and offers tables, and if need_vfio is off or capability 142 there;
 * without capability 125 only below 4 GiB, at bus address 0, with pages of 4 KiB (the old
 * call knows no others; QEMU asks for the size alone and would let KVM count in pages of 4 KiB).
 * Where KVM has no memory or the limit of locked pages is reached, a message is all that
 * comes of it, and the process uses its own memory.
 * 0, or -ENOMEM when that is not to be had either.
 */
long user_table_enable(struct user_tce_table *table, u32 page_shift, u64 bus_offset, u64 entries);

/* user_table_disable - close the window; its TCEs are lost. Nobody may want to know of it any more. */
void user_table_disable(struct user_tce_table *table);

/*
 * user_table_set_need_vfio - the first notifier has come (@need), or the last has gone.
 * May copy the TCEs, see above. 0, or -ENOMEM with nothing changed.
 */
long user_table_set_need_vfio(struct user_tce_table *table, bool need);

/* user_table_clear - all TCEs become 0, at a reset. Touches every page: KVM then has them all. 0, or -ENOMEM. */
long user_table_clear(struct user_tce_table *table);

/*
 * user_table_load, user_table_store - one TCE; @index lies inside the table [sync].
 * The first touch of a page of KVM's table brings it into being. When memory is short the
 * process dies by a signal; a load then yields 0, after a warning.
 */
u64 user_table_load(struct user_tce_table *table, u64 index);
void user_table_store(struct user_tce_table *table, u64 index, u64 tce);

/*
 * user_table_dma - an emulated device reads or writes one page by DMA: translate by the table [sync].
 * @bus_address: any address in the page
 * @access: TCE_READ when the device reads memory, TCE_WRITE when it writes, or both
 * @gpa: out, that address in guest memory; bits of the TCE below the page do not count
 *
 * Nothing is cached: each DMA asks once per page. In this order: -ENXIO outside the window,
 * -EPERM when the TCE lacks the permission.
 */
long user_table_dma(struct user_tce_table *table, u64 bus_address, u64 access, u64 *gpa);

/* user_table_find - by LIOBN; NULL if unknown or past 32 bits. */
static inline struct user_tce_table *user_table_find(const struct user_process *process, u64 liobn)
{
	if (liobn > USER_LIOBN_MAX)
		return NULL;
	list_for_each(table, &process->tables, struct user_tce_table, list) {
		if (table->liobn == liobn)
			return table;
	}
	return NULL;
}

/* user_table_size - bytes on the bus. */
static inline u64 user_table_size(const struct user_tce_table *table)
{
	return table->entries << table->page_shift;
}

#endif
