// SPDX-License-Identifier: Apache-2.0
/* kvm_paths.c - what a process asks of KVM: calls on a virtual machine, its VFIO device, its mapped views. */
#include "counting.h"
#include "direct.h"
#include "hcall/kvm/ioctl.h"
#include "hcall/kvm/table_file.h"
#include "hcall/kvm/vfio_device.h"
#include "hcall/policy.h"
#include "hcall/vfio/files.h"
#include "hypercall.h"

#define NEW_LIOBN (WORLD_LIOBN + 0x100)
#define SMALL SHAPE(.window_size = 64ULL << 20)
#define NOTHING SHAPE(.no_device = true)

static struct file_table files;
static struct vfio_group groups[2];
static s32 group_fds[2], table_fd, other_fd;
static struct kvm_vfio_device *device;

#define PREPARE(name, ...)                                                                                             \
	static void name(struct world *world)                                                                          \
	{                                                                                                              \
		(void)world;                                                                                           \
		__VA_ARGS__;                                                                                           \
	}

#define RUN(name, expression)                                                                                          \
	static long name(struct world *world, const struct world_shape *shape)                                         \
	{                                                                                                              \
		(void)world;                                                                                           \
		(void)shape;                                                                                           \
		return (expression);                                                                                   \
	}

/* ---- Calls on the machine ---- */

static union {
	struct kvm_enable_cap cap;
	struct kvm_create_spapr_tce old;
	struct kvm_create_spapr_tce_64 table;
	struct kvm_create_device device;
	struct kvm_device_attr attr;
} argument;

static void own_files(struct world *world)
{
	(void)world;
	files_init(&files, FILES_LIMIT);
}

static void full_table(struct world *world)
{
	own_files(world);
	files.limit = 0;
}

static void enable_indirect(struct world *world)
{
	own_files(world);
	argument.cap = (struct kvm_enable_cap){.cap = KVM_CAP_PPC_ENABLE_HCALL, .args = {H_PUT_TCE_INDIRECT, 1}};
}

static void enable_unknown(struct world *world)
{
	enable_indirect(world);
	argument.cap.args[0] = H_RTAS;
}

static void enable_with_flags(struct world *world)
{
	enable_indirect(world);
	argument.cap.flags = 1;
}

static void old_table(struct world *world)
{
	own_files(world);
	argument.old = (struct kvm_create_spapr_tce){.liobn = NEW_LIOBN, .window_size = 1U << 28};
}

static void new_table(struct world *world)
{
	own_files(world);
	argument.table = (struct kvm_create_spapr_tce_64){.liobn = NEW_LIOBN, .page_shift = 16, .size = 1 << 14};
}

static void new_table_no_descriptor(struct world *world)
{
	new_table(world);
	files.limit = 0;
}

static void new_device(struct world *world)
{
	own_files(world);
	argument.device = (struct kvm_create_device){.type = KVM_DEV_TYPE_VFIO};
}

static void new_device_asked_for(struct world *world)
{
	new_device(world);
	argument.device.flags = KVM_CREATE_DEVICE_TEST;
}

static void new_device_unknown(struct world *world)
{
	new_device(world);
	argument.device.type = 9;
}

static void new_device_twice(struct world *world)
{
	new_device(world);
	world_require(kvm_vfio_create(&world->kvm, &device));
}

static void new_device_no_memory(struct world *world)
{
	new_device(world);
	counting_fail(COUNTING_ALLOC, 1);
}

static void new_device_no_descriptor(struct world *world)
{
	new_device(world);
	files.limit = 0;
}

