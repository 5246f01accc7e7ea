// SPDX-License-Identifier: Apache-2.0
/* bridge_paths.c - the process's bridges: firmware calls, devices that come and go, resets, emulated devices. */
#include "counting.h"
#include "direct.h"
#include "hcall/qemu/rtas.h"
#include "hcall/qemu/user_phb.h"
#include "hcall/qemu/user_vio.h"
#include "hypercall.h"

#define MIB (1ULL << 20)
#define ARGUMENTS_GPA 0x2000ULL
#define SMALL(...) SHAPE(.window_size = 64 * MIB, __VA_ARGS__)
#define NOTHING SHAPE(.no_device = true)

static struct user_phb *phb;
static struct user_vio_device *vio;
static struct hcall call;

static void bridge(struct world *world)
{
	phb = user_phb_at(&world->process, 0);
}

/* ---- Firmware calls ---- */

static void write_word(u64 index, u32 value)
{
	u64 gpa = ARGUMENTS_GPA + 4 * (index & ~1ULL);
	u64 both = port_guest_read64(gpa);

	port_guest_write64(gpa,
			   index & 1 ? (both & ~0xffffffffULL) | value : (both & 0xffffffffULL) | (u64)value << 32);
}

static void ask(struct world *world, u32 token, u32 arguments, u32 results)
{
	bridge(world);
	write_word(0, token);
	write_word(1, arguments);
	write_word(2, results);
	write_word(4, (u32)(user_phb_buid(phb) >> 32));
	write_word(5, (u32)user_phb_buid(phb));
	call = (struct hcall){.opcode = H_RTAS, .liobn = ARGUMENTS_GPA};
}

static void query_5(struct world *world)
{
	ask(world, RTAS_QUERY_PE_DMA_WINDOW, 3, 5);
}

static void query_6(struct world *world)
{
	ask(world, RTAS_QUERY_PE_DMA_WINDOW, 3, 6);
}

static void query_unknown_bridge(struct world *world)
{
	query_5(world);
	write_word(5, 7);
}

static void query_wrong_number(struct world *world)
{
	ask(world, RTAS_QUERY_PE_DMA_WINDOW, 2, 5);
}

static void create(struct world *world)
{
	ask(world, RTAS_CREATE_PE_DMA_WINDOW, 5, 4);
	write_word(6, 16);
	write_word(7, 26);
}

static void create_unknown_page(struct world *world)
{
	create(world);
	write_word(6, 20);
}

static void create_too_large(struct world *world)
{
	create(world);
	write_word(7, 60);
}

static void create_no_memory(struct world *world)
{
	create(world);
	world->mm.locked_limit = world->mm.locked_pages;
}

static void second_window(struct world *world)
{
	create(world);
	world_require(kvm_hcall(&world->kvm, &call));
}

static void create_third(struct world *world)
{
	second_window(world);
	create(world);
}

static void remove_second(struct world *world)
{
	second_window(world);
	ask(world, RTAS_REMOVE_PE_DMA_WINDOW, 1, 1);
	write_word(3, WORLD_LIOBN + 1);
}

static void remove_unknown(struct world *world)
{
	ask(world, RTAS_REMOVE_PE_DMA_WINDOW, 1, 1);
	write_word(3, 7);
}

static void reset_windows(struct world *world)
{
	second_window(world);
	ask(world, RTAS_RESET_PE_DMA_WINDOW, 3, 1);
}

static void unknown_token(struct world *world)
{
	ask(world, 1, 0, 1);
}

static long firmware_call(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return kvm_hcall(&world->kvm, &call);
}

/* ---- Devices ---- */

static void map_16(struct world *world)
{
	bridge(world);
	for (u64 i = 0; i < 16; i++)
		user_table_store(&phb->windows[0], i, i << 16 | TCE_PERM);
}

static void not_to_be_joined(struct world *world)
{
	map_16(world);
	world->other_group.dynamic_windows = false;
	world->other_group.dma32_size = phb->has.window_size;
	world_require(window_set_default(&world->other_group));
}

static void no_memory_to_plug(struct world *world)
{
	bridge(world);
	counting_fail(COUNTING_ALLOC, 1);
}

static long plug(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return user_phb_plug(phb, &world->other_group);
}

static void both_plugged(struct world *world)
{
	bridge(world);
	world_require(user_phb_plug(phb, &world->other_group));
}

static long unplug(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	user_phb_unplug(phb, &world->group);
	return 0;
}

static long reset(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return user_reset(&world->process);
}

static long end(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	user_end(&world->process);
	return 0;
}

/* ---- Emulated devices ---- */

