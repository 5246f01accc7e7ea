// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/observation.h"

#include <algorithm>
#include <sstream>

namespace tcesim::conform {

namespace {

constexpr u64 page = PAGE_SIZE;

const char *name_of(u64 warning) {
    switch (warning) {
    case PORT_WARN_NO_MIRROR:
        return "no_mirror";
    case PORT_WARN_TRANSLATE_FAILED:
        return "translate_failed";
    case PORT_WARN_EXCHANGE_FAILED:
        return "exchange_failed";
    case PORT_WARN_GUEST_PAGE_ALLOC_FAILED:
        return "guest_page_alloc_failed";
    case PORT_WARN_NO_TABLE_GROUP:
        return "no_table_group";
    case PORT_WARN_NO_IOMMU_GROUP:
        return "no_iommu_group";
    case PORT_WARN_PREREG_FREE_FAILED:
        return "prereg_free_failed";
    case PORT_WARN_HARD_FAILURE:
        return "hard_failure";
    default:
        return nullptr; // outside what was recorded
    }
}

std::string key(const std::string &table, u64 entry) {
    return table + ' ' + to_hex(entry);
}

Json sorted(Json array) {
    std::sort(array.begin(), array.end());
    return array;
}

/// Adds an invalidation, \p times over, each behind the one before: [table, first entry, entries, real mode, times].
/// What goes on where the last one ended is joined with it, so that any way of writing the same ones is the same.
void add_kills(u64 table, u64 first, u64 entries, u64 real_mode, u64 times, Json *kills) {
    if (!kills->empty()) {
        Json &last = kills->back();
        if (last[0] == table && last[2] == entries && last[3] == real_mode &&
            hex(last[1]) + entries * last[4].get<u64>() == first) {
            last[4] = last[4].get<u64>() + times;
            return;
        }
    }
    kills->push_back({table, to_hex(first), entries, real_mode, times});
}

void drop_empty(Json *fields) {
    for (auto field = fields->begin(); field != fields->end();)
        field = (field->is_array() || field->is_object()) && field->empty() ? fields->erase(field) : std::next(field);
}

/// [[table, first entry, "v v v"], ...] -> {"table entry": "v"}
void flatten(const std::string &table, const Json &first, const Json &values, Json *out) {
    std::istringstream words(values.get<std::string>());
    u64 entry = hex(first);
    for (std::string value; words >> value; entry++)
        (*out)[key(table, entry)] = value;
}

void see(const std::string &name, EntryWatch *watch, Json *out) {
    std::vector<EntryChange> changes;
    std::vector<NewLevel> levels;
    watch->look(&changes, &levels);
    for (auto change : changes)
        (*out)["d"][key(name, change.entry)] = to_hex(change.value);
    for (auto level : levels)
        (*out)["lv"].push_back({name, level.level, to_hex(level.first_entry)});
}

void add_state(const std::string &name, const EntryWatch &watch, bool full, Json *out) {
    (*out)["D"][name] = {watch.entries().size(), watch.digest()};
    if (!full)
        return;
    for (auto [entry, value] : watch.entries())
        (*out)["dump"][key(name, entry)] = to_hex(value);
}

} // namespace

void Observation::begin() {
    machine_.world.trace.clear();
    machine_.world.opal_kills.clear();
    machine_.world.tve_writes.clear();
    machine_.world.levels.clear();
}

void Observation::see_entries(Json *out) {
    (*out)["d"] = Json::object();
    (*out)["lv"] = Json::array();
    for (auto &[id, watched] : machine_.tables) {
        std::string number = std::to_string(id);
        see("h" + number, &watched->hardware, out);
        see("u" + number, &watched->mirror, out);
    }
    for (auto &[liobn, watched] : machine_.views)
        see("g" + to_hex(liobn), &watched->watch, out);
    (*out)["lv"] = sorted((*out)["lv"]);
}

void Observation::see_dirty_marks(const mm_region *region, const surface_region &state, RegionSeen *seen,
                                  Json *out) const {
    if (state.device_memory)
        return;
    seen->dirty.resize(state.pages);
    for (u64 i = 0; i < state.pages; i++) {
        bool dirty = machine_.calls.region.dirty(region, i);
        if (dirty && !seen->dirty[i])
            (*out)["rd"].push_back(to_hex(state.ua + i * page));
        seen->dirty[i] = dirty;
    }
}

void Observation::see_regions(Json *out) {
    std::map<u64, RegionSeen> now;
    (*out)["rg"] = Json::array();
    (*out)["rd"] = Json::array();
    const region_surface &regions = machine_.calls.region;
    for (auto *region = regions.next(machine_.host, nullptr); region; region = regions.next(machine_.host, region)) {
        surface_region state{};
        regions.state(region, &state);
        auto before = regions_.find(state.ua);
        bool known = before != regions_.end() && before->second.bytes == state.pages * page;
        RegionSeen seen{state.pages * page, state.mapped, state.used, state.page_shift, {}};
        if (known)
            seen.dirty = before->second.dirty;
        if (!known || before->second.mapped != seen.mapped || before->second.used != seen.used)
            (*out)["rg"].push_back({to_hex(state.ua), to_hex(seen.bytes), seen.mapped, seen.used, seen.shift});
        if (known)
            regions_.erase(before);
        see_dirty_marks(region, state, &seen, out);
        now[state.ua] = std::move(seen);
    }
    for (auto &[ua, gone] : regions_) {
        (*out)["rg"].push_back({to_hex(ua), to_hex(gone.bytes), 0, 0, gone.shift});
        leaks_.erase(ua);
    }
    (*out)["rg"] = sorted((*out)["rg"]);
    regions_ = std::move(now);
}

void Observation::see_events(Json *out, bool real_mode) {
    (*out)["k"] = Json::array();
    for (const auto &kill : machine_.world.opal_kills) {
        if (kill.phb == Machine::observer_bridge)
            add_kills(kill.pe, kill.ioba >> kill.shift, kill.pages, real_mode, 1, &(*out)["k"]);
    }
    std::set<std::string> warnings;
    for (const auto &event : machine_.world.trace) {
        if (event.event == PORT_EV_WARN && name_of(event.a))
            warnings.insert(name_of(event.a));
    }
    (*out)["w"] = warnings;
    const auto &dirty = machine_.world.memory.dirty_pages();
    for (; dirty_ < dirty.size(); dirty_++)
        (*out)["dp"].push_back(to_hex(dirty[dirty_]));
    for (u64 id : machine_.take_freed_tables())
        (*out)["fr"].push_back("h" + std::to_string(id));
    u64 stray = machine_.world.memory.stray_dirty_marks();
    if (stray != stray_)
        (*out)["badpfn"] = stray - stray_;
    stray_ = stray;
    const u64 locked = machine_.calls.host.locked_pages(machine_.host);
    if (locked != locked_)
        (*out)["lock"] = locked_ = locked;
}

u64 Observation::live_entries(u64 start, u64 bytes) const {
    u64 live = 0;
    for (auto &[id, watched] : machine_.tables) {
        const auto &hardware = watched->hardware.entries();
        for (auto [entry, ua] : watched->mirror.entries()) {
            if (ua < start || ua - start >= bytes)
                continue;
            auto tce = hardware.find(entry);
            live += tce != hardware.end() && tce->second & TCE_PERM;
        }
    }
    return live;
}

void Observation::see_counters(Json *out) {
    (*out)["lk"] = Json::array();
    for (const auto &[ua, region] : regions_) {
        s64 leak = region.mapped - 1 - static_cast<s64>(live_entries(ua, region.bytes));
        if (leak != leaks_[ua])
            (*out)["lk"].push_back({to_hex(ua), leak});
        leaks_[ua] = leak;
    }
    (*out)["lk"] = sorted((*out)["lk"]);
}

Json Observation::end(bool real_mode) {
    Json out = Json::object();
    see_events(&out, real_mode);
    see_entries(&out);
    see_regions(&out);
    if (!out["d"].empty() || !out["rg"].empty() || out.contains("fr"))
        see_counters(&out);
    drop_empty(&out);
    return out;
}

Json Observation::state(bool full) {
    Json out{{"D", Json::object()}, {"R", Json::array()}, {"L", machine_.calls.host.locked_pages(machine_.host)}};
    if (full)
        out["dump"] = Json::object();
    for (auto &[id, watched] : machine_.tables) {
        add_state("h" + std::to_string(id), watched->hardware, full, &out);
        if (watched->mirror.exists())
            add_state("u" + std::to_string(id), watched->mirror, full, &out);
    }
    for (auto &[liobn, watched] : machine_.views)
        add_state("g" + to_hex(liobn), watched->watch, full, &out);
    const region_surface &regions = machine_.calls.region;
    for (auto *region = regions.next(machine_.host, nullptr); region; region = regions.next(machine_.host, region)) {
        surface_region state{};
        regions.state(region, &state);
        out["R"].push_back({to_hex(state.ua), to_hex(state.pages * page), state.mapped, state.used, state.page_shift});
    }
    return out;
}

Json canonical(const Json &recorded) {
    Json out = Json::object();
    for (const char *same : {"rd", "dp", "fr", "lock", "badpfn"}) {
        if (recorded.contains(same))
            out[same] = recorded[same];
    }
    for (const char *set : {"lv", "rg", "w", "lk"}) {
        if (recorded.contains(set))
            out[set] = sorted(recorded[set]);
    }
    for (const auto &run : recorded.value("d", Json::array()))
        flatten(run[0], run[1], run[2], &out["d"]);
    for (const auto &kill : recorded.value("k", Json::array())) {
        u64 times = kill.size() > 4 ? kill[4].get<u64>() : 1;
        add_kills(kill[0], hex(kill[1]), kill[2], kill[3], times, &out["k"]);
    }
    return out;
}

Json canonical_state(const Json &recorded) {
    Json out{{"D", recorded["D"]}, {"R", recorded["R"]}, {"L", recorded["L"]}};
    if (!recorded.contains("dump"))
        return out;
    out["dump"] = Json::object();
    for (const auto &[table, runs] : recorded["dump"].items())
        for (const auto &run : runs)
            flatten(table, run[0], run[1], &out["dump"]);
    return out;
}

} // namespace tcesim::conform
