/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h - the file descriptors of one process, and the open files behind them.
 *
 * A file is one object of one kind: a TCE table or a device of KVM, a group or a container
 * of VFIO, a virtual machine. Several descriptors may lead to it, and whoever uses it
 * without one (a KVM-VFIO device its groups, a process its mapping) holds a reference. The
 * last reference that goes releases the object.
 */
#ifndef HCALL_MM_FILES_H
#define HCALL_MM_FILES_H

#include "../port.h"

struct file;
struct file_table;

/* What all files of one kind do. A kind is known by its address. */
struct file_kind {
	/* The last reference is gone: end file->object. NULL: nothing to end. */
	void (*release)(struct file *file);
	/* NULL: the kind has no calls, every one is -ENOTTY. @files: of the process that calls. */
	long (*ioctl)(struct file *file, struct file_table *files, u32 command, void *argument);
};

struct file {
	const struct file_kind *kind;
	void *object;
	u64 references; /* descriptors and other holders */
};

#define FILES_LIMIT 1024 /* the usual soft RLIMIT_NOFILE */

struct file_table {
	struct file **files; /* by descriptor, NULL where it is free */
	u32 size;	     /* of the array; it grows on demand */
	u32 limit;	     /* RLIMIT_NOFILE: descriptors stay below */
	struct port_lock lock;
};

/* files_init - no descriptor is open; at most @limit can be. Later changes of files->limit close none. */
void files_init(struct file_table *files, u32 limit);

/*
 * files_close_all - the process ends: its descriptors are closed, the lowest first, and
 * the table is empty and usable again.
 */
void files_close_all(struct file_table *files);

/*
 * file_open - a new file at the lowest free descriptor, which is returned.
 * -EMFILE: that would be @limit or more; -ENOMEM. Then @object stays the caller's.
 */
int file_open(struct file_table *files, const struct file_kind *kind, void *object);

/* file_dup - the file of @fd at the lowest free descriptor too. -EBADF; -EMFILE; -ENOMEM. */
int file_dup(struct file_table *files, s32 fd);

/* file_close - free the descriptor and drop its reference. 0; -EBADF. */
int file_close(struct file_table *files, s32 fd);

/*
 * file_get - the file of @fd with one more reference, NULL if @fd is negative or not open.
 * file_put - drop it; the last one releases the object and frees the file.
 */
struct file *file_get(struct file_table *files, s32 fd);
void file_put(struct file *file);

/* file_ioctl - the system call. -EBADF; -ENOTTY where the kind has no calls; else what its kind answers. */
long file_ioctl(struct file_table *files, s32 fd, u32 command, void *argument);

/*
 * copy_from_process, copy_to_process - between the kernel and the process that calls it.
 * A NULL pointer stands for every bad one: -EFAULT, and nothing is copied.
 */
int copy_from_process(void *to, const void *from, size_t size);
int copy_to_process(void *to, const void *from, size_t size);

#endif
