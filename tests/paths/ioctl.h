/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl.h - paths that are one ioctl of a container.
 */
#ifndef TESTS_PATHS_IOCTL_H
#define TESTS_PATHS_IOCTL_H

#include "paths.h"
#include "world.h"

union ioctl_argument {
	struct vfio_dma_map map;
	struct vfio_dma_unmap unmap;
	struct vfio_register_memory memory;
	struct vfio_tce_create create;
	struct vfio_tce_remove remove;
};

struct ioctl_path {
	struct world_shape shape;
	u32 command;
	union ioctl_argument argument; /* user addresses count from gpa 0 */
	/* Last step of the setup, if any: changes the world or the argument. */
	void (*prepare)(struct world *world, union ioctl_argument *argument);
};

void ioctl_setup(const void *argument);
long ioctl_run(const void *argument);

#define IOCTL(text, number, ...)                                                                                       \
	{                                                                                                              \
		.name = (text), .argument = &(const struct ioctl_path){.command = (number), __VA_ARGS__},              \
		.setup = ioctl_setup, .run = ioctl_run                                                                 \
	}
#define ARGUMENT(member, ...) .argument.member = {.argsz = sizeof(((union ioctl_argument *)0)->member), __VA_ARGS__}

#endif
