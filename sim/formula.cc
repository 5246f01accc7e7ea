// SPDX-License-Identifier: Apache-2.0
#include "sim/formula.h"

#include "models/pcie/goodput.h"

namespace tcesim {

namespace {

/// Saturated: nothing waits for a credit, and flight does not matter.
LinkParameters saturated(const scenario::Link &link) {
    return {link.gen, link.lanes, link.mps, link.mrrs, 1, 1, 0, link.rcb};
}

} // namespace

std::int64_t value_of(const scenario::Formula &formula) {
    const auto bytes = static_cast<std::uint32_t>(formula.bytes);
    const auto rate = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits); };
    switch (formula.name) {
    case scenario::FormulaName::pcie_rate:
        return rate(LinkRate(saturated(formula.link)).bits_per_second());
    case scenario::FormulaName::pcie_write:
        return rate(write_goodput(saturated(formula.link), bytes));
    case scenario::FormulaName::pcie_read:
        return rate(read_goodput(saturated(formula.link), bytes));
    case scenario::FormulaName::pcie_read_write:
        return rate(read_write_goodput(saturated(formula.link), bytes));
    case scenario::FormulaName::table_bytes:
        break;
    }
    return static_cast<std::int64_t>(formula.span / formula.page * sizeof(std::uint64_t));
}

} // namespace tcesim