#define KVM_CALL(command, where) kvm_ioctl(&world->kvm, &files, (command), (where))
RUN(enable_cap, KVM_CALL(KVM_ENABLE_CAP, &argument))
RUN(enable_cap_nowhere, KVM_CALL(KVM_ENABLE_CAP, NULL))
RUN(create_old, KVM_CALL(KVM_CREATE_SPAPR_TCE, &argument))
RUN(create_old_nowhere, KVM_CALL(KVM_CREATE_SPAPR_TCE, NULL))
RUN(create_new, KVM_CALL(KVM_CREATE_SPAPR_TCE_64, &argument))
RUN(create_new_nowhere, KVM_CALL(KVM_CREATE_SPAPR_TCE_64, NULL))
RUN(create_device, KVM_CALL(KVM_CREATE_DEVICE, &argument))
RUN(create_device_nowhere, KVM_CALL(KVM_CREATE_DEVICE, NULL))
RUN(check_tce_vfio, KVM_CALL(KVM_CHECK_EXTENSION, (void *)(uintptr_t)KVM_CAP_SPAPR_TCE_VFIO))
RUN(check_multitce, KVM_CALL(KVM_CHECK_EXTENSION, (void *)(uintptr_t)KVM_CAP_SPAPR_MULTITCE))

/* ---- The VFIO device ---- */

/* A device of two groups' files; neither is added. */
static void with_device(struct world *world)
{
	struct iommu_group *known[] = {&world->group, &world->other_group};

	own_files(world);
	world_require(kvm_vfio_create(&world->kvm, &device));
	for (u32 i = 0; i < 2; i++) {
		groups[i] = (struct vfio_group){.iommu_group = known[i]};
		group_fds[i] = vfio_group_open(&files, &groups[i]);
	}
	other_fd = kvm_vm_open(&files, &world->kvm);
}

static long set(u64 attribute, const void *what)
{
	argument.attr =
		(struct kvm_device_attr){.group = KVM_DEV_VFIO_GROUP, .attr = attribute, .addr = (u64)(uintptr_t)what};
	return kvm_vfio_ioctl(device, &files, KVM_SET_DEVICE_ATTR, &argument.attr);
}

static void added(struct world *world)
{
	with_device(world);
	world_require(set(KVM_DEV_VFIO_GROUP_ADD, &group_fds[0]));
}

static void both_added(struct world *world)
{
	added(world);
	world_require(set(KVM_DEV_VFIO_GROUP_ADD, &group_fds[1]));
}

static void no_memory_to_add(struct world *world)
{
	with_device(world);
	counting_fail(COUNTING_ALLOC, 1);
}

static struct kvm_vfio_spapr_tce pair;

/* A view as large as the group's window, and a descriptor of it. */
static void with_view(struct world *world)
{
	struct kvm_create_spapr_tce_64 args = {.liobn = NEW_LIOBN, .page_shift = 12, .size = (64ULL << 20) >> 12};

	both_added(world);
	table_fd = kvm_tce_table_open(&world->kvm, &files, &args);
	pair = (struct kvm_vfio_spapr_tce){.groupfd = group_fds[0], .tablefd = table_fd};
}

static void attached(struct world *world)
{
	with_view(world);
	world_require(set(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair));
}

PREPARE(not_attachable, with_view(world); pair.groupfd = group_fds[1]; world->other_group.phb = NULL)
PREPARE(group_not_open, with_view(world); pair.groupfd = 100)
PREPARE(group_not_here, with_view(world); pair.groupfd = other_fd)
PREPARE(group_without_devices, with_view(world); groups[0].iommu_group = NULL)
PREPARE(table_not_open, with_view(world); pair.tablefd = 100)
PREPARE(table_is_none, with_view(world); pair.tablefd = other_fd)
PREPARE(table_does_not_fit, with_view(world); pair.groupfd = group_fds[1])
PREPARE(no_memory_for_a_link, with_view(world); counting_fail(COUNTING_ALLOC, 1))

