// SPDX-License-Identifier: Apache-2.0
#include "context.h"

void mm_context_init(struct mm_context *mm, u64 locked_limit)
{
	list_init(&mm->regions);
	mm->locked_pages = 0;
	mm->lost_pages = 0;
	mm->locked_limit = locked_limit;
	mm->lock.state = 0;
	mm->update_lock.state = 0;
}

int mm_lock_pages(struct mm_context *mm, u64 pages)
{
	if (mm->locked_pages + pages > mm->locked_limit)
		return -ENOMEM;
	mm->locked_pages += pages;
	return 0;
}

void mm_unlock_pages(struct mm_context *mm, u64 pages)
{
	PORT_BUG_ON(pages > mm->locked_pages);
	mm->locked_pages -= pages;
}
