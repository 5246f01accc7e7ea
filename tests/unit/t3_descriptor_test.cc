// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_descriptor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace tcesim {
namespace {

T3WorkRequest request_of(std::uint32_t gathers) {
    T3WorkRequest request;
    request.mss = 1448;
    request.header_bytes = 66;
    request.completion = gathers % 2;
    request.gather_count = gathers;
    for (std::uint32_t i = 0; i < gathers; ++i) {
        request.gather[i] = {0x800000000000000ULL + 0x10000ULL * i, 100 + i};
        request.bytes += 100 + i;
    }
    return request;
}

std::vector<std::byte> in_memory(const std::uint64_t *flits, std::size_t count) {
    std::vector<std::byte> memory(8 * count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t value = __builtin_bswap64(flits[i]);
        std::memcpy(memory.data() + 8 * i, &value, sizeof value);
    }
    return memory;
}

TEST(T3Descriptor, CountFollowsTheFlits) {
    for (std::uint32_t gathers = 1; gathers <= t3_gather_max; ++gathers) {
        const std::uint32_t flits = 2 + 3 * gathers / 2 + (gathers & 1); // header, lengths, 1.5 per entry rounded up
        EXPECT_EQ(t3_descriptors(gathers), 1 + (flits - 2) / 14) << gathers;
    }
    EXPECT_EQ(t3_descriptors(2), 1u);
    EXPECT_EQ(t3_descriptors(17), 2u);
}

TEST(T3Descriptor, EveryRequestComesBackAsItWasWritten) {
    for (std::uint32_t gathers = 1; gathers <= t3_gather_max; ++gathers) {
        for (const std::uint32_t first : {0u, 5u, 1023u}) { // 1023: the second descriptor has the other generation
            for (const bool generation : {false, true}) {
                const T3WorkRequest request = request_of(gathers);
                std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> flits{};
                const std::uint32_t count = t3_encode(request, first, generation, flits);
                ASSERT_EQ(count, t3_descriptors(gathers));
                ASSERT_EQ(t3_descriptor_count(flits[0]), count);
                const std::vector<std::byte> memory = in_memory(flits.data(), flits.size());
                T3WorkRequest read;
                ASSERT_TRUE(t3_decode(memory.data(), count, first, generation, read));
                EXPECT_EQ(read.bytes, request.bytes);
                EXPECT_EQ(read.mss, request.mss);
                EXPECT_EQ(read.header_bytes, request.header_bytes);
                EXPECT_EQ(read.completion, request.completion);
                ASSERT_EQ(read.gather_count, gathers);
                for (std::uint32_t i = 0; i < gathers; ++i) {
                    EXPECT_EQ(read.gather[i].ioba, request.gather[i].ioba);
                    EXPECT_EQ(read.gather[i].bytes, request.gather[i].bytes);
                }
                EXPECT_FALSE(t3_decode(memory.data(), count, first, !generation, read));
            }
        }
    }
}

TEST(T3Descriptor, ASmallPacketTravelsInItsRequest) {
    for (const std::uint32_t bytes : {1u, 66u, t3_immediate_max}) {
        T3WorkRequest request;
        request.immediate = true;
        request.completion = bytes == 66;
        request.bytes = bytes;
        request.header_bytes = static_cast<std::uint16_t>(bytes);
        for (std::uint32_t i = 0; i < bytes; ++i)
            request.data[i] = static_cast<std::byte>(i + 1);
        std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> flits{};
        ASSERT_EQ(t3_encode(request, 1023, true, flits), 1u);
        ASSERT_EQ(t3_descriptor_count(flits[0]), 1u);
        const std::vector<std::byte> memory = in_memory(flits.data(), t3_descriptor_flits);
        T3WorkRequest read;
        ASSERT_TRUE(t3_decode(memory.data(), 1, 1023, true, read));
        EXPECT_FALSE(t3_decode(memory.data(), 1, 1023, false, read));
        ASSERT_TRUE(t3_decode(memory.data(), 1, 1023, true, read));
        EXPECT_TRUE(read.immediate);
        EXPECT_EQ(read.bytes, bytes);
        EXPECT_EQ(read.completion, request.completion);
        EXPECT_EQ(std::memcmp(read.data.data(), request.data.data(), bytes), 0);
    }
}

TEST(T3Descriptor, LengthsThatDoNotAddUpAreRefused) {
    T3WorkRequest request = request_of(2);
    request.bytes += 1;
    std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> flits{};
    const std::uint32_t count = t3_encode(request, 0, true, flits);
    const std::vector<std::byte> memory = in_memory(flits.data(), flits.size());
    T3WorkRequest read;
    EXPECT_FALSE(t3_decode(memory.data(), count, 0, true, read));
}

TEST(T3Descriptor, ResponsesOfAnotherGenerationAreNone) {
    const T3Response response = {T3ResponseKind::packet, 66, 1023};
    for (const bool generation : {false, true}) {
        const auto flits = t3_encode(response, generation);
        const T3Response read = t3_decode_response(flits, generation);
        EXPECT_EQ(read.kind, T3ResponseKind::packet);
        EXPECT_EQ(read.value, 66u);
        EXPECT_EQ(read.buffer, 1023u);
        EXPECT_EQ(t3_decode_response(flits, !generation).kind, T3ResponseKind::none);
    }
    EXPECT_EQ(t3_decode_response({}, false).kind, T3ResponseKind::none); // memory that nobody wrote
}

} // namespace
} // namespace tcesim
