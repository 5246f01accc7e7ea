// SPDX-License-Identifier: Apache-2.0
/// EEH from the bridge's bits to the guest's firmware calls: every call, every code, every order.
#include "tests/support/user_guest.h"

#include <gmock/gmock.h>

namespace tcesim::test::hcall_eeh_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr u32 hardware_error = static_cast<u32>(-1), parameter_error = static_cast<u32>(-3);
constexpr u64 registers = 0x3fffe40000000; // of UserGuest's bridge
constexpr u64 stopped = u64(1) << 63;

class Eeh : public testing::Test {
protected:
    Eeh() {
        group->eeh = true;
        if (user_phb_plug(phb, group))
            port_bug("no device");
        user_start(&guest.process);
    }

    u64 &bit(u64 table, u32 pe = 1) { return guest.world.bridge_tables[{registers, table << 48 | pe}]; }
    u64 &mmio(u32 pe = 1) { return bit(7, pe); }
    u64 &dma(u32 pe = 1) { return bit(8, pe); }
    void freeze(u32 pe = 1) { mmio(pe) = dma(pe) = stopped; }
    bool frozen() { return mmio() || dma(); }

    vfio_container *container() { return user_phb_container(phb, group)->vfio; }
    long operate(u32 op) {
        vfio_eeh_pe_op operation{sizeof(operation), 0, op, {}};
        return vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation);
    }
    long inject(u32 type, u32 function) {
        vfio_eeh_pe_op operation{sizeof(operation), 0, VFIO_EEH_PE_INJECT_ERR, {type, function, 0, 0}};
        return vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation);
    }

    /// A firmware call about the bridge, with whatever follows its three first arguments.
    std::vector<u32> rtas(u32 token, std::vector<u32> more, u32 results, u32 address = 0x10001) {
        std::vector<u32> arguments{address, 0x8000000, 0x20000000};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return guest.rtas(token, arguments, results);
    }
    u32 status(u32 token, std::vector<u32> more) { return rtas(token, std::move(more), 1)[0]; }
    std::vector<u32> state(u32 results = 4) { return rtas(RTAS_READ_SLOT_RESET_STATE2, {}, results); }
    /// One call of each kind, with what it takes.
    std::vector<u32> statuses() {
        return {status(RTAS_SET_EEH_OPTION, {1}),
                rtas(RTAS_GET_CONFIG_ADDR_INFO2, {0}, 2)[0],
                state()[0],
                status(RTAS_SET_SLOT_RESET, {0}),
                status(RTAS_CONFIGURE_PE, {}),
                status(RTAS_SLOT_ERROR_DETAIL, {0, 0, 0, 0, 1})};
    }
    testing::Matcher<std::vector<u32>> all_refused() const {
        return testing::AllOf(testing::SizeIs(6), testing::Each(parameter_error));
    }

    UserGuest guest;
    user_phb *phb = guest.bridge();
    iommu_group *group = guest.device();
};

// ---- the host ----

TEST_F(Eeh, StatesAreReadFromTheBridge) {
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_NORMAL);
    freeze();
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED);
    mmio() = 0;
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED_DMA);
    mmio() = stopped, dma() = 0;
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED) << "there is no number for this";
    guest.world.bridges_gone = true;
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_UNAVAILABLE);
}

TEST_F(Eeh, AnotherPesFreezeIsNobodysElse) {
    freeze(2);
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_NORMAL);
    freeze();
    EXPECT_EQ(operate(VFIO_EEH_PE_ENABLE), 0);
    EXPECT_EQ(mmio(2), stopped);
}

TEST_F(Eeh, ThawingOneHalfLeavesTheOther) {
    freeze();
    EXPECT_EQ(operate(VFIO_EEH_PE_UNFREEZE_IO), 0);
    EXPECT_EQ(mmio(), 0U);
    EXPECT_EQ(dma(), stopped);
    freeze();
    EXPECT_EQ(operate(VFIO_EEH_PE_UNFREEZE_DMA), 0);
    EXPECT_EQ(mmio(), stopped);
    EXPECT_EQ(dma(), 0U);
    EXPECT_EQ(operate(VFIO_EEH_PE_UNFREEZE_DMA), 0) << "not frozen";
}

TEST_F(Eeh, EnablingThawsAndDisablingDoesNot) {
    freeze();
    EXPECT_EQ(operate(VFIO_EEH_PE_DISABLE), 0);
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED);
    EXPECT_EQ(operate(VFIO_EEH_PE_ENABLE), 0);
    EXPECT_FALSE(frozen());
}

