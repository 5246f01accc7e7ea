// SPDX-License-Identifier: Apache-2.0
/// What only descriptions tell of the oldest kernel, and what recordings of single handlers cannot show.
#include "tests/support/plain_port.h"

#include <cstring>
#include <gtest/gtest.h>

namespace tcesim::test::eras_test {
namespace {

constexpr u64 ua = 0x7f0000000000;
constexpr u64 hpa = 0x4000000000;
constexpr u64 pages = 256;
constexpr u64 mebibyte = u64(1) << 20;

bool preset_is(const char *name) {
    return !std::strcmp(hcall_object.preset, name);
}

class Eras : public testing::Test {
protected:
    Eras() {
        world.memory.map(ua, pages, hpa, PAGE_SHIFT, PageState::Young);
        mm_context_init(&mm, u64(1) << 30);
        kvm_init(&kvm, &mm);
        kvm_memslot ram{0, pages, ua};
        kvm_set_memslots(&kvm, &ram, 1);
        group.phb = &bridge;
        group.dynamic_windows = true;
        group.dma32_size = 64 * mebibyte;
        group.page_sizes = u64(1) << 12 | 1 << 16;
    }

    kvm_tce_table *view(u64 liobn, u32 shift, u64 size) {
        kvm_create_spapr_tce_64 args{liobn, shift, 0, 0, size};
        kvm_tce_table *made = nullptr;
        EXPECT_EQ(kvm_tce_table_create(&kvm, &args, &made), 0);
        return made;
    }

    iommu_table *window(u32 shift, u64 bytes, u32 levels) {
        iommu_table *made = nullptr;
        EXPECT_EQ(iommu_table_create(shift, 0, bytes, levels, true, &made), 0);
        group.tables[0] = made;
        return made;
    }

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    phb bridge{0, PHB_PHB4, 0};
    iommu_group group{};
};

TEST_F(Eras, SizeOfAView) {
    EXPECT_EQ(view(1, 12, 100)->size, preset_is("4.12") ? TCES_PER_PAGE : 100U);
    kvm_create_spapr_tce_64 odd{2, 40, 0, 0, 1};
    kvm_tce_table *made = nullptr;
    EXPECT_EQ(kvm_tce_table_create(&kvm, &odd, &made), preset_is("4.12") ? 0 : -EINVAL);
}

TEST_F(Eras, ATableFitsAView) {
    window(12, 64 * mebibyte, 1);
    u64 entries = 64 * mebibyte >> 12;
    EXPECT_EQ(kvm_tce_table_attach(view(1, 12, entries), &group), 0);
    EXPECT_EQ(kvm_tce_table_attach(view(2, 16, entries >> 4), &group), preset_is("4.12") ? -EINVAL : 0)
        << "smaller pages behind larger ones";
    EXPECT_EQ(kvm_tce_table_attach(view(3, 12, entries / 2), &group), preset_is("4.12") ? -EINVAL : 0)
        << "a table larger than the view";
    EXPECT_EQ(kvm_tce_table_attach(view(4, 12, entries * 2), &group), -EINVAL);
}

TEST_F(Eras, LevelsOfANewTable) {
    constexpr u64 level_bytes = TCES_PER_PAGE * sizeof(u64);
    u64 before = world.live_page_bytes();
    window(12, u64(1) << 30, 2); // 2^18 entries in leaves of 2^13
    u64 levels = (world.live_page_bytes() - before) / level_bytes;
    EXPECT_EQ(levels, preset_is("4.12") ? 1U + 32 : 2U) << "all of the table; else the top of table and mirror";
}

TEST_F(Eras, TheMirrorOfANewTable) {
    iommu_table *table = window(12, u64(1) << 30, 2);
    if (!preset_is("4.12")) {
        ASSERT_NE(table->mirror, nullptr);
        EXPECT_EQ(iommu_table_mirror(table, 5, false), nullptr) << "on demand, like the levels of the table";
        return;
    }
    EXPECT_EQ(table->mirror, nullptr);
    EXPECT_EQ(iommu_table_mirror(table, 5, true), nullptr) << "no hypercall makes it";
    u64 before = world.live_page_bytes();
    ASSERT_EQ(iommu_table_make_mirror(table), 0);
    EXPECT_EQ(world.live_page_bytes() - before, table->size * sizeof(u64)) << "flat";
    EXPECT_NE(iommu_table_mirror(table, 5, false), nullptr);
    ASSERT_EQ(iommu_table_make_mirror(table), 0);
    EXPECT_EQ(world.live_page_bytes() - before, table->size * sizeof(u64)) << "once";
}

TEST_F(Eras, GetInVirtualMode) {
    view(1, 12, 100);
    kvm.real_mode = false;
    hcall get{H_GET_TCE, 1, 0, 0, 0, 0};
    bool handled = !preset_is("4.12") && !preset_is("4.19") && !preset_is("4.19.81");
    EXPECT_EQ(kvm_hcall(&kvm, &get), handled ? H_SUCCESS : H_FUNCTION) << "there is no user space here";
}

/// Two million random operations found it: whoever looked such a region up became its user for ever.
TEST_F(Eras, LookingUpAnAbandonedRegionDoesNotKeepIt) {
    iommu_group other = group;
    vfio_container *first = nullptr, *second = nullptr;
    ASSERT_EQ(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &mm, &first), 0);
    ASSERT_EQ(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &mm, &second), 0);
    ASSERT_EQ(vfio_attach(first, &group), 0);
    ASSERT_EQ(vfio_attach(second, &other), 0);
    vfio_register_memory shared{sizeof(shared), 0, ua, mebibyte}, own{sizeof(own), 0, ua + mebibyte, mebibyte};
    ASSERT_EQ(vfio_ioctl(first, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &shared), 0);
    ASSERT_EQ(vfio_ioctl(second, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &own), 0);
    vfio_dma_map map{sizeof(map), VFIO_DMA_MAP_READ, ua, 0, 4096};
    ASSERT_EQ(vfio_ioctl(second, VFIO_IOMMU_MAP_DMA, &map), 0);
    vfio_close(first); // its region is still mapped in the other's window
    EXPECT_EQ(vfio_ioctl(second, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &shared), -ENOENT);
    world.fail_small_allocation(0);
    EXPECT_EQ(vfio_ioctl(second, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &shared), -ENOMEM);
    vfio_dma_unmap unmap{sizeof(unmap), 0, 0, 4096};
    ASSERT_EQ(vfio_ioctl(second, VFIO_IOMMU_UNMAP_DMA, &unmap), 0);
    vfio_close(second);
    if (preset_is("fixed"))
        EXPECT_EQ(world.memory.pins(), 0U) << "it has gone with its last entry";
    else
        EXPECT_EQ(world.memory.pins(), mebibyte >> PAGE_SHIFT) << "nobody can release it any more";
}

} // namespace
} // namespace tcesim::test::eras_test
