// SPDX-License-Identifier: Apache-2.0
#include "ioctl.h"

static struct world *world;
static union ioctl_argument in_memory;

/* Containers of a world without device are empty. */
static void open_container(const struct world_shape *shape)
{
	u32 type = shape->version == 1 ? VFIO_SPAPR_TCE_IOMMU : VFIO_SPAPR_TCE_v2_IOMMU;

	world_require(vfio_container_open(type, &world->mm, &world->container));
}

static union ioctl_argument with_addresses(u32 command, union ioctl_argument argument)
{
	if (command == VFIO_IOMMU_MAP_DMA)
		argument.map.vaddr += world_ram();
	if (command == VFIO_IOMMU_SPAPR_REGISTER_MEMORY || command == VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY)
		argument.memory.vaddr += world_ram();
	return argument;
}

void ioctl_setup(const void *argument)
{
	const struct ioctl_path *path = argument;

	world = world_make(&path->shape);
	if (path->shape.no_device)
		open_container(&path->shape);
	in_memory = with_addresses(path->command, path->argument);
	if (path->prepare)
		path->prepare(world, &in_memory);
}

long ioctl_run(const void *argument)
{
	const struct ioctl_path *path = argument;

	return vfio_ioctl(world->container, path->command, &in_memory);
}
