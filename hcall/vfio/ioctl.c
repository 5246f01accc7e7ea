// SPDX-License-Identifier: Apache-2.0
/* ioctl.c - the calls of a container, each with its checks in their order. */
#include "../bits.h"
#include "../policy.h"
#include "container.h"

/* The answer of MAP and UNMAP to a bad iova: as recorded, the truth value of the window check. */
#define BAD_IOVA (POLICY_BAD_IOVA_PLUS_ONE ? 1 : -EINVAL)

static long enable(struct vfio_container *container)
{
	struct iommu_group *group;
	u64 pages;
	long rc;

	if (container->enabled)
		return -EBUSY;
	if (list_empty(&container->groups))
		return -ENODEV;
	group = list_entry(container->groups.next, struct iommu_group, container_link);
	if (!group->dma32_size)
		return -EPERM;
	container->bound = true;
	pages = group->dma32_size >> PAGE_SHIFT;
	rc = mm_lock_pages(container->mm, pages);
	if (rc)
		return rc;
	container->enabled_pages = pages;
	container->enabled = true;
	return 0;
}

static long disable(struct vfio_container *container)
{
	mm_unlock_pages(container->mm, container->enabled_pages);
	container->enabled_pages = 0;
	container->enabled = false;
	return 0;
}

static enum dma_direction direction_of(u32 flags)
{
	if (!(flags & VFIO_DMA_MAP_WRITE))
		return DMA_TO_DEVICE;
	return flags & VFIO_DMA_MAP_READ ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE;
}

static u64 page_mask(const struct iommu_table *table)
{
	return (1ULL << table->page_shift) - 1;
}

static long map_dma(struct vfio_container *container, const struct vfio_dma_map *map)
{
	struct iommu_table *table;
	long rc;

	if (!container->enabled)
		return -EPERM;
	if (!map)
		return -EFAULT;
	if (map->argsz < sizeof(*map) || map->flags & ~(VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE))
		return -EINVAL;
	rc = vfio_ensure_default_window(container);
	if (rc)
		return rc;
	table = vfio_find_table(container, map->iova);
	if (!table)
		return -ENXIO;
	if ((map->size | map->vaddr) & page_mask(table))
		return -EINVAL;
	if (!map->flags)
		return -EINVAL;
	if (map->iova & page_mask(table) ||
	    !iommu_table_contains(table, map->iova >> table->page_shift, map->size >> table->page_shift))
		return BAD_IOVA;
	return vfio_map(container, table, map->iova >> table->page_shift, map->vaddr, map->size >> table->page_shift,
			direction_of(map->flags));
}

static long unmap_dma(struct vfio_container *container, const struct vfio_dma_unmap *unmap)
{
	struct iommu_table *table;
	long rc;

	if (!container->enabled)
		return -EPERM;
	if (!unmap)
		return -EFAULT;
	if (unmap->argsz < sizeof(*unmap) || unmap->flags)
		return -EINVAL;
	rc = vfio_ensure_default_window(container);
	if (rc)
		return rc;
	table = vfio_find_table(container, unmap->iova);
	if (!table)
		return -ENXIO;
	if (unmap->size & page_mask(table))
		return -EINVAL;
	if (unmap->iova & page_mask(table) ||
	    !iommu_table_contains(table, unmap->iova >> table->page_shift, unmap->size >> table->page_shift))
		return BAD_IOVA;
	vfio_unmap(container, table, unmap->iova >> table->page_shift, unmap->size >> table->page_shift);
	return 0;
}

static struct vfio_region *find_registration(struct vfio_container *container, u64 ua, u64 pages)
{
	list_for_each(known, &container->regions, struct vfio_region, list) {
		if (known->region->ua == ua && known->region->pages == pages)
			return known;
	}
	return NULL;
}

static bool range_valid(const struct vfio_register_memory *memory)
{
	return !((memory->vaddr | memory->size) & (PAGE_SIZE - 1)) && memory->vaddr + memory->size >= memory->vaddr;
}

/* A reference that found the region only. It may be the sole one: of a region that outlives its last container. */
static void give_back(struct mm_region *region)
{
#if SOUND
	region_abandon(region);
#else
	region_put(region);
#endif
}

/* The same range may already be a region of this process, registered by another container. */
static long add_region(struct vfio_container *container, u64 ua, u64 pages)
{
	struct vfio_region *known;
	struct mm_region *region;
	long rc;

	if (find_registration(container, ua, pages))
		return -EBUSY;
	region = region_get(container->mm, ua, pages);
	rc = region ? 0 : region_new(container->mm, ua, pages, &region);
	if (rc)
		return rc;
	known = port_alloc(sizeof(*known));
	if (!known) {
		give_back(region);
		return -ENOMEM;
	}
	known->region = region;
	list_add_tail(&known->list, &container->regions);
	container->enabled = true;
	return 0;
}

static long register_memory(struct vfio_container *container, const struct vfio_register_memory *memory)
{
	long rc;

	container->bound = true;
	if (!memory)
		return -EFAULT;
	if (memory->argsz < sizeof(*memory) || memory->flags)
		return -EINVAL;
	port_lock(&container->lock);
	rc = range_valid(memory) ? add_region(container, memory->vaddr, memory->size >> PAGE_SHIFT) : -EINVAL;
	port_unlock(&container->lock);
	return rc;
}

