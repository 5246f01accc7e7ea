// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the driver of a Chelsio T3 and its engine agree on: registers, rings and their entries.
///
/// Everything in memory is made of flits: big-endian words of 64 bits. The shapes are the T3's
/// (sizes, flits per descriptor, descriptors per work request, generation bits, 1.5 flits per
/// gather entry); the places of the fields within a flit are this model's own.
///
/// Transmit ring: transmit_entries descriptors of 16 flits. A work request takes 1 to 4 of them:
///
///     flit 0      63:56 opcode   55:48 descriptors (first one of the request), 0 (others)
///                 47:40 gather entries   1 completion wanted   0 generation
///     flits 1-14  content, continued in the next descriptor
///     flit 15     0 generation
///
///     content     flit 0: 63:32 bytes of the packet   31:16 MSS, 0 = one frame   15:0 header bytes
///                 then per two gather entries: lengths (63:32 first, 31:0 second), address, address
///
/// The packet is the concatenation of the gather entries: Ethernet, IP and TCP header, then payload,
/// which the engine cuts into frames of MSS bytes.
///
/// A packet of up to t3_immediate_max bytes may travel in its work request: opcode "immediate", no gather
/// entries, content flit 0 as above without MSS, the packet behind it. It leaves as one frame.
///
/// Free lists: free_list_entries descriptors for buffers of free_buffer_bytes, and jumbo_list_entries
/// for the larger ones of frames that do not fit these. A descriptor is two flits: bus address of a
/// buffer; 0 generation.
///
/// Response queue: response_entries entries of 8 flits, written by the engine:
///
///     flit 0      63:56 kind   31:0 packet: bytes of the frame; credits: descriptors taken
///     flit 1      packet: 32 free list, 1 for the jumbo one   31:0 place of the buffer in it
///     flit 7      0 generation
///
/// Generations are 1 in the first pass through a ring and change with each pass.
#ifndef TCESIM_MODELS_DEVICE_T3_DESCRIPTOR_H
#define TCESIM_MODELS_DEVICE_T3_DESCRIPTOR_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace tcesim {

/// Registers, 8-byte stores at these offsets of the device's window.
namespace t3_register {
constexpr std::uint64_t transmit_doorbell = 0x00;   ///< descriptors added to the transmit ring
constexpr std::uint64_t free_list_doorbell = 0x08;  ///< buffers added to the free list
constexpr std::uint64_t jumbo_list_doorbell = 0x18; ///< buffers added to the jumbo free list
constexpr std::uint64_t response_consumed = 0x10;   ///< GTS: entries consumed since the last store, and gts_arm
constexpr std::uint64_t gts_arm = 1ULL << 31;       ///< interrupt again when a packet comes
} // namespace t3_register

constexpr std::uint32_t t3_transmit_entries = 1024;
constexpr std::uint32_t t3_free_list_entries = 1024;
constexpr std::uint32_t t3_jumbo_list_entries = 512;
constexpr std::uint32_t t3_response_entries = 1024;
constexpr std::uint32_t t3_descriptor_flits = 16;
constexpr std::uint32_t t3_descriptor_bytes = 8 * t3_descriptor_flits;
constexpr std::uint32_t t3_free_descriptor_bytes = 16;
constexpr std::uint32_t t3_free_buffer_bytes = 2048;
constexpr std::uint32_t t3_jumbo_buffer_bytes = 16384; ///< 8 KiB where the guest's pages are no larger
constexpr std::uint32_t t3_response_flits = 8;
constexpr std::uint32_t t3_response_bytes = 8 * t3_response_flits;
constexpr std::uint32_t t3_gather_max = 18;          ///< entries of a work request
constexpr std::uint32_t t3_descriptors_max = 4;      ///< of a work request
constexpr std::uint32_t t3_packet_max = 65536 + 256; ///< bytes, headers included
constexpr std::uint32_t t3_immediate_max = 104;      ///< bytes of a packet inside its work request

struct T3Gather {
    std::uint64_t ioba;
    std::uint32_t bytes;
};

struct T3WorkRequest {
    std::uint32_t bytes = 0; ///< of the packet; the sum of its gather entries
    std::uint16_t mss = 0;   ///< payload per frame, 0: all in one frame
    std::uint16_t header_bytes = 0;
    bool completion = false;        ///< report the descriptors taken so far once the packet has been read
    std::uint32_t gather_count = 0; ///< 1 .. t3_gather_max; 0 when immediate
    std::array<T3Gather, t3_gather_max> gather{};
    /// Instead of gather entries: the packet itself.
    bool immediate = false;
    std::array<std::byte, t3_immediate_max> data{};
};

enum class T3ResponseKind : std::uint8_t { none = 0, packet = 1, credits = 2 };

struct T3Response {
    T3ResponseKind kind = T3ResponseKind::none;
    std::uint32_t value = 0;  ///< packet: bytes of the frame; credits: descriptors taken
    std::uint32_t buffer = 0; ///< packet: place in the free list
    bool jumbo = false;       ///< packet: of the jumbo free list
};

/// Descriptors of a work request with \p gather_count entries; an immediate one takes 1.
constexpr std::uint32_t t3_descriptors(std::uint32_t gather_count) {
    const std::uint32_t flits = 2 + 3 * (gather_count / 2) + 2 * (gather_count % 2);
    return 1 + (flits - 2) / 14;
}

/// Flits of the descriptors of \p request, in CPU order: 16 for each.
/// \param first place of the first descriptor in the ring
/// \param generation of that place; places behind the ring's end get the other one
/// \returns the number of descriptors
std::uint32_t t3_encode(const T3WorkRequest &request, std::uint32_t first, bool generation,
                        std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> &flits);

/// Descriptors that the work request beginning with flit 0 \p header takes, 0 when it is none.
std::uint32_t t3_descriptor_count(std::uint64_t header);

/// Reads a request of \p count descriptors at \p descriptors. False when it is malformed: unknown
/// opcode, a wrong generation, or lengths that do not add up.
bool t3_decode(const std::byte *descriptors, std::uint32_t count, std::uint32_t first, bool generation,
               T3WorkRequest &request);

/// Flits of a response, in CPU order.
std::array<std::uint64_t, t3_response_flits> t3_encode(const T3Response &response, bool generation);
/// The response in \p flits (CPU order); kind none when the entry is not of \p generation.
T3Response t3_decode_response(const std::array<std::uint64_t, t3_response_flits> &flits, bool generation);

} // namespace tcesim

#endif
