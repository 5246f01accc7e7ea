// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "counting.h"
#include "hcall/bits.h"
#include "hcall/policy.h"

#define RAM_SIZE (16ULL << 20)
#define WINDOW_SIZE (1ULL << 30)
#define LIST_SPACE (1ULL << 20)
#define FIRST_ENTRY 0x1230ULL
#define DATA_GPA 0x100000ULL
#define DATA_STRIDE 7 /* pages; no two neighbours */
#define OTHER_REGION_PAGES 16
#define DEEP_LEVELS 4
#define DEEP_LEVEL_SIZE 512 /* entries */
#define OTHER_SLOTS_GPA (1ULL << 40)

/* User memory: other regions below RAM, RAM, other regions above. */
#define USER_MEMORY_SIZE (256ULL << 20)
#define RAM_OFFSET (64ULL << 20)
#define ABOVE_OFFSET (128ULL << 20)

static struct world world;
static u64 user_memory;

u64 world_ram(void)
{
	if (!user_memory)
		user_memory = counting_user_memory(USER_MEMORY_SIZE);
	return user_memory + RAM_OFFSET;
}

static u64 or_default(u64 value, u64 standard)
{
	return value ? value : standard;
}

static u64 ram_size(const struct world_shape *shape)
{
	return or_default(shape->ram_size, RAM_SIZE);
}

static u64 window_size(const struct world_shape *shape)
{
	return or_default(shape->window_size, WINDOW_SIZE);
}

static u32 hardware_shift(const struct world_shape *shape)
{
	return (u32)or_default(shape->page_shift, 12);
}

static u32 container_version(const struct world_shape *shape)
{
	return (u32)or_default(shape->version, 2);
}

u64 world_list_gpa(const struct world_shape *shape)
{
	return ram_size(shape) - LIST_SPACE;
}

u32 world_page_shift(const struct world_shape *shape)
{
	return (u32)or_default(shape->view_shift, hardware_shift(shape));
}

u64 world_first_entry(const struct world_shape *shape)
{
	return FIRST_ENTRY & ((window_size(shape) >> world_page_shift(shape)) - 1);
}

u64 world_data(const struct world_shape *shape, u64 i)
{
	u32 shift = world_page_shift(shape);
	u64 first = round_up(DATA_GPA, 1ULL << shift);
	u64 pages = (world_list_gpa(shape) - first) >> shift;

	return first + ((i * DATA_STRIDE % pages) << shift);
}

struct kvm_tce_table *world_view(void)
{
	return kvm_tce_table_find(&world.kvm, WORLD_LIOBN);
}

struct mm_region *world_ram_region(void)
{
	return region_lookup(&world.mm, world_ram(), PAGE_SIZE);
}

void world_require(long rc)
{
	char what[64];

	if (!rc)
		return;
	snprintf(what, sizeof(what), "a step of the setup answers %ld", rc);
	port_bug(what);
}

static void make_memory(const struct world_shape *shape)
{
	struct kvm_memslot slots[KVM_MEMSLOTS_MAX];
	u32 i;

	for (i = 0; i < shape->earlier_slots; i++)
		slots[i] = (struct kvm_memslot){
			.gpa = OTHER_SLOTS_GPA + ((u64)i << PAGE_SHIFT), .pages = 1, .ua = world_ram()};
	slots[i] = (struct kvm_memslot){.gpa = 0, .pages = ram_size(shape) >> PAGE_SHIFT, .ua = world_ram()};
	kvm_set_memslots(&world.kvm, slots, i + 1);
}

static void make_group(const struct world_shape *shape, struct iommu_group *group, u32 pe)
{
	group->phb = &world.phb;
	group->pe = pe;
	group->dma32_size = window_size(shape);
	group->page_sizes = 1ULL << 12 | 1ULL << 16 | 1ULL << 24;
	group->dynamic_windows = container_version(shape) == 2;
}

static void make_machine(const struct world_shape *shape)
{
	static const enum phb_model models[] = {
		[WORLD_PHB3] = PHB_PHB3, [WORLD_P7IOC] = PHB_P7IOC, [WORLD_PHB4] = PHB_PHB4};

	if (shape->host_shift)
		counting_set_host_page(shape->host_shift);
	mm_context_init(&world.mm, ~0ULL >> PAGE_SHIFT);
	kvm_init(&world.kvm, &world.mm);
	make_memory(shape);
	world.kvm.real_mode = POLICY_REAL_MODE && !shape->virtual_mode;
	kvm_enable_multi_tce(&world.kvm, shape->multi_tce);
	user_init(&world.process, &world.kvm, world_ram(), ram_size(shape));
	/* As large as the window's: or the process would have the host make smaller ones. */
	world.process.ram_page_shift = (u32)max_u64(hardware_shift(shape), PAGE_SHIFT);
	world.phb.model = models[shape->phb];
	make_group(shape, &world.group, 1);
	make_group(shape, &world.other_group, 2);
}

