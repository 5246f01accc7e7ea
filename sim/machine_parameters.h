// SPDX-License-Identifier: Apache-2.0
/// \file
/// From a variant's configuration to the parameters of the models.
#ifndef TCESIM_SIM_MACHINE_PARAMETERS_H
#define TCESIM_SIM_MACHINE_PARAMETERS_H

#include "hcall/setup.h"
#include "models/cpu/costs.h"
#include "models/cpu/kill_fault.h"
#include "models/cpu/meter.h"
#include "models/device/dma_bench.h"
#include "models/device/nvme_engine.h"
#include "models/device/t3_engine.h"
#include "models/guest/block_load.h"
#include "models/guest/tcp_receiver.h"
#include "models/guest/tcp_sender.h"
#include "models/mem/memory_side.h"
#include "models/net/tcp_peer_sender.h"
#include "models/phb/parameters.h"
#include "sim/scenario/config.h"

namespace tcesim {

/// Where things are in the simulated machine.
namespace address_map {
constexpr std::uint64_t rtt = 1 << 20;                   ///< RID translation table
constexpr std::uint64_t heap = 16 << 20;                 ///< kernel memory from here
constexpr std::uint64_t guest_ram = 4ULL << 40;          ///< up to here; guest RAM behind it
constexpr std::uint64_t guest_ram_ua = 0x3ffd00000000;   ///< user address of gpa 0
constexpr std::uint64_t phb_registers = 0x3fffe40000000; ///< host real
constexpr std::uint64_t device_window = 0x3fffe50000000; ///< host real
constexpr std::uint64_t device_window_bytes = 0x10000;
constexpr std::uint64_t msi = (1ULL << 60) | 0x10; ///< bus address
constexpr std::uint64_t rtas_memory = 15 << 20;    ///< gpa: words of firmware calls
constexpr std::uint64_t driver_memory = 16 << 20;  ///< gpa: INDIRECT lists, then the driver's rings
constexpr std::uint64_t sender_memory = 32 << 20;  ///< gpa: headers and payload
constexpr std::uint64_t bench_memory = 32 << 20;   ///< gpa: the buffer of dma_bench
constexpr std::uint64_t block_memory = 32 << 20;   ///< gpa: queues and lists of nvme, then buffers
constexpr std::uint16_t requester_id = 0x0100;     ///< bus 1, device 0, function 0
constexpr std::uint32_t pe = 1;
constexpr std::uint64_t liobn = 0x80000000;
} // namespace address_map

/// What the handlers are told of the machine.
hcall_setup handlers_setup(const scenario::Config &config);
CodeCosts code_costs(const scenario::Config &config);
CacheParameters cache_parameters(const scenario::Machine &machine);
CpuCosts cpu_costs(const scenario::Config &config);
LinkParameters link_parameters(const scenario::Config &config);
PhbGeneration generation(scenario::PhbModel model);
/// Bytes of a hardware TCE: the user process takes the largest page that the bridge has, no larger than the window's
/// and than those behind guest RAM.
std::uint64_t hardware_page(scenario::PhbModel phb, std::uint64_t window_page, std::uint64_t ram_page);
std::uint64_t hardware_page(const scenario::Config &config);
PhbParameters phb_parameters(const scenario::Config &config);
KillFaultParameters kill_fault_parameters(const scenario::Config &config);
T3Parameters t3_parameters(const scenario::Machine &machine);
DmaBenchParameters dma_bench_parameters(const scenario::Config &config, std::uint64_t seed);
NvmeParameters nvme_parameters(const scenario::Config &config, std::uint64_t seed);
/// Of block_io traffic.
NvmeDriverParameters nvme_driver_parameters(const scenario::Config &config);
BlockLoadParameters block_load_parameters(const scenario::Config &config, std::uint64_t seed);
/// Of dma_bench traffic: without constants of a last-level cache, all memory is equally far.
MemorySideParameters memory_side_parameters(const scenario::Config &config);
WireParameters wire_parameters(const scenario::Machine &machine);
Cxgb3DriverParameters driver_parameters(const scenario::Config &config);
PeerParameters peer_parameters(const scenario::Config &config, std::uint64_t seed);
PeerSenderParameters peer_sender_parameters(const scenario::Config &config, std::uint64_t seed);
TcpReceiverParameters receiver_parameters(const scenario::Config &config, std::uint64_t seed);
TcpSenderParameters sender_parameters(const scenario::Config &config, std::uint64_t seed);

} // namespace tcesim

#endif
