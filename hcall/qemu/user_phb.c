// SPDX-License-Identifier: Apache-2.0
/* user_phb.c - bridges: windows and the devices behind them. */
#include "user_phb.h"

#include "../bits.h"
#include "eeh.h"
#include "user_kvm.h"

struct user_phb_properties user_phb_defaults(u32 index)
{
	return (struct user_phb_properties){.index = index,
					    .window_size = 1ULL << 30,
					    .window64_address = IOMMU_WINDOW1_BASE,
					    .page_sizes = 1ULL << 12 | 1ULL << 16 | 1ULL << 21 | 1ULL << 24,
					    .ddw = true};
}

/* ---- life ---- */

/* A bridge without changes has one window; the other's LIOBN is unknown. */
static u32 window_count(const struct user_phb *phb)
{
	return phb->has.ddw ? USER_PHB_WINDOWS : 1;
}

long user_phb_new(struct user_process *process, const struct user_phb_properties *properties, struct user_phb **result)
{
	struct user_phb *phb;

	if (properties->index > USER_PHB_INDEX_MAX)
		return -EINVAL;
	if (user_phb_at(process, properties->index))
		return -EEXIST;
	phb = port_alloc(sizeof(*phb));
	if (!phb)
		return -ENOMEM;
	phb->process = process;
	phb->has = *properties;
	list_init(&phb->containers);
	for (u32 i = window_count(phb); i--;)
		user_table_init(&phb->windows[i], process, user_phb_liobn(phb->has.index, i), phb);
	list_add_tail(&phb->list, &process->phbs);
	*result = phb;
	return 0;
}

void user_phb_free(struct user_phb *phb)
{
	while (!list_empty(&phb->containers)) {
		struct user_container *container = list_entry(phb->containers.next, struct user_container, list);

		user_phb_unplug(phb, list_entry(container->vfio->groups.next, struct iommu_group, container_link));
	}
	for (u32 i = 0; i < window_count(phb); i++) {
		user_phb_close_window(phb, i);
		user_table_leave(&phb->windows[i]);
	}
	list_del(&phb->list);
	port_free(phb);
}

struct user_phb *user_phb_at(const struct user_process *process, u32 index)
{
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		if (phb->has.index == index)
			return phb;
	}
	return NULL;
}

struct user_phb *user_phb_find(const struct user_process *process, u64 buid)
{
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		if (user_phb_buid(phb) == buid)
			return phb;
	}
	return NULL;
}

/* ---- windows ---- */

u32 user_phb_windows(const struct user_phb *phb)
{
	u32 open = 0;

	for (u32 i = 0; i < USER_PHB_WINDOWS; i++)
		open += phb->windows[i].entries != 0;
	return open;
}

static long add_to_containers(struct user_phb *phb, u32 number, bool known_empty)
{
	struct user_tce_table *table = &phb->windows[number];

	list_for_each(container, &phb->containers, struct user_container, list) {
		long rc = user_container_add_window(container, table, number, phb->has.levels[number], known_empty);

		if (rc)
			return rc;
	}
	return 0;
}

long user_phb_open_window(struct user_phb *phb, u32 number, u32 page_shift, u64 bus_offset, u64 size, bool known_empty)
{
	long rc = user_table_enable(&phb->windows[number], page_shift, bus_offset, size >> page_shift);

	if (rc)
		return rc;
	rc = add_to_containers(phb, number, known_empty);
	if (rc)
		user_phb_close_window(phb, number);
	return user_fail(phb->process, rc);
}

void user_phb_close_window(struct user_phb *phb, u32 number)
{
	struct user_tce_table *table = &phb->windows[number];

	if (!table->entries)
		return;
	list_for_each(container, &phb->containers, struct user_container, list)
		user_container_del_window(container, number);
	user_table_disable(table);
}

long user_phb_default_window(struct user_phb *phb)
{
	for (u32 i = 0; i < USER_PHB_WINDOWS; i++)
		user_phb_close_window(phb, i);
	phb->windows[0].is_default = true;
	return user_fail(phb->process, user_phb_open_window(phb, 0, TCE_PAGE_SHIFT_MIN, phb->has.window_address,
							    phb->has.window_size, false));
}

long user_phb_reset(struct user_phb *phb)
{
	long rc = user_phb_default_window(phb);

	if (!rc)
		rc = user_table_clear(&phb->windows[0]);
	if (!rc)
		user_eeh_thaw(phb);
	return user_fail(phb->process, rc);
}

/* ---- devices ---- */

struct user_container *user_phb_container(const struct user_phb *phb, const struct iommu_group *group)
{
	list_for_each(container, &phb->containers, struct user_container, list) {
		if (user_container_holds(container, group))
			return container;
	}
	return NULL;
}

static bool joined(struct user_phb *phb, struct iommu_group *group)
{
	list_for_each(container, &phb->containers, struct user_container, list) {
		if (!user_container_join(container, group))
			return true;
	}
	return false;
}

static void close_container(struct user_container *container)
{
	for (u32 i = 0; i < USER_PHB_WINDOWS; i++)
		user_container_del_window(container, i);
	list_del(&container->list);
	user_container_close(container);
}

static long add_open_windows(struct user_phb *phb, struct user_container *container)
{
	long rc = 0;

	for (u32 i = 0; i < USER_PHB_WINDOWS && !rc; i++) {
		if (phb->windows[i].entries)
			rc = user_container_add_window(container, &phb->windows[i], i, phb->has.levels[i], false);
	}
	return rc;
}

long user_phb_plug(struct user_phb *phb, struct iommu_group *group)
{
	struct user_container *container;
	long rc;

	if (joined(phb, group)) {
		rc = user_kvm_add_group(phb->process, group);
		if (rc)
			user_container_leave(user_phb_container(phb, group), group);
		return user_fail(phb->process, rc);
	}
	rc = user_container_open(phb->process, group, &container);
	if (rc)
		return user_fail(phb->process, rc);
	list_add_tail(&container->list, &phb->containers);
	rc = user_kvm_add_group(phb->process, group);
	if (!rc)
		rc = add_open_windows(phb, container);
	if (rc) {
		user_kvm_del_group(phb->process, group);
		close_container(container);
	}
	return user_fail(phb->process, rc);
}

/* Lets KVM go on with the tables that the groups of @container share. */
static void attach_again(struct user_phb *phb, struct user_container *container)
{
	struct iommu_group *group = list_entry(container->vfio->groups.next, struct iommu_group, container_link);

	for (u32 i = 0; i < USER_PHB_WINDOWS; i++) {
		if (phb->windows[i].view && phb->process->has.spapr_tce_vfio)
			user_kvm_set_spapr_tce(phb->process, group, &phb->windows[i]);
	}
}

void user_phb_unplug(struct user_phb *phb, struct iommu_group *group)
{
	struct user_container *container = user_phb_container(phb, group);

	PORT_BUG_ON(!container);
	user_kvm_del_group(phb->process, group);
	if (user_container_is_single(container)) {
		close_container(container);
		return;
	}
	user_container_leave(container, group);
	attach_again(phb, container);
}

long user_phb_dma(struct user_phb *phb, u64 bus_address, u64 access, u64 *gpa)
{
	for (u32 i = 0; i < USER_PHB_WINDOWS; i++) {
		long rc = user_table_dma(&phb->windows[i], bus_address, access, gpa);

		if (rc != -ENXIO)
			return rc;
	}
	return -ENXIO;
}
