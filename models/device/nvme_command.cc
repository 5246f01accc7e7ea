// SPDX-License-Identifier: Apache-2.0
#include "models/device/nvme_command.h"

#include <cstring>

namespace tcesim {

namespace {

constexpr std::uint32_t low16 = 0xffff;

template <class Word>
Word load(const std::byte *entry, std::size_t offset) {
    Word word = 0;
    std::memcpy(&word, entry + offset, sizeof word);
    return word;
}

template <class Word, class Entry>
void store(Entry &entry, std::size_t offset, Word word) {
    std::memcpy(entry.data() + offset, &word, sizeof word);
}

} // namespace

NvmeCommandBytes nvme_encode(const NvmeCommand &command) {
    NvmeCommandBytes entry{};
    store<std::uint32_t>(entry, 0, std::uint32_t{command.opcode} | std::uint32_t{command.identifier} << 16);
    store<std::uint32_t>(entry, 4, command.name_space);
    store<std::uint64_t>(entry, 24, command.prp1);
    store<std::uint64_t>(entry, 32, command.prp2);
    store<std::uint64_t>(entry, 40, command.first_block);
    store<std::uint32_t>(entry, 48, command.blocks - 1);
    return entry;
}

NvmeCommand nvme_decode_command(const std::byte *entry) {
    const auto first = load<std::uint32_t>(entry, 0);
    NvmeCommand command;
    command.opcode = static_cast<std::uint8_t>(first);
    command.identifier = static_cast<std::uint16_t>(first >> 16);
    command.name_space = load<std::uint32_t>(entry, 4);
    command.prp1 = load<std::uint64_t>(entry, 24);
    command.prp2 = load<std::uint64_t>(entry, 32);
    command.first_block = load<std::uint64_t>(entry, 40);
    command.blocks = (load<std::uint32_t>(entry, 48) & low16) + 1;
    return command;
}

NvmeCompletionBytes nvme_encode(const NvmeCompletion &completion, bool phase) {
    NvmeCompletionBytes entry{};
    store<std::uint32_t>(entry, 8, std::uint32_t{completion.head} | std::uint32_t{completion.queue} << 16);
    store<std::uint32_t>(entry, 12,
                         std::uint32_t{completion.identifier} | std::uint32_t{phase} << 16 |
                             static_cast<std::uint32_t>(completion.status) << 17);
    return entry;
}

NvmeCompletion nvme_decode_completion(const std::byte *entry) {
    const auto queue = load<std::uint32_t>(entry, 8);
    const auto last = load<std::uint32_t>(entry, 12);
    return {static_cast<std::uint16_t>(queue), static_cast<std::uint16_t>(queue >> 16),
            static_cast<std::uint16_t>(last), static_cast<NvmeStatus>(last >> 17 & 0x7ff)};
}

bool nvme_phase(const std::byte *entry) {
    return (load<std::uint32_t>(entry, 12) >> 16 & 1) != 0;
}

} // namespace tcesim
