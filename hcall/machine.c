// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include "bits.h"
#include "guest/ddw.h"
#include "guest/eeh.h"
#include "powernv/host_dma.h"
#include "powernv/window.h"
#include "qemu/device.h"
#include "qemu/user_phb.h"
#include "qemu/user_vio.h"
#include "vfio/container.h"

#define NO_LIMIT (~(u64)0 >> 1)

static void init_guest(const struct hcall_setup *setup, struct user_process *process, struct kvm *kvm,
		       struct mm_context *mm)
{
	struct kvm_memslot ram = {.gpa = 0, .pages = setup->ram_size >> PAGE_SHIFT, .ua = setup->ram_ua};

	mm_context_init(mm, NO_LIMIT);
	kvm_init(kvm, mm);
	kvm_set_memslots(kvm, &ram, 1);
	kvm->radix = setup->radix;
	kvm->real_mode = setup->real_mode;
	kvm_enable_multi_tce(kvm, setup->multi_tce);
	user_init(process, kvm, setup->ram_ua, setup->ram_size);
	process->ram_page_shift = setup->ram_page_shift;
}

/* What firmware lists for each bridge. */
static u64 bridge_page_sizes(enum phb_model model)
{
	static const u32 shifts[][4] = {
		[PHB_P7IOC] = {12, 16, 24, 34}, [PHB_PHB3] = {12, 16, 24, 28}, [PHB_PHB4] = {12, 16, 21, 30}};

	return host_dma_page_sizes(shifts[model], 4, false);
}

static void init_device(const struct hcall_setup *setup, struct iommu_group *group, struct phb *phb)
{
	phb->model = setup->phb;
	phb->registers = setup->phb_registers;
	group->phb = phb;
	group->pe = setup->pe;
	group->dynamic_windows = setup->container == 2;
	group->dma32_size = setup->window.size;
	group->clear = setup->clear;
	group->window_bits = setup->window_bits;
	group->page_sizes = bridge_page_sizes(setup->phb);
	group->eeh = setup->eeh;
}

#define FIRST_SLOT (1u << 11) /* configuration address: bus 0, device 1, function 0 */

static void init_bridge(const struct hcall_setup *setup, struct guest_bridge *bridge, struct kvm *kvm)
{
	bridge->kvm = kvm;
	bridge->rtas_gpa = setup->rtas_gpa;
	bridge->buid = USER_PHB_BUID_BASE + ((setup->window.liobn >> 8) & 0xff);
	bridge->address = FIRST_SLOT;
}

static void init_pe(struct guest_pe *pe, const struct guest_bridge *bridge)
{
	pe->bridge = *bridge;
	pe->address = bridge->address;
}

static struct iommu_group *new_device(const struct hcall_setup *setup, u32 bridge)
{
	struct iommu_group *group = port_alloc(sizeof(*group));
	struct phb *phb = port_alloc(sizeof(*phb));

	if (!group || !phb)
		return NULL;
	init_device(setup, group, phb);
	phb->number = bridge;
	return group;
}

int machine_new(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	struct mm_context *mm = port_alloc(sizeof(*mm));
	struct kvm *kvm = port_alloc(sizeof(*kvm));
	struct user_process *process = port_alloc(sizeof(*process));
	struct dma_window *window = port_alloc(sizeof(*window));
	struct iommu_group *group = port_alloc(sizeof(*group));
	struct phb *phb = port_alloc(sizeof(*phb));
	struct guest_bridge *bridge = port_alloc(sizeof(*bridge));
	struct guest_pe *pe = setup->eeh ? port_alloc(sizeof(*pe)) : NULL;
	struct iommu_group *second = setup->second_bridge ? new_device(setup, setup->second_bridge) : NULL;

	if (!mm || !kvm || !process || !window || !group || !phb || !bridge || (setup->eeh && !pe) ||
	    (setup->second_bridge && !second))
		return -ENOMEM;
	init_guest(setup, process, kvm, mm);
	init_device(setup, group, phb);
	init_bridge(setup, bridge, kvm);
	if (pe)
		init_pe(pe, bridge);
	machine->process = process;
	machine->group = group;
	machine->second_group = second;
	machine->window = window;
	machine->default_window = window;
	machine->second_window = NULL;
	machine->added_groups = NULL;
	machine->bridge = bridge;
	machine->pe = pe;
	return 0;
}

int machine_default_window(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	return setup->container == 1 ? window_set_default(machine->group) : 0;
}

/* The device of the second bridge joins the container that has the first. */
static long add_second_device(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	struct user_phb *phb = user_phb_at(machine->process, (u32)(setup->window.liobn >> 8) & 0xff);

	return user_phb_plug(phb, machine->second_group);
}

