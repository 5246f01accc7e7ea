/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iommu_table.h - hardware TCE tables of a powernv host and their mirror.
 *
 * A table covers one DMA window with one 8-byte TCE per page. It is a radix tree
 * of 1..5 levels, all of the same size; a leaf entry is hpa | permissions, an
 * inner entry hpa(next level) | both permissions, 0 where the level is absent.
 * Everything in memory is big-endian, because the PHB walks the same bytes.
 *
 * The mirror is a second tree of the same shape that holds for each entry the
 * user address (ua) it was made from. Tables of v1 containers have none.
 *
 * Entry numbers are absolute: bus address >> page_shift.
 */
#ifndef HCALL_POWERNV_IOMMU_TABLE_H
#define HCALL_POWERNV_IOMMU_TABLE_H

#include "../list.h"
#include "../port.h"

struct phb {
	u32 number;
	enum phb_model model;
	u64 registers; /* hpa of the register space */
};

struct iommu_table;

/* The devices of one partitionable endpoint and its windows. */
struct iommu_group {
	struct phb *phb;
	u32 pe;
	bool dynamic_windows; /* windows can be created and removed */
	u64 dma32_size;	      /* bytes of the default 32-bit window */
	u64 page_sizes;	      /* bitmap of supported IOMMU page sizes in bytes */
	enum clear_way clear; /* how its host clears ranges of windows */
	u32 window_bits;      /* of its host's windows, as of iommu_table_create_within() */
	struct iommu_table *tables[IOMMU_WINDOWS_PER_GROUP];
	bool in_use; /* attached to a container */
	bool eeh;    /* the host recovers it from errors of the bridge: EEH, see eeh.h */
	bool reset;  /* it is asserted */
	struct list container_link;
	struct iommu_group *next_added; /* in the list of whoever made it */
};

/* One group that translates through a table. */
struct iommu_group_link {
	struct list list;
	struct iommu_group *group;
};

struct iommu_table {
	u64 offset; /* number of the first entry */
	u64 size;   /* entries; never less than one host page of TCEs */
	u32 page_shift;
	u32 levels;
	u64 level_size;	       /* entries of every level, a power of two */
	u64 allocated_size;    /* bytes charged for table and mirror, fully populated */
	u64 *base;	       /* top hardware level */
	u64 *mirror;	       /* top level of the mirror, NULL without one */
	u32 mirror_levels;     /* as levels; 1 for the flat mirror of v4.12 */
	u64 mirror_level_size; /* as level_size; all entries for the flat mirror of v4.12 */
	bool removed;	       /* its container has let it go, whoever still holds it */
	u64 references;
	u64 number; /* running number of creation, for observers */
	struct list groups;
	u64 lost_references;	       /* that nobody will ever drop, by a bug of the era; for observers */
	struct iommu_table *next_lost; /* in the machine's list of tables that have some */
};

/*
 * iommu_table_create - make a table whose levels appear on demand.
 * @window_size: bytes, a power of two
 * @levels: 1..IOMMU_LEVELS_MAX
 * @mirrored: with a mirror
 * @table: out, holding one reference
 *
 * Only the top level of each tree is allocated, as recorded from 4.19.81 on; one level
 * means the whole table. In v4.12 all levels, and no mirror yet.
 * 0; -EINVAL for a bad size, number of levels, or geometry that reaches
 * IOMMU_ADDRESS_LIMIT; -ENOMEM.
 */
int iommu_table_create(u32 page_shift, u64 bus_offset, u64 window_size, u32 levels, bool mirrored,
		       struct iommu_table **table);

/*
 * iommu_table_create_within - the same for a platform that no kernel runs on: in place of its
 * rule, windows of up to 1 << @window_bits bytes are good, however far their levels reach.
 * @window_bits: 0 for the platform's rule
 */
int iommu_table_create_within(u32 window_bits, u32 page_shift, u64 bus_offset, u64 window_size, u32 levels,
			      bool mirrored, struct iommu_table **table);

/*
 * iommu_table_make_mirror - give a table its mirror if it has none yet: v4.12 does it at
 * the first map of a version 2 container. 0, or -ENOMEM.
 */
int iommu_table_make_mirror(struct iommu_table *table);

/* iommu_table_charge - bytes that a table with mirror is accounted with, 0 for bad geometry. */
u64 iommu_table_charge(u32 page_shift, u64 window_size, u32 levels);

void iommu_table_get(struct iommu_table *table);
/* iommu_table_put - drop one reference; the last frees all levels of both trees. */
void iommu_table_put(struct iommu_table *table);

/* iommu_table_link, iommu_table_unlink - @group starts or stops translating through @table. */
int iommu_table_link(struct iommu_table *table, struct iommu_group *group);
void iommu_table_unlink(struct iommu_table *table, struct iommu_group *group);

/*
 * iommu_table_slot - the TCE of @entry in the hardware tree, NULL if a level is absent.
 * iommu_table_mirror - the same in the mirror; NULL too if there is no mirror.
 * @allocate: bring missing levels into being; NULL then means that memory is short.
 * @entry lies inside the table.
 */
u64 *iommu_table_slot(struct iommu_table *table, u64 entry, bool allocate);
u64 *iommu_table_mirror(struct iommu_table *table, u64 entry, bool allocate);

/*
 * iommu_table_absent_slots, iommu_table_absent_mirror - how many entries from @entry on have no
 * leaf, because the same level above them is absent; 0 if @entry has one.
 * Without a mirror: to the end of the table.
 */
u64 iommu_table_absent_slots(struct iommu_table *table, u64 entry);
u64 iommu_table_absent_mirror(struct iommu_table *table, u64 entry);

/* iommu_table_contains - do @count entries from @entry on lie inside the table? */
static inline bool iommu_table_contains(const struct iommu_table *table, u64 entry, u64 count)
{
	u64 index = entry - table->offset;

	return entry >= table->offset && index < table->size && count <= table->size - index;
}

/*
 * iommu_table_has_room - do @count entries from @entry on lie inside the memory of the
 * table? It reaches beyond the window where the levels are larger than that needs.
 */
static inline bool iommu_table_has_room(const struct iommu_table *table, u64 entry, u64 count)
{
	u64 index = entry - table->offset, room = 1;

	for (u32 level = 0; level < table->levels; level++)
		room *= table->level_size;
	return entry >= table->offset && index < room && count <= room - index;
}

#endif