static void with_vio(struct world *world)
{
	world_require(user_vio_new(&world->process, USER_VIO_FIRST_LIOBN, &vio));
	user_table_store(&vio->window, 5, 0x50000 | TCE_READ);
}

static void no_memory_for_vio(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 1);
}

static u64 gpa;

static long new_vio(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return user_vio_new(&world->process, USER_VIO_FIRST_LIOBN, &vio);
}

static long free_vio(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	user_vio_free(vio);
	return 0;
}

#define LOOK_UP(name, expression)                                                                                      \
	static long name(struct world *world, const struct world_shape *shape)                                         \
	{                                                                                                              \
		(void)world;                                                                                           \
		(void)shape;                                                                                           \
		return (expression);                                                                                   \
	}

LOOK_UP(reset_vio, user_vio_reset(vio))
LOOK_UP(vio_reads, user_table_dma(&vio->window, 0x5123, TCE_READ, &gpa))
LOOK_UP(vio_writes, user_table_dma(&vio->window, 0x5123, TCE_WRITE, &gpa))
LOOK_UP(vio_outside, user_table_dma(&vio->window, 1ULL << 40, TCE_READ, &gpa))
LOOK_UP(bridge_reads, user_phb_dma(phb, 0x5123, TCE_READ, &gpa))
LOOK_UP(bridge_outside, user_phb_dma(phb, 1ULL << 40, TCE_READ, &gpa))

static const struct meter_path paths[] = {
	DIRECT("RTAS, query, 5 results", firmware_call, SMALL(), .prepare = query_5),
	DIRECT("RTAS, query, 6 results", firmware_call, SMALL(), .prepare = query_6),
	DIRECT("RTAS, query, unknown bridge", firmware_call, SMALL(), .prepare = query_unknown_bridge),
	DIRECT("RTAS, query, wrong number of arguments", firmware_call, SMALL(), .prepare = query_wrong_number),
	DIRECT("RTAS, create window", firmware_call, SMALL(), .prepare = create),
	DIRECT("RTAS, create third window", firmware_call, SMALL(), .prepare = create_third),
	DIRECT("RTAS, create window, unknown page size", firmware_call, SMALL(), .prepare = create_unknown_page),
	DIRECT("RTAS, create window, too large", firmware_call, SMALL(), .prepare = create_too_large),
	DIRECT("RTAS, create window, no memory", firmware_call, SMALL(), .prepare = create_no_memory),
	DIRECT("RTAS, remove window", firmware_call, SMALL(), .prepare = remove_second),
	DIRECT("RTAS, remove window, unknown", firmware_call, SMALL(), .prepare = remove_unknown),
	DIRECT("RTAS, reset windows", firmware_call, SMALL(), .prepare = reset_windows),
	DIRECT("RTAS, unknown token", firmware_call, SMALL(), .prepare = unknown_token),
	DIRECT("plug a device, joins", plug, SMALL(), .prepare = map_16),
	DIRECT("plug a device, joins, table in the process", plug, SMALL(.in_user_space = true), .prepare = map_16),
	DIRECT("plug a device, own container, 16 entries to replay", plug, SMALL(), .prepare = not_to_be_joined),
	DIRECT("plug a device, no memory to join", plug, SMALL(), .prepare = no_memory_to_plug),
	DIRECT("unplug the only device", unplug, SMALL(), .prepare = bridge),
	DIRECT("unplug one of two devices", unplug, SMALL(), .prepare = both_plugged),
	DIRECT("reset the machine", reset, SMALL(), .prepare = with_vio),
	DIRECT("reset the machine, table in the process", reset, SMALL(.in_user_space = true)),
	DIRECT("end of the process", end, SMALL(), .prepare = with_vio),
	DIRECT("emulated device, new", new_vio, NOTHING),
	DIRECT("emulated device, number taken", new_vio, NOTHING, .prepare = with_vio),
	DIRECT("emulated device, no memory", new_vio, NOTHING, .prepare = no_memory_for_vio),
	DIRECT("emulated device, free", free_vio, NOTHING, .prepare = with_vio),
	DIRECT("emulated device, reset", reset_vio, NOTHING, .prepare = with_vio),
	DIRECT("emulated device reads", vio_reads, NOTHING, .prepare = with_vio),
	DIRECT("emulated device writes, not allowed", vio_writes, NOTHING, .prepare = with_vio),
	DIRECT("emulated device, outside the window", vio_outside, NOTHING, .prepare = with_vio),
	DIRECT("device on a bridge reads", bridge_reads, SMALL(), .prepare = map_16),
	DIRECT("device on a bridge, outside the windows", bridge_outside, SMALL(), .prepare = bridge),
};

GROUP(bridge_paths, "bridges", paths);
