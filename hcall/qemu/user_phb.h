/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_phb.h - a PCI host bridge of the guest: two DMA windows that all devices on it share.
 *
 * Window w of bridge i has LIOBN 0x80000000 | i << 8 | w. One bridge is one partitionable
 * endpoint; devices that are passed through sit in VFIO containers, usually one for all.
 */
#ifndef HCALL_QEMU_USER_PHB_H
#define HCALL_QEMU_USER_PHB_H

#include "user_container.h"

#define USER_PHB_INDEX_MAX 30
#define USER_PHB_WINDOWS 2
#define USER_PHB_BUID_BASE 0x800000020000000ULL

/* Properties that the user of the process may set; user_phb_defaults() has what he gets otherwise. */
struct user_phb_properties {
	u32 index;
	u64 window_address;	      /* of the default window; 0 */
	u64 window_size;	      /* bytes; 1 GiB */
	u64 window64_address;	      /* of a window beside another one; 1 << 59 */
	u64 page_sizes;		      /* that the guest may ask for; 4 KiB, 64 KiB, 2 MiB, 16 MiB */
	bool ddw;		      /* the guest may change windows; without it there is window 0 alone */
	u32 levels[USER_PHB_WINDOWS]; /* of the hardware tables; 0: by guess (user_container_add_window()) */
};

struct user_phb {
	struct list list;
	struct user_process *process;
	struct user_phb_properties has;
	struct user_tce_table windows[USER_PHB_WINDOWS];
	struct list containers; /* of struct user_container */
};

struct user_phb_properties user_phb_defaults(u32 index);

/* Number that firmware calls know a bridge by. */
static inline u64 user_phb_buid(const struct user_phb *phb)
{
	return USER_PHB_BUID_BASE + phb->has.index;
}

static inline u64 user_phb_liobn(u32 index, u32 window)
{
	return 0x80000000ULL | (u64)index << 8 | window;
}

/*
 * user_phb_new - a bridge without devices and, up to its first reset, without windows.
 * 0; -EINVAL: index past USER_PHB_INDEX_MAX; -EEXIST: there is one with this index; -ENOMEM.
 */
long user_phb_new(struct user_process *process, const struct user_phb_properties *properties, struct user_phb **phb);

/* user_phb_free - unplug the bridge: its devices first, then the windows. */
void user_phb_free(struct user_phb *phb);

/* user_phb_find - by BUID; user_phb_at - by index. NULL if there is none. */
struct user_phb *user_phb_find(const struct user_process *process, u64 buid);
struct user_phb *user_phb_at(const struct user_process *process, u32 index);

/* user_phb_windows - how many windows are open. */
u32 user_phb_windows(const struct user_phb *phb);

/*
 * user_phb_open_window - open window @number, which is closed: the table, then the hardware
 * windows of all containers.
 * @size: bytes, a power of two of at least one page
 * @known_empty: the guest has just asked for it, so that there is nothing to replay
 *
 * 0, or the negative errno of what failed, with the window closed; after user_start() it has
 * ended the process, but for -ENOMEM of the table alone.
 */
long user_phb_open_window(struct user_phb *phb, u32 number, u32 page_shift, u64 bus_offset, u64 size, bool known_empty);

/* user_phb_close_window - the opposite; a closed one is left alone. */
void user_phb_close_window(struct user_phb *phb, u32 number);

/*
 * user_phb_default_window - close all windows and open the default one, empty, as number 0. Devices
 * that are passed through get a replay of it. 0, or a negative errno (user_phb_open_window()).
 */
long user_phb_default_window(struct user_phb *phb);

/*
 * user_phb_reset - user_phb_default_window(), then every TCE is cleared: a table in KVM has all its
 * pages then (user_table_clear()). At last a PE that an error has frozen is thawed (user_eeh_thaw()).
 */
long user_phb_reset(struct user_phb *phb);

/*
 * user_phb_plug - pass the device of @group through, also while the guest runs.
 *
 * The first container of the bridge that the kernel lets it join takes it: nothing else happens, as
 * hardware tables are shared. Otherwise it gets a container of its own, with each open window
 * in the order of numbers: user_container_add_window() with a replay.
 *
 * 0, or the negative errno of the step that failed; then the device is not there. After
 * user_start() the process has ended.
 */
long user_phb_plug(struct user_phb *phb, struct iommu_group *group);

/*
 * user_phb_unplug - take the device back: the group leaves KVM, and with the last group of a
 * container go its windows (user_container_del_window()), the registration of RAM and the container.
 *
 * Leaving takes one reference from every hardware table of the group in KVM, though joining has not
 * added any. So that KVM goes on to serve the groups that stay, they are attached again.
 * @group is plugged in here.
 */
void user_phb_unplug(struct user_phb *phb, struct iommu_group *group);

/* user_phb_container - the container on this bridge that holds @group, or NULL. */
struct user_container *user_phb_container(const struct user_phb *phb, const struct iommu_group *group);

/* user_phb_dma - user_table_dma() of an emulated device on the bridge; -ENXIO in no window. There is no bypass. */
long user_phb_dma(struct user_phb *phb, u64 bus_address, u64 access, u64 *gpa);

#endif
