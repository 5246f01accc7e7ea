// SPDX-License-Identifier: Apache-2.0
#include "sim/progress.h"

#include "sim/quantity_text.h"

#include <unistd.h>

namespace tcesim {

namespace {

/// "0.81": two decimals of \p numerator / \p denominator.
std::string ratio(std::uint64_t numerator, std::uint64_t denominator) {
    const auto hundredths = static_cast<std::uint64_t>(static_cast<unsigned __int128>(numerator) * 100 / denominator);
    const std::string decimals = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + (decimals.size() < 2 ? ".0" : ".") + decimals;
}

} // namespace

std::string progress_line(const ProgressFigures &figures) {
    constexpr std::uint64_t ps_per_ms = 1000000000;
    const auto elapsed_ms = static_cast<std::uint64_t>(figures.elapsed.count());
    std::string line = "  ";
    if (figures.total_ps == 0 || figures.done_ps == 0)
        return line + "starting";
    const std::uint64_t done = std::min(figures.done_ps, figures.total_ps);
    const auto percent = static_cast<std::uint64_t>(static_cast<unsigned __int128>(done) * 100 / figures.total_ps);
    line += std::to_string(percent) + " %   " + scaled(static_cast<std::int64_t>(done), "ps") + " of " +
            scaled(static_cast<std::int64_t>(figures.total_ps), "ps") + " simulated";
    if (elapsed_ms == 0)
        return line;
    line += "   " + ratio(done, elapsed_ms * ps_per_ms) + " x real time";
    const auto left_ms =
        static_cast<std::uint64_t>(static_cast<unsigned __int128>(figures.total_ps - done) * elapsed_ms / done);
    return line + "   ETA " + std::to_string((left_ms + 999) / 1000) + " s";
}

void ProgressDisplay::show(const ProgressFigures &figures) {
    std::string line = progress_line(figures);
    const std::size_t width = line.size();
    if (width < width_)
        line.append(width_ - width, ' ');
    line.insert(line.begin(), '\r');
    // A terminal that takes nothing more is no reason to stop a simulation.
    if (::write(fd_, line.data(), line.size()) >= 0)
        width_ = width;
}

void ProgressDisplay::wipe() {
    if (width_ == 0)
        return;
    const std::string blank = "\r" + std::string(width_, ' ') + "\r";
    if (::write(fd_, blank.data(), blank.size()) >= 0)
        width_ = 0;
}

} // namespace tcesim
