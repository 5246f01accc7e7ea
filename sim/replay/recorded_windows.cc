// SPDX-License-Identifier: Apache-2.0
// The windows of a recorded guest: made and removed by calls of firmware, and gone with a reset of the machine.
#include <cstring>

#include "sim/machine_parameters.h"
#include "sim/replay/recorded_guest.h"
#include "sim/replay/replay_text.h"

namespace tcesim::replay {

namespace {

constexpr std::uint64_t default_window_of(std::uint64_t bridge) {
    return pci_liobn | bridge << 8;
}

constexpr std::uint32_t high(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}
constexpr std::uint32_t low(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

constexpr std::size_t header_words = 3; // token, number of arguments, number of results

bool is_power_of_two(std::uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

} // namespace

// ---- firmware ----

/// A call of firmware. \p arguments: the token, then the arguments. \returns its status.
std::int32_t RecordedGuest::firmware(std::initializer_list<std::uint32_t> arguments, std::uint32_t results) {
    std::vector<std::uint32_t> words(arguments);
    const auto count = static_cast<std::uint32_t>(words.size() - 1);
    words.insert(words.begin() + 1, {count, results});
    words.resize(words.size() + results);
    for (std::uint32_t &word : words)
        word = __builtin_bswap32(word);
    const std::uint64_t gpa = address_map::rtas_memory;
    std::memcpy(parts_.port.guest_memory(gpa), words.data(), words.size() * sizeof(words[0]));
    std::uint64_t unused = 0;
    const long rc = parts_.handlers.surface->machine.hypercall(&parts_.handlers_machine, H_RTAS, gpa, 0, 0, 0, &unused);
    return rc == H_SUCCESS ? static_cast<std::int32_t>(firmware_result(count, 0)) : static_cast<std::int32_t>(rc);
}

/// Result \p index of the latest call, which had so many arguments.
std::uint32_t RecordedGuest::firmware_result(std::uint32_t arguments, std::uint32_t index) const {
    std::uint32_t word = 0;
    const std::uint64_t gpa = address_map::rtas_memory + (header_words + arguments + index) * sizeof(word);
    std::memcpy(&word, parts_.port.guest_memory(gpa), sizeof(word));
    return __builtin_bswap32(word);
}

template <class Work>
void RecordedGuest::on_windows(Work work) {
    vcpu_->fold();
    const ps_t begin = vcpu_->now();
    work();
    vcpu_->fold();
    figures_.window_ps += vcpu_->now() - begin;
}

// ---- dynamic windows ----

void RecordedGuest::create_window(const TraceEvent &event) {
    rest(event);
    enabled_again_.erase(event.liobn);
    const std::string what = "window " + hex_text(event.liobn);
    if (!is_power_of_two(event.page) || !is_power_of_two(event.size))
        return differ(figures_.wrong_windows, what + " has sizes that are no powers of two");
    const auto page_shift = static_cast<std::uint32_t>(__builtin_ctzll(event.page));
    const auto window_shift = static_cast<std::uint32_t>(__builtin_ctzll(event.size));
    std::int32_t status = 0;
    on_windows([&] {
        status =
            firmware({RTAS_CREATE_PE_DMA_WINDOW, 0, high(event.buid), low(event.buid), page_shift, window_shift}, 4);
    });
    if (status != 0)
        return differ(figures_.wrong_windows, what + " cannot be made here: status " + std::to_string(status));
    ++figures_.windows_made;
    const std::uint64_t address = std::uint64_t{firmware_result(5, 2)} << 32 | firmware_result(5, 3);
    if (address != event.ioba)
        differ(figures_.wrong_windows, what + " is at " + hex_text(address) + ", recorded is " + hex_text(event.ioba));
    Window &window = windows_[event.liobn];
    window.shape = {address, event.size, page_shift};
    window.table.clear();
    window.liobn = firmware_result(5, 1); // which one is free first is not the same in every QEMU
}

void RecordedGuest::remove_window(const TraceEvent &event) {
    rest(event);
    const auto found = windows_.find(event.liobn);
    const std::uint64_t bridge = bridge_of(event.liobn), first = default_window_of(bridge);
    enabled_again_.erase(first);
    if (found == windows_.end()) // a reset that the removal brings with it stands before it
        return;
    const std::uint64_t liobn = found->second.liobn;
    std::int32_t status = 0;
    on_windows([&] { status = firmware({RTAS_REMOVE_PE_DMA_WINDOW, low(liobn)}, 1); });
    if (status != 0)
        return differ(figures_.wrong_windows,
                      "window " + hex_text(event.liobn) + " cannot be removed here: status " + std::to_string(status));
    ++figures_.windows_removed;
    windows_.erase(found);
    for (const auto &[other, unused] : windows_)
        if (is_pci(other) && bridge_of(other) == bridge)
            return;
    if (liobn != first) // the last one of another number: the default window comes back
        default_windows_of(bridge);
}

void RecordedGuest::reset_bridge(const TraceEvent &event) {
    rest(event);
    const std::uint64_t bridge = event.buid & 0xff;
    enabled_again_.erase(default_window_of(bridge));
    std::int32_t status = 0;
    on_windows([&] { status = firmware({RTAS_RESET_PE_DMA_WINDOW, 0, high(event.buid), low(event.buid)}, 1); });
    if (status != 0)
        return differ(figures_.wrong_windows,
                      "bridge " + hex_text(event.buid) + " cannot be reset here: status " + std::to_string(status));
    ++figures_.resets;
    default_windows_of(bridge);
}

/// The bridge has its default window alone, with nothing mapped.
void RecordedGuest::default_windows_of(std::uint64_t bridge) {
    for (auto at = windows_.begin(); at != windows_.end();)
        at = is_pci(at->first) && bridge_of(at->first) == bridge ? windows_.erase(at) : std::next(at);
    const std::uint64_t liobn = default_window_of(bridge);
    const auto shape = log_.survey.windows.find(liobn);
    if (shape == log_.survey.windows.end())
        return;
    windows_[liobn].shape = shape->second;
    windows_[liobn].liobn = liobn;
}

// ---- resets of the machine ----

/// A default window gets a table when the machine starts, and again at each reset. Of those that come with a change
/// of windows the next line tells.
void RecordedGuest::new_table(const TraceEvent &event) {
    if (!is_pci(event.liobn) || (event.liobn & 0xff) != 0)
        return;
    const bool again = !seen_.insert(event.liobn).second || figures_.devices.count(event.liobn) != 0;
    if (again && enabled_again_.count(event.liobn) != 0)
        settle_resets(); // twice in a row
    if (again)
        enabled_again_.insert(event.liobn);
}

void RecordedGuest::settle_resets() {
    if (enabled_again_.empty())
        return;
    enabled_again_.clear();
    machine_reset();
}

void RecordedGuest::machine_reset() {
    const hcall_setup setup = handlers_setup(parts_.config);
    long rc = 0;
    on_windows([&] { rc = parts_.handlers.reset(&setup, &parts_.handlers_machine); });
    if (rc != 0)
        differ(figures_.wrong_windows, "the machine cannot be reset: errno " + std::to_string(-rc));
    ++figures_.resets;
    for (const auto &[bridge, unused] : pes_)
        default_windows_of(bridge);
    for (auto &[liobn, window] : windows_)
        window.table.clear();
}

} // namespace tcesim::replay
