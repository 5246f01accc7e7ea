/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - what differs between kernel eras, as compile-time constants.
 *
 * HCALL_PRESET chooses one object: a recorded kernel, 4.12 from descriptions alone, or
 * "fixed", which is 5.10 with every known defect mended. A constant says what the preset
 * does; nothing but .c files may depend on one, so that all presets share their structs.
 * docs/behaviour.md has a row, its evidence and its test for each.
 */
#ifndef HCALL_POLICY_H
#define HCALL_POLICY_H

#define HCALL_PRESET_4_12 412
#define HCALL_PRESET_4_19_81 41981
#define HCALL_PRESET_4_19 419 /* 4.19.110 and later */
#define HCALL_PRESET_5_10 510
#define HCALL_PRESET_6_1 61
#define HCALL_PRESET_FIXED 1

#ifndef HCALL_PRESET
#define HCALL_PRESET HCALL_PRESET_5_10
#endif

#define HCALL_IS(preset) (HCALL_PRESET == HCALL_PRESET_##preset)

#if HCALL_IS(4_12)
#define HCALL_PRESET_NAME "4.12"
#elif HCALL_IS(4_19_81)
#define HCALL_PRESET_NAME "4.19.81"
#elif HCALL_IS(4_19)
#define HCALL_PRESET_NAME "4.19"
#elif HCALL_IS(5_10)
#define HCALL_PRESET_NAME "5.10"
#elif HCALL_IS(6_1)
#define HCALL_PRESET_NAME "6.1"
#elif HCALL_IS(FIXED)
#define HCALL_PRESET_NAME "fixed"
#else
#error "HCALL_PRESET is no known preset"
#endif

#define UP_TO_4_12 HCALL_IS(4_12)
#define UP_TO_4_19_81 (UP_TO_4_12 || HCALL_IS(4_19_81))
#define UP_TO_4_19 (UP_TO_4_19_81 || HCALL_IS(4_19))

/* All that can fail is done before anything changes; kvm/tce_update_sound.c, vfio/map_sound.c. */
#define SOUND HCALL_IS(FIXED)

/* ---- Hypercalls ---- */

/* TCE hypercalls have real-mode handlers; retired in v5.19. */
#define POLICY_REAL_MODE !HCALL_IS(6_1)
/* Virtual mode has H_GET_TCE too. */
#define POLICY_GET_IN_VIRTUAL_MODE !UP_TO_4_19
/* Real mode leaves guests with a radix MMU to virtual mode; since v4.14. */
#define POLICY_REAL_MODE_REFUSES_RADIX !UP_TO_4_12
/* The window check covers all pages of a call; since 6.1.189. Before, the first alone. */
#define POLICY_CHECK_WHOLE_RANGE (HCALL_IS(6_1) || SOUND)
/* Entries are held against memory slots and regions before any is mapped, lists in a pass of their own; since v4.20. */
#define POLICY_VALIDATE_FIRST !UP_TO_4_19
/* All of a guest page is held against slot and regions. Before, its first host page and first hardware page. */
#define POLICY_CHECK_WHOLE_PAGE SOUND
/* A misaligned TCE is the guest's mistake in virtual mode too, not left to user space. */
#define POLICY_MISALIGNED_IS_PARAMETER (UP_TO_4_19 || SOUND)
/* Real mode does not walk the page table while an invalidation runs; since v5.8. Before, a lock of the page. */
#define POLICY_WALK_HEEDS_INVALIDATION !UP_TO_4_19
/* A list entry outside RAM leaves the locks of H_PUT_TCE_INDIRECT taken; v4.12. */
#define POLICY_BAD_LIST_ENTRY_KEEPS_LOCKS UP_TO_4_12
/* A list entry without permissions is mapped like any other. */
#define POLICY_LIST_MAPS_WITHOUT_PERMISSIONS !SOUND
/* The guest's view has all its pages from the beginning; until v5.1. */
#define POLICY_EAGER_VIEW UP_TO_4_19

/* ---- One entry ---- */

/* Each exchange invalidates its entry; until v5.4. Later once per guest page, after the work. */
#define POLICY_KILL_PER_EXCHANGE UP_TO_4_19
/* Failures inside have codes of their own, at which the call clears an entry and goes on; until 4.19.y. */
#define POLICY_INNER_ERRORS UP_TO_4_19_81
/* A page that fails to be mapped is cleared, without counters, mirror or invalidation; since v4.20. */
#define POLICY_CLEAR_AFTER_FAILURE (!UP_TO_4_19 && !SOUND)
/* Unmapping needs a place in the mirror in virtual mode too, and makes its level; until 4.19. */
#define POLICY_UNMAP_NEEDS_MIRROR UP_TO_4_19
/* Real mode marks dirty pages through struct page, as virtual mode does; v4.12. */
#define POLICY_REAL_MODE_MARKS_PAGES UP_TO_4_12
/* A hardware address that is not aligned to the IOMMU page stops the host. */
#define POLICY_ASSERTS_ALIGNMENT !SOUND

