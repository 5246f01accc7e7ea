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
};

} // namespace tcesim

#endif
