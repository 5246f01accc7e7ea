// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_descriptor.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {
namespace {

constexpr std::uint64_t transmit_opcode = 0x01;
constexpr std::uint64_t immediate_opcode = 0x02;
constexpr std::uint64_t completion_bit = 2;
constexpr std::uint64_t generation_bit = 1;
constexpr std::uint32_t content_flits = 14; // of each descriptor
constexpr std::uint32_t content_max = content_flits * t3_descriptors_max;

std::uint64_t flit(const std::byte *memory, std::uint32_t index) {
    std::uint64_t value = 0;
    std::memcpy(&value, memory + 8ULL * index, sizeof value);
    return __builtin_bswap64(value);
}

std::uint32_t high(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}
std::uint32_t low(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

bool generation_at(std::uint32_t place, bool first) {
    return place < t3_transmit_entries ? first : !first;
}

/// Flits of content that describe \p gather_count entries.
std::uint32_t content_of(std::uint32_t gather_count) {
    return 1 + 3 * (gather_count / 2) + 2 * (gather_count % 2);
}

void decode_gather(const std::array<std::uint64_t, content_max> &content, T3WorkRequest &request) {
    for (std::uint32_t i = 0; i < request.gather_count; ++i) {
        const std::uint32_t pair = 1 + 3 * (i / 2);
        request.gather[i].bytes = i % 2 ? low(content[pair]) : high(content[pair]);
        request.gather[i].ioba = content[pair + 1 + i % 2];
    }
}

/// Content behind flit 0 of an immediate request, and the packet in it.
void encode_immediate(const T3WorkRequest &request, std::array<std::uint64_t, content_max> &content) {
    for (std::uint32_t at = 0; at < request.bytes; at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, request.data.data() + at, std::min<std::size_t>(8, request.data.size() - at));
        content[1 + at / 8] = __builtin_bswap64(eight);
    }
}
bool decode_immediate(const std::array<std::uint64_t, content_max> &content, T3WorkRequest &request) {
    if (request.gather_count != 0 || request.bytes == 0 || request.bytes > t3_immediate_max)
        return false;
    for (std::uint32_t at = 0; at < request.bytes; at += 8) {
        const std::uint64_t eight = __builtin_bswap64(content[1 + at / 8]);
        std::memcpy(request.data.data() + at, &eight, std::min<std::size_t>(8, request.data.size() - at));
    }
    return true;
}

bool plausible(const T3WorkRequest &request) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < request.gather_count; ++i) {
        if (request.gather[i].bytes == 0)
            return false;
        sum += request.gather[i].bytes;
    }
    return sum == request.bytes && request.bytes <= t3_packet_max && request.header_bytes <= request.bytes;
}

} // namespace

std::uint32_t t3_encode(const T3WorkRequest &request, std::uint32_t first, bool generation,
                        std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> &flits) {
    TCESIM_CHECK(request.immediate ? request.bytes <= t3_immediate_max
                                   : request.gather_count > 0 && request.gather_count <= t3_gather_max,
                 "a work request has 1 to 18 gather entries, or a small packet");
    std::array<std::uint64_t, content_max> content{};
    content[0] = static_cast<std::uint64_t>(request.bytes) << 32 | static_cast<std::uint64_t>(request.mss) << 16 |
                 request.header_bytes;
    for (std::uint32_t i = 0; i < request.gather_count; ++i) {
        const std::uint32_t pair = 1 + 3 * (i / 2);
        content[pair] |= static_cast<std::uint64_t>(request.gather[i].bytes) << (i % 2 ? 0 : 32);
        content[pair + 1 + i % 2] = request.gather[i].ioba;
    }
    if (request.immediate)
        encode_immediate(request, content);
    const std::uint32_t count = request.immediate ? 1 : t3_descriptors(request.gather_count);
    const std::uint64_t opcode = request.immediate ? immediate_opcode : transmit_opcode;
    for (std::uint32_t d = 0; d < count; ++d) {
        std::uint64_t *descriptor = flits.data() + static_cast<std::size_t>(d) * t3_descriptor_flits;
        const std::uint64_t bit = generation_at(first + d, generation) ? generation_bit : 0;
        descriptor[0] = opcode << 56 | static_cast<std::uint64_t>(d ? 0 : count) << 48 |
                        static_cast<std::uint64_t>(request.gather_count) << 40 |
                        (request.completion ? completion_bit : 0) | bit;
        std::memcpy(descriptor + 1, content.data() + static_cast<std::size_t>(d) * content_flits, 8 * content_flits);
        descriptor[t3_descriptor_flits - 1] = bit;
    }
    return count;
}

std::uint32_t t3_descriptor_count(std::uint64_t header) {
    const auto count = static_cast<std::uint32_t>(header >> 48 & 0xff);
    if (header >> 56 == immediate_opcode)
        return count == 1 ? 1 : 0;
    return header >> 56 == transmit_opcode && count <= t3_descriptors_max ? count : 0;
}

bool t3_decode(const std::byte *descriptors, std::uint32_t count, std::uint32_t first, bool generation,
               T3WorkRequest &request) {
    std::array<std::uint64_t, content_max> content{};
    for (std::uint32_t d = 0; d < count; ++d) {
        const std::byte *descriptor = descriptors + static_cast<std::size_t>(d) * t3_descriptor_bytes;
        const bool expected = generation_at(first + d, generation);
        if ((flit(descriptor, 0) & generation_bit) != expected ||
            (flit(descriptor, t3_descriptor_flits - 1) & generation_bit) != expected)
            return false;
        for (std::uint32_t i = 0; i < content_flits; ++i)
            content[d * content_flits + i] = flit(descriptor, 1 + i);
    }
    const std::uint64_t header = flit(descriptors, 0);
    request.gather_count = static_cast<std::uint32_t>(header >> 40 & 0xff);
    request.immediate = header >> 56 == immediate_opcode;
    if (request.immediate) {
        request.completion = header & completion_bit;
        request.bytes = high(content[0]);
        request.mss = 0;
        request.header_bytes = static_cast<std::uint16_t>(content[0]);
        return decode_immediate(content, request) && request.header_bytes == request.bytes;
    }
    if (request.gather_count == 0 || request.gather_count > t3_gather_max ||
        content_of(request.gather_count) > count * content_flits)
        return false;
    request.completion = header & completion_bit;
    request.bytes = high(content[0]);
    request.mss = static_cast<std::uint16_t>(content[0] >> 16);
    request.header_bytes = static_cast<std::uint16_t>(content[0]);
    decode_gather(content, request);
    return plausible(request);
}

std::array<std::uint64_t, t3_response_flits> t3_encode(const T3Response &response, bool generation) {
    std::array<std::uint64_t, t3_response_flits> flits{};
    flits[0] = static_cast<std::uint64_t>(response.kind) << 56 | response.value;
    flits[1] = static_cast<std::uint64_t>(response.jumbo) << 32 | response.buffer;
    flits[t3_response_flits - 1] = generation ? generation_bit : 0;
    return flits;
}

T3Response t3_decode_response(const std::array<std::uint64_t, t3_response_flits> &flits, bool generation) {
    const std::uint64_t kind = flits[0] >> 56;
    if ((flits[t3_response_flits - 1] & generation_bit) != generation || kind == 0 || kind > 2)
        return {};
    return {static_cast<T3ResponseKind>(kind), low(flits[0]), low(flits[1]), (flits[1] >> 32 & 1) != 0};
}

} // namespace tcesim
