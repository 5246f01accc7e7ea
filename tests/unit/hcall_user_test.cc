// SPDX-License-Identifier: Apache-2.0
/// TCE hypercalls in user space: the calls that QEMU 7.2 was asked by a bare-metal guest, and what they do to
/// the hardware behind a window.
#include "tests/support/guest_machine.h"
#include "tests/support/user_guest.h"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

namespace tcesim::test::hcall_user_test {
namespace {

constexpr u64 liobn = GuestMachine::liobn;
constexpr u64 end = u64(1) << 30;
constexpr u64 list = 0x100000;

/// Entries 2, 4, 5 and 6 are not known of the recording.
void write_list() {
    const u64 values[] = {0x200003, 0x205001, 0, 0x209000, 0x20a002, 0, 0x20b003, 0x123456789003};
    for (u64 i = 0; i < 8; i++)
        port_guest_write64(list + i * sizeof(u64), values[i]);
}

struct EdgeCase {
    int number = -1;
    std::string what;
    u64 opcode = 0;
    u64 arguments[4] = {}; // LIOBN, ioba, value, count
    long rc = 0;
    std::map<u64, u64> entries; // by bus address
};

std::vector<std::string> cells_of(const std::string &line) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, '|');)
        cells.push_back(cell);
    return cells;
}

EdgeCase parse(const std::string &line) {
    static const std::map<std::string, u64> opcodes = {{"H_GET_TCE", H_GET_TCE},
                                                       {"H_PUT_TCE", H_PUT_TCE},
                                                       {"H_STUFF_TCE", H_STUFF_TCE},
                                                       {"H_PUT_TCE_INDIRECT", H_PUT_TCE_INDIRECT}};
    const std::vector<std::string> cells = cells_of(line);
    EdgeCase parsed;
    parsed.number = std::stoi(cells.at(0));
    parsed.what = cells.at(1);
    std::istringstream call(cells.at(2)), entries(cells.size() > 4 ? cells[4] : "");
    std::string word;
    call >> word;
    parsed.opcode = opcodes.at(word);
    for (int i = 0; call >> word; i++)
        parsed.arguments[i] = std::stoull(word, nullptr, 16);
    parsed.rc = std::stol(cells.at(3));
    while (entries >> word)
        parsed.entries[std::stoull(word, nullptr, 16)] = std::stoull(word.substr(word.find('=') + 1), nullptr, 16);
    return parsed;
}

std::vector<EdgeCase> edge_cases() {
    std::ifstream file("tests/conform/edge_cases.txt");
    std::vector<EdgeCase> cases;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line[0] != '#')
            cases.push_back(parse(line));
    }
    return cases;
}

TEST(UserSpaceRecorded, All49BoundaryCalls) {
    UserGuest guest;
    guest.process.has.kvm = false; // the recorded guest was emulated
    guest.bridge();
    guest.vio(0x71000002);
    user_start(&guest.process);
    write_list();
    const std::vector<EdgeCase> cases = edge_cases();
    ASSERT_EQ(cases.size(), 49U);
    for (const EdgeCase &edge : cases) {
        SCOPED_TRACE(std::to_string(edge.number) + ":" + edge.what);
        const auto [number, ioba, value, count] = edge.arguments;
        EXPECT_EQ(guest.in_user_space(edge.opcode, number, ioba, value, count), edge.rc);
        if (edge.opcode == H_GET_TCE && edge.rc == H_SUCCESS)
            EXPECT_EQ(guest.result, edge.entries.at(ioba));
        for (const auto &[address, entry] : edge.entries) {
            ASSERT_EQ(guest.in_user_space(H_GET_TCE, number, address, 0), H_SUCCESS);
            EXPECT_EQ(guest.result, entry) << "at " << std::hex << address;
        }
    }
}

TEST(UserSpaceRecorded, R4ComesBackAsPassedButFromGet) {
    UserGuest guest;
    guest.bridge();
    hcall call{H_PUT_TCE, liobn, 0x1000, 0x200003, 0, 0};
    EXPECT_EQ(user_papr_hcall(&guest.process.kvm_user, &call), H_SUCCESS);
    EXPECT_EQ(call.liobn, liobn);
    EXPECT_EQ(call.result, 0U);
}

TEST(UserSpaceRecorded, OtherHypercallsAreNoFunctionWhateverTheirR4) {
    UserGuest guest;
    guest.bridge();
    EXPECT_EQ(guest.in_user_space(0x44, liobn, 0, 0), H_FUNCTION);
    EXPECT_EQ(guest.in_user_space(0x44, 5, 0, 0), H_FUNCTION);
}

class UserSpace : public testing::Test {
protected:
    UserSpace() : machine(setup()) { write_list(); }
    ~UserSpace() override { machine.close(); }

    static MachineSetup setup() {
        MachineSetup setup;
        setup.in_kernel = false;
        setup.window_size = end;
        return setup;
    }
    long call(u64 opcode, u64 ioba, u64 value, u64 count = 0) {
        hcall call{opcode, liobn, ioba, value, count, 0};
        return kvm_hcall(&machine.kvm, &call);
    }

    GuestMachine machine;
};

TEST_F(UserSpace, PutReachesTheHardware) {
    EXPECT_EQ(call(H_PUT_TCE, 0x3000, 0x202002), H_SUCCESS);
    EXPECT_EQ(machine.hardware(3), GuestMachine::ram_hpa | 0x202003) << "read permission is always asked for";
    EXPECT_EQ(call(H_PUT_TCE, 0x3000, 0x2ff003), H_SUCCESS) << "over a live entry";
    EXPECT_EQ(machine.hardware(3), GuestMachine::ram_hpa | 0x2ff003);
    EXPECT_EQ(call(H_PUT_TCE, 0x3000, 0x201000), H_SUCCESS) << "no permissions, but a value";
    EXPECT_EQ(machine.hardware(3), 0U);
}

TEST_F(UserSpace, WhatIsNoRamIsNotMapped) {
    EXPECT_EQ(call(H_PUT_TCE, 0x4000, 0xffffff0000003), H_SUCCESS) << "which only the log tells";
    EXPECT_EQ(machine.hardware(4), 0U);
    EXPECT_EQ(machine.get(0x4000), 0xffffff0000003U);
}

TEST_F(UserSpace, RangesThatEndPastTheWindowKeepWhatFits) {
    EXPECT_EQ(call(H_PUT_TCE_INDIRECT, end - 0x2000, list, 8), H_PARAMETER);
    EXPECT_EQ(machine.hardware((end >> 12) - 2), GuestMachine::ram_hpa | 0x200003);
    EXPECT_EQ(machine.hardware((end >> 12) - 1), GuestMachine::ram_hpa | 0x205001);
    EXPECT_EQ(call(H_STUFF_TCE, end - 0x1000, 0, 8), H_PARAMETER);
    EXPECT_EQ(machine.hardware((end >> 12) - 1), 0U);
    EXPECT_EQ(machine.hardware((end >> 12) - 2), GuestMachine::ram_hpa | 0x200003);
}

TEST_F(UserSpace, StuffMapsWhereItsValueHasPermissions) {
    EXPECT_EQ(call(H_STUFF_TCE, 0x10000, 0x300003, 8), H_SUCCESS);
    EXPECT_EQ(machine.hardware(0x17), GuestMachine::ram_hpa | 0x300003);
    EXPECT_EQ(call(H_STUFF_TCE, 0, 0, end >> 12), H_SUCCESS) << "the whole window";
    EXPECT_EQ(machine.hardware(0x17), 0U);
}

} // namespace
} // namespace tcesim::test::hcall_user_test
