// SPDX-License-Identifier: Apache-2.0
/// \file
/// What driver and controller of an NVMe device agree on: registers, commands, completions, lists of memory pages.
///
/// Layouts are those of the NVM Express base specification 1.4 (figure numbers of that revision): submission queue
/// entry figure 105, Read and Write figures 372..376, completion queue entry figures 121..126, PRP entry and PRP list
/// section 4.3, doorbells 3.1.24 and 3.1.25. Everything is little-endian.
///
///     command      dword 0: 7:0 opcode, 31:16 command identifier    dword 1: namespace
///                  dwords 6..7: PRP1    dwords 8..9: PRP2
///                  dwords 10..11: first block    dword 12: 15:0 number of blocks - 1
///     completion   dword 2: 15:0 head of the submission queue, 31:16 submission queue
///                  dword 3: 15:0 command identifier, 16 phase, 31:17 status
///
/// Queue pair q (1, 2, ...; 0 is that of administration, which is not modelled) has its doorbells at 1000h +
/// (2q, 2q + 1) x 8: the device says CAP.DSTRD = 1, so that each stands on 8 bytes, as wide as a modelled store.
#ifndef TCESIM_MODELS_DEVICE_NVME_COMMAND_H
#define TCESIM_MODELS_DEVICE_NVME_COMMAND_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace tcesim {

constexpr std::uint32_t nvme_command_bytes = 64;
constexpr std::uint32_t nvme_completion_bytes = 16;
constexpr std::uint32_t nvme_page = 4096;           ///< memory page of the controller: CC.MPS = 0
constexpr std::uint32_t nvme_prp_bytes = 8;         ///< entry of a list
constexpr std::uint32_t nvme_block = 512;           ///< logical block
constexpr std::uint32_t nvme_blocks_max = 1u << 16; ///< of a command

enum class NvmeOpcode : std::uint8_t { write = 0x01, read = 0x02 };

/// Status code type and code, 31:17 of dword 3 without the bits More and Do Not Retry.
enum class NvmeStatus : std::uint16_t {
    success = 0x00,
    invalid_opcode = 0x01,
    data_transfer_error = 0x04,
    invalid_namespace = 0x0b,
    invalid_prp_offset = 0x13,
    lba_out_of_range = 0x80
};

struct NvmeCommand {
    std::uint8_t opcode = 0;
    std::uint16_t identifier = 0;
    std::uint32_t name_space = 1;
    std::uint64_t prp1 = 0, prp2 = 0; ///< bus addresses
    std::uint64_t first_block = 0;
    std::uint32_t blocks = 0; ///< 1 .. nvme_blocks_max
};

struct NvmeCompletion {
    std::uint16_t head = 0;  ///< entries of the submission queue up to here have been fetched
    std::uint16_t queue = 0; ///< number of the submission queue
    std::uint16_t identifier = 0;
    NvmeStatus status = NvmeStatus::success;
};

using NvmeCommandBytes = std::array<std::byte, nvme_command_bytes>;
using NvmeCompletionBytes = std::array<std::byte, nvme_completion_bytes>;

NvmeCommandBytes nvme_encode(const NvmeCommand &command);
NvmeCommand nvme_decode_command(const std::byte *entry);
NvmeCompletionBytes nvme_encode(const NvmeCompletion &completion, bool phase);
NvmeCompletion nvme_decode_completion(const std::byte *entry);
/// Phase of a completion: 1 in the first pass through the queue, and the other one in each pass after.
bool nvme_phase(const std::byte *entry);

constexpr std::uint64_t nvme_doorbells = 0x1000;
/// Offset of the register that takes the tail of submission queue \p queue, the head of its completion queue.
constexpr std::uint64_t nvme_tail_doorbell(std::uint32_t queue) {
    return nvme_doorbells + 16ULL * queue;
}
constexpr std::uint64_t nvme_head_doorbell(std::uint32_t queue) {
    return nvme_doorbells + 16ULL * queue + 8;
}

/// One queue pair, as the administrative commands that create it say. Both queues have as many entries.
struct NvmeQueuePair {
    std::uint64_t submission = 0, completion = 0; ///< bus addresses
    std::uint32_t entries = 0;                    ///< at least 2; one stays empty
    std::uint32_t vector = 0;                     ///< MSI-X: message data of its interrupt
};

} // namespace tcesim

#endif
