// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_figures.h"

namespace tcesim::replay {

using nlohmann::ordered_json;

namespace {

struct Field {
    const char *name;
    std::uint64_t ReplayFigures::*value;
};
constexpr Field fields[] = {
    {"windows_made", &ReplayFigures::windows_made},
    {"windows_removed", &ReplayFigures::windows_removed},
    {"resets", &ReplayFigures::resets},
    {"window_ps", &ReplayFigures::window_ps},
    {"between_ps", &ReplayFigures::between_ps},
    {"wrong_codes", &ReplayFigures::wrong_codes},
    {"wrong_translations", &ReplayFigures::wrong_translations},
    {"wrong_windows", &ReplayFigures::wrong_windows},
    {"translations", &ReplayFigures::translations},
    {"mapped_over", &ReplayFigures::mapped_over},
    {"unmapped_empty", &ReplayFigures::unmapped_empty},
    {"unanswered", &ReplayFigures::unanswered},
    {"guessed_lists", &ReplayFigures::guessed_lists},
    {"unknown_starts", &ReplayFigures::unknown_starts},
    {"left_out", &ReplayFigures::left_out},
};

ordered_json to_json(const CallFigures &f) {
    return {f.calls, f.set, f.cleared, f.ps, f.exits_to_host, f.exits_to_user};
}

CallFigures from_json(const ordered_json &json) {
    return {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4), json.at(5)};
}

} // namespace

void CallFigures::add(const CallFigures &other) {
    calls += other.calls;
    set += other.set;
    cleared += other.cleared;
    ps += other.ps;
    exits_to_host += other.exits_to_host;
    exits_to_user += other.exits_to_user;
}

CallFigures ReplayFigures::sum(std::uint64_t liobn) const {
    CallFigures sum;
    if (const auto found = devices.find(liobn); found != devices.end())
        for (const CallFigures &figures : found->second)
            sum.add(figures);
    return sum;
}

CallFigures ReplayFigures::sum(Part part) const {
    CallFigures sum;
    for (const auto &device : devices)
        sum.add(device.second[static_cast<std::size_t>(part)]);
    return sum;
}

CallFigures ReplayFigures::sum() const {
    CallFigures all;
    for (const auto &device : devices)
        all.add(sum(device.first));
    return all;
}

std::uint64_t ReplayFigures::live_at_end() const {
    std::uint64_t sum = 0;
    for (const auto &window : live)
        sum += window.second;
    return sum;
}

ordered_json ReplayFigures::to_json() const {
    ordered_json json;
    for (const Field &field : fields)
        json[field.name] = this->*field.value;
    json["differences"] = differences;
    json["devices"] = ordered_json::array();
    for (const auto &[liobn, parts] : devices) {
        ordered_json device = {{"liobn", liobn}, {"parts", ordered_json::array()}};
        for (const CallFigures &figures : parts)
            device["parts"].push_back(replay::to_json(figures));
        json["devices"].push_back(std::move(device));
    }
    json["live"] = ordered_json::array();
    for (const auto &[liobn, count] : live)
        json["live"].push_back({liobn, count});
    return json;
}

ReplayFigures ReplayFigures::from_json(const ordered_json &json) {
    ReplayFigures figures;
    for (const Field &field : fields)
        json.at(field.name).get_to(figures.*field.value);
    json.at("differences").get_to(figures.differences);
    for (const ordered_json &device : json.at("devices"))
        for (std::size_t i = 0; i < part_count; ++i)
            figures.devices[device.at("liobn")][i] = replay::from_json(device.at("parts").at(i));
    for (const ordered_json &window : json.at("live"))
        figures.live[window.at(0)] = window.at(1);
    return figures;
}

} // namespace tcesim::replay