RUN(add, set(KVM_DEV_VFIO_GROUP_ADD, &group_fds[0]))
RUN(add_other, set(KVM_DEV_VFIO_GROUP_ADD, &group_fds[1]))
RUN(add_nowhere, set(KVM_DEV_VFIO_GROUP_ADD, NULL))
static const s32 closed_fd = 100;
RUN(add_closed, set(KVM_DEV_VFIO_GROUP_ADD, &closed_fd))
RUN(add_no_group, set(KVM_DEV_VFIO_GROUP_ADD, &other_fd))
RUN(del, set(KVM_DEV_VFIO_GROUP_DEL, &group_fds[0]))
RUN(del_nowhere, set(KVM_DEV_VFIO_GROUP_DEL, NULL))
RUN(del_closed, set(KVM_DEV_VFIO_GROUP_DEL, &closed_fd))
RUN(set_table, set(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair))
RUN(set_table_nowhere, set(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, NULL))
RUN(set_unknown, set(9, NULL))

static long other_call(u32 command, u32 group)
{
	argument.attr = (struct kvm_device_attr){.group = group, .attr = KVM_DEV_VFIO_GROUP_DEL};
	return kvm_vfio_ioctl(device, &files, command, &argument.attr);
}

RUN(has, other_call(KVM_HAS_DEVICE_ATTR, KVM_DEV_VFIO_GROUP))
RUN(has_not, other_call(KVM_HAS_DEVICE_ATTR, 7))
RUN(get, other_call(KVM_GET_DEVICE_ATTR, KVM_DEV_VFIO_GROUP))
RUN(unknown_device_call, kvm_vfio_ioctl(device, &files, 1, &argument))
RUN(device_call_nowhere, kvm_vfio_ioctl(device, &files, KVM_SET_DEVICE_ATTR, NULL))

static long release_device(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	kvm_vfio_release(device);
	return 0;
}

/* ---- Files and views ---- */

static u64 *page;

RUN(fault_first, kvm_tce_table_fault(world_view(), 0, &page))
RUN(fault_beyond, kvm_tce_table_fault(world_view(), 1ULL << 40, &page))
PREPARE(page_there, world_require(kvm_tce_table_fault(world_view(), 0, &page)))
PREPARE(no_page, counting_fail(COUNTING_PAGES_ALLOC, 1))

static void sixty_four_open(struct world *world)
{
	own_files(world);
	for (u32 i = 0; i < 64; i++)
		world_require(vfio_group_open(&files, &groups[0]) < 0);
}

RUN(open_machine, kvm_vm_open(&files, &world->kvm))
RUN(duplicate, file_dup(&files, 0))
RUN(duplicate_closed, file_dup(&files, 100))
RUN(close_table, file_close(&files, table_fd))
RUN(close_closed, file_close(&files, 100))
RUN(call_group, file_ioctl(&files, group_fds[0], 1, NULL))
RUN(call_closed, file_ioctl(&files, 100, 1, NULL))

static long close_all(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	files_close_all(&files);
	return 0;
}

RUN(open_container, vfio_container_open_file(&files, VFIO_SPAPR_TCE_v2_IOMMU, &world->mm))
RUN(open_unknown_container, vfio_container_open_file(&files, 1, &world->mm))

