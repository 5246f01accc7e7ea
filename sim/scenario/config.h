// SPDX-License-Identifier: Apache-2.0
/// \file
/// One variant of a scenario, typed: integers in base units, validated against the schema and its
/// cross-field rules. The meaning of every field is documented in docs/scenario.md.
#ifndef TCESIM_SIM_SCENARIO_CONFIG_H
#define TCESIM_SIM_SCENARIO_CONFIG_H

#include "sim/scenario/units.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tcesim::scenario {

// The words of each enumeration stand in the schema in the same order.

enum class Mmu { hash, radix };
enum class HostKernel { v4_12, v4_19_81, v4_19, v5_10, v6_1, fixed };
/// Highest level of the host that handles TCE hypercalls.
enum class TcePath { userspace, virtual_mode, real_mode };
enum class Container { v1, v2 };
enum class PhbModel { p7ioc, phb3, phb4 };
/// Whether the device reaches memory through TCEs or through a window onto all of it.
enum class Translation { tces, bypass };
enum class DeviceModel { cxgb3, dma_bench, nvme };
enum class TrafficKind {
    tcp_stream,
    dma_bench,
    block_io,
    hypercalls,
    map_memory,
    clear_window,
    dynamic_window,
    container_life
};
/// How a guest uses a second window that it has made.
enum class Ddw { none, dynamic, direct };
/// What an idle CPU of the host waits in.
enum class IdleState { poll, nap, stop0_lite, stop0, stop1, stop2 };
enum class Call { null_real, null_full, prod, cede };
/// Who maps memory.
enum class MapBy { hypercalls, container };
/// What limits the size of a window.
enum class WindowLimit { platform, bits_55, none };
/// How the loop goes that clears a range of a window.
enum class ClearWay { released, walk, skip_leaf_posted, skip_leaf, subtree };
/// How a window is cleared.
enum class ClearBy { unmap, remove, both, shutdown };
/// How firmware kills in the second bridge.
enum class Npu { none, per_page, flush };
enum class Direction { tx, rx, both };
enum class DmaOperation { read, write, read_write, write_then_read, mixed };
enum class DmaPattern { random, sequential };
/// What the host's last-level cache holds of a buffer before its first DMA.
enum class HostCache { warm, cold };
/// What the guest does about a device that the bridge has stopped.
enum class Recovery { none, thaw, hot_reset, fundamental_reset };
/// Whose memory a buffer is: of the socket with the bridge, or of the other one.
enum class MemoryPlace { local, remote };
enum class MachineName { power7, power8, power9 };
/// Processor whose instruction counts weigh the handlers' blocks.
enum class Weights { power8, power9 };
enum class Confidence { published, derived, assumed, fitted };

/// The word that a scenario uses for it.
const char *to_string(Mmu value);
const char *to_string(HostKernel value);
const char *to_string(TcePath value);
const char *to_string(Container value);
const char *to_string(Ddw value);
const char *to_string(PhbModel value);
const char *to_string(Translation value);
const char *to_string(DeviceModel value);
const char *to_string(IdleState value);
const char *to_string(TrafficKind value);
const char *to_string(Call value);
const char *to_string(MapBy value);
const char *to_string(WindowLimit value);
const char *to_string(ClearWay value);
const char *to_string(ClearBy value);
const char *to_string(Npu value);
const char *to_string(Direction value);
const char *to_string(DmaOperation value);
const char *to_string(DmaPattern value);
const char *to_string(HostCache value);
const char *to_string(MemoryPlace value);
const char *to_string(Recovery value);
const char *to_string(MachineName value);
const char *to_string(Weights value);
const char *to_string(Confidence value);

struct Guest {
    std::uint64_t ram = 0;       ///< bytes
    std::uint64_t ram_pages = 0; ///< bytes of a page behind it
    std::uint64_t page = 0;      ///< bytes
    std::uint32_t vcpus = 0;
    std::uint32_t core_threads = 1; ///< threads of the core in the guest
    bool multitce = false;
    std::uint32_t vio_devices = 0; ///< emulated, idle
    Mmu mmu = Mmu::hash;
    bool lro = true; ///< received segments are merged before the stack sees them
    Ddw ddw = Ddw::none;
    Recovery recovery = Recovery::none;
    std::uint64_t watchdog = 0; ///< ps from one look at the device to the next
};

/// A file with handlers that somebody has built.
struct HandlerFile {
    std::string name; ///< as the scenario says
    std::string path; ///< where it is
};

struct Host {
    HostKernel kernel = HostKernel::v5_10;
    std::uint64_t page = 65536; ///< bytes of a page of that kernel
    TcePath tce = TcePath::userspace;
    Container container = Container::v2;
    ClearWay clear = ClearWay::released;
    bool msgsnd = true; ///< between threads of a core
    IdleState idle = IdleState::poll;
    std::optional<HandlerFile> handlers; ///< none: those built with the program
};

/// Where the second window of a device begins on the bus.
constexpr std::uint64_t second_window_base = std::uint64_t{1} << 59;

struct Window {
    std::uint64_t base = 0; ///< I/O bus address
    std::uint64_t size = 0; ///< bytes, a power of two
    std::uint64_t page = 0; ///< bytes
    std::uint32_t levels = 0;
};

