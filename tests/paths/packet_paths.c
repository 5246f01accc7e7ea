// SPDX-License-Identifier: Apache-2.0
/* packet_paths.c - all that a driver asks of the DMA API for one packet of 64 KiB, while others are under way. */
#include "direct.h"
#include "hcall/policy.h"
#include "hypercall.h"

#define UNDER_WAY 4
#define HEADERS_GPA 0x100000ULL
#define HEADER_STRIDE 256
#define HEADER_SIZE 66
#define PAYLOADS_GPA 0x200000ULL
#define PAYLOAD_SIZE 0x10000ULL

static struct {
	u64 header, payload;
} packets[UNDER_WAY + 1];

static void map_packet(struct world *world, u32 i)
{
	packets[i].header = dma_map(&world->window, HEADERS_GPA + i * HEADER_STRIDE, HEADER_SIZE, DMA_TO_DEVICE);
	packets[i].payload = dma_map(&world->window, PAYLOADS_GPA + i * PAYLOAD_SIZE, PAYLOAD_SIZE, DMA_TO_DEVICE);
}

static void unmap_packet(struct world *world, u32 i)
{
	dma_unmap(&world->window, packets[i].header, HEADER_SIZE);
	dma_unmap(&world->window, packets[i].payload, PAYLOAD_SIZE);
}

static void under_way(struct world *world)
{
	for (u32 i = 0; i < UNDER_WAY; i++)
		map_packet(world, i);
}

/* The next one is sent, the oldest one is done. */
static long packet(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	map_packet(world, UNDER_WAY);
	unmap_packet(world, 0);
	return (long)packets[UNDER_WAY].payload;
}

#define PACKET(text, ...)                                                                                              \
	DIRECT("packet, " text, packet, SHAPE(.phb = WORLD_PHB3, .window_size = 2ULL << 30, __VA_ARGS__),              \
	       .prepare = under_way)

static const struct meter_path paths[] = {
	PACKET("single entries", .levels = 1),
	PACKET("single entries, 3 levels", .levels = 3),
	PACKET("single entries, 20th table", .newer_tables = 19),
	PACKET("lists", .multi_tce = true),
	PACKET("lists, 3 levels", .multi_tce = true, .levels = 3),
	PACKET("lists, 20th table", .multi_tce = true, .newer_tables = 19),
#if POLICY_REAL_MODE
	PACKET("single entries, virtual mode", .virtual_mode = true),
	PACKET("lists, virtual mode", .multi_tce = true, .virtual_mode = true),
#endif
};

GROUP(packet_paths, "packets", paths);
