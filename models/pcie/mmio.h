// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a CPU's cache-inhibited stores and loads reach a bridge or a device behind it.
#ifndef TCESIM_MODELS_PCIE_MMIO_H
#define TCESIM_MODELS_PCIE_MMIO_H

#include <cstdint>
#include <systemc>

#include "models/kernel/timeline.h"

namespace tcesim {

/// A CPU that waits for what it loads from a bridge or a device.
class LoadClient {
public:
    virtual ~LoadClient() = default;
    /// The CPU has the data now. All ones: nobody has answered.
    virtual void on_load(std::uint64_t value) = 0;
};

/// The stores of a piece of a loop: to one register, each value greater by the same difference than the one before.
struct StoreSeries {
    std::uint64_t address = 0, first = 0, last = 0, stride = 0;
    std::uint64_t count = 0;
    bool spoilt = false; ///< by a store that does not fit, or anything else that has an effect

    void add(std::uint64_t register_address, std::uint64_t value) {
        if (count == 0)
            address = register_address, first = value;
        else if (count == 1)
            stride = value - last;
        spoilt |= register_address != address || (count && value - last != stride);
        last = value;
        ++count;
    }
    /// Whether it goes on where \p before has ended, with twice as many.
    bool follows(const StoreSeries &before) const {
        return count == 2 * before.count && like(before) && first == before.last + stride;
    }
    bool like(const StoreSeries &other) const {
        return count > 1 && other.count > 1 && address == other.address && stride == other.stride;
    }
    /// The \p more stores after it.
    StoreSeries next(std::uint64_t more) const {
        return {address, last + stride, last + stride * more, stride, more, false};
    }
};

/// How the CPU that makes a series of stores gets on.
struct StorePace {
    ps_t time;            ///< that it took, give or take two, for the last
    std::uint64_t stores; ///< so many
    ps_t held;            ///< for how long the series goes on, where each store holds the CPU up; 0 where none does
};

class MmioTarget : public virtual sc_core::sc_interface {
public:
    /// One posted 8-byte store that retires on its CPU now.
    /// \param address host real address of the register
    /// \param value in CPU order
    /// \returns the instant at which the CPU may go on: now, or later when the target has no room
    /// for the store and so holds its CPU.
    virtual ps_t mmio_write(std::uint64_t address, std::uint64_t value) = 0;
    /// One 8-byte load that its CPU issues now and waits for. It follows the stores before it.
    virtual void mmio_load(std::uint64_t address, LoadClient &client) = 0;
    /// As if the series had been stored from now on at the given pace, like the stores before it. For a target at which
    /// nothing else happens meanwhile.
    /// \returns false, and has done nothing, when these stores might not do what those before them did.
    virtual bool repeat_mmio_writes(const StoreSeries &, const StorePace &) { return false; }
};

} // namespace tcesim

#endif
