// SPDX-License-Identifier: Apache-2.0
/* device.c - devices of a machine that the program has described. */
#include "device.h"

#include "user_vio.h"

/* The guest takes the largest: larger ones than its second window's are not offered to it. */
static u64 offered_pages(u64 page_sizes, const struct hcall_setup *setup)
{
	if (setup->page_sizes)
		page_sizes = setup->page_sizes;
	return setup->ddw ? page_sizes & ((2ULL << setup->dynamic_window.page_shift) - 1) : page_sizes;
}

static long bridge_of(struct user_process *process, const struct hcall_setup *setup, struct user_phb **phb)
{
	const struct user_window *window = &setup->window;
	struct user_phb_properties properties = user_phb_defaults((u32)(window->liobn >> 8) & 0xff);

	if (window->liobn != user_phb_liobn(properties.index, (u32)window->liobn & 0xff))
		return -EINVAL;
	*phb = user_phb_at(process, properties.index);
	if (*phb)
		return 0;
	properties.window_address = window->bus_offset;
	properties.window_size = window->size;
	properties.levels[0] = window->levels;
	properties.levels[1] = setup->dynamic_window.levels;
	properties.page_sizes = offered_pages(properties.page_sizes, setup);
	return user_phb_new(process, &properties, phb);
}

/* The bridge, if the window can be opened on it. */
static long check_window(struct user_process *process, const struct hcall_setup *setup, struct user_phb **phb)
{
	const struct user_window *window = &setup->window;
	u32 number = (u32)window->liobn & 0xff;
	long rc;

	if (number >= USER_PHB_WINDOWS || window->page_shift >= 64 || !(window->size >> window->page_shift))
		return -EINVAL;
	process->has.spapr_tce_vfio = window->in_kernel;
	rc = bridge_of(process, setup, phb);
	if (rc)
		return rc;
	if (!((*phb)->has.page_sizes & 1ULL << window->page_shift))
		return -EINVAL;
	return (*phb)->windows[number].entries ? -EBUSY : 0;
}

static long open_window(struct user_phb *phb, const struct user_window *window)
{
	u32 number = (u32)window->liobn & 0xff;

	phb->windows[number].is_default = true;
	return user_phb_open_window(phb, number, window->page_shift, window->bus_offset, window->size, true);
}

long user_plug_device(struct user_process *process, struct iommu_group *group, const struct hcall_setup *setup)
{
	struct user_phb *phb;
	long rc;

	process->has.spapr_tce_vfio = setup->window.in_kernel;
	rc = bridge_of(process, setup, &phb);
	return rc ? rc : user_phb_plug(phb, group);
}

long user_open_window(struct user_process *process, const struct hcall_setup *setup)
{
	struct user_phb *phb;
	long rc = check_window(process, setup, &phb);

	return rc ? rc : open_window(phb, &setup->window);
}

long user_add_device(struct user_process *process, struct iommu_group *group, const struct hcall_setup *setup)
{
	struct user_phb *phb;
	long rc = check_window(process, setup, &phb);

	if (!rc)
		rc = user_phb_plug(phb, group);
	return rc ? rc : open_window(phb, &setup->window);
}

long user_add_vio_device(struct user_process *process, u64 liobn)
{
	struct user_vio_device *device;

	return user_vio_new(process, liobn, &device);
}
