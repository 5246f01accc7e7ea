// SPDX-License-Identifier: Apache-2.0
#include "direct.h"

static struct world *world;

void direct_setup(const void *argument)
{
	const struct direct_path *path = argument;

	world = world_make(&path->shape);
	if (path->prepare)
		path->prepare(world);
}

long direct_run(const void *argument)
{
	const struct direct_path *path = argument;

	return path->run(world, &path->shape);
}

long direct_add_device(struct world *made, const struct world_shape *shape)
{
	(void)made;
	world_make(shape);
	return 0;
}
