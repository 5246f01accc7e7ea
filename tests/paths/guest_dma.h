/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_dma.h - paths that are one call of the guest's DMA API.
 */
#ifndef TESTS_PATHS_GUEST_DMA_H
#define TESTS_PATHS_GUEST_DMA_H

#include "paths.h"
#include "world.h"

struct dma_path {
	struct world_shape shape;
	bool first; /* nothing has been mapped where a map will map, so that levels are missing */
	u64 offset; /* in the first page, bytes */
	u64 size;   /* bytes */
	enum dma_direction direction;
	void (*prepare)(struct world *world); /* last step of the setup, if any */
};

void dma_map_setup(const void *argument);
long dma_map_run(const void *argument);
void dma_unmap_setup(const void *argument);
long dma_unmap_run(const void *argument);

#define DMA_MAP(text, ...)                                                                                             \
	{                                                                                                              \
		.name = (text), .argument = &(const struct dma_path){__VA_ARGS__}, .setup = dma_map_setup,             \
		.run = dma_map_run                                                                                     \
	}
#define DMA_UNMAP(text, ...)                                                                                           \
	{                                                                                                              \
		.name = (text), .argument = &(const struct dma_path){__VA_ARGS__}, .setup = dma_unmap_setup,           \
		.run = dma_unmap_run                                                                                   \
	}

#endif