static const struct meter_path paths[] = {
	DIRECT("KVM, check capability 142", check_tce_vfio, NOTHING, .prepare = own_files),
	DIRECT("KVM, check capability 94", check_multitce, NOTHING, .prepare = own_files),
	DIRECT("KVM, enable a hypercall", enable_cap, NOTHING, .prepare = enable_indirect),
	DIRECT("KVM, enable a hypercall without handler", enable_cap, NOTHING, .prepare = enable_unknown),
	DIRECT("KVM, enable, flags", enable_cap, NOTHING, .prepare = enable_with_flags),
	DIRECT("KVM, enable, no argument", enable_cap_nowhere, NOTHING, .prepare = own_files),
	DIRECT("KVM, create table by bytes", create_old, NOTHING, .prepare = old_table),
	DIRECT("KVM, create table by bytes, no argument", create_old_nowhere, NOTHING, .prepare = own_files),
	DIRECT("KVM, create table", create_new, NOTHING, .prepare = new_table),
	DIRECT("KVM, create table, no descriptor", create_new, NOTHING, .prepare = new_table_no_descriptor),
	DIRECT("KVM, create table, no argument", create_new_nowhere, NOTHING, .prepare = own_files),
	DIRECT("KVM, create device", create_device, NOTHING, .prepare = new_device),
	DIRECT("KVM, create device, only asked for", create_device, NOTHING, .prepare = new_device_asked_for),
	DIRECT("KVM, create device, unknown type", create_device, NOTHING, .prepare = new_device_unknown),
	DIRECT("KVM, create device twice", create_device, NOTHING, .prepare = new_device_twice),
	DIRECT("KVM, create device, no memory", create_device, NOTHING, .prepare = new_device_no_memory),
	DIRECT("KVM, create device, no descriptor", create_device, NOTHING, .prepare = new_device_no_descriptor),
	DIRECT("KVM, create device, no argument", create_device_nowhere, NOTHING, .prepare = own_files),
	DIRECT("group add", add, NOTHING, .prepare = with_device),
	DIRECT("group add, second one", add_other, NOTHING, .prepare = added),
	DIRECT("group add twice", add, NOTHING, .prepare = both_added),
	DIRECT("group add, no argument", add_nowhere, NOTHING, .prepare = with_device),
	DIRECT("group add, not open", add_closed, NOTHING, .prepare = with_device),
	DIRECT("group add, no group", add_no_group, NOTHING, .prepare = with_device),
	DIRECT("group add, no memory", add, NOTHING, .prepare = no_memory_to_add),
	DIRECT("group del", del, NOTHING, .prepare = both_added),
	DIRECT("group del, not there", del, NOTHING, .prepare = with_device),
	DIRECT("group del, no argument", del_nowhere, NOTHING, .prepare = with_device),
	DIRECT("group del, not open", del_closed, NOTHING, .prepare = with_device),
	DIRECT("release device with two groups", release_device, NOTHING, .prepare = both_added),
	DIRECT("device, has attribute", has, NOTHING, .prepare = with_device),
	DIRECT("device, has not attribute", has_not, NOTHING, .prepare = with_device),
	DIRECT("device, get attribute", get, NOTHING, .prepare = with_device),
	DIRECT("device, unknown attribute", set_unknown, NOTHING, .prepare = with_device),
	DIRECT("device, unknown call", unknown_device_call, NOTHING, .prepare = with_device),
	DIRECT("device, no argument", device_call_nowhere, NOTHING, .prepare = with_device),
	DIRECT("mapped view, first touch", fault_first, SMALL),
	DIRECT("mapped view, page is there", fault_first, SMALL, .prepare = page_there),
	DIRECT("mapped view, beyond the end", fault_beyond, SMALL),
#if !POLICY_EAGER_VIEW
	DIRECT("mapped view, no memory", fault_first, SMALL, .prepare = no_page),
#endif
	DIRECT("open a file", open_machine, NOTHING, .prepare = own_files),
	DIRECT("open the 65th file", open_machine, NOTHING, .prepare = sixty_four_open),
	DIRECT("open a file, table full", open_machine, NOTHING, .prepare = full_table),
	DIRECT("duplicate a descriptor", duplicate, NOTHING, .prepare = with_device),
	DIRECT("duplicate a closed descriptor", duplicate_closed, NOTHING, .prepare = with_device),
	DIRECT("close a closed descriptor", close_closed, NOTHING, .prepare = with_device),
	DIRECT("call a file without calls", call_group, NOTHING, .prepare = with_device),
	DIRECT("call a closed descriptor", call_closed, NOTHING, .prepare = with_device),
	DIRECT("close all descriptors", close_all, NOTHING, .prepare = sixty_four_open),
	DIRECT("open a container's file", open_container, NOTHING, .prepare = own_files),
	DIRECT("open a container's file, unknown type", open_unknown_container, NOTHING, .prepare = own_files),
	DIRECT("open a container's file, no descriptor", open_container, NOTHING, .prepare = full_table),
};

GROUP(kvm_paths, "KVM and files", paths);
