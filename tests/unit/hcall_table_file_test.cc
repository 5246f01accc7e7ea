// SPDX-License-Identifier: Apache-2.0
/// A guest's view as its process has it: mapped, written behind KVM's back, closed.
#include "tests/support/kvm_process.h"
#include "tests/support/policy.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_table_file_test {
namespace {

constexpr u64 liobn = KvmProcess::liobn;
constexpr u64 tce = 0x5003;

class TableFile : public testing::Test {
protected:
    ~TableFile() override {
        files_close_all(&process.files);
        group.drop_window(0);
        EXPECT_EQ(process.mm.locked_pages, 0U);
        EXPECT_EQ(process.world.live_objects(), 0U);
    }
    long create(u64 entries) { return process.create_table({liobn, 12, 0, 0, entries}); }
    kvm_fault touch(s32 fd, u64 page, u64 **values) { return kvm_tce_table_fault(process.table(fd), page, values); }

    KvmProcess process;
    TestGroup group;
};

TEST_F(TableFile, PagesComeWhenTheProcessTouchesThem) {
    s32 fd = s32(create(TCES_PER_PAGE + 1));
    u64 *first = nullptr, *again = nullptr, *second = nullptr;
    EXPECT_EQ(touch(fd, 0, &first), KVM_FAULT_DONE);
    EXPECT_EQ(touch(fd, 0, &again), KVM_FAULT_DONE);
    EXPECT_EQ(touch(fd, 1, &second), KVM_FAULT_DONE) << "a page of which one entry is used";
    EXPECT_EQ(first, again);
    EXPECT_NE(first, second);
    EXPECT_EQ(first[0], 0U);
}

TEST_F(TableFile, BeyondTheLastPageIsABusError) {
    s32 fd = s32(create(TCES_PER_PAGE + 1));
    u64 *values = nullptr;
    for (u64 page : {u64(2), u64(1) << 40, ~u64(0)})
        EXPECT_EQ(touch(fd, page, &values), KVM_FAULT_SIGBUS) << page;
    EXPECT_EQ(values, nullptr);
}

TEST_F(TableFile, AFaultWithoutMemoryKillsForIt) {
    s32 fd = s32(create(1));
    u64 *values = nullptr;
    process.warnings();
    process.world.fail_page_allocation(0);
    EXPECT_EQ(touch(fd, 0, &values), POLICY_EAGER_VIEW ? KVM_FAULT_DONE : KVM_FAULT_OUT_OF_MEMORY);
    if (!POLICY_EAGER_VIEW)
        EXPECT_EQ(process.warnings(), std::vector<u64>{PORT_WARN_GUEST_PAGE_ALLOC_FAILED});
    EXPECT_EQ(touch(fd, 0, &values), KVM_FAULT_DONE);
}

TEST_F(TableFile, StoresOfTheProcessAreReadByTheGuestAndMissTheHardware) {
    s32 fd = s32(process.create_table()), device = s32(process.create_device());
    group.add_window(0, 12, 0, KvmProcess::window);
    s32 group_fd = s32(process.open_group(&group));
    EXPECT_EQ(process.add(device, group_fd), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group_fd, fd), 0);
    u64 *values = nullptr;
    ASSERT_EQ(touch(fd, 0, &values), KVM_FAULT_DONE);
    values[5] = tce;
    EXPECT_EQ(process.hypercall(H_GET_TCE, liobn, 0x5000, 0), H_SUCCESS);
    EXPECT_EQ(process.result, tce);
    EXPECT_EQ(*iommu_table_slot(group.iommu.tables[0], 5, false), 0U);
    EXPECT_TRUE(process.world.mmio_writes.empty());
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0x6000, 0x1000), H_SUCCESS);
    EXPECT_EQ(values[6], 0x1000U) << "and what the guest puts there is read by the process";
}

TEST_F(TableFile, AMappingOutlivesTheDescriptor) {
    s32 fd = s32(create(1));
    file *mapping = file_get(&process.files, fd);
    auto *view = static_cast<kvm_tce_table *>(mapping->object);
    EXPECT_EQ(process.close(fd), 0);
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0, 0x1000), H_SUCCESS);
    u64 *values = nullptr;
    EXPECT_EQ(kvm_tce_table_fault(view, 0, &values), KVM_FAULT_DONE);
    EXPECT_EQ(values[0], 0x1000U);
    EXPECT_EQ(create(1), -EBUSY);
    file_put(mapping);
    EXPECT_GE(create(1), 0);
}

TEST_F(TableFile, ClosingItFreesTheLiobn) {
    s32 fd = s32(create(1));
    EXPECT_EQ(create(1), -EBUSY);
    EXPECT_EQ(process.close(fd), 0);
    EXPECT_EQ(process.kvm.references, 1U);
    EXPECT_EQ(process.mm.locked_pages, 0U);
    process.hypercall(H_PUT_TCE, liobn, 0, 0);
    EXPECT_EQ(process.user_calls, 1U) << "KVM knows it no more";
    EXPECT_EQ(create(1), fd);
}

TEST_F(TableFile, ClosingItLetsItsHardwareGoHoweverOftenAttached) {
    s32 fd = s32(process.create_table()), device = s32(process.create_device());
    group.add_window(0, 12, 0, KvmProcess::window);
    iommu_table *hardware = group.iommu.tables[0];
    s32 group_fd = s32(process.open_group(&group));
    EXPECT_EQ(process.add(device, group_fd), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group_fd, fd), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group_fd, fd), 0);
    EXPECT_EQ(process.links(), std::vector<iommu_table *>{hardware});
    EXPECT_EQ(process.close(fd), 0);
    EXPECT_EQ(hardware->references, POLICY_ATTACH_LEAKS_REFERENCE ? 2U : 1U) << "one is lost by attaching again";
    if (POLICY_ATTACH_LEAKS_REFERENCE)
        iommu_table_put(hardware);
}

TEST_F(TableFile, DropsItsPagesAfterTheReaders) {
    s32 fd = s32(create(1));
    u64 *values = nullptr;
    ASSERT_EQ(touch(fd, 0, &values), KVM_FAULT_DONE);
    port_rcu_read_lock();
    EXPECT_EQ(process.close(fd), 0);
    EXPECT_NE(process.world.live_page_bytes(), 0U);
    port_rcu_read_unlock();
    EXPECT_EQ(process.world.live_page_bytes(), 0U);
}

} // namespace
} // namespace tcesim::test::hcall_table_file_test