struct Iommu {
    PhbModel phb = PhbModel::phb3;
    Translation translation = Translation::tces;
    Npu npu = Npu::none;
    bool promote_kills = false; ///< of pages to such of the PE
    WindowLimit limit = WindowLimit::platform;
    Window window;                ///< the default one
    std::optional<Window> second; ///< the one that a guest may make
};

/// Without a device the narrowest, which nothing crosses.
struct Link {
    std::uint32_t gen = 1; ///< PCI Express generation
    std::uint32_t lanes = 1;
    std::uint32_t mps = 128;  ///< maximum payload size, bytes
    std::uint32_t mrrs = 128; ///< maximum read request size, bytes
    std::uint32_t rcb = 0;    ///< completions end at multiples of so many bytes; 0: of the maximum payload size
};

struct Device {
    DeviceModel model = DeviceModel::cxgb3;
    std::uint32_t dma_mask = 64; ///< bits of bus addresses that its driver asks for
    Link link;
};

struct Traffic {
    TrafficKind kind = TrafficKind::tcp_stream;
    std::uint64_t window = 0;   ///< tcp_stream: bytes in flight at most; dma_bench: bytes that DMAs go to
    std::uint64_t duration = 0; ///< ps, measured
    std::uint64_t warmup = 0;   ///< ps before that
    std::optional<std::uint64_t> kill; ///< ps in the measured time at which the guest's process is killed
    // tcp_stream
    Direction direction = Direction::tx;
    std::uint64_t chunk = 0; ///< bytes handed to the driver at once
    std::uint32_t mtu = 0;   ///< bytes of an IP packet
    // dma_bench; operation and pattern are block_io's too
    DmaOperation operation = DmaOperation::read;
    DmaPattern pattern = DmaPattern::random;
    std::uint32_t size = 0;        ///< bytes of one DMA
    std::uint32_t outstanding = 0; ///< DMAs in flight at most
    HostCache host_cache = HostCache::warm;
    MemoryPlace memory = MemoryPlace::local;
    // hypercalls
    Call call = Call::null_real;
    std::uint64_t sleep = 0; ///< ps from H_CEDE to the timer
    // map_memory, clear_window
    std::uint64_t mapped = 0; ///< bytes of guest memory that are mapped
    MapBy map = MapBy::hypercalls;
    ClearBy clear = ClearBy::unmap;
    // dynamic_window
    std::uint64_t hot_add = 0; ///< bytes at the end of guest memory that come while it runs
    // block_io, with operation and pattern
    std::uint32_t io_size = 0; ///< bytes
    std::uint32_t segment = 0; ///< bytes of a buffer that are contiguous; divides io_size
    std::uint32_t queues = 0, queue_depth = 0;
};

/// Whether the guest sends, and whether it receives, a stream of a tcp_stream.
constexpr bool sends(const Traffic &traffic) {
    return traffic.direction != Direction::rx;
}
constexpr bool receives(const Traffic &traffic) {
    return traffic.direction != Direction::tx;
}

struct Faults {
    std::uint64_t skip_tce_kill = 0; ///< divides the number of an IOMMU page whose invalidation is not sent; 0: all are
    std::uint64_t delay_tce_kill = 0; ///< ps
    std::uint64_t drop_tce_kill = 0;  ///< so many are in flight at most; 0: any number
    std::uint64_t unmapped_dma = 0;   ///< number of the DMA whose address the driver has unmapped; 0: none

    bool any() const { return skip_tce_kill || delay_tce_kill || drop_tce_kill || unmapped_dma; }
};

/// A figure of the machine with what is known about it. Values are in base units of the dimension.
struct Constant {
    std::int64_t value = 0;
    Dimension dimension = Dimension::count;
    Confidence confidence = Confidence::published;
    std::string source;
    std::optional<std::int64_t> low, high;                 ///< always given when assumed
    std::string fitted_to;                                 ///< fitted: the published result
    std::optional<std::int64_t> allowed_low, allowed_high; ///< fitted: what other facts allow
    bool overridden = false;                               ///< a variant or --set moved the value: a what-if

    /// Whether other facts allow the value; a result that rests on one that they do not allow
    /// "does not fit". True for what is not fitted.
    bool fits() const { return !allowed_low || !allowed_high || (*allowed_low <= value && value <= *allowed_high); }
};

struct Machine {
    MachineName name = MachineName::power8;
    Weights weights = Weights::power8;
    std::map<std::string, Constant> constants;

    /// Value of a constant in base units; \p id must be one that every machine has.
    std::int64_t constant(std::string_view id) const;
    bool has(std::string_view id) const { return constants.count(std::string(id)) != 0; }
};

/// Name of the constant that says how fast a thread is when \p threads of its core, 2 to 8, run: that of 2, 4 or 8.
std::string smt_speed_of(std::uint32_t threads);

/// Everything a run needs to know about one variant.
struct Config {
    Guest guest;
    Host host;
    Iommu iommu;
    Device device;
    Traffic traffic;
    Faults faults;
    Machine machine;

    /// Whether the guest makes a second window for its device.
    bool makes_window() const { return guest.ddw != Ddw::none && device.dma_mask == 64; }
    /// The one that drivers use in the end.
    const Window &device_window() const { return makes_window() ? *iommu.second : iommu.window; }

    bool has_device() const {
        return traffic.kind == TrafficKind::tcp_stream || traffic.kind == TrafficKind::dma_bench ||
               traffic.kind == TrafficKind::block_io;
    }
};

} // namespace tcesim::scenario

#endif
