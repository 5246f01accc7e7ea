// SPDX-License-Identifier: Apache-2.0
// An NVMe controller on a real link and bridge, its queues written by hand.
#include "models/device/nvme_engine.h"

#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::nvme_engine_test {
namespace {

constexpr std::uint64_t submission = 0x400000, completion = 0x410000, lists = 0x420000, data = 0x800000; // hpa = ioba
constexpr std::uint64_t seed = 7, kib = 1024, mib = kib * kib;
constexpr ps_t us = microsecond;
constexpr std::uint64_t msi = 1ULL << 60;

NvmeParameters parameters() {
    NvmeMediaParameters media{};
    media.capacity = 64 * mib;
    media.channels = 4;
    media.stripe_bytes = 16384;
    media.read_latency = 50 * us;
    media.write_latency = 10 * us;
    media.read_bandwidth = media.write_bandwidth = 1'000'000'000; // 1 byte per ns
    return {bench_rid, 16, us, msi, media, seed};
}

class Controller : public testing::Test {
protected:
    explicit Controller(const NvmeParameters &of = parameters())
        : device(sc_core::sc_gen_unique_name("nvme"), bench.timeline, bench.link, of) {
        PhbBench::map(submission, submission, 1024 + 2048);
    }
    void configure(std::uint32_t entries = 8) {
        entries_ = entries;
        device.configure({{submission, completion, entries, 1}});
    }
    /// Queues a command of \p bytes at \p offset of the namespace, data at \p prp1.
    void add(NvmeOpcode opcode, std::uint64_t offset, std::uint32_t bytes, std::uint64_t prp1 = data,
             std::uint64_t prp2 = 0) {
        NvmeCommand command;
        command.opcode = static_cast<std::uint8_t>(opcode);
        command.prp1 = prp1;
        command.prp2 = prp2;
        command.first_block = offset / nvme_block;
        command.blocks = bytes / nvme_block;
        add(command);
    }
    void add(NvmeCommand command) {
        command.identifier = ++identifier_;
        const NvmeCommandBytes entry = nvme_encode(command);
        std::memcpy(HostMemory::at(submission + std::uint64_t{tail_} * nvme_command_bytes), entry.data(), entry.size());
        tail_ = (tail_ + 1) % entries_;
    }
    void ring() { device.on_register_write(nvme_tail_doorbell(1), tail_); }
    /// Completions that are there and were not taken.
    std::vector<NvmeCompletion> take(bool tell = true) {
        std::vector<NvmeCompletion> taken;
        for (;;) {
            const std::byte *entry = HostMemory::at(completion + std::uint64_t{head_} * nvme_completion_bytes);
            if (nvme_phase(entry) != phase_)
                break;
            taken.push_back(nvme_decode_completion(entry));
            if (++head_ == entries_) {
                head_ = 0;
                phase_ = !phase_;
            }
        }
        if (tell && !taken.empty())
            device.on_register_write(nvme_head_doorbell(1), head_);
        return taken;
    }
    /// Runs one command alone to its end and returns its status.
    NvmeStatus status_of(NvmeCommand command) {
        add(command);
        ring();
        bench.run();
        const std::vector<NvmeCompletion> taken = take();
        EXPECT_EQ(taken.size(), 1u);
        return taken.empty() ? NvmeStatus::success : taken[0].status;
    }
    static NvmeCommand read_of(std::uint64_t offset, std::uint32_t bytes, std::uint64_t prp1 = data,
                               std::uint64_t prp2 = 0) {
        NvmeCommand command;
        command.opcode = static_cast<std::uint8_t>(NvmeOpcode::read);
        command.prp1 = prp1;
        command.prp2 = prp2;
        command.first_block = offset / nvme_block;
        command.blocks = bytes / nvme_block;
        return command;
    }
    static std::uint64_t word(std::uint64_t hpa) {
        std::uint64_t value = 0;
        std::memcpy(&value, HostMemory::at(hpa), sizeof value);
        return value;
    }
    static void put(std::uint64_t hpa, std::uint64_t value) { std::memcpy(HostMemory::at(hpa), &value, sizeof value); }

