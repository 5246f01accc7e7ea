// SPDX-License-Identifier: Apache-2.0
/// \file
/// Arithmetic of TCP over Ethernet, and the layout of an acknowledgement.
#ifndef TCESIM_MODELS_NET_FRAME_H
#define TCESIM_MODELS_NET_FRAME_H

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tcesim {

/// IPv4 (20) and TCP with time stamps (20 + 12).
constexpr std::uint32_t tcp_ip_headers = 52;
constexpr std::uint32_t ethernet_header = 14;
/// Header, frame check sequence (4), preamble (8) and inter-frame gap (12).
constexpr std::uint32_t ethernet_overhead = ethernet_header + 4 + 8 + 12;
/// Shortest frame (64), preamble and gap.
constexpr std::uint32_t shortest_on_wire = 84;

/// Largest TCP payload of a frame.
constexpr std::uint32_t maximum_segment(std::uint32_t mtu) {
    return mtu - tcp_ip_headers;
}

/// Byte times that a frame with \p payload bytes of TCP payload occupies the wire.
constexpr std::uint32_t bytes_on_wire(std::uint32_t payload) {
    return std::max(shortest_on_wire, payload + tcp_ip_headers + ethernet_overhead);
}

/// An acknowledgement without payload as the device writes it to memory: Ethernet, IP and TCP header.
constexpr std::uint32_t ack_frame_bytes = ethernet_header + tcp_ip_headers;
/// Where the 32-bit big-endian acknowledgement number stands in it: the low half of the stream
/// offset up to which everything has been received.
constexpr std::uint32_t ack_number_offset = ethernet_header + 20 + 8;
/// Where the 32-bit big-endian sequence number stands in a frame with payload: the low half of the stream
/// offset of its first byte. The payload begins at ack_frame_bytes.
constexpr std::uint32_t sequence_number_offset = ethernet_header + 20 + 4;

} // namespace tcesim

#endif