/* ---- Tables ---- */

/* The mirror is one flat array, made by the first container map; v4.12. */
#define POLICY_FLAT_MIRROR UP_TO_4_12
/* Tables have all levels from the beginning; v4.12. */
#define POLICY_EAGER_LEVELS UP_TO_4_12
/* A table fits a view only with the same page size, offset and size; until v4.18. */
#define POLICY_ATTACH_EXACT UP_TO_4_12
/* A group that leaves releases its table from the first view only; until v5.1. */
#define POLICY_DETACH_FIRST_VIEW UP_TO_4_19_81
/* Groups leave by the windows they have then, whether they were attached or not. */
#define POLICY_DETACH_BY_WINDOW !SOUND
/* Attaching a table again keeps one more reference on it for ever. */
#define POLICY_ATTACH_LEAKS_REFERENCE !SOUND
/* The size of a new view is rounded up to a whole page of entries; until v4.18. */
#define POLICY_VIEW_SIZE_ROUNDED UP_TO_4_12
/* Only size 0 is refused for a view; v4.12. */
#define POLICY_VIEW_SIZE_UNCHECKED UP_TO_4_12
/* Two threads that create a view of one LIOBN at once both succeed; until v4.13. */
#define POLICY_CREATE_LOOKS_BEFORE_LOCK UP_TO_4_12
/* Two CPUs that need the same level at once: the last one's stays, the other is lost with what is in it; until v5.3. */
#define POLICY_LEVEL_RACE UP_TO_4_19
/* A level that came second and is larger than a host page is not given back. */
#define POLICY_LOST_LEVEL_LEAKS !SOUND
/* Clearing a table of the host's own passes over too much where it starts inside an absent leaf. */
#define POLICY_HOST_CLEAR_ROUNDS_COUNT !SOUND

/* ---- Groups in KVM ---- */

/* A group is known by its open file. Before v5.19 by itself, through whichever file. */
#define POLICY_GROUP_IS_FILE HCALL_IS(6_1)
/* A group that leaves without ever having followed a view is warned of, once; since v5.19. */
#define POLICY_WARN_NEVER_ATTACHED HCALL_IS(6_1)
/* KVM_CAP_SPAPR_TCE_VFIO is there on every host. Later on one that is itself the hypervisor. */
#define POLICY_TCE_VFIO_EVERYWHERE UP_TO_4_12

/* ---- Regions ---- */

/* Regions of device memory; since v5.0. */
#define POLICY_DEVICE_MEMORY !UP_TO_4_19
/* A new region that overlaps is refused before pages are pinned, the same range is shared; until v5.0. */
#define POLICY_REGION_OVERLAP_FIRST UP_TO_4_19
/* A region that can be pinned in part answers the number of pages. */
#define POLICY_PARTIAL_PIN_COUNTS (!UP_TO_4_19 && !SOUND)
/* IOMMU pages may be larger than the pages of the memory behind them; until v4.18. */
#define POLICY_REGION_SHIFT_UNCHECKED UP_TO_4_12
/* The page size of a leading huge page sticks to a region. */
#define POLICY_REGION_SHIFT_STICKS (!UP_TO_4_19 && !SOUND)
/* Real mode's dirty marks need a whole host page from the entry's address on. */
#define POLICY_DIRTY_NEEDS_HOST_PAGE !SOUND

/* ---- Containers ---- */

/* Unregistering memory that is still mapped answers 0 and orphans it; since v5.0. */
#define POLICY_UNREGISTER_ORPHANS (!UP_TO_4_19 && !SOUND)
/* A bad iova gives +1. */
#define POLICY_BAD_IOVA_PLUS_ONE !SOUND
/* Creating a window keeps its charge when the table cannot be made. */
#define POLICY_CREATE_KEEPS_CHARGE !SOUND
/* Absent leaves are passed over when a range is cleared; since v4.20. */
#define POLICY_SKIP_ABSENT_LEAVES !UP_TO_4_19
/* Failures of a container map have the hypercall's numbers; until v5.9. */
#define POLICY_MAP_FAILS_WITH_HYPERCALL_CODE UP_TO_4_19

#endif
