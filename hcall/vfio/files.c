// SPDX-License-Identifier: Apache-2.0
#include "files.h"

static void release_group(struct file *file)
{
	struct vfio_group *group = file->object;

	group->opened--;
}

const struct file_kind vfio_group_file = {.release = release_group};

int vfio_group_open(struct file_table *files, struct vfio_group *group)
{
	int fd = file_open(files, &vfio_group_file, group);

	if (fd >= 0)
		group->opened++;
	return fd;
}

static void release_container(struct file *file)
{
	vfio_close(file->object);
}

static long container_ioctl(struct file *file, struct file_table *files, u32 command, void *argument)
{
	(void)files;
	return vfio_ioctl(file->object, command, argument);
}

const struct file_kind vfio_container_file = {.release = release_container, .ioctl = container_ioctl};

int vfio_container_open_file(struct file_table *files, u32 type, struct mm_context *mm)
{
	struct vfio_container *container;
	int fd = vfio_container_open(type, mm, &container);

	if (fd)
		return fd;
	fd = file_open(files, &vfio_container_file, container);
	if (fd < 0)
		vfio_close(container);
	return fd;
}
