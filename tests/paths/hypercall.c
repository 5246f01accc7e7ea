// SPDX-License-Identifier: Apache-2.0
#include "hypercall.h"

#include "hcall/bits.h"

static struct world *world;
static struct hcall call;

static u64 tce(const struct world_shape *shape, u64 i)
{
	return world_data(shape, i) | TCE_PERM;
}

static struct hcall call_of(const struct hypercall_path *path)
{
	static const u64 opcodes[] = {[PUT] = H_PUT_TCE,
				      [CLEAR] = H_PUT_TCE,
				      [INDIRECT] = H_PUT_TCE_INDIRECT,
				      [STUFF] = H_STUFF_TCE,
				      [GET] = H_GET_TCE};
	struct hcall made = {.opcode = opcodes[path->operation],
			     .liobn = WORLD_LIOBN,
			     .ioba = world_first_entry(&path->shape) << world_page_shift(&path->shape)};

	if (path->operation == PUT)
		made.value = tce(&path->shape, 0);
	if (path->operation == INDIRECT)
		made.value = world_list_gpa(&path->shape);
	if (path->operation == INDIRECT || path->operation == STUFF)
		made.count = path->count;
	return made;
}

void hypercall_write_list(const struct world_shape *shape, u64 index, u64 value)
{
	port_guest_write64(world_list_gpa(shape) + index * sizeof(u64), value);
}

/* Multi-entry calls, so that one of them fills whatever the path will look at. */
static void fill(const struct hypercall_path *path)
{
	struct kvm *kvm = &world->kvm;
	bool real_mode = kvm->real_mode, multi_tce = kvm_hcall_enabled(kvm, H_STUFF_TCE);
	struct hcall map = call_of(path);
	struct hcall unmap = map;

	map.opcode = H_PUT_TCE_INDIRECT;
	map.value = world_list_gpa(&path->shape);
	unmap.opcode = H_STUFF_TCE;
	unmap.value = 0;
	map.count = unmap.count = path->count;
	kvm->real_mode = false;
	kvm_enable_multi_tce(kvm, true);
	kvm_hcall(kvm, &map);
	if (path->before == TOUCHED)
		kvm_hcall(kvm, &unmap);
	kvm->real_mode = real_mode;
	kvm_enable_multi_tce(kvm, multi_tce);
}

void hypercall_setup(const void *argument)
{
	const struct hypercall_path *path = argument;

	world = world_make(&path->shape);
	call = call_of(path);
	for (u64 i = 0; i < path->count; i++)
		hypercall_write_list(&path->shape, i, tce(&path->shape, i));
	if (path->before != EMPTY)
		fill(path);
	if (path->prepare)
		path->prepare(world, &path->shape, &call);
}

long hypercall_run(const void *argument)
{
	(void)argument;
	return kvm_hcall(&world->kvm, &call);
}

void unknown_liobn(struct world *made, const struct world_shape *shape, struct hcall *made_call)
{
	(void)made;
	(void)shape;
	made_call->liobn = 7;
}

void misaligned_ioba(struct world *made, const struct world_shape *shape, struct hcall *made_call)
{
	(void)made;
	(void)shape;
	made_call->ioba += 16;
}

void past_the_window(struct world *made, const struct world_shape *shape, struct hcall *made_call)
{
	(void)shape;
	made_call->ioba = made->group.dma32_size;
}
