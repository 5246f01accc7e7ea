// SPDX-License-Identifier: Apache-2.0
/// \file
/// Watching the entries of TCE trees and guest views: what has changed since the last look.
#ifndef TCESIM_SIM_CONFORM_ENTRY_WATCH_H
#define TCESIM_SIM_CONFORM_ENTRY_WATCH_H

#include "hcall/surface.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tcesim::conform {

struct EntryChange {
    u64 entry;
    u64 value;
};

/// A level that has come into being; level 0 holds entries.
struct NewLevel {
    u32 level;
    u64 first_entry;
};

/// CRC-64/XZ, fed with doublewords in big-endian order.
class Digest {
public:
    void add(u64 doubleword);
    /// 16 hexadecimal digits.
    std::string text() const;

private:
    u64 state_ = ~u64(0);
};

/// The nonzero entries of one tree, kept up to date by looking at its memory.
class EntryWatch {
public:
    /// Looks again and tells what is new, in ascending order.
    void look(std::vector<EntryChange> *changes, std::vector<NewLevel> *levels);

    /// entry -> value, without zeros.
    const std::map<u64, u64> &entries() const { return entries_; }
    /// Over entry and value of each nonzero entry.
    std::string digest() const;

protected:
    EntryWatch() = default;
    ~EntryWatch() = default;

    struct Level {
        const u64 *memory;
        std::vector<u64> seen; // as in memory
        u64 first_entry;
        u32 number;
        std::map<u64, std::unique_ptr<Level>> below; // by index
    };

    void add_top(const u64 *memory, u64 size, u64 first_entry, u32 number, std::vector<NewLevel> *levels);

    bool big_endian_ = false;
    std::vector<std::unique_ptr<Level>> tops_;
    std::vector<bool> known_tops_; // guest views: by page number

private:
    std::unique_ptr<Level> make(const u64 *memory, u64 size, u64 first_entry, u32 number,
                                std::vector<NewLevel> *levels) const;
    void look_at(Level *level, std::vector<EntryChange> *changes, std::vector<NewLevel> *levels);
    void look_at_word(Level *level, u64 index, std::vector<EntryChange> *changes, std::vector<NewLevel> *levels);
    virtual void look_for_tops(std::vector<NewLevel> * /*levels*/) {}

    std::map<u64, u64> entries_;
};

/// A hardware tree or its mirror. The tree may come into being later.
class TreeWatch final : public EntryWatch {
public:
    enum class Which { hardware, mirror };
    TreeWatch(const struct hcall_surface &calls, const iommu_table *table, Which which);

    /// Whether there is a tree yet.
    bool exists() const { return !tops_.empty(); }

private:
    void look_for_tops(std::vector<NewLevel> *levels) override;

    const struct hcall_surface &calls_;
    const iommu_table *table_;
    Which which_;
};

/// The guest's view of a window.
class ViewWatch final : public EntryWatch {
public:
    ViewWatch(const struct hcall_surface &calls, const kvm_tce_table *view);

private:
    void look_for_tops(std::vector<NewLevel> *levels) override;

    const struct hcall_surface &calls_;
    const kvm_tce_table *view_;
    surface_view state_{};
};

} // namespace tcesim::conform

#endif
