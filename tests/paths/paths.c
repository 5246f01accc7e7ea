// SPDX-License-Identifier: Apache-2.0
/* paths.c - the paths whose predicted instructions are compared with real ones. */
#include "paths.h"

#include "hcall/bits.h"
#include "world.h"

enum operation { PUT, CLEAR, INDIRECT, STUFF, GET, MAP, UNMAP, ADD_DEVICE };
/* What the window holds beforehand: nothing; nothing, but its tables exist; the same entries. */
enum before { EMPTY, TOUCHED, MAPPED };

struct step {
	struct world_shape shape;
	enum operation operation;
	enum before before;
	u64 count;	/* entries, or bytes of MAP and UNMAP */
	u64 liobn;	/* 0: the window's */
	u64 misaligned; /* added to ioba */
};

#define FIRST_ENTRY 0x1230ULL
#define DATA_GPA 0x100000ULL

static struct world *world;
static u64 mapped;

static u32 shift_of(const struct step *step)
{
	if (step->shape.view_shift)
		return step->shape.view_shift;
	return step->shape.page_shift ? step->shape.page_shift : 12;
}

static u64 tce(const struct step *step, u64 i)
{
	u64 pages = (WORLD_LIST_GPA - DATA_GPA) >> shift_of(step);

	return (DATA_GPA + ((i * 7 % pages) << shift_of(step))) | TCE_PERM;
}

static long hypercall(const struct step *step, u64 opcode, u64 value, u64 count)
{
	struct hcall call = {.opcode = opcode,
			     .liobn = step->liobn ? step->liobn : WORLD_LIOBN,
			     .ioba = (FIRST_ENTRY << shift_of(step)) + step->misaligned,
			     .value = value,
			     .count = count};

	return kvm_hcall(&world->kvm, &call);
}

static void write_list(const struct step *step)
{
	for (u64 i = 0; i < step->count; i++)
		port_guest_write64(WORLD_LIST_GPA + i * sizeof(u64), tce(step, i));
}

/* Multi-entry calls, so that one of them fills whatever the path will look at. */
static void fill(const struct step *step)
{
	struct kvm *kvm = &world->kvm;
	bool real_mode = kvm->real_mode, multi_tce = kvm->multi_tce;

	kvm->real_mode = false;
	kvm->multi_tce = true;
	hypercall(step, H_PUT_TCE_INDIRECT, WORLD_LIST_GPA, step->count);
	if (step->before == TOUCHED)
		hypercall(step, H_STUFF_TCE, 0, step->count);
	kvm->real_mode = real_mode;
	kvm->multi_tce = multi_tce;
}

static void setup(const void *argument)
{
	const struct step *step = argument;

	if (step->operation == ADD_DEVICE)
		return;
	world = world_make(&step->shape);
	if (step->operation == MAP || step->operation == UNMAP) {
		mapped = dma_map(&world->window, DATA_GPA, step->count, DMA_BIDIRECTIONAL);
		if (step->operation == MAP)
			dma_unmap(&world->window, mapped, step->count);
		return;
	}
	write_list(step);
	if (step->before != EMPTY)
		fill(step);
}

static long run(const void *argument)
{
	const struct step *step = argument;

	switch (step->operation) {
	case PUT:
		return hypercall(step, H_PUT_TCE, tce(step, 0), 0);
	case CLEAR:
		return hypercall(step, H_PUT_TCE, 0, 0);
	case INDIRECT:
		return hypercall(step, H_PUT_TCE_INDIRECT, WORLD_LIST_GPA, step->count);
	case STUFF:
		return hypercall(step, H_STUFF_TCE, 0, step->count);
	case GET:
		return hypercall(step, H_GET_TCE, 0, 0);
	case MAP:
		return (long)dma_map(&world->window, DATA_GPA, step->count, DMA_BIDIRECTIONAL);
	case UNMAP:
		dma_unmap(&world->window, mapped, step->count);
		return 0;
	case ADD_DEVICE:
		world = world_make(&step->shape);
		return 0;
	}
	return -1;
}

#define PATH(text, ...)                                                                                                \
	{                                                                                                              \
		.name = (text), .argument = &(const struct step){__VA_ARGS__}, .setup = setup, .run = run              \
	}
#define SHAPE(...) .shape = {__VA_ARGS__}
#define ONE(what) .operation = (what), .before = MAPPED, .count = 1

