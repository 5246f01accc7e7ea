/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - what an observer may ask about the handlers' state.
 *
 * The program judges the answers (sim/handler_state.h) at the end of a run, when nobody
 * is charged. A change of the structs behind them changes inspect.c and nothing else.
 *
 * Things are counted from 0 in any order that stays the same while no handler runs; a
 * function for one of them returns false for an @index past the last.
 *
 * Runs. Where there is a number for each page of a window, a function returns the number
 * of @page, behind which those of the following pages stand, *@count in all; or NULL
 * where *@count pages from @page on have 0. *@count is at least 1; the run may end
 * anywhere. The memory is read before the next call with the same @index.
 */
#ifndef HCALL_INSPECT_H
#define HCALL_INSPECT_H

#include "abi.h"

struct user_process;

/* A preregistered region. */
struct region_state {
	u64 ua;
	u64 pages;	/* host pages */
	s64 mapped;	/* 1 + entries made from it */
	u32 page_shift; /* log2 of the largest IOMMU page that it may back */
	bool pinned;	/* its pages are pinned and locked; not so for device memory */
};

/* A hardware table: of the container, or one that KVM alone still holds. */
struct table_state {
	u64 number; /* running number of creation */
	u64 offset; /* bus address of the first entry, in pages */
	u64 size;   /* entries */
	u32 page_shift;
	u32 levels;
	u64 level_size;	  /* entries of every level, a power of two */
	const u64 *base;  /* top level, as the PHB walks it */
	bool mirrored;	  /* there is a user address for each entry */
	u64 locked_pages; /* accounted for it */
};

/* The guest's own TCE values for a part of the bus: in KVM, or in the user process. */
struct values_state {
	u64 offset; /* bus address of the first value, in pages */
	u64 size;   /* values */
	u32 page_shift;
	bool in_kernel;
	u64 locked_pages; /* accounted for them */
};

struct account_state {
	u64 locked_pages;  /* of the process, in all */
	u64 enabled_pages; /* of these, for an enabled window of a version 1 container */
};

struct hcall_inspection {
	void (*account)(const struct user_process *process, struct account_state *state);

	bool (*region)(const struct user_process *process, u32 index, struct region_state *state);
	/* Host real address of @ua, which lies in the region. */
	u64 (*region_hpa)(const struct user_process *process, u32 index, u64 ua);

	bool (*table)(const struct user_process *process, u32 index, struct table_state *state);
	/* Run of the user addresses, big-endian as in memory, of entries @page - offset; mirrored tables only. */
	const u64 *(*mirror)(const struct user_process *process, u32 index, u64 page, u64 *count);

	bool (*values)(const struct user_process *process, u32 index, struct values_state *state);
	/* Run of values, in CPU order. */
	const u64 *(*value)(const struct user_process *process, u32 index, u64 page, u64 *count);
	/*
	 * Of values in KVM their pages, @count of TCES_PER_PAGE values each, NULL where there is none; NULL for others.
	 * There may be far more of them than anything but a loop over the pointers can look at: there is none before
	 * @first, and none from @end on.
	 */
	const u64 *const *(*value_pages)(const struct user_process *process, u32 index, u64 *first, u64 *end,
					 u64 *count);
	/* Whether the values of @index are what the guest wants of the table @table. */
	bool (*values_of)(const struct user_process *process, u32 index, u32 table);
};

extern const struct hcall_inspection hcall_inspection;

#endif
