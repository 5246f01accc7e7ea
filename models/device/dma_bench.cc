// SPDX-License-Identifier: Apache-2.0
#include "models/device/dma_bench.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {
/// Chooses units and starts DMAs in time.
class DmaBench::Engine {
public:
    /// \p start: what one DMA of the unit does.
    Engine(Timeline &timeline, const DmaBenchParameters &parameters, const char *stream, std::uint64_t units, ps_t gap,
           std::function<void(Engine &, std::uint64_t)> start)
        : timeline_(timeline), random_order_(parameters.random), units_(units), outstanding_(parameters.outstanding),
          gap_(gap), start_(std::move(start)), random_(stream, parameters.seed),
          event_(Event::member<&Engine::issue>(EventClass::device, this)) {}

    void run(bool on) {
        running_ = on;
        issue();
    }
    bool busy() const { return in_flight_ > 0; }

    void issue() {
        while (running_ && in_flight_ < outstanding_) {
            if (timeline_.now() < next_start_) {
                if (!event_.pending())
                    timeline_.schedule(event_, next_start_);
                return;
            }
            ++in_flight_;
            next_start_ = timeline_.now() + gap_;
            start_(*this, next_unit());
        }
    }
    void finished() {
        --in_flight_;
        issue();
    }
    /// A transfer that is not in flight.
    Transfer &free_transfer(std::uint32_t bytes) {
        if (free_.empty()) {
            transfers_.push_back(std::make_unique<Transfer>());
            transfers_.back()->data.resize(bytes);
            free_.push_back(transfers_.back().get());
        }
        Transfer &transfer = *free_.back();
        free_.pop_back();
        return transfer;
    }
    void give_back(Transfer &transfer) { free_.push_back(&transfer); }

private:
    std::uint64_t next_unit() {
        if (random_order_)
            return random_.below(static_cast<std::uint32_t>(units_));
        const std::uint64_t unit = next_unit_;
        next_unit_ = unit + 1 == units_ ? 0 : unit + 1;
        return unit;
    }

    Timeline &timeline_;
    const bool random_order_;
    const std::uint64_t units_;
    const std::uint32_t outstanding_;
    const ps_t gap_;
    const std::function<void(Engine &, std::uint64_t)> start_;
    RandomStream random_;
    Event event_;
    bool running_ = false;
    std::uint32_t in_flight_ = 0;
    ps_t next_start_ = 0;
    std::uint64_t next_unit_ = 0;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::vector<Transfer *> free_;
};

/// Hears which writes the bridge has performed.
class DmaBench::Requester : public DmaRequester {
public:
    Requester(DmaBench &bench, Link &link, const DmaBenchParameters &parameters)
        : DmaRequester(link, parameters.requester_id, parameters.read_tags), bench_(bench) {}

    void on_write_gone(DmaRequest &request) override {
        const bool dropped = request.failed;
        DmaRequester::on_write_gone(request);
        bench_.on_write_performed(dropped);
    }

private:
    DmaBench &bench_;
};

std::uint64_t DmaBench::unit_bytes(std::uint32_t size) {
    std::uint64_t unit = stamp_interval;
    while (unit < size)
        unit *= 2;
    return unit;
}

DmaBench::DmaBench(sc_core::sc_module_name name, Timeline &timeline, Link &link, const DmaBenchParameters &parameters)
    : sc_module(name), timeline_(timeline), parameters_(parameters), unit_bytes_(unit_bytes(parameters.size)),
      units_(parameters.window / unit_bytes_),
      tlps_per_write_((parameters.size + link.parameters().max_payload - 1) / link.parameters().max_payload),
      requester_(std::make_unique<Requester>(*this, link, parameters)), outgoing_(parameters.size), posting_(units_),
      posted_units_(units_) {
    TCESIM_CHECK(parameters.size >= stamp_bytes && parameters.size <= request_boundary, "a DMA has 8 to 4096 bytes");
    TCESIM_CHECK(units_ > 0 && units_ <= ~std::uint32_t{0}, "the window has at least one unit, and a 32-bit number");
    TCESIM_CHECK(parameters.outstanding > 0, "at least one DMA may be in flight");
    const bool two_engines = parameters.operation == DmaBenchOperation::read_write;
    requester_->add_queue(read_handler_, 0, DmaRequester::Handover::as_they_come,
                          two_engines ? DmaRequester::Engine::apart : DmaRequester::Engine::with_writes);
    const auto engine = [&](const char *stream, ps_t gap, std::function<void(Engine &, std::uint64_t)> start) {
        return std::make_unique<Engine>(timeline, parameters_, stream, units_, gap, std::move(start));
    };
    const auto start_read_of = [this](Engine &engine, std::uint64_t unit) {
        Transfer &transfer = engine.free_transfer(parameters_.size);
        transfer.unit = unit;
        transfer.started = timeline_.now();
        transfer.written = posted_units_[unit];
        transfer.start = starts_;
        if (parameters_.operation == DmaBenchOperation::write_then_read) {
            start_write(unit);
            transfer.written = true; // and no read passes a write
        }
        start_read(transfer);
    };
    if (parameters.operation == DmaBenchOperation::write_then_read)
        reader_ = engine("dma_bench/read", std::max(parameters.read_gap, parameters.write_gap), start_read_of);
    else if (parameters.operation != DmaBenchOperation::write)
        reader_ = engine("dma_bench/read", parameters.read_gap, start_read_of);
    if (parameters.operation == DmaBenchOperation::write || parameters.operation == DmaBenchOperation::read_write)
        writer_ = engine("dma_bench/write", parameters.write_gap,
                         [this](Engine &, std::uint64_t unit) { start_write(unit); });
    link.connect_device(*requester_, *this);
}

