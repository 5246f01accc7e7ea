// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/entry_watch.h"

#include "models/plain/plain_port.h"

#include <cstdio>
#include <cstring>

namespace tcesim::conform {

namespace {

constexpr u64 polynomial = 0xc96c5795d7870f42; // CRC-64/XZ, reflected

struct CrcTable {
    u64 of_byte[256];
    CrcTable() : of_byte() {
        for (u64 byte = 0; byte < 256; byte++) {
            u64 crc = byte;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (crc & 1 ? polynomial : 0);
            of_byte[byte] = crc;
        }
    }
};

} // namespace

void Digest::add(u64 doubleword) {
    static const CrcTable table;
    for (int shift = 56; shift >= 0; shift -= 8)
        state_ = table.of_byte[(state_ ^ (doubleword >> shift)) & 0xff] ^ (state_ >> 8);
}

std::string Digest::text() const {
    char text[17];
    std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(~state_));
    return text;
}

std::string EntryWatch::digest() const {
    Digest digest;
    for (auto [entry, value] : entries_) {
        digest.add(entry);
        digest.add(value);
    }
    return digest.text();
}

std::unique_ptr<EntryWatch::Level> EntryWatch::make(const u64 *memory, u64 size, u64 first_entry, u32 number,
                                                    std::vector<NewLevel> *levels) const {
    auto level = std::make_unique<Level>();
    level->memory = memory;
    level->seen.resize(size);
    level->first_entry = first_entry;
    level->number = number;
    levels->push_back({number, first_entry});
    return level;
}

void EntryWatch::add_top(const u64 *memory, u64 size, u64 first_entry, u32 number, std::vector<NewLevel> *levels) {
    tops_.push_back(make(memory, size, first_entry, number, levels));
}

void EntryWatch::look(std::vector<EntryChange> *changes, std::vector<NewLevel> *levels) {
    look_for_tops(levels);
    for (auto &top : tops_)
        look_at(top.get(), changes, levels);
}

void EntryWatch::look_at(Level *level, std::vector<EntryChange> *changes, std::vector<NewLevel> *levels) {
    constexpr u64 chunk = 512;
    for (u64 start = 0; start < level->seen.size(); start += chunk) {
        if (!std::memcmp(level->memory + start, level->seen.data() + start, chunk * sizeof(u64)))
            continue;
        for (u64 index = start; index < start + chunk; index++)
            look_at_word(level, index, changes, levels);
    }
    for (auto &[index, below] : level->below)
        look_at(below.get(), changes, levels);
}

void EntryWatch::look_at_word(Level *level, u64 index, std::vector<EntryChange> *changes,
                              std::vector<NewLevel> *levels) {
    if (level->memory[index] == level->seen[index])
        return;
    level->seen[index] = level->memory[index];
    u64 value = big_endian_ ? plain::big_endian(level->memory[index]) : level->memory[index];
    if (level->number) {
        u64 size = level->seen.size(), covered = size;
        for (u32 below = 1; below < level->number; below++)
            covered *= size;
        level->below[index] = make(static_cast<u64 *>(port_from_hpa(value & ~u64(0xfff))), size,
                                   level->first_entry + index * covered, level->number - 1, levels);
        return;
    }
    u64 entry = level->first_entry + index;
    changes->push_back({entry, value});
    if (value)
        entries_[entry] = value;
    else
        entries_.erase(entry);
}

TreeWatch::TreeWatch(const struct hcall_surface &calls, const iommu_table *table, Which which)
    : calls_(calls), table_(table), which_(which) {
    big_endian_ = true;
}

void TreeWatch::look_for_tops(std::vector<NewLevel> *levels) {
    if (exists())
        return;
    surface_table state{};
    calls_.table.state(table_, &state);
    const surface_tree &tree = which_ == Which::hardware ? state.hardware : state.mirror;
    if (tree.top)
        add_top(tree.top, tree.level_size, state.offset, tree.levels - 1, levels);
}

ViewWatch::ViewWatch(const struct hcall_surface &calls, const kvm_tce_table *view) : calls_(calls), view_(view) {
    calls_.view.state(view_, &state_);
    known_tops_.resize(state_.page_count);
}

void ViewWatch::look_for_tops(std::vector<NewLevel> *levels) {
    for (u64 number = 0; number < state_.page_count; number++) {
        if (known_tops_[number])
            continue;
        if (const u64 *page = calls_.view.page(view_, number)) {
            known_tops_[number] = true;
            add_top(page, TCES_PER_PAGE, state_.offset + number * TCES_PER_PAGE, 0, levels);
        }
    }
}

} // namespace tcesim::conform
