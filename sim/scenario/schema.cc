// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/schema.h"

#include <algorithm>

#include "sim/scenario/magnitudes.h"
#include "sim/scenario/schema_row.h"

namespace tcesim::scenario {

namespace {

std::vector<KeySpec> scenario_keys() {
    return {
        text("name", "name of the scenario; results carry it"),
        text("about", "one line that tells what is run and why"),
        Row("extends", Type::paths, "file or files to build on, relative to the file that names them").optional(),
        count(
            "seed",
            "seed of the stamps in the payload, by which it is verified, and of random orders; no figure of tcp_stream "
            "traffic depends on it")
            .otherwise("1")
            .overridable(Overridable::by_set),
    };
}

/// Kinds of traffic that drive a device; the others have no device.
const std::vector<std::string> with_device = {"tcp_stream", "dma_bench", "block_io"};

std::vector<KeySpec> guest_keys() {
    return {
        map("guest", "the virtual machine"),
        size("guest.ram", "memory of the guest").range(64 * MiB, 1 * TiB).multiple_of(64 * KiB),
        size("guest.ram_pages",
             "pages of the host that the guest's memory is made of: the host's own, or huge ones, 16MiB on hosts with "
             "hashed page tables (power7, power8), 2MiB and 1GiB with radix ones (power9). A TCE of the hardware is "
             "never larger; absent: host.page")
            .words({"4KiB", "64KiB", "2MiB", "16MiB", "1GiB"})
            .optional(),
        size("guest.page", "page size of the guest's kernel").words({"4KiB", "64KiB"}),
        count("guest.vcpus", "virtual CPUs").range(1, 1).because("one vCPU is modelled"),
        count(
            "guest.core_threads",
            "threads of the vCPU's core that are in the guest, its own included; where an exit pulls all of them "
            "out it costs more (exit_per_sibling, sibling_interrupt, core_turn, idle_nap). The others are busy all the "
            "time, and what the thread executes beside them is slower (smt_speed_2, smt_speed_4 and smt_speed_8, "
            "of which the next one counts; exit_takes_core): handlers in real mode and the guest's own software. "
            "Costs of exits, interrupts, system calls, stores and firmware are not")
            .range(1, 8)
            .otherwise("1"),
        Row("guest.multitce", Type::boolean,
            "whether the guest is offered H_PUT_TCE_INDIRECT and H_STUFF_TCE; without them every TCE is a "
            "hypercall of its own"),
        count("guest.vio_devices",
              "emulated devices on the virtual I/O bus, each with a TCE table of its own in KVM and no hardware behind "
              "it. They are idle; but KVM finds a table by walking a list, newest first, and their tables are newer "
              "than that of the device that is passed through: every TCE hypercall passes them before it finds its own")
            .range(0, 255)
            .otherwise("0"),
        Row("guest.lro", Type::boolean,
            "large receive offload, with traffic that the guest receives: segments that follow each other are merged "
            "to up to 64KiB before the network stack is paid for; absent: they are")
            .optional()
            .of_traffic({"tcp_stream"}),
        word("guest.ddw", {"none", "dynamic", "direct"},
             "what the guest does when its device's driver asks for bus addresses of 64 bits. none: it has no dynamic "
             "DMA "
             "windows; dynamic: it makes the second of iommu.windows and maps each buffer there; direct: it makes that "
             "window and maps all of its memory at once, after which no buffer needs a hypercall any more. Kernels "
             "choose direct where the window is as large as memory, else dynamic (from 5.15 on)")
            .otherwise("none")
            .of_traffic({"tcp_stream", "dma_bench", "block_io", "dynamic_window"}),
        word("guest.recovery", {"none", "thaw", "hot_reset", "fundamental_reset"},
             "what the guest does about a device that the bridge has stopped after an error (EEH). none: nothing, and "
             "the host offers no EEH; thaw: firmware lets the device go on; hot_reset, fundamental_reset: firmware "
             "resets it, its times are pcie_reset_hold and pcie_reset_settle, and the driver sets it up anew")
            .otherwise("none")
            .of_traffic({"dma_bench"}),
        duration("guest.watchdog",
                 "time from one look of the driver at a register of its device, by which it finds that it is stopped, "
                 "to the next; absent: it never looks. guest.recovery other than none needs it")
            .range(1 * us, 10 * s)
            .optional()
            .of_traffic({"dma_bench"}),
        word("guest.mmu", {"hash", "radix"},
             "how guest memory is translated; real-mode handlers need hash, with radix every TCE "
             "hypercall falls through to virtual mode")
            .otherwise("hash"),
    };
}

std::vector<KeySpec> host_keys() {
    return {
        map("host", "the hypervisor"),
        word("host.kernel", {"4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed"},
             "kernel version whose handlers run; `4.19` is 4.19.110 and later, `fixed` is 5.10 with every known "
             "defect mended"),
        size("host.page",
             "pages of the host's kernel. The program has handlers for 4KiB of kernel 5.10 alone, others are made with "
             "tools/build-handlers --page 4KiB. What pinning and releasing a page costs (pin_page, page_release) is "
             "paid for each page of either size, which is assumed")
            .words({"64KiB", "4KiB"})
            .otherwise("64KiB"),
        word("host.tce", {"userspace", "virtual", "real"},
             "where TCE hypercalls are handled first: user space only, the host kernel's virtual mode, or "
             "real mode with the others behind it"),
        word("host.container", {"v1", "v2"},
             "VFIO container: v1 maps page by page into the default window, v2 preregisters memory and "
             "creates windows")
            .otherwise("v2"),
        word("host.clear", {"released", "walk", "skip_leaf_posted", "skip_leaf", "subtree"},
             "loop with which VFIO clears a range of a window; released: that of host.kernel; walk: every entry is "
             "looked up, as up to 4.19; skip_leaf: absent leaves of the table are passed over, as from 4.20 on; "
             "skip_leaf_posted: the same as first posted, which jumps too far where a range begins inside of an absent "
             "leaf; subtree: absent levels are passed over and nothing but what is there is cleared and invalidated, "
             "as no kernel does. Only tables with a mirror, those of v2 containers, have leaves to skip")
            .otherwise("released"),
        Row("host.msgsnd", Type::boolean,
            "whether threads of a core signal each other with msgsnd (Linux 4.1 and later, from POWER8 on) or through "
            "the interrupt controller (xics_ipi); absent: with msgsnd where the machine has it. Signals bring the "
            "siblings out of the guest and back, so this matters with guest.core_threads above 1")
            .optional(),
        word("host.idle", {"poll", "nap", "stop0_lite", "stop0", "stop1", "stop2"},
             "how the CPU waits while its guest has nothing to do: poll wakes at once, a deeper state after its "
             "latency (idle_nap, idle_stop0_lite and so on), which must be a constant of the machine")
            .otherwise("poll"),
        Row("host.handlers", Type::path,
            "handler object to run instead of the program's own, made by tools/build-handlers; relative to the file "
            "that names it, in --set to the current directory")
            .optional(),
    };
}

std::vector<KeySpec> iommu_keys() {
    return {
        map("iommu", "the bridge and its DMA windows"),
        word("iommu.phb", {"p7ioc", "phb3", "phb4"},
             "PCI host bridge: p7ioc goes with power7, phb3 with power8, phb4 with power9"),
        word("iommu.translation", {"tces", "bypass"},
             "tces: the device reaches memory through the window; bypass: through a second one that stands for all of "
             "memory at bus address 2^59, without translation, and nothing is mapped, as bare-metal Linux has it for "
             "its own devices; everything else stays as it is in a guest")
            .otherwise("tces")
            .of_traffic(with_device),
        word(
            "iommu.npu", {"none", "per_page", "flush"},
            "second bridge of a POWER9 whose device shares the window, so that firmware kills every TCE there too: "
            "page by page, or all at once above npu_flush_above pages in a call; it has no model but the time of kills")
            .otherwise("none"),
        word("iommu.limit", {"platform", "55", "none"},
             "how large a window may be; platform: the bits that its levels resolve and those of its pages stay below "
             "55, as kernels demand; 55: 2^55 bytes, as no kernel allows; none: 2^59, where bus addresses of the other "
             "window begin")
            .otherwise("platform"),
        Row("iommu.promote_kills", Type::boolean,
            "whether firmware of a phb4 makes of each invalidation of pages one of everything that the device has "
            "cached, as it does since 2021 because of the erratum that faults.drop_tce_kill stands for")
            .otherwise("false"),
        list("iommu.windows", "DMA windows of the device: the default one, and the one that a guest makes besides if "
                              "guest.ddw says so")
            .range(1, 2)
            .because("a bridge has two windows for a device"),
        map("iommu.windows[]", "one DMA window"),
        count("iommu.windows[].base",
              "I/O bus address at which the window begins: 0, and 576460752303423488 (2^59) for "
              "the second, which is where the bridge has them; absent: that")
            .range(0, std::uint64_t{1} << 59)
            .optional(),
        size("iommu.windows[].size", "bytes of bus addresses").range(4 * MiB, 524288 * TiB).power_of_two(),
        size("iommu.windows[].page",
             "page size of the guest's TCEs. Those of the hardware have the "
             "largest page that the bridge knows (p7ioc: 4KiB, 64KiB, 16MiB; phb3: these and 256MiB; phb4: 4KiB, "
             "64KiB, 2MiB, 1GiB), no "
             "larger than this one and guest.ram_pages; the host writes as many of them for a TCE of the guest as it "
             "takes")
            .words({"4KiB", "64KiB", "2MiB", "16MiB", "256MiB", "1GiB"}),
        count("iommu.windows[].levels", "levels of the TCE table").range(1, 5),
    };
}

std::vector<KeySpec> device_keys() {
    std::vector<KeySpec> keys = {
        map("device", "the device that is passed through"),
        word("device.model", {"cxgb3", "dma_bench", "nvme"},
             "cxgb3: Chelsio T3 10 GbE, for tcp_stream traffic; dma_bench: a device that does nothing but DMAs and "
             "measures them, for dma_bench traffic; nvme: a solid-state disk, for block_io traffic"),
        count("device.dma_mask", "bits of bus addresses that its driver asks for; with fewer than 64 it stays in the "
                                 "default window whatever guest.ddw says")
            .range(32, 64)
            .otherwise("64"),
        map("device.link", "its PCI Express link"),
        count("device.link.gen", "generation: 2.5, 5, 8 or 16 GT/s per lane").range(1, 4),
        count("device.link.lanes", "width").words({"1", "2", "4", "8", "16"}),
        size("device.link.mps", "maximum payload size of a packet").range(128, 4 * KiB).power_of_two(),
        size("device.link.mrrs", "maximum size of a read request").range(128, 4 * KiB).power_of_two(),
        size("device.link.rcb",
             "read completion boundary, for a bridge that answers in pieces of it; absent: it fills its completions "
             "up to mps")
            .words({"64B", "128B"})
            .optional(),
    };
    for (KeySpec &key : keys)
        key.kinds = with_device;
    return keys;
}

std::vector<KeySpec> traffic_keys() {
    return {
        map("traffic", "what the guest does"),
        word("traffic.kind",
             {"tcp_stream", "dma_bench", "block_io", "hypercalls", "map_memory", "clear_window", "dynamic_window",
              "container_life"},
             "tcp_stream: TCP, as fast as it can; dma_bench: DMAs of one size over a buffer "
             "of the guest, mapped once, as pcie-bench makes them; block_io: a process that keeps a disk busy, each "
             "buffer mapped and unmapped; hypercalls: one hypercall after another, "
             "which measures the way into the host and back; map_memory: guest memory is mapped once, from bus "
             "address 0 on; clear_window: the process that owns the guest clears the DMA window; dynamic_window: the "
             "guest makes its second window, gets and loses memory, removes the window, makes it again and reboots; "
             "container_life: the process registers "
             "memory, makes the window, lets devices come and go, and ends, each with its time"),
        word("traffic.direction", {"tx", "rx", "both"},
             "tx: the guest sends; rx: it receives; both: a connection for each, at the same time")
            .of_traffic({"tcp_stream"}),
        size("traffic.chunk", "bytes per buffer handed to the driver, and per read of what was received")
            .range(1 * KiB, 64 * KiB)
            .because("64KiB is the most that segmentation offload takes")
            .of_traffic({"tcp_stream"}),
        count("traffic.mtu", "bytes of an IP packet").range(576, 9000).of_traffic({"tcp_stream"}),
        size("traffic.window", "tcp_stream: bytes sent and not yet acknowledged, at most, of each connection; "
                               "dma_bench: bytes of the buffer that DMAs go to")
            .range(1 * KiB, 1 * GiB)
            .of_traffic({"tcp_stream", "dma_bench"}),
        word("traffic.operation", {"read", "write", "read_write", "write_then_read", "mixed"},
             "what the device does. dma_bench: read, write, read_write: both, independent of each other, or "
             "write_then_read: each write is followed by a read of the same bytes; block_io: read, write, or mixed: "
             "each I/O is either, one as likely as the other")
            .of_traffic({"dma_bench", "block_io"}),
        word("traffic.pattern", {"random", "sequential"},
             "order of the DMAs or I/Os. A DMA starts at a multiple of the power of two, at least 64, that holds it; "
             "an I/O at a multiple of its size")
            .otherwise("random")
            .of_traffic({"dma_bench", "block_io"}),
        size("traffic.io_size", "bytes of one I/O")
            .range(4 * KiB, 1 * MiB)
            .multiple_of(4 * KiB)
            .of_traffic({"block_io"}),
        size("traffic.segment",
             "bytes of a buffer that are contiguous in guest memory, and so mapped by one call: a share of io_size; "
             "absent: all of them, as with huge pages")
            .range(4 * KiB, 1 * MiB)
            .multiple_of(4 * KiB)
            .optional()
            .of_traffic({"block_io"}),
        count("traffic.queues",
              "queue pairs of the device, each with an interrupt of its own; the one vCPU has them all")
            .range(1, 16)
            .of_traffic({"block_io"}),
        count("traffic.queue_depth", "I/Os of a queue pair in flight").range(1, 1023).of_traffic({"block_io"}),
        size("traffic.size", "bytes of one DMA").range(8, 4 * KiB).of_traffic({"dma_bench"}),
        count("traffic.outstanding",
              "DMAs in flight at most, of read_write in each direction; 1 shows latency, many show bandwidth")
            .range(1, 1024)
            .of_traffic({"dma_bench"}),
        word("traffic.host_cache", {"warm", "cold"},
             "warm: the guest's CPU has touched the whole buffer in the order of addresses, so that the host's "
             "last-level cache holds the end of it; cold: that cache holds nothing of it")
            .otherwise("warm")
            .of_traffic({"dma_bench"}),
        word("traffic.memory", {"local", "remote"},
             "whose memory the buffer is: of the socket that the bridge is on, or of the other one")
            .otherwise("local")
            .of_traffic({"dma_bench"}),
        word(
            "traffic.call", {"null_real", "null_full", "prod", "cede"},
            "null_real: a hypercall that does nothing, handled in real mode; null_full: one that does nothing, after a "
            "full exit to the host kernel; prod: H_PROD, which the host kernel handles; cede: H_CEDE, until the "
            "host's timer wakes the guest")
            .of_traffic({"hypercalls"}),
        duration("traffic.sleep", "time from H_CEDE to the timer; with `call: cede`, and only there")
            .range(1 * us, 1 * s)
            .optional()
            .of_traffic({"hypercalls"}),
        size("traffic.mapped", "bytes of guest memory from its beginning, page by page of the window: map_memory and "
                               "container_life map them; for clear_window they are mapped before, free of charge")
            .range(0, 1 * TiB)
            .multiple_of(64 * KiB)
            .of_traffic({"map_memory", "clear_window", "container_life"}),
        word("traffic.map", {"hypercalls", "container"},
             "who maps: the guest with the hypercalls that it has, lists of 512 where guest.multitce offers them; or "
             "the process, with one call on its VFIO container for every 512 pages")
            .of_traffic({"map_memory"}),
        word("traffic.clear", {"unmap", "remove", "both", "shutdown"},
             "unmap: one UNMAP_DMA over the whole window, through which the device still translates; remove: the "
             "window is removed, which takes the device out of it first; both: one after the other; shutdown: the "
             "window "
             "is removed, then memory is unregistered and given back")
            .of_traffic({"clear_window"}),
        size("traffic.hot_add",
             "bytes at the end of guest.ram that are not there when the guest starts: they are plugged "
             "in, and later out, while it runs")
            .range(0, 1 * TiB)
            .multiple_of(64 * KiB)
            .of_traffic({"dynamic_window"}),
        duration("traffic.duration",
                 "simulated time that is measured; map_memory, clear_window, dynamic_window and container_life "
                 "have to be done by its end; of other traffic at most 10s")
            .range(1 * us, 10'000'000 * s),
        duration("traffic.warmup", "simulated time that runs before the measured time")
            .range(0, 10 * s)
            .of_traffic({"tcp_stream", "dma_bench", "block_io", "hypercalls"}),
        duration("traffic.kill", "instant of the measured time at which the process that owns the guest is killed; it "
                                 "has to have ended by the end of that time, in which nothing else follows")
            .range(0, 10'000'000 * s)
            .optional(),
    };
}

std::vector<KeySpec> fault_keys() {
    return {
        map("faults", "deliberate bugs, to see that the checks find them").optional(),
        count("faults.skip_tce_kill",
              "invalidations of IOMMU pages whose number N divides are not sent; 1: none is sent; "
              "absent: all are")
            .range(1, std::numeric_limits<std::uint64_t>::max())
            .optional(),
        duration("faults.delay_tce_kill",
                 "invalidations of IOMMU pages reach the bridge so much later, and the CPU does not wait for them; "
                 "absent: they do not")
            .range(us / 1000, 1 * s)
            .optional(),
        count("faults.drop_tce_kill",
              "a phb4 drops invalidations of IOMMU pages that find N others in flight (erratum HW560152); firmware "
              "does not wait for any of them, and each is in flight for phb_kill_service after the one before it; "
              "absent: "
              "none is dropped")
            .range(1, 1000000)
            .optional(),
        count(
            "faults.unmapped_dma",
            "for the device's DMA of this number, counted from 1 from its first start, the driver hands it an address "
            "that it has unmapped; absent: it never does")
            .range(1, std::numeric_limits<std::uint64_t>::max())
            .optional()
            .of_traffic({"dma_bench"}),
    };
}

std::vector<KeySpec> machine_keys() {
    return {
        map("machine", "the host's hardware; normally from a file under machines/")
            .because("extend a machine file such as machines/power8.yaml"),
        word("machine.name", {"power7", "power8", "power9"}, "generation of the machine"),
        word("machine.weights", {"power8", "power9"}, "processor whose instruction counts weigh the handlers' code"),
        map("machine.constants", "figures of the machine, each with its source").names(Names::constants),
        map("machine.constants.*", "one figure").optional(),
        of_constant("value", "the figure").overridable(Overridable::by_set_and_variant),
        text("machine.constants.*.source", "where the figure comes from").overridable(Overridable::never),
        word("machine.constants.*.confidence", {"published", "derived", "assumed", "fitted"},
             "published: read in the source; derived: arithmetic on published figures; assumed: no figure "
             "exists, the value stands at the middle of low..high; fitted: chosen so that a published "
             "result comes out")
            .overridable(Overridable::never),
        of_constant("low", "smallest plausible value; required when assumed").optional(),
        of_constant("high", "largest plausible value; required when assumed").optional(),
        text("machine.constants.*.fitted_to", "the published result; required when fitted")
            .optional()
            .overridable(Overridable::never),
        of_constant("allowed_low", "smallest value that other facts allow; required when fitted").optional(),
        of_constant("allowed_high", "largest value that other facts allow; required when fitted").optional(),
    };
}

std::vector<KeySpec> variant_and_expect_keys() {
    return {
        map("variants", "settings to compare, run side by side; none: one variant named default")
            .optional()
            .names(Names::variants),
        map("variants.*", "one variant: the values in which it differs").optional().names(Names::paths),
        Row("variants.*.*", Type::override_value, "value of the key that the path names, such as host.tce")
            .optional()
            .overridable(Overridable::never),
        list("expect", "what must come out; a line that does not hold fails the run").optional(),
        map("expect[]", "one expectation; at least one of min, max, equals, above and below"),
        text("expect[].variant", "variant that is looked at").overridable(Overridable::never),
        text("expect[].metric", "figure that is looked at").overridable(Overridable::never),
        of_metric("min", "smallest value that is right"),
        of_metric("max", "largest value that is right"),
        of_metric("equals", "the only value that is right"),
        text("expect[].above", "variant whose figure must be smaller").optional().overridable(Overridable::never),
        text("expect[].below", "variant whose figure must be larger").optional().overridable(Overridable::never),
        text("expect[].published",
             "the published figure, a quantity in the metric's unit or a range such as 750..1020MB/s; shown beside "
             "the result, not checked")
            .optional()
            .overridable(Overridable::never),
        text("expect[].source", "why this is expected").overridable(Overridable::never),
    };
}

/// Text in a row of `validate`.
Row row_text(const std::string &name, std::string about) {
    return text("validate[]." + name, std::move(about)).overridable(Overridable::never);
}

std::vector<KeySpec> validate_keys() {
    return {
        list("validate",
             "published figures, and what `tcesim validate` compares with each; `run` does not look at them")
            .optional(),
        map("validate[]", "one figure, with either a metric or a formula"),
        row_text("quantity", "what the figure is"),
        row_text("published",
                 "the figure in the unit of the metric or formula, or a range such as 750..1020MB/s, within which "
                 "everything is right"),
        row_text("source", "where it was published"),
        word("validate[].kind", {"input", "fitted", "verified", "predicted"},
             "what agreement is worth. input: a constant restates the figure; fitted: a constant was chosen so that it "
             "comes out; verified: a formula, or checked against an oracle; predicted: nothing rests on the figure, "
             "which alone is validation")
            .overridable(Overridable::never),
        row_text("tolerance",
                 "how far the simulated figure may be from the published one, a share of that such as 3 %, or exact; "
                 "absent: the error is shown and decides nothing")
            .optional(),
        row_text("variant", "variant whose metric is compared").optional(),
        row_text("metric", "the metric").optional(),
        row_text("over",
                 "variant by whose metric that of `variant` is divided; the published figure is then a plain number")
            .optional(),
        row_text("scale", "what the metric is multiplied by, a whole number or a ratio of two such as 1000/3")
            .optional(),
        word("validate[].formula", {"pcie_rate", "pcie_write", "pcie_read", "pcie_read_write", "table_bytes"},
             "what is compared without a run. pcie_rate: what a link leaves to packets; pcie_write, pcie_read, "
             "pcie_read_write: payload of a saturated link in each direction; table_bytes: a TCE table of one level")
            .optional()
            .overridable(Overridable::never),
        map("validate[].link", "of a pcie formula: the link").optional(),
        count("validate[].link.gen", "as device.link.gen").range(1, 4).overridable(Overridable::never),
        count("validate[].link.lanes", "width").words({"1", "2", "4", "8", "16"}).overridable(Overridable::never),
        size("validate[].link.mps", "as device.link.mps")
            .range(128, 4 * KiB)
            .power_of_two()
            .overridable(Overridable::never),
        size("validate[].link.mrrs", "as device.link.mrrs")
            .range(128, 4 * KiB)
            .power_of_two()
            .overridable(Overridable::never),
        size("validate[].link.rcb", "as device.link.rcb")
            .words({"64B", "128B"})
            .optional()
            .overridable(Overridable::never),
        size("validate[].bytes", "of a pcie formula but pcie_rate: bytes of one transfer")
            .range(1, 1 * GiB)
            .optional()
            .overridable(Overridable::never),
        size("validate[].span", "of table_bytes: bytes of bus addresses")
            .range(4 * KiB, 1024 * 1024 * TiB)
            .optional()
            .overridable(Overridable::never),
        size("validate[].page", "of table_bytes: page size of the TCEs")
            .range(4 * KiB, 16 * GiB)
            .power_of_two()
            .optional()
            .overridable(Overridable::never),
        row_text("curve", "plot that the row is a point of, and after ': ' its line in it; see docs/validation.md")
            .optional(),
        row_text("x", "where it stands in the plot: a number, a size or a time").optional(),
    };
}

std::vector<KeySpec> all_keys() {
    std::vector<KeySpec> keys;
    for (auto *part : {scenario_keys, guest_keys, host_keys, iommu_keys, device_keys, traffic_keys, fault_keys,
                       machine_keys, variant_and_expect_keys, validate_keys}) {
        std::vector<KeySpec> rows = part();
        keys.insert(keys.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    }
    return keys;
}

} // namespace

bool KeySpec::belongs_to(std::string_view kind) const {
    return kinds.empty() || kind.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

const std::vector<KeySpec> &schema() {
    static const std::vector<KeySpec> keys = all_keys();
    return keys;
}

const KeySpec *find_key(std::string_view path) {
    const auto found =
        std::find_if(schema().begin(), schema().end(), [&](const KeySpec &key) { return key.path == path; });
    return found == schema().end() ? nullptr : &*found;
}

std::vector<const KeySpec *> keys_under(std::string_view path) {
    const std::string prefix = path.empty() ? "" : std::string(path) + ".";
    std::vector<const KeySpec *> found;
    for (const KeySpec &key : schema()) {
        const bool below = key.path.compare(0, prefix.size(), prefix) == 0;
        if (below && key.path.find_first_of(".[", prefix.size()) == std::string::npos)
            found.push_back(&key);
    }
    return found;
}

std::string key_name(const KeySpec &key) {
    return key.path.substr(key.path.find_last_of('.') + 1);
}

} // namespace tcesim::scenario