DmaBench::~DmaBench() = default;

void DmaBench::configure(std::vector<std::uint64_t> pieces, std::uint64_t piece_bytes) {
    TCESIM_CHECK(piece_bytes >= unit_bytes_ && pieces.size() * piece_bytes >= units_ * unit_bytes_,
                 "the pieces hold the window, and a unit lies in one of them");
    pieces_ = std::move(pieces);
    piece_bytes_ = piece_bytes;
}

void DmaBench::on_register_write(std::uint64_t offset, std::uint64_t) {
    TCESIM_CHECK(offset == start_register || offset == stop_register,
                 "a guest stores only to the registers that the device has");
    if (in_reset_)
        return;
    if (offset == start_register)
        start();
    else
        stop();
}

std::uint64_t DmaBench::on_register_read(std::uint64_t offset) {
    TCESIM_CHECK(offset == status_register, "a guest loads only from the register that the device has");
    if (in_reset_)
        return ~std::uint64_t{0};
    const bool in_flight = (reader_ && reader_->busy()) || (writer_ && writer_->busy());
    return (running_ ? status_running : 0) | (error_ ? status_error : 0) | (in_flight ? status_in_flight : 0);
}

void DmaBench::on_reset(bool asserted) {
    in_reset_ = asserted;
    stop();
    error_ = false;
}

void DmaBench::start() {
    ++starts_;
    first_finished_ = ps_never;
    running_ = true;
    error_ = false;
    for (Engine *engine : {reader_.get(), writer_.get()})
        if (engine)
            engine->run(true);
}

void DmaBench::stop() {
    running_ = false;
    for (Engine *engine : {reader_.get(), writer_.get()})
        if (engine)
            engine->run(false);
}

void DmaBench::finished_well() {
    if (first_finished_ == ps_never)
        first_finished_ = timeline_.now();
}

std::uint64_t DmaBench::bus_address(std::uint64_t unit) const {
    const std::uint64_t offset = unit * unit_bytes_;
    return pieces_[offset / piece_bytes_] + offset % piece_bytes_;
}

/// Where the DMA that starts now goes to.
std::uint64_t DmaBench::next_address(std::uint64_t unit) {
    return ++started_ == stray_.number ? stray_.bus_address : bus_address(unit);
}

void DmaBench::start_read(Transfer &transfer) {
    transfer.ioba = next_address(transfer.unit);
    transfer.to = transfer.data.data();
    transfer.bytes = parameters_.size;
    requester_->read(0, transfer);
}

void DmaBench::start_write(std::uint64_t unit) {
    const std::uint64_t first = unit * unit_bytes_;
    for (std::uint32_t at = 0; at + stamp_bytes <= parameters_.size; at += stamp_interval) {
        const std::uint64_t stamp = __builtin_bswap64(device_stamp(first + at, parameters_.seed));
        std::memcpy(outgoing_.data() + at, &stamp, sizeof stamp);
    }
    posting_[unit] = true;
    posted_.push(unit);
    requester_->write(next_address(unit), outgoing_.data(), parameters_.size);
}

void DmaBench::on_read_data(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes)
        return;
    auto &transfer = static_cast<Transfer &>(read);
    if (transfer.failed) {
        ++refused_reads_;
        if (transfer.start == starts_ && running_) {
            error_ = true;
            stop();
        }
    } else {
        check(transfer);
        if (transfer.start == starts_)
            finished_well();
    }
    if (counting_ && !transfer.failed) {
        const ps_t latency = timeline_.now() - transfer.started;
        ++counters_.reads;
        counters_.read_latency += latency;
        counters_.latency.record(latency);
    }
    reader_->give_back(transfer);
    reader_->finished();
}

void DmaBench::on_write_performed(bool dropped) {
    dropped_ |= dropped;
    if (++performed_tlps_ < tlps_per_write_)
        return;
    performed_tlps_ = 0;
    const std::uint64_t unit = posted_.pop();
    if (dropped_) {
        ++dropped_writes_;
    } else {
        posted_units_[unit] = true;
        counters_.writes += counting_;
        if (!reader_)
            finished_well();
    }
    dropped_ = false;
    if (writer_)
        writer_->finished();
}

void DmaBench::check(const Transfer &transfer) {
    const std::uint64_t first = transfer.unit * unit_bytes_;
    for (std::uint32_t at = 0; at + stamp_bytes <= parameters_.size; at += stamp_interval) {
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, transfer.data.data() + at, sizeof stamp);
        stamp = __builtin_bswap64(stamp);
        const bool old = !transfer.written && stamp == host_stamp(first + at, parameters_.seed);
        const bool own = posting_[transfer.unit] && stamp == device_stamp(first + at, parameters_.seed);
        if (old || own)
            continue;
        if (wrong_reads_++ == 0)
            first_wrong_ = first + at;
        return;
    }
}

bool DmaBench::may_stand(std::uint64_t offset, std::uint64_t stamp) const {
    const std::uint64_t unit = offset / unit_bytes_;
    const bool in_dma = unit < units_ && offset % unit_bytes_ + stamp_bytes <= parameters_.size;
    const bool old = !(in_dma && posted_units_[unit]) && stamp == host_stamp(offset, parameters_.seed);
    return old || (in_dma && posting_[unit] && stamp == device_stamp(offset, parameters_.seed));
}

} // namespace tcesim
