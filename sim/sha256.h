// SPDX-License-Identifier: Apache-2.0
/// \file
/// SHA-256 (FIPS 180-4), for naming what was run.
#ifndef TCESIM_SIM_SHA256_H
#define TCESIM_SIM_SHA256_H

#include <string>
#include <string_view>

namespace tcesim {

/// Digest of \p bytes as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

} // namespace tcesim

#endif