long machine_add_device(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	long rc = user_add_device(machine->process, machine->group, setup);

	return rc || !setup->second_bridge ? rc : add_second_device(setup, machine);
}

long machine_add_bridge(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	struct iommu_group *group = new_device(setup, 0);
	long rc;

	if (!group)
		return -ENOMEM;
	group->next_added = machine->added_groups;
	machine->added_groups = group;
	rc = setup->container == 1 ? window_set_default(group) : 0;
	return rc ? rc : user_add_device(machine->process, group, setup);
}

long machine_add_vio_device(struct hcall_machine *machine, u64 liobn)
{
	return user_add_vio_device(machine->process, liobn);
}

long machine_hypercall(struct hcall_machine *machine, u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count,
		       u64 *result)
{
	struct hcall call = {.opcode = opcode, .liobn = liobn, .ioba = ioba, .value = value, .count = count};
	long rc;

	port_trace(PORT_EV_HCALL_ENTER, opcode, ioba, value, count);
	rc = kvm_hcall(machine->process->kvm, &call);
	port_trace(PORT_EV_HCALL_RETURN, opcode, (u64)rc, 0, 0);
	*result = call.result;
	return rc;
}

long machine_translate(struct hcall_machine *machine, u64 liobn, u64 bus_address, u64 access, u64 *gpa)
{
	struct user_tce_table *table = user_table_find(machine->process, liobn);

	return table ? user_table_dma(table, bus_address, access, gpa) : -EINVAL;
}

long machine_container_ioctl(struct hcall_machine *machine, u32 command, void *argument)
{
	long rc;

	port_enter_level(PORT_HOST_SYSCALL);
	rc = vfio_ioctl(user_container_of(machine->process, machine->group), command, argument);
	port_enter_level(PORT_HOST_USER);
	return rc;
}

long machine_eeh(struct hcall_machine *machine, enum machine_eeh_step what)
{
	struct guest_pe *pe = machine->pe;
	u32 state = 0;
	long status;

	if (!pe)
		return -ENODEV;
	switch (what) {
	case MACHINE_EEH_OPEN:
		return guest_eeh_open(pe);
	case MACHINE_EEH_STATE:
		status = guest_eeh_state(pe, &state);
		return status ? status : state;
	case MACHINE_EEH_THAW_MMIO:
		return guest_eeh_set_option(pe, GUEST_EEH_THAW_MMIO);
	case MACHINE_EEH_THAW_DMA:
		return guest_eeh_set_option(pe, GUEST_EEH_THAW_DMA);
	case MACHINE_EEH_RESET_END:
		return guest_eeh_reset(pe, GUEST_EEH_RESET_END);
	case MACHINE_EEH_RESET_HOT:
		return guest_eeh_reset(pe, GUEST_EEH_RESET_HOT);
	case MACHINE_EEH_RESET_FUNDAMENTAL:
		return guest_eeh_reset(pe, GUEST_EEH_RESET_FUNDAMENTAL);
	case MACHINE_EEH_CONFIGURE:
		return guest_eeh_configure(pe);
	}
	return -EINVAL;
}

int machine_add_vio_devices(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	long rc = 0;

	for (u32 i = 0; i < setup->vio_devices && !rc; i++)
		rc = user_add_vio_device(machine->process, USER_VIO_FIRST_LIOBN + i);
	return (int)rc;
}

static int open_default_window(const struct hcall_setup *setup, struct hcall_machine *machine, u32 page_shift)
{
	const struct user_window *window = &setup->window;

	return dma_window_init(machine->default_window, machine->process->kvm, window->liobn, window->bus_offset,
			       window->size, page_shift, setup->page_shift, setup->multi_tce, setup->list_gpa);
}

int machine_open_window(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	user_start(machine->process);
	return open_default_window(setup, machine, setup->window.page_shift);
}

/* ---- the second window ---- */

static void forget_second_window(struct hcall_machine *machine)
{
	port_free(machine->second_window);
	machine->second_window = NULL;
	machine->window = machine->default_window;
}

static long create_second_window(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	u32 window_shift = log2_floor(setup->dynamic_window.size);
	struct dma_window *window;
	long rc;

	if (!setup->ddw || setup->dma_mask_bits < DDW_MASK_BITS || machine->window != machine->default_window)
		return -EOPNOTSUPP;
	window = port_alloc(sizeof(*window));
	if (!window)
		return -ENOMEM;
	machine->second_window = window;
	rc = guest_ddw_create(machine->bridge, window_shift, setup->ddw == GUEST_DDW_DIRECT, machine->default_window,
			      window);
	if (rc)
		forget_second_window(machine);
	else
		machine->window = window;
	return rc;
}

