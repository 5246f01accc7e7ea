// SPDX-License-Identifier: Apache-2.0
#include "models/kernel/check.h"
#include "sim/workload/block_io.h"
#include "sim/workload/clear_window.h"
#include "sim/workload/container_life.h"
#include "sim/workload/dma_traffic.h"
#include "sim/workload/dynamic_window.h"
#include "sim/workload/hypercalls.h"
#include "sim/workload/map_memory.h"
#include "sim/workload/tcp_stream.h"

namespace tcesim {

std::unique_ptr<Workload> make_workload(const MachineParts &parts) {
    switch (parts.config.traffic.kind) {
    case scenario::TrafficKind::tcp_stream:
        return std::make_unique<TcpStream>(parts);
    case scenario::TrafficKind::dma_bench:
        return std::make_unique<DmaTraffic>(parts);
    case scenario::TrafficKind::block_io:
        return std::make_unique<BlockIo>(parts);
    case scenario::TrafficKind::hypercalls:
        return std::make_unique<Hypercalls>(parts);
    case scenario::TrafficKind::map_memory:
        return std::make_unique<MapMemory>(parts);
    case scenario::TrafficKind::clear_window:
        return std::make_unique<ClearWindow>(parts);
    case scenario::TrafficKind::dynamic_window:
        return std::make_unique<DynamicWindow>(parts);
    case scenario::TrafficKind::container_life:
        return std::make_unique<ContainerLife>(parts);
    }
    TCESIM_CHECK(false, "every kind of traffic has a workload");
    return nullptr;
}

} // namespace tcesim
