// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#define FILES_FIRST_SIZE 64

void files_init(struct file_table *files, u32 limit)
{
	files->files = NULL;
	files->size = 0;
	files->limit = limit;
	files->lock.state = 0;
}

static int grow(struct file_table *files)
{
	u32 size = files->size ? 2 * files->size : FILES_FIRST_SIZE;
	struct file **larger = port_alloc(size * sizeof(struct file *));

	if (!larger)
		return -ENOMEM;
	if (files->size)
		port_copy(larger, files->files, files->size * sizeof(struct file *));
	port_free(files->files);
	files->files = larger;
	files->size = size;
	return 0;
}

/* Under the lock. */
static int lowest_free(struct file_table *files)
{
	u32 fd = 0;

	while (fd < files->size && files->files[fd])
		fd++;
	if (fd >= files->limit)
		return -EMFILE;
	if (fd == files->size) {
		int rc = grow(files);

		if (rc)
			return rc;
	}
	return (int)fd;
}

static struct file *file_of(const struct file_table *files, s32 fd)
{
	return fd >= 0 && (u32)fd < files->size ? files->files[fd] : NULL;
}

static struct file *new_file(const struct file_kind *kind, void *object)
{
	struct file *file = port_alloc(sizeof(*file));

	if (file) {
		file->kind = kind;
		file->object = object;
		file->references = 1;
	}
	return file;
}

int file_open(struct file_table *files, const struct file_kind *kind, void *object)
{
	int fd;

	port_lock(&files->lock);
	fd = lowest_free(files);
	if (fd >= 0) {
		files->files[fd] = new_file(kind, object);
		if (!files->files[fd])
			fd = -ENOMEM;
	}
	port_unlock(&files->lock);
	return fd;
}

int file_dup(struct file_table *files, s32 fd)
{
	struct file *file;
	int copy = -EBADF;

	port_lock(&files->lock);
	file = file_of(files, fd);
	if (file)
		copy = lowest_free(files);
	if (copy >= 0) {
		file->references++;
		files->files[copy] = file;
	}
	port_unlock(&files->lock);
	return copy;
}

int file_close(struct file_table *files, s32 fd)
{
	struct file *file;

	port_lock(&files->lock);
	file = file_of(files, fd);
	if (file)
		files->files[fd] = NULL;
	port_unlock(&files->lock);
	if (!file)
		return -EBADF;
	file_put(file);
	return 0;
}

void files_close_all(struct file_table *files)
{
	for (u32 fd = 0; fd < files->size; fd++)
		file_close(files, (s32)fd);
	port_free(files->files);
	files->files = NULL;
	files->size = 0;
}

struct file *file_get(struct file_table *files, s32 fd)
{
	struct file *file;

	port_lock(&files->lock);
	file = file_of(files, fd);
	if (file)
		file->references++;
	port_unlock(&files->lock);
	return file;
}

void file_put(struct file *file)
{
	PORT_BUG_ON(!file->references);
	if (--file->references)
		return;
	if (file->kind->release)
		file->kind->release(file);
	port_free(file);
}

long file_ioctl(struct file_table *files, s32 fd, u32 command, void *argument)
{
	struct file *file = file_get(files, fd);
	long rc;

	if (!file)
		return -EBADF;
	rc = file->kind->ioctl ? file->kind->ioctl(file, files, command, argument) : -ENOTTY;
	file_put(file);
	return rc;
}

int copy_from_process(void *to, const void *from, size_t size)
{
	if (!from)
		return -EFAULT;
	port_copy(to, from, size);
	return 0;
}

int copy_to_process(void *to, const void *from, size_t size)
{
	if (!to)
		return -EFAULT;
	port_copy(to, from, size);
	return 0;
}