TEST_F(Eeh, ResetLastsUntilItIsEnded) {
    const std::pair<u32, port_reset> kinds[] = {{VFIO_EEH_PE_RESET_HOT, PORT_RESET_HOT},
                                                {VFIO_EEH_PE_RESET_FUNDAMENTAL, PORT_RESET_FUNDAMENTAL}};
    for (auto [op, kind] : kinds) {
        freeze();
        guest.world.pe_resets.clear();
        EXPECT_EQ(operate(op), 0);
        EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_RESET);
        EXPECT_TRUE(frozen()) << "still";
        for (u32 refused : {VFIO_EEH_PE_ENABLE, VFIO_EEH_PE_UNFREEZE_IO, VFIO_EEH_PE_UNFREEZE_DMA,
                            VFIO_EEH_PE_CONFIGURE, VFIO_EEH_PE_INJECT_ERR})
            EXPECT_EQ(operate(refused), -EIO) << refused;
        EXPECT_EQ(operate(VFIO_EEH_PE_RESET_DEACTIVATE), 0);
        EXPECT_FALSE(frozen());
        EXPECT_EQ(operate(VFIO_EEH_PE_CONFIGURE), 0);
        ASSERT_EQ(guest.world.pe_resets.size(), 2U);
        EXPECT_EQ(guest.world.pe_resets[0].reset, kind);
        EXPECT_EQ(guest.world.pe_resets[0].pe, 1U);
        EXPECT_EQ(guest.world.pe_resets[1].reset, PORT_RESET_NONE);
    }
}

TEST_F(Eeh, InjectedErrorsFreeze) {
    EXPECT_EQ(inject(2, 0), -EINVAL);
    EXPECT_EQ(inject(0, 20), -EINVAL);
    EXPECT_FALSE(frozen());
    EXPECT_EQ(inject(1, 19), 0);
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED);
}

TEST_F(Eeh, ABridgeThatIsGoneCannotBeThawed) {
    guest.world.bridges_gone = true;
    EXPECT_EQ(operate(VFIO_EEH_PE_UNFREEZE_IO), -EIO);
    EXPECT_EQ(inject(0, 0), -EIO);
}

TEST_F(Eeh, ArgumentsOfTheOperationAreCheckedFirst) {
    freeze();
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, nullptr), -EFAULT);
    vfio_eeh_pe_op operation{11, 0, VFIO_EEH_PE_ENABLE, {}};
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation), -EINVAL) << "too short";
    operation = {12, 1, VFIO_EEH_PE_ENABLE, {}};
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation), -EINVAL) << "flags";
    operation = {12, 0, VFIO_EEH_PE_INJECT_ERR + 1, {}};
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation), -EINVAL) << "no such operation";
    operation = {sizeof(operation) - 1, 0, VFIO_EEH_PE_INJECT_ERR, {}};
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation), -EINVAL) << "without the error";
    EXPECT_TRUE(frozen());
    operation = {12, 0, VFIO_EEH_PE_ENABLE, {}};
    EXPECT_EQ(vfio_ioctl(container(), VFIO_EEH_PE_OP, &operation), 0) << "the error is no part of this";
}

TEST_F(Eeh, TheExtensionIsThatOfTheGroups) {
    const auto asked = [&] {
        return vfio_ioctl(container(), VFIO_CHECK_EXTENSION, reinterpret_cast<void *>(u64(VFIO_EEH)));
    };
    EXPECT_EQ(asked(), 1);
    group->eeh = false;
    EXPECT_EQ(asked(), 0);
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), -ENOTTY) << "as recorded on hosts without it";
}

// ---- several groups ----

TEST_F(Eeh, GroupsAreServedInTheirOrderUpToTheFirstError) {
    iommu_group *second = guest.device(), *third = guest.device();
    third->eeh = true;
    ASSERT_EQ(user_phb_plug(phb, second), 0);
    ASSERT_EQ(user_phb_plug(phb, third), 0);
    for (u32 pe : {1U, 2U, 3U})
        freeze(pe);
    EXPECT_EQ(operate(VFIO_EEH_PE_ENABLE), -ENODEV) << "the second has no EEH";
    EXPECT_EQ(mmio(1), 0U);
    EXPECT_EQ(mmio(3), stopped) << "not reached";
    second->eeh = true;
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED) << "the first state that is not normal";
    EXPECT_EQ(operate(VFIO_EEH_PE_ENABLE), 0);
    EXPECT_EQ(mmio(2) | mmio(3) | dma(2) | dma(3), 0U);
    mmio(3) = 0, dma(3) = stopped;
    EXPECT_EQ(operate(VFIO_EEH_PE_GET_STATE), EEH_STATE_STOPPED_DMA);
}

// ---- the guest's firmware ----

