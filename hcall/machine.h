/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - set-up of everything that host and guest keep, in the order of the functions.
 */
#ifndef HCALL_MACHINE_H
#define HCALL_MACHINE_H

#include "setup.h"

/*
 * What the program holds of it. The structs belong to the handlers: whoever sees this
 * header alone cannot look inside, so that they may change freely.
 */
struct hcall_machine {
	struct user_process *process;
	struct iommu_group *group;
	struct iommu_group *second_group; /* of the second bridge; NULL without one */
	struct dma_window *window;	  /* that the guest's drivers use */
	struct dma_window *default_window;
	struct dma_window *second_window; /* NULL: there is none */
	struct iommu_group *added_groups; /* of machine_add_bridge(), or NULL */
	struct guest_bridge *bridge;
	struct guest_pe *pe; /* NULL without EEH */
};

/*
 * machine_new - a host with a guest and its idle devices. 0, or -ENOMEM.
 * Its objects come from port_alloc(), where the cache model sees them, and stay for ever; so does the host's own
 * window of machine_default_window(). What the other functions make goes with machine_end().
 */
int machine_new(const struct hcall_setup *setup, struct hcall_machine *machine);

/* machine_default_window - let the host make its own window where the container needs it; 0 or a negative errno. */
int machine_default_window(const struct hcall_setup *setup, struct hcall_machine *machine);

/* machine_add_device - pass the device through, then that of the second bridge; 0 or the negative errno of the step
 * that failed. */
long machine_add_device(const struct hcall_setup *setup, struct hcall_machine *machine);

/*
 * machine_container_ioctl - a call of the process on the container of the device [sync]: from user space into the
 * host kernel and back. @command, @argument and the result are those of vfio_ioctl().
 */
long machine_container_ioctl(struct hcall_machine *machine, u32 command, void *argument);

/* What the guest has its firmware do about a device that an error has stopped. */
enum machine_eeh_step {
	MACHINE_EEH_OPEN, /* ask for the PE, and enable EEH */
	MACHINE_EEH_STATE,
	MACHINE_EEH_THAW_MMIO,
	MACHINE_EEH_THAW_DMA,
	MACHINE_EEH_RESET_END,
	MACHINE_EEH_RESET_HOT,
	MACHINE_EEH_RESET_FUNDAMENTAL,
	MACHINE_EEH_CONFIGURE
};

/*
 * machine_eeh - one step of that, by guest/eeh.h [sync]: the status of the call, of MACHINE_EEH_STATE the
 * state (EEH_STATE_...) if the call succeeds. -ENODEV: set up without EEH.
 */
long machine_eeh(struct hcall_machine *machine, enum machine_eeh_step what);

/* machine_add_vio_devices - give the guest its emulated devices. 0, or the negative errno of KVM for one of them. */
int machine_add_vio_devices(const struct hcall_setup *setup, struct hcall_machine *machine);

/*
 * machine_add_bridge - pass another device through, of PE ->pe, on the guest's bridge that the LIOBN of ->window names,
 * which has that window then: machine_default_window() and machine_add_device() for a device that nobody asks about
 * again. What fails after machine_open_window() ends the process.
 */
long machine_add_bridge(const struct hcall_setup *setup, struct hcall_machine *machine);

/* machine_add_vio_device - an emulated device with LIOBN @liobn. 0, or a negative errno of user_vio_new(). */
long machine_add_vio_device(struct hcall_machine *machine, u64 liobn);

/*
 * machine_hypercall - a hypercall of the guest as it stands in its registers [sync], of TCEs or H_RTAS, whose gpa is
 * @liobn. @value, @count: as of struct hcall; @result: out, what H_GET_TCE has found.
 */
long machine_hypercall(struct hcall_machine *machine, u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count,
		       u64 *result);

/*
 * machine_translate - DMA of an emulated device behind the window of @liobn: user_table_dma() [sync]; -EINVAL: there
 * is no such window.
 */
long machine_translate(struct hcall_machine *machine, u64 liobn, u64 bus_address, u64 access, u64 *gpa);

/* machine_open_window - let the guest open its default window. 0, or -ENOMEM. */
int machine_open_window(const struct hcall_setup *setup, struct hcall_machine *machine);

/* What the guest does about its second window (guest/ddw.h). */
enum machine_ddw_step {
	MACHINE_DDW_CREATE,	   /* make it, and use it from then on */
	MACHINE_DDW_ADD_MEMORY,	   /* [gpa, gpa + size) has come */
	MACHINE_DDW_REMOVE_MEMORY, /* it will go */
	MACHINE_DDW_REMOVE	   /* remove it, whose memory ends at gpa + size, and use the default one again */
};

/*
 * machine_ddw - one step of that [sync]. @gpa, @size: bytes, of the steps that name them.
 *
 * 0 or a negative errno of guest/ddw.h. MACHINE_DDW_CREATE: -EOPNOTSUPP where @setup knows no second window, or the
 * driver asks for less than 64 bits. The others: -EINVAL while there is none; ADD and REMOVE_MEMORY do nothing in a
 * window that is not used in direct mode.
 */
long machine_ddw(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_ddw_step what, u64 gpa,
		 u64 size);

/*
 * machine_plug_memory, machine_unplug_memory - what the process does for memory that comes and goes (qemu/process.h):
 * starts and ends in the guest [sync].
 */
long machine_plug_memory(struct hcall_machine *machine, u64 size);
long machine_unplug_memory(struct hcall_machine *machine);

/*
 * machine_reset - the machine is reset, as a reboot does it: starts and ends in the guest [sync], which has its default
 * window alone then, with pages of 4 KiB and nothing mapped. 0; what has ended the process; or -ENOMEM.
 */
long machine_reset(const struct hcall_setup *setup, struct hcall_machine *machine);

/* What the process does with devices while the guest runs. */
enum machine_life_step {
	MACHINE_LIFE_PLUG, /* the device: container opened, group attached, memory registered, windows made anew */
	MACHINE_LIFE_OPEN_WINDOW,   /* the default window */
	MACHINE_LIFE_PLUG_SECOND,   /* the device of the second bridge */
	MACHINE_LIFE_UNPLUG_SECOND, /* it leaves */
	MACHINE_LIFE_UNPLUG	    /* the device leaves: with the last of its container, that is closed */
};

/*
 * machine_life - one step of that, in place of machine_add_device(): starts and ends in the guest [sync]. 0 or the
 * negative errno of user_plug_device() and user_open_window(); -ENODEV: there is no second bridge.
 */
long machine_life(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_life_step what);

/*
 * machine_end - guest and process end as user_kill() has it, and with them what they have made [sync]. Starts and ends
 * in the host kernel; the machine has no guest any more.
 */
void machine_end(struct hcall_machine *machine);

/* What the end of the process has left behind. */
struct machine_remains {
	u64 locked_pages; /* accounted to the process still */
	u64 regions;	  /* of preregistered memory, pinned still */
	u64 lost_pages;	  /* of locked_pages, those that a bug of the kernel's era has lost */
	u64 lost_tables;  /* hardware tables that such a bug has lost */
};

/*
 * machine_count_remains - says what machine_end() has left behind, then frees what bugs of the era are known to lose: a
 * host would never get it back. What is still there afterwards has been lost by something else.
 */
void machine_count_remains(struct hcall_machine *machine, struct machine_remains *remains);

#endif