const struct meter_path meter_paths[] = {
	PATH("put over old", ONE(PUT)),
	PATH("put over old, 2 levels", SHAPE(.levels = 2), ONE(PUT)),
	PATH("put over old, 3 levels", SHAPE(.levels = 3), ONE(PUT)),
	PATH("put over old, 20th table", SHAPE(.newer_tables = 19), ONE(PUT)),
	PATH("put over old, 8th region", SHAPE(.newer_regions = 7), ONE(PUT)),
	PATH("put over old, 64 KiB pages", SHAPE(.page_shift = 16), ONE(PUT)),
	PATH("put over old, 64 KiB on 4 KiB", SHAPE(.view_shift = 16), ONE(PUT)),
	PATH("put over old, virtual mode", SHAPE(.virtual_mode = true), ONE(PUT)),
	PATH("put over old, virtual mode, 3 levels", SHAPE(.virtual_mode = true, .levels = 3), ONE(PUT)),
	PATH("put over old, user space v2", SHAPE(.in_user_space = true), ONE(PUT)),
	PATH("put over old, user space v1", SHAPE(.in_user_space = true, .version = 1), ONE(PUT)),
	PATH("put over old, P7IOC", SHAPE(.phb = PHB_P7IOC), ONE(PUT)),
	PATH("put over old, PHB4", SHAPE(.phb = PHB_PHB4), ONE(PUT)),
	PATH("put", .operation = PUT, .before = TOUCHED, .count = 1),
	PATH("put, 3 levels", SHAPE(.levels = 3), .operation = PUT, .before = TOUCHED, .count = 1),
	PATH("put, first of its page", .operation = PUT, .before = EMPTY, .count = 1),
	PATH("put, first of its page, 3 levels", SHAPE(.levels = 3), .operation = PUT, .before = EMPTY, .count = 1),
	PATH("put, virtual mode", SHAPE(.virtual_mode = true), .operation = PUT, .before = TOUCHED, .count = 1),
	PATH("put, user space v2", SHAPE(.in_user_space = true), .operation = PUT, .before = TOUCHED, .count = 1),
	PATH("put, user space v1", SHAPE(.in_user_space = true, .version = 1), .operation = PUT, .before = TOUCHED,
	     .count = 1),
	PATH("put, unknown LIOBN", .operation = PUT, .before = TOUCHED, .count = 1, .liobn = 7),
	PATH("put, unknown LIOBN, 20 tables", SHAPE(.newer_tables = 19), .operation = PUT, .before = TOUCHED,
	     .count = 1, .liobn = 7),
	PATH("put, misaligned", .operation = PUT, .before = TOUCHED, .count = 1, .misaligned = 16),
	PATH("clear", ONE(CLEAR)),
	PATH("clear, 2 levels", SHAPE(.levels = 2), ONE(CLEAR)),
	PATH("clear, virtual mode", SHAPE(.virtual_mode = true), ONE(CLEAR)),
	PATH("clear, user space v2", SHAPE(.in_user_space = true), ONE(CLEAR)),
	PATH("clear, user space v1", SHAPE(.in_user_space = true, .version = 1), ONE(CLEAR)),
	PATH("clear nothing", .operation = CLEAR, .before = TOUCHED, .count = 1),
	PATH("get", ONE(GET)),
	PATH("indirect 1", SHAPE(.multi_tce = true), ONE(INDIRECT)),
	PATH("indirect 16", SHAPE(.multi_tce = true), .operation = INDIRECT, .before = TOUCHED, .count = 16),
	PATH("indirect 16 over old", SHAPE(.multi_tce = true), .operation = INDIRECT, .before = MAPPED, .count = 16),
	PATH("indirect 16 over old, 3 levels", SHAPE(.multi_tce = true, .levels = 3), .operation = INDIRECT,
	     .before = MAPPED, .count = 16),
	PATH("indirect 512", SHAPE(.multi_tce = true), .operation = INDIRECT, .before = TOUCHED, .count = 512),
	PATH("indirect 512, virtual mode", SHAPE(.multi_tce = true, .virtual_mode = true), .operation = INDIRECT,
	     .before = TOUCHED, .count = 512),
	PATH("indirect 16, user space v2", SHAPE(.in_user_space = true), .operation = INDIRECT, .before = TOUCHED,
	     .count = 16),
	PATH("stuff 1", SHAPE(.multi_tce = true), ONE(STUFF)),
	PATH("stuff 512", SHAPE(.multi_tce = true), .operation = STUFF, .before = MAPPED, .count = 512),
	PATH("stuff 512, 3 levels", SHAPE(.multi_tce = true, .levels = 3), .operation = STUFF, .before = MAPPED,
	     .count = 512),
	PATH("stuff 512 clear ones", SHAPE(.multi_tce = true), .operation = STUFF, .before = TOUCHED, .count = 512),
	PATH("stuff 512, virtual mode", SHAPE(.multi_tce = true, .virtual_mode = true), .operation = STUFF,
	     .before = MAPPED, .count = 512),
	PATH("stuff 16, user space v2", SHAPE(.in_user_space = true), .operation = STUFF, .before = MAPPED,
	     .count = 16),
	PATH("map 4 KiB", .operation = MAP, .count = 4096),
	PATH("map 64 KiB by single entries", .operation = MAP, .count = 65536),
	PATH("map 64 KiB by a list", SHAPE(.multi_tce = true), .operation = MAP, .count = 65536),
	PATH("map 64 KiB, virtual mode", SHAPE(.virtual_mode = true), .operation = MAP, .count = 65536),
	PATH("map 64 KiB, user space v1", SHAPE(.in_user_space = true, .version = 1), .operation = MAP, .count = 65536),
	PATH("unmap 4 KiB", .operation = UNMAP, .count = 4096),
	PATH("unmap 64 KiB by single entries", .operation = UNMAP, .count = 65536),
	PATH("unmap 64 KiB at once", SHAPE(.multi_tce = true), .operation = UNMAP, .count = 65536),
	PATH("unmap 64 KiB, user space v1", SHAPE(.in_user_space = true, .version = 1), .operation = UNMAP,
	     .count = 65536),
	PATH("add a device, v2", .operation = ADD_DEVICE),
	PATH("add a device, v1", SHAPE(.version = 1, .in_user_space = true), .operation = ADD_DEVICE),
};

const unsigned meter_path_count = sizeof(meter_paths) / sizeof(meter_paths[0]);