TEST_F(Eeh, OptionsOfTheGuest) {
    freeze();
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {2}), 0U);
    EXPECT_THAT(state(), ElementsAre(0, EEH_STATE_STOPPED_DMA, 1, 0));
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {3}), 0U);
    EXPECT_THAT(state(5), ElementsAre(0, EEH_STATE_NORMAL, 1, 0, 0));
    freeze();
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {0}), 0U);
    EXPECT_EQ(state()[1], u32(EEH_STATE_STOPPED));
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {1}), 0U);
    EXPECT_EQ(state()[1], u32(EEH_STATE_NORMAL));
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {4}), parameter_error);
}

TEST_F(Eeh, AddressesAreOfTheBus) {
    EXPECT_THAT(rtas(RTAS_GET_CONFIG_ADDR_INFO2, {0}, 2, 0x210800), ElementsAre(0, 0x210001));
    EXPECT_THAT(rtas(RTAS_GET_CONFIG_ADDR_INFO2, {1}, 2), ElementsAre(0, 2));
    EXPECT_EQ(rtas(RTAS_GET_CONFIG_ADDR_INFO2, {2}, 2)[0], parameter_error);
}

TEST_F(Eeh, ResetsOfTheGuest) {
    freeze();
    for (u32 reset : {1U, 3U}) {
        EXPECT_EQ(status(RTAS_SET_SLOT_RESET, {reset}), 0U);
        EXPECT_EQ(state()[1], u32(EEH_STATE_RESET));
        EXPECT_EQ(status(RTAS_CONFIGURE_PE, {}), hardware_error) << "not while it lasts";
        EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {2}), hardware_error);
        EXPECT_EQ(status(RTAS_SET_SLOT_RESET, {0}), 0U);
        EXPECT_EQ(status(RTAS_CONFIGURE_PE, {}), 0U);
        EXPECT_EQ(state()[1], u32(EEH_STATE_NORMAL));
    }
    for (u32 reset : {2U, 4U})
        EXPECT_EQ(status(RTAS_SET_SLOT_RESET, {reset}), parameter_error);
    EXPECT_EQ(guest.world.pe_resets.size(), 4U);
}

TEST_F(Eeh, ABridgeThatIsGoneIsUnavailableForEver) {
    guest.world.bridges_gone = true;
    EXPECT_THAT(state(), ElementsAre(0, EEH_STATE_UNAVAILABLE, 1, 0));
    EXPECT_EQ(status(RTAS_SET_EEH_OPTION, {1}), hardware_error);
}

TEST_F(Eeh, ThereIsNoLogOfErrors) {
    EXPECT_EQ(status(RTAS_SLOT_ERROR_DETAIL, {0, 0, 0, 0, 1}), u32(RTAS_EEH_NO_LOG));
    EXPECT_EQ(status(RTAS_SLOT_ERROR_DETAIL, {0, 0, 0, 0, 2}), u32(RTAS_EEH_NO_LOG));
    for (u32 severity : {0U, 3U})
        EXPECT_EQ(status(RTAS_SLOT_ERROR_DETAIL, {0, 0, 0, 0, severity}), parameter_error);
}

TEST_F(Eeh, NumbersOfArgumentsAndResultsComeBeforeAllElse) {
    const std::tuple<u32, u32, u32> wrong[] = {
        {RTAS_SET_EEH_OPTION, 3, 1},         {RTAS_SET_EEH_OPTION, 4, 2},         {RTAS_GET_CONFIG_ADDR_INFO2, 3, 2},
        {RTAS_GET_CONFIG_ADDR_INFO2, 4, 1},  {RTAS_READ_SLOT_RESET_STATE2, 4, 4}, {RTAS_READ_SLOT_RESET_STATE2, 3, 3},
        {RTAS_READ_SLOT_RESET_STATE2, 3, 6}, {RTAS_SET_SLOT_RESET, 3, 1},         {RTAS_SET_SLOT_RESET, 4, 2},
        {RTAS_CONFIGURE_PE, 4, 1},           {RTAS_CONFIGURE_PE, 3, 2},           {RTAS_SLOT_ERROR_DETAIL, 7, 1},
        {RTAS_SLOT_ERROR_DETAIL, 8, 2}};
    freeze();
    for (auto [token, arguments, results] : wrong) {
        guest.forget();
        EXPECT_EQ(rtas(token, std::vector<u32>(arguments - 3, 1), results)[0], parameter_error) << std::hex << token;
        EXPECT_EQ(guest.rc, H_SUCCESS);
        EXPECT_EQ(guest.syscalls(), 0U);
    }
    EXPECT_TRUE(frozen());
}

TEST_F(Eeh, ABridgeOfAnotherNumberIsNoBridge) {
    EXPECT_EQ(guest.rtas(RTAS_SET_EEH_OPTION, {0x10001, 0x8000000, 0x20000001, 1}, 1)[0], parameter_error);
    EXPECT_EQ(guest.rtas(RTAS_SET_EEH_OPTION, {0x10001, 0, 0x20000000, 1}, 1)[0], parameter_error);
}

