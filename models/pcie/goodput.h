// SPDX-License-Identifier: Apache-2.0
/// \file
/// How much payload a saturated PCI Express link carries, in closed form: the published model of PCI Express
/// bandwidth (Neugebauer et al., "Understanding PCIe performance for end host networking", SIGCOMM 2018; its code,
/// pcie-bench/pcie-model, is public). Link does the same packet by packet.
///
/// A transfer of N bytes takes, on top of its payload,
///     write   ceil(N / MPS) x 24 bytes upstream
///     read    ceil(N / MRRS) x 24 bytes upstream, and downstream the payload with ceil(N / boundary) x 20 bytes,
///             where completions end at multiples of the boundary: MPS, or the read completion boundary
/// of the rate that LinkRate leaves to packets. Transfers begin at an address that is a multiple of MPS and of MRRS
/// and are repeated for ever; neither tags nor credits are short.
///
/// Every function gives the payload's bits per second, rounded down. \p parameters are valid
/// (LinkParameters::problem()), \p bytes is at least 1.
#ifndef TCESIM_MODELS_PCIE_GOODPUT_H
#define TCESIM_MODELS_PCIE_GOODPUT_H

#include "models/pcie/rate.h"

namespace tcesim {

/// Writes alone.
std::uint64_t write_goodput(const LinkParameters &parameters, std::uint32_t bytes);

/// Reads alone.
std::uint64_t read_goodput(const LinkParameters &parameters, std::uint32_t bytes);

/// A read with every write, of the same size: the payload in each direction. Requests share theirs with the writes.
std::uint64_t read_write_goodput(const LinkParameters &parameters, std::uint32_t bytes);

} // namespace tcesim

#endif
