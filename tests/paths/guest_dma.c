// SPDX-License-Identifier: Apache-2.0
#include "guest_dma.h"

#define DATA_GPA 0x100000ULL

static struct world *world;
static u64 mapped;

static void map(const struct dma_path *path)
{
	mapped = dma_map(&world->window, DATA_GPA + path->offset, path->size, path->direction);
}

static void unmap(const struct dma_path *path)
{
	dma_unmap(&world->window, mapped, path->size);
}

static void prepare(const struct dma_path *path)
{
	if (path->prepare)
		path->prepare(world);
}

void dma_map_setup(const void *argument)
{
	const struct dma_path *path = argument;

	world = world_make(&path->shape);
	if (!path->first) {
		map(path);
		unmap(path);
	}
	prepare(path);
}

long dma_map_run(const void *argument)
{
	map(argument);
	return (long)mapped;
}

void dma_unmap_setup(const void *argument)
{
	const struct dma_path *path = argument;

	world = world_make(&path->shape);
	map(path);
	prepare(path);
}

long dma_unmap_run(const void *argument)
{
	unmap(argument);
	return 0;
}