    PhbBench bench{bench_phb(), {3, 4, 256, 512, 64, 64, 50'000}, 16};
    NvmeEngine device;
    std::uint32_t entries_ = 0, tail_ = 0, head_ = 0;
    std::uint16_t identifier_ = 0;
    bool phase_ = true;
};

TEST_F(Controller, AReadDeliversDataThenCompletionThenInterrupt) {
    configure();
    add(NvmeOpcode::read, 5 * 4096, 4096);
    ring();
    bench.run();
    EXPECT_EQ(word(data), nvme_device_stamp(5 * 4096, seed));
    const std::vector<NvmeCompletion> taken = take();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].identifier, 1);
    EXPECT_EQ(taken[0].queue, 1);
    EXPECT_EQ(taken[0].head, 1);
    EXPECT_EQ(taken[0].status, NvmeStatus::success);
    ASSERT_EQ(bench.interrupts.size(), 1u);
    EXPECT_EQ(bench.interrupts[0].value, 1u);
    EXPECT_EQ(device.counters().reads, 1u);
    // In this order at the bridge.
    std::vector<std::uint64_t> writes;
    for (const DmaAccess &access : bench.accesses)
        if (access.write)
            writes.push_back(access.hpa);
    ASSERT_GE(writes.size(), 2u);
    EXPECT_EQ(writes.back(), completion);
    EXPECT_EQ(writes[writes.size() - 2], data + 4096 - 256);
}

TEST_F(Controller, TakesTheTimeOfItsParts) {
    configure();
    add(NvmeOpcode::read, 0, 4096);
    ring();
    bench.run();
    // Fetch of the command about 1 us, command 1 us, flash 50 us, its bus 4.096 us, then link and bridge.
    ASSERT_EQ(bench.interrupts.size(), 1u);
    EXPECT_GT(bench.interrupts[0].when, (1 + 50 + 4) * us);
    EXPECT_LT(bench.interrupts[0].when, (1 + 50 + 4 + 5) * us);
}

TEST_F(Controller, AWriteIsCheckedAndComesBack) {
    configure();
    put(data, nvme_host_stamp(8192, seed));
    put(data + 4096, nvme_host_stamp(12288, seed));
    add(NvmeOpcode::write, 8192, 8192, data, data + 4096);
    ring();
    bench.run();
    EXPECT_EQ(take().size(), 1u);
    EXPECT_EQ(device.wrong_stamps(), 0u);
    EXPECT_EQ(device.counters().writes, 1u);
    EXPECT_EQ(status_of(read_of(8192, 4096, data + 8192)), NvmeStatus::success);
    EXPECT_EQ(word(data + 8192), nvme_host_stamp(8192, seed));
    EXPECT_EQ(status_of(read_of(16384, 4096, data + 8192)), NvmeStatus::success);
    EXPECT_EQ(word(data + 8192), nvme_device_stamp(16384, seed));
}

TEST_F(Controller, DataOfAnotherPlaceAreNoticed) {
    configure();
    put(data, nvme_host_stamp(8192, seed));
    put(data + 4096, nvme_host_stamp(8192, seed));
    add(NvmeOpcode::write, 8192, 8192, data, data + 4096);
    ring();
    bench.run();
    EXPECT_EQ(device.wrong_stamps(), 1u);
    EXPECT_EQ(device.first_wrong_offset(), 12288u);
}

TEST_F(Controller, FollowsLinkedListsWithAnOffset) {
    configure();
    // 1 MiB that begins inside a page, in pages of memory backwards; the list begins with the last two places of a
    // page.
    constexpr std::uint32_t offset = 0x800, pages = 257;
    std::vector<std::uint64_t> places;
    for (std::uint32_t i = 0; i < pages; ++i)
        places.push_back(data + (pages - 1 - i) * 4096ULL);
    std::uint64_t at = lists + 0xff0;
    for (std::uint32_t i = 1; i < pages; ++i) {
        if (at % 4096 == 0xff8) {
            put(at, lists + 0x3000);
            at = lists + 0x3000;
        }
        put(at, places[i]);
        at += 8;
    }
    EXPECT_EQ(status_of(read_of(mib, mib, places[0] + offset, lists + 0xff0)), NvmeStatus::success);
    for (std::uint32_t i = 0; i < 256; ++i) // block i begins in page i, at the offset
        EXPECT_EQ(word(places[i] + offset), nvme_device_stamp(mib + i * 4096, seed)) << i;
}

TEST_F(Controller, QueuesWrapAndPhasesChange) {
    configure(3);
    for (std::uint32_t round = 0; round < 10; ++round) {
        add(NvmeOpcode::read, round * 8192, 4096, data);
        add(NvmeOpcode::read, round * 8192 + 4096, 4096, data + 4096);
        ring();
        bench.run();
        EXPECT_EQ(take().size(), 2u) << round;
        EXPECT_EQ(word(data), nvme_device_stamp(round * 8192, seed));
        EXPECT_EQ(word(data + 4096), nvme_device_stamp(round * 8192 + 4096, seed));
    }
    EXPECT_EQ(bench.interrupts.size(), 20u);
}

TEST_F(Controller, CompletionsWaitForRoom) {
    configure(4);
    for (std::uint32_t i = 0; i < 3; ++i)
        add(NvmeOpcode::read, i * 4096, 4096, data + i * 4096);
    ring();
    bench.run();
    EXPECT_EQ(take(false).size(), 3u);
    add(NvmeOpcode::read, 12288, 4096, data + 12288);
    ring();
    bench.run();
    EXPECT_EQ(word(data + 12288), nvme_device_stamp(12288, seed)) << "the data do not wait";
    EXPECT_EQ(take(false).size(), 0u);
    device.on_register_write(nvme_head_doorbell(1), head_);
    bench.run();
    EXPECT_EQ(take().size(), 1u);
}

TEST_F(Controller, ReadsOfDifferentChannelsOverlap) {
    configure(16);
    for (std::uint32_t i = 0; i < 4; ++i)
        add(NvmeOpcode::read, i * 16384, 4096, data + i * 4096);
    ring();
    bench.run();
    const ps_t four_channels = bench.interrupts.back().when;
    EXPECT_LT(four_channels, 80 * us);
    take();
    const ps_t began = bench.timeline.now();
    for (std::uint32_t i = 0; i < 4; ++i)
        add(NvmeOpcode::read, i * 65536, 4096, data + i * 4096);
    ring();
    bench.run();
    EXPECT_GT(bench.interrupts.back().when - began, 200 * us) << "one channel, one after the other";
}

TEST_F(Controller, WhatItCannotDoIsAnswered) {
    configure();
    NvmeCommand command = read_of(0, 4096);
    command.opcode = 0x7f;
    EXPECT_EQ(status_of(command), NvmeStatus::invalid_opcode);
    command = read_of(0, 4096);
    command.name_space = 2;
    EXPECT_EQ(status_of(command), NvmeStatus::invalid_namespace);
    EXPECT_EQ(status_of(read_of(64 * mib - 4096, 8192)), NvmeStatus::lba_out_of_range);
    EXPECT_EQ(status_of(read_of(64 * mib, 512)), NvmeStatus::lba_out_of_range);
    EXPECT_EQ(status_of(read_of(0, 8192, data, data + 512)), NvmeStatus::invalid_prp_offset);
    EXPECT_EQ(status_of(read_of(64 * mib - 4096, 4096)), NvmeStatus::success);
    EXPECT_EQ(device.counters().refused, 5u);
    EXPECT_FALSE(device.failed());
}

TEST_F(Controller, AFailedReadOfTheQueueStopsIt) {
    configure();
    PhbBench::unmap(submission);
    add(NvmeOpcode::read, 0, 4096);
    ring();
    bench.run();
    EXPECT_TRUE(device.failed());
    EXPECT_STREQ(device.failure(), "the read of a submission queue failed");
    EXPECT_EQ(bench.interrupts.size(), 0u);
    ring();
    bench.run();
    EXPECT_EQ(take().size(), 0u);
}

TEST_F(Controller, AFailedReadOfDataFailsTheCommand) {
    configure();
    PhbBench::unmap(data);
    add(NvmeOpcode::write, 0, 4096);
    ring();
    bench.run();
    EXPECT_EQ(device.counters().refused, 1u);
    EXPECT_EQ(device.counters().writes, 0u);
    EXPECT_EQ(device.wrong_stamps(), 0u);
    EXPECT_FALSE(device.failed());
    EXPECT_EQ(take().size(), 0u) << "the PE is frozen: completion and interrupt are lost";
}

TEST_F(Controller, AFailedReadOfAListFailsTheCommand) {
    configure();
    PhbBench::unmap(lists);
    add(NvmeOpcode::read, 0, 16384, data, lists);
    ring();
    bench.run();
    EXPECT_EQ(device.counters().refused, 1u);
    EXPECT_FALSE(device.failed());
}

TEST_F(Controller, APlaceThatAQueueDoesNotHaveStopsIt) {
    configure();
    device.on_register_write(nvme_tail_doorbell(1), 8);
    EXPECT_TRUE(device.failed());
}

} // namespace
} // namespace tcesim::nvme_engine_test
