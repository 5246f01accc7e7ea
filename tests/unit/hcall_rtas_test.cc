// SPDX-License-Identifier: Apache-2.0
/// Firmware calls for DMA windows: what QEMU 7.2 answers, and what is refused instead of done as there.
#include "tests/support/user_guest.h"

#include <gmock/gmock.h>

namespace tcesim::test::hcall_rtas_test {
namespace {

using testing::ElementsAre;

constexpr u64 first = 0x80000000, second = 0x80000001;
constexpr u32 hardware_error = static_cast<u32>(-1), parameter_error = static_cast<u32>(-3);

class Rtas : public testing::Test {
protected:
    Rtas() { user_start(&guest.process); }

    UserGuest guest;
    user_phb *phb = guest.bridge();
};

TEST_F(Rtas, QueryWithSixResults) {
    EXPECT_THAT(guest.query(phb), ElementsAre(0, 1, 0x20, 0, 0x107, 0));
    EXPECT_EQ(guest.rc, H_SUCCESS);
}

TEST_F(Rtas, QueryWithFiveResults) {
    EXPECT_THAT(guest.query(phb, 5), ElementsAre(0, 1, 0x80000000, 0x107, 0));
}

TEST_F(Rtas, QueryCountsWhatIsFree) {
    guest.create(phb, 16, 32);
    EXPECT_EQ(guest.query(phb)[1], 0U);
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(guest.query(phb)[1], 1U);
}

TEST_F(Rtas, PageMaskIsOutOfOrder) {
    const std::pair<u32, u32> bits[] = {{12, 1},    {16, 2},    {24, 4},    {25, 8},    {26, 0x10},
                                        {27, 0x20}, {28, 0x40}, {34, 0x80}, {21, 0x100}};
    for (auto [shift, bit] : bits) {
        phb->has.page_sizes = u64(1) << shift;
        EXPECT_EQ(guest.query(phb)[4], bit);
    }
    phb->has.page_sizes = 0x11000; // machines up to pseries-4.1
    EXPECT_EQ(guest.query(phb)[4], 3U);
}

TEST_F(Rtas, UnknownTokensAreTheHypercallsError) {
    for (u32 token : {0x201fU, 0x202aU}) {
        guest.rtas(token, {0, 0, 0}, 1);
        EXPECT_EQ(guest.rc, H_PARAMETER);
    }
    guest.rtas(0x2010, {0, 0}, 1);
    EXPECT_EQ(guest.rc, H_PARAMETER) << "no bypass";
    EXPECT_EQ(guest.call(H_RTAS, 0x7ffffff000, 0, 0), H_PARAMETER) << "memory that is not there reads as zeros";
}

TEST_F(Rtas, NumbersOfArgumentsAreCheckedFirst) {
    for (u32 token :
         {RTAS_QUERY_PE_DMA_WINDOW, RTAS_CREATE_PE_DMA_WINDOW, RTAS_REMOVE_PE_DMA_WINDOW, RTAS_RESET_PE_DMA_WINDOW}) {
        EXPECT_THAT(guest.rtas(token, {0, 0}, 1), ElementsAre(parameter_error));
        EXPECT_EQ(guest.rc, H_SUCCESS);
    }
    for (u32 results : {1U, 4U, 7U})
        EXPECT_EQ(guest.query(phb, results)[0], parameter_error);
    EXPECT_EQ(guest.rtas(RTAS_CREATE_PE_DMA_WINDOW, {0, 0x8000000, 0x20000000, 16, 32}, 3)[0], parameter_error);
    EXPECT_EQ(guest.rtas(RTAS_REMOVE_PE_DMA_WINDOW, {static_cast<u32>(first)}, 2)[0], parameter_error);
    EXPECT_EQ(guest.query(phb)[1], 1U) << "nothing has changed";
}

TEST_F(Rtas, ResultsWithoutRoomAreLost) {
    guest.rtas(RTAS_QUERY_PE_DMA_WINDOW, {0, 0x8000000, 0x20000000}, 0); // looks at the word behind
    EXPECT_EQ(guest.rc, H_SUCCESS);
}

TEST_F(Rtas, WordsNeedNoAlignment) {
    guest.write32(0x9000, RTAS_REMOVE_PE_DMA_WINDOW >> 8);
    guest.write32(0x9004, (RTAS_REMOVE_PE_DMA_WINDOW & 0xff) << 24);
    guest.write32(0x9008, 1 << 24);
    guest.write32(0x900c, 1 << 24 | 0x800000);
    guest.write32(0x9010, 0x00ffffff);
    guest.write32(0x9014, 0xffffffff);
    EXPECT_EQ(guest.call(H_RTAS, 0x9001, 0, 0), H_SUCCESS);
    EXPECT_EQ(guest.read32(0x9010), 0U);
    EXPECT_EQ(guest.read32(0x9014), 0x00ffffffU);
    EXPECT_EQ(user_phb_windows(phb), 0U);
}

TEST_F(Rtas, BridgesAreKnownByBuid) {
    user_phb *other = guest.bridge(3);
    EXPECT_EQ(user_phb_buid(other), 0x800000020000003U);
    EXPECT_THAT(guest.create(other, 16, 32), ElementsAre(0, 0x80000301, 0x8000000, 0));
    EXPECT_EQ(guest.query(phb)[1], 1U);
    EXPECT_EQ(guest.rtas(RTAS_QUERY_PE_DMA_WINDOW, {0, 0x8000000, 0x20000001}, 6)[0], parameter_error);
    EXPECT_EQ(guest.rtas(RTAS_CREATE_PE_DMA_WINDOW, {0, 0, 0x20000000, 16, 32}, 4)[0], parameter_error);
    EXPECT_EQ(guest.rtas(RTAS_RESET_PE_DMA_WINDOW, {0, 0x8000000, 0x20000001}, 1)[0], parameter_error);
}

TEST_F(Rtas, BridgesWithFixedWindowsRefuseAllCalls) {
    user_phb_properties properties = user_phb_defaults(1);
    properties.ddw = false;
    user_phb *fixed = guest.bridge(properties);
    EXPECT_EQ(guest.query(fixed)[0], parameter_error);
    EXPECT_EQ(guest.create(fixed, 16, 32)[0], parameter_error);
    EXPECT_EQ(guest.remove(0x80000100), RTAS_PARAMETER_ERROR);
    EXPECT_EQ(guest.reset_windows(fixed), RTAS_PARAMETER_ERROR);
    EXPECT_EQ(guest.put(0x80000100, 0x1000, 0x200003), H_SUCCESS);
    EXPECT_EQ(user_table_find(&guest.process, 0x80000101), nullptr) << "one window only";
}

TEST_F(Rtas, CreateOpensAWindowFor64BitDevicesBesideTheDefaultOne) {
    EXPECT_THAT(guest.create(phb, 16, 32), ElementsAre(0, second, 0x8000000, 0));
    const u64 base = u64(1) << 59;
    EXPECT_EQ(guest.put(second, base + 0x10000, 0x200003), H_SUCCESS);
    EXPECT_EQ(guest.put(second, base + (u64(1) << 32), 0x200003), H_PARAMETER);
    EXPECT_EQ(guest.put(second, 0x10000, 0x200003), H_PARAMETER);
    EXPECT_EQ(guest.get(second, base + 0x10000), 0x200003U);
    EXPECT_EQ(guest.create(phb, 16, 32)[0], hardware_error) << "both are open";
}

TEST_F(Rtas, CreateChecksPageAndSize) {
    EXPECT_EQ(guest.create(phb, 20, 32)[0], parameter_error) << "1 MiB is not offered";
    EXPECT_EQ(guest.create(phb, 16, 15)[0], parameter_error) << "less than a page";
    EXPECT_EQ(guest.create(phb, 21, 32)[0], 0U);
    EXPECT_EQ(guest.create(phb, 20, 32)[0], parameter_error) << "page before number of windows";
    EXPECT_EQ(guest.remove(second), 0);
    EXPECT_EQ(guest.create(phb, 24, 24)[0], 0U) << "one page";
}

// With QEMU: status -1, and the next create aborts it.
TEST_F(Rtas, WindowsOf2To32PagesAreRefusedAndChangeNothing) {
    for (u32 window : {48U, 49U, 63U, 64U, 80U, 0xffffffffU})
        EXPECT_EQ(guest.create(phb, 16, window)[0], hardware_error) << window;
    EXPECT_EQ(guest.query(phb)[1], 1U);
    EXPECT_THAT(guest.create(phb, 16, 32), ElementsAre(0, second, 0x8000000, 0));
}

// With QEMU: undefined, was seen to be taken modulo 64.
TEST_F(Rtas, PageShiftsOf64AndMoreAreNoPages) {
    for (u32 page : {64U, 76U, 80U, 0xffffffffU})
        EXPECT_EQ(guest.create(phb, page, 0xffffffff)[0], parameter_error) << page;
}

TEST_F(Rtas, WindowsThatWouldEndPastTheBusAreRefused) {
    phb->has.page_sizes = u64(1) << 34;
    EXPECT_EQ(guest.create(phb, 34, 64)[0], hardware_error);
    EXPECT_EQ(guest.create(phb, 34, 65)[0], hardware_error);
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_THAT(guest.create(phb, 34, 63), ElementsAre(0, first, 0, 0));
    EXPECT_EQ(guest.create(phb, 34, 40)[0], hardware_error) << "inside the other one";
}

TEST_F(Rtas, TheDefaultWindowsPlaceIsUsedAgain) {
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(guest.put(first, 0x1000, 0x200003), H_PARAMETER) << "no window now";
    EXPECT_THAT(guest.create(phb, 16, 31), ElementsAre(0, first, 0, 0));
    EXPECT_EQ(guest.put(first, 0x10000, 0x200003), H_SUCCESS);
}

// With QEMU: the new window is opened over the other one.
TEST_F(Rtas, TwoWindowsAreNeverAtTheSameAddress) {
    EXPECT_EQ(guest.create(phb, 16, 32)[0], 0U);
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(guest.create(phb, 16, 32)[0], hardware_error);
    EXPECT_EQ(guest.query(phb)[1], 1U);
}

TEST_F(Rtas, RemoveChecksWhatItIsGiven) {
    guest.vio(0x71000002);
    EXPECT_EQ(guest.remove(0x80000900), RTAS_PARAMETER_ERROR);
    EXPECT_EQ(guest.remove(second), RTAS_PARAMETER_ERROR) << "not open";
    EXPECT_EQ(guest.remove(0x71000002), RTAS_PARAMETER_ERROR) << "a VIO device's";
    EXPECT_EQ(guest.put(0x71000002, 0x1000, 0x200003), H_SUCCESS);
}

TEST_F(Rtas, RemovingTheLastWindowBringsTheDefaultOneBack) {
    guest.create(phb, 16, 32);
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(user_phb_windows(phb), 1U);
    EXPECT_EQ(guest.remove(second), 0);
    EXPECT_EQ(user_phb_windows(phb), 1U);
    EXPECT_EQ(guest.get(first, 0x5000), 0U) << "empty";
    EXPECT_EQ(guest.put(first, (u64(1) << 30) - 0x1000, 0x200003), H_SUCCESS) << "1 GiB in pages of 4 KiB";
    EXPECT_EQ(guest.put(first, u64(1) << 30, 0x200003), H_PARAMETER);
}

TEST_F(Rtas, TheDefaultMarkStaysWithTheLiobn) {
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(user_phb_windows(phb), 0U) << "the default window itself does not come back";
    EXPECT_EQ(guest.create(phb, 16, 31)[1], first);
    EXPECT_EQ(guest.remove(first), 0);
    EXPECT_EQ(guest.query(phb)[1], 2U) << "as recorded: no window is left";
}

TEST_F(Rtas, ResetLeavesTheDefaultWindowAlone) {
    guest.remove(first);
    guest.create(phb, 16, 31);
    guest.create(phb, 16, 32);
    guest.put(first, 0x10000, 0x200003);
    EXPECT_EQ(guest.reset_windows(phb), 0);
    EXPECT_EQ(guest.query(phb)[1], 1U);
    EXPECT_EQ(guest.get(first, 0x10000), 0U);
    EXPECT_EQ(guest.put(first, 0x1000, 0x200003), H_SUCCESS) << "pages of 4 KiB";
    EXPECT_EQ(guest.put(second, u64(1) << 59, 0x200003), H_PARAMETER);
}

TEST_F(Rtas, WithoutMemoryCreateFails) {
    guest.process.has.kvm = false;
    guest.world.fail_small_allocation(0);
    EXPECT_EQ(guest.create(phb, 16, 32)[0], hardware_error);
    EXPECT_EQ(guest.process.failure, 0);
    EXPECT_EQ(guest.create(phb, 16, 32)[0], 0U);
}

} // namespace
} // namespace tcesim::test::hcall_rtas_test