TEST_F(Eeh, EmulatedDevicesHaveNone) {
    guest.bridge(1);
    for (u32 token : {RTAS_SET_EEH_OPTION, RTAS_SET_SLOT_RESET})
        EXPECT_EQ(guest.rtas(token, {0x10001, 0x8000000, 0x20000001, 0}, 1)[0], parameter_error);
    user_phb_unplug(phb, group);
    EXPECT_THAT(statuses(), all_refused()) << "as before it was plugged in";
}

TEST_F(Eeh, HostsWithoutEehHaveNone) {
    EXPECT_THAT(statuses(), ElementsAre(0, 0, 0, 0, 0, RTAS_EEH_NO_LOG));
    group->eeh = false;
    EXPECT_THAT(statuses(), all_refused());
}

TEST_F(Eeh, TwoGroupsOfABridgeHaveNone) {
    iommu_group *second = guest.device();
    second->eeh = true;
    ASSERT_EQ(user_phb_plug(phb, second), 0);
    EXPECT_THAT(statuses(), all_refused()) << "one container, two groups";
    user_phb_unplug(phb, second);
    EXPECT_EQ(state()[0], 0U);
}

TEST_F(Eeh, TwoContainersOfABridgeHaveNone) {
    user_phb_properties properties = user_phb_defaults(1);
    user_phb *other = guest.bridge(properties);
    iommu_group *first = guest.device(1), *second = guest.device(1);
    first->eeh = second->eeh = true;
    ASSERT_EQ(user_phb_plug(other, first), 0);
    const std::vector<u32> asked{0x10001, 0x8000000, 0x20000001};
    EXPECT_EQ(guest.rtas(RTAS_READ_SLOT_RESET_STATE2, asked, 4)[0], 0U) << "version 1 has it, too";
    ASSERT_EQ(user_phb_plug(other, second), 0) << "a container of its own";
    EXPECT_EQ(guest.rtas(RTAS_READ_SLOT_RESET_STATE2, asked, 4)[0], parameter_error);
}

TEST_F(Eeh, CallsAreMadeInTheHostKernel) {
    guest.forget();
    state();
    EXPECT_EQ(guest.syscalls(), 2U) << "whether there is EEH, and the state";
}

TEST_F(Eeh, ResetOfTheMachineThaws) {
    freeze();
    EXPECT_EQ(user_reset(&guest.process), 0);
    EXPECT_FALSE(frozen());
    group->eeh = false;
    freeze();
    EXPECT_EQ(user_reset(&guest.process), 0);
    EXPECT_TRUE(frozen());
}

// ---- the guest ----

TEST_F(Eeh, TheGuestBringsItsDeviceBack) {
    guest_pe pe{{&guest.kvm, 0x9000, user_phb_buid(phb), 0x20800}, 0x20800};
    EXPECT_EQ(guest_eeh_open(&pe), 0);
    EXPECT_EQ(pe.address, 0x20001U);
    freeze();
    u32 found = 0;
    EXPECT_EQ(guest_eeh_state(&pe, &found), 0);
    EXPECT_EQ(found, u32(EEH_STATE_STOPPED));
    EXPECT_EQ(guest_eeh_set_option(&pe, GUEST_EEH_THAW_MMIO), 0);
    EXPECT_EQ(guest_eeh_state(&pe, &found), 0);
    EXPECT_EQ(found, u32(EEH_STATE_STOPPED_DMA));
    EXPECT_EQ(guest_eeh_reset(&pe, GUEST_EEH_RESET_FUNDAMENTAL), 0);
    EXPECT_EQ(guest_eeh_configure(&pe), RTAS_HARDWARE_ERROR);
    EXPECT_EQ(guest_eeh_reset(&pe, GUEST_EEH_RESET_END), 0);
    EXPECT_EQ(guest_eeh_configure(&pe), 0);
    EXPECT_EQ(guest_eeh_state(&pe, &found), 0);
    EXPECT_EQ(found, u32(EEH_STATE_NORMAL));
    pe.bridge.buid++;
    EXPECT_EQ(guest_eeh_open(&pe), RTAS_PARAMETER_ERROR);
    EXPECT_EQ(guest_eeh_state(&pe, &found), RTAS_PARAMETER_ERROR);
}

TEST_F(Eeh, AGuestWithoutAnybodyBehindItHasNone) {
    guest_pe pe{{&guest.kvm, 0x9000, user_phb_buid(phb), 0x20800}, 0x20800};
    kvm_user *user = std::exchange(guest.kvm.user, nullptr);
    EXPECT_EQ(guest_eeh_open(&pe), -1);
    guest.kvm.user = user;
}

} // namespace
} // namespace tcesim::test::hcall_eeh_test
