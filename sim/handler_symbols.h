// SPDX-License-Identifier: Apache-2.0
/// \file
/// Names of the functions of a loaded object, by address.
#ifndef TCESIM_SIM_HANDLER_SYMBOLS_H
#define TCESIM_SIM_HANDLER_SYMBOLS_H

#include <cstdint>
#include <string>
#include <vector>

namespace tcesim {

class HandlerSymbols {
public:
    /// Reads the symbol table of the loaded object that holds \p inside. Empty when its file has none.
    explicit HandlerSymbols(const void *inside);

    /// Name of the function at \p address, without the suffix of a copy that the compiler made (".constprop.0");
    /// nullptr outside every function. Allocates nothing: for signal handlers.
    const char *function_at(std::uintptr_t address) const;

private:
    struct Function {
        std::uintptr_t begin, end;
        std::string name;
    };
    std::vector<Function> functions_; ///< by address
};

} // namespace tcesim

#endif