/*
 * Since v5.0 looking the region up takes a reference, so that the first put never finds it
 * busy. The container forgets it and answers 0; while entries are mapped the region stays,
 * owned by nobody.
 */
static long orphan_region(struct mm_region *region, struct vfio_region *known)
{
	long rc = region_put(region);

	list_del(&known->list);
	port_free(known);
	region_put(region);
	return rc;
}

static long release_region(struct mm_region *region, struct vfio_region *known)
{
	long rc;

	region_put(region); /* the look-up's */
	rc = region_put(region);
	if (rc)
		return rc;
	list_del(&known->list);
	port_free(known);
	return 0;
}

static long drop_region(struct vfio_container *container, u64 ua, u64 pages)
{
	struct mm_region *region = region_get(container->mm, ua, pages);
	struct vfio_region *known;

	if (!region)
		return -ENOENT;
	known = find_registration(container, ua, pages);
	if (!known) {
		give_back(region);
		return -ENOENT;
	}
	return POLICY_UNREGISTER_ORPHANS ? orphan_region(region, known) : release_region(region, known);
}

static long unregister_memory(struct vfio_container *container, const struct vfio_register_memory *memory)
{
	long rc;

	if (!container->bound)
		return -EPERM;
	if (!memory)
		return -EFAULT;
	if (memory->argsz < sizeof(*memory) || memory->flags)
		return -EINVAL;
	port_lock(&container->lock);
	rc = range_valid(memory) ? drop_region(container, memory->vaddr, memory->size >> PAGE_SHIFT) : -EINVAL;
	port_unlock(&container->lock);
	return rc;
}

static long create_window(struct vfio_container *container, struct vfio_tce_create *create)
{
	struct iommu_group *group;
	long rc;

	container->bound = true;
	if (list_empty(&container->groups))
		return -ENXIO;
	if (!create)
		return -EFAULT;
	if (create->argsz < sizeof(*create) || create->flags)
		return -EINVAL;
	rc = vfio_ensure_default_window(container);
	if (rc)
		return rc;
	if (container->tables[0] && container->tables[1])
		return -ENOSPC;
	group = list_entry(container->groups.next, struct iommu_group, container_link);
	if (create->page_shift >= 64 || !(group->page_sizes & 1ULL << create->page_shift))
		return -EINVAL;
	return vfio_create_window(container, create->page_shift, create->window_size, create->levels,
				  &create->start_addr);
}

static long remove_window(struct vfio_container *container, const struct vfio_tce_remove *remove)
{
	container->bound = true;
	if (list_empty(&container->groups))
		return -ENXIO;
	if (!remove)
		return -EFAULT;
	if (remove->argsz < sizeof(*remove) || remove->flags)
		return -EINVAL;
	if (!remove->start_addr && container->default_window_pending) {
		container->default_window_pending = false;
		return 0;
	}
	return vfio_remove_window(container, remove->start_addr);
}

static long check_extension(const struct vfio_container *container, u64 extension)
{
	if (extension == VFIO_EEH)
		return vfio_has_eeh(container);
	return extension == VFIO_SPAPR_TCE_IOMMU || extension == VFIO_SPAPR_TCE_v2_IOMMU;
}

static long get_info(struct vfio_container *container, struct vfio_tce_info *info)
{
	const struct iommu_group *group;
	bool windows;

	if (list_empty(&container->groups))
		return -ENXIO;
	if (!info)
		return -EFAULT;
	if (info->argsz < offsetof(struct vfio_tce_info, page_sizes))
		return -EINVAL;
	group = list_entry(container->groups.next, struct iommu_group, container_link);
	windows = container->version == 2 && group->dynamic_windows;
	info->flags = windows ? VFIO_SPAPR_INFO_DDW : 0;
	info->dma32_window_start = 0;
	info->dma32_window_size = (u32)group->dma32_size;
	if (info->argsz < sizeof(*info))
		return 0;
	info->page_sizes = windows ? group->page_sizes : 0;
	info->windows = windows ? IOMMU_WINDOWS_PER_GROUP : 0;
	info->levels = windows ? IOMMU_LEVELS_MAX : 0;
	return 0;
}

long vfio_ioctl(struct vfio_container *container, u32 command, void *argument)
{
	bool v2 = container->version == 2;

	switch (command) {
	case VFIO_CHECK_EXTENSION:
		return check_extension(container, (u64)argument);
	case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
		return get_info(container, argument);
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(container, argument);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(container, argument);
	case VFIO_IOMMU_ENABLE:
		return v2 ? -ENOTTY : enable(container);
	case VFIO_IOMMU_DISABLE:
		return v2 ? -ENOTTY : disable(container);
	case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
		return v2 ? register_memory(container, argument) : -ENOTTY;
	case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
		return v2 ? unregister_memory(container, argument) : -ENOTTY;
	case VFIO_IOMMU_SPAPR_TCE_CREATE:
		return v2 ? create_window(container, argument) : -ENOTTY;
	case VFIO_IOMMU_SPAPR_TCE_REMOVE:
		return v2 ? remove_window(container, argument) : -ENOTTY;
	case VFIO_EEH_PE_OP:
		return vfio_has_eeh(container) ? vfio_eeh_operate(container, argument) : -ENOTTY;
	default:
		return -ENOTTY;
	}
}
