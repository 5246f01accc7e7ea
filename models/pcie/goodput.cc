// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/goodput.h"

#include <algorithm>

#include "models/kernel/check.h"

namespace tcesim {
namespace {

std::uint64_t packets(std::uint64_t bytes, std::uint32_t each) {
    return (bytes + each - 1) / each;
}

std::uint64_t write_bytes(const LinkParameters &parameters, std::uint64_t bytes) {
    return packets(bytes, parameters.max_payload) * memory_write_overhead + bytes;
}

std::uint64_t request_bytes(const LinkParameters &parameters, std::uint64_t bytes) {
    return packets(bytes, parameters.max_read) * read_request_overhead;
}

/// No completion crosses the boundary, and none is longer than the payload of its request.
std::uint64_t completion_bytes(const LinkParameters &parameters, std::uint64_t bytes) {
    return packets(bytes, parameters.completion_boundary()) * completion_overhead + bytes;
}

/// Payload of a transfer whose busier direction carries \p carried bytes.
std::uint64_t goodput(const LinkParameters &parameters, std::uint32_t bytes, std::uint64_t carried) {
    TCESIM_CHECK(bytes > 0, "a transfer has at least one byte");
    const auto rate = static_cast<unsigned __int128>(LinkRate(parameters).bits_per_second());
    return static_cast<std::uint64_t>(rate * bytes / carried);
}

} // namespace

std::uint64_t write_goodput(const LinkParameters &parameters, std::uint32_t bytes) {
    return goodput(parameters, bytes, write_bytes(parameters, bytes));
}

std::uint64_t read_goodput(const LinkParameters &parameters, std::uint32_t bytes) {
    return goodput(parameters, bytes, std::max(request_bytes(parameters, bytes), completion_bytes(parameters, bytes)));
}

std::uint64_t read_write_goodput(const LinkParameters &parameters, std::uint32_t bytes) {
    return goodput(parameters, bytes,
                   std::max(write_bytes(parameters, bytes) + request_bytes(parameters, bytes),
                            completion_bytes(parameters, bytes)));
}

} // namespace tcesim
