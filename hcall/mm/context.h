/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - what the kernel keeps of one user process: locked pages and
 * preregistered regions. Behaviour: docs/behaviour.md, "Memory".
 */
#ifndef HCALL_MM_CONTEXT_H
#define HCALL_MM_CONTEXT_H

#include "../list.h"
#include "../port.h"

struct mm_context {
	struct list regions; /* newest first */
	u64 locked_pages;
	u64 lost_pages;		      /* of these, charged for what was never made; for observers */
	u64 locked_limit;	      /* RLIMIT_MEMLOCK in pages */
	struct port_lock lock;	      /* of the regions */
	struct port_lock update_lock; /* of tables, mirrors and views; taken in "fixed" only */
};

void mm_context_init(struct mm_context *mm, u64 locked_limit);

/* mm_lock_pages - account @pages as locked; -ENOMEM when that would pass the limit. */
int mm_lock_pages(struct mm_context *mm, u64 pages);
void mm_unlock_pages(struct mm_context *mm, u64 pages);

#endif