/* A guest view with pages of another size than the hardware's: made past user space. */
static void add_view(const struct world_shape *shape)
{
	struct kvm_create_spapr_tce_64 args = {
		.liobn = WORLD_LIOBN, .page_shift = shape->view_shift, .size = window_size(shape) >> shape->view_shift};
	struct kvm_tce_table *view;

	world_require(kvm_tce_table_create(&world.kvm, &args, &view));
	world_require(kvm_tce_table_attach(view, &world.group));
}

static u32 levels_to_create(const struct world_shape *shape)
{
	return shape->levels == DEEP_LEVELS ? 1 : (u32)or_default(shape->levels, 1);
}

static void deepen_mirror(struct iommu_table *table)
{
	table->mirror_levels = DEEP_LEVELS;
	table->mirror_level_size = DEEP_LEVEL_SIZE;
	table->mirror = port_pages_alloc(DEEP_LEVEL_SIZE * sizeof(u64));
}

/* Levels of 4 KiB, as they are on hosts with such pages: no table of 64 KiB levels is allowed to have four. */
static void deepen(struct iommu_table *table)
{
	table->levels = DEEP_LEVELS;
	table->level_size = DEEP_LEVEL_SIZE;
	table->base = port_pages_alloc(DEEP_LEVEL_SIZE * sizeof(u64));
	if (!POLICY_FLAT_MIRROR)
		deepen_mirror(table);
	for (u64 entry = 0; POLICY_EAGER_LEVELS && entry < table->size; entry += DEEP_LEVEL_SIZE)
		iommu_table_slot(table, table->offset + entry, true);
}

static void add_device(const struct world_shape *shape)
{
	struct hcall_setup setup = {.window = {.liobn = WORLD_LIOBN,
					       .size = window_size(shape),
					       .page_shift = hardware_shift(shape),
					       .levels = levels_to_create(shape),
					       .in_kernel = !shape->in_user_space && !shape->view_shift}};

	if (!world.group.dynamic_windows)
		world_require(window_set_default(&world.group));
	world_require(user_add_device(&world.process, &world.group, &setup));
	world.container = user_container_of(&world.process, &world.group);
	if (shape->levels == DEEP_LEVELS)
		deepen(world.group.tables[0]);
	if (shape->view_shift)
		add_view(shape);
	if (shape->second_group)
		world_require(vfio_attach(world.container, &world.other_group));
}

/* As user_add_device() does it, for a device that shares the guest's view. */
static void add_second_container(const struct world_shape *shape)
{
	struct vfio_register_memory memory = {.argsz = sizeof(memory), .vaddr = world_ram(), .size = ram_size(shape)};
	struct vfio_tce_remove remove = {.argsz = sizeof(remove)};
	struct vfio_tce_create create = {.argsz = sizeof(create),
					 .page_shift = hardware_shift(shape),
					 .window_size = window_size(shape),
					 .levels = levels_to_create(shape)};

	world_require(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &world.mm, &world.other_container));
	world_require(vfio_attach(world.other_container, &world.other_group));
	world_require(vfio_ioctl(world.other_container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
	world_require(vfio_ioctl(world.other_container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove));
	world_require(vfio_ioctl(world.other_container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create));
	world_require(kvm_tce_table_attach(world_view(), &world.other_group));
}

static void add_others(const struct world_shape *shape)
{
	for (u32 i = 0; i < shape->newer_tables; i++) {
		struct kvm_create_spapr_tce_64 args = {.liobn = WORLD_LIOBN + 1 + i, .page_shift = 12, .size = 16};
		struct kvm_tce_table *table;

		world_require(kvm_tce_table_create(&world.kvm, &args, &table));
	}
	for (u32 i = 0; i < shape->newer_regions; i++) {
		u64 first = world_ram() + (shape->regions_below ? 0 : ABOVE_OFFSET) - RAM_OFFSET;
		struct mm_region *region;

		world_require(region_new(&world.mm, first + i * (OTHER_REGION_PAGES << PAGE_SHIFT), OTHER_REGION_PAGES,
					 &region));
	}
}

struct world *world_make(const struct world_shape *shape)
{
	counting_reset();
	memset(&world, 0, sizeof(world));
	make_machine(shape);
	if (shape->no_device)
		return &world;
	add_device(shape);
	if (shape->second_container)
		add_second_container(shape);
	add_others(shape);
	world_require(dma_window_init(&world.window, &world.kvm, WORLD_LIOBN, 0, window_size(shape),
				      world_page_shift(shape), PAGE_SHIFT, shape->multi_tce, world_list_gpa(shape)));
	return &world;
}