static long remove_second_window(struct hcall_machine *machine, u64 memory_end)
{
	long rc = guest_ddw_remove(machine->bridge, machine->window, memory_end);

	if (rc)
		return rc;
	forget_second_window(machine);
	return 0;
}

long machine_ddw(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_ddw_step what, u64 gpa,
		 u64 size)
{
	struct dma_window *window = machine->window;

	if (what == MACHINE_DDW_CREATE)
		return create_second_window(setup, machine);
	if (window == machine->default_window)
		return -EINVAL;
	if (what == MACHINE_DDW_REMOVE)
		return remove_second_window(machine, gpa + size);
	if (!window->direct)
		return 0;
	return what == MACHINE_DDW_ADD_MEMORY ? guest_ddw_add_memory(window, gpa, size)
					      : guest_ddw_remove_memory(window, gpa, size);
}

/* ---- what the process does by itself while the guest waits ---- */

static void leave_guest(struct user_process *process)
{
	port_enter_level(PORT_HOST_KERNEL);
	port_enter_level(PORT_HOST_USER);
	process->on_vcpu = true;
}

static void enter_guest(struct user_process *process)
{
	process->on_vcpu = false;
	port_enter_level(PORT_HOST_KERNEL);
	port_enter_level(PORT_GUEST);
}

long machine_plug_memory(struct hcall_machine *machine, u64 size)
{
	long rc;

	leave_guest(machine->process);
	rc = user_plug_memory(machine->process, size);
	enter_guest(machine->process);
	return rc;
}

long machine_unplug_memory(struct hcall_machine *machine)
{
	long rc;

	leave_guest(machine->process);
	rc = user_unplug_memory(machine->process);
	enter_guest(machine->process);
	return rc;
}

/* The new kernel knows nothing of the old one's windows; nobody does when the guest has ended. */
static void forget_windows(struct hcall_machine *machine)
{
	iova_destroy(&machine->default_window->space);
	if (machine->second_window)
		iova_destroy(&machine->second_window->space);
	forget_second_window(machine);
}

long machine_reset(const struct hcall_setup *setup, struct hcall_machine *machine)
{
	long rc;

	leave_guest(machine->process);
	rc = user_reset(machine->process);
	enter_guest(machine->process);
	forget_windows(machine);
	return rc ? rc : open_default_window(setup, machine, TCE_PAGE_SHIFT_MIN);
}

/* Hardware that came with devices nobody asks about again. */
static void remove_added_groups(struct hcall_machine *machine)
{
	while (machine->added_groups) {
		struct iommu_group *group = machine->added_groups;

		machine->added_groups = group->next_added;
		window_unset(group, 0);
		port_free(group->phb);
		port_free(group);
	}
}

static long live(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_life_step what)
{
	struct user_process *process = machine->process;
	struct user_phb *phb = user_phb_at(process, (u32)(setup->window.liobn >> 8) & 0xff);

	switch (what) {
	case MACHINE_LIFE_PLUG:
		return user_plug_device(process, machine->group, setup);
	case MACHINE_LIFE_OPEN_WINDOW:
		return user_open_window(process, setup);
	case MACHINE_LIFE_PLUG_SECOND:
		return user_plug_device(process, machine->second_group, setup);
	case MACHINE_LIFE_UNPLUG_SECOND:
		user_phb_unplug(phb, machine->second_group);
		return 0;
	case MACHINE_LIFE_UNPLUG:
		user_phb_unplug(phb, machine->group);
		return 0;
	}
	return -EINVAL;
}

long machine_life(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_life_step what)
{
	long rc;

	if ((what == MACHINE_LIFE_PLUG_SECOND || what == MACHINE_LIFE_UNPLUG_SECOND) && !machine->second_group)
		return -ENODEV;
	leave_guest(machine->process);
	rc = live(setup, machine, what);
	enter_guest(machine->process);
	return rc;
}

void machine_end(struct hcall_machine *machine)
{
	user_kill(machine->process);
	kvm_put(machine->process->kvm);
	forget_windows(machine);
	remove_added_groups(machine);
}

static void free_lost_tables(struct kvm *kvm, struct machine_remains *remains)
{
	while (kvm->lost_tables) {
		struct iommu_table *table = kvm->lost_tables;

		kvm->lost_tables = table->next_lost;
		remains->lost_tables++;
		for (u64 i = table->lost_references; i; i--)
			iommu_table_put(table);
	}
}

void machine_count_remains(struct hcall_machine *machine, struct machine_remains *remains)
{
	struct kvm *kvm = machine->process->kvm;

	*remains = (struct machine_remains){.locked_pages = kvm->mm->locked_pages, .lost_pages = kvm->mm->lost_pages};
	list_for_each(region, &kvm->mm->regions, struct mm_region, list)
		remains->regions++;
	free_lost_tables(kvm, remains);
}
