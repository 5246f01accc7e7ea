// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "models/pcie/requester.h"
#include "tests/unit/hardware_parameters.h"

namespace tcesim {
namespace {

/// Answers every read and performs every write the moment it arrives.
class PromptRoot : public RequestSink {
public:
    PromptRoot(Timeline &timeline, Link &link, ps_t write_time)
        : timeline_(timeline), link_(link), write_time_(write_time), performed_(timeline, EventClass::phb, this) {
        link.connect_root(*this);
    }
    void on_request(DmaRequest &request) override {
        request.failed = false;
        if (request.write)
            performed_.push(timeline_.now() + write_time_, &request);
        else
            link_.complete(request, timeline_.now());
    }
    ps_t last_write = 0;

private:
    void perform(DmaRequest *request) {
        last_write = timeline_.now();
        link_.release_posted(*request);
    }
    Timeline &timeline_;
    Link &link_;
    ps_t write_time_;
    DelayLine<PromptRoot, DmaRequest *, &PromptRoot::perform> performed_;
};

class Device : public DmaReadClient, public DeviceRegisters {
public:
    Device(const LinkParameters &parameters, std::uint32_t tags, ps_t write_time = 0)
        : timeline(sc_core::sc_gen_unique_name("timeline"), false), actor(0),
          link(sc_core::sc_gen_unique_name("link"), timeline, parameters), root(timeline, link, write_time),
          requester(link, 0x100, tags), queue(requester.add_queue(*this, 0)), memory(65536) {
        link.connect_device(requester, *this);
    }
    void on_read_data(DmaRead &, std::uint32_t bytes) override {
        read_bytes += bytes;
        last_read = timeline.now();
    }
    void on_register_write(std::uint64_t, std::uint64_t) override {}
    void read(std::uint64_t ioba, std::uint32_t bytes) {
        reads.emplace_back();
        reads.back().ioba = ioba;
        reads.back().bytes = bytes;
        reads.back().to = memory.data();
        requester.read(queue, reads.back());
    }
    void run() { timeline.sync(actor, timeline.now() + 1'000'000'000'000); }

    Timeline timeline;
    Actor actor;
    Link link;
    PromptRoot root;
    DmaRequester requester;
    unsigned queue;
    std::vector<std::byte> memory;
    std::deque<DmaRead> reads;
    std::uint64_t read_bytes = 0;
    ps_t last_read = 0;
};

double gigabits(std::uint64_t bytes, ps_t time) {
    return 8000.0 * static_cast<double>(bytes) / static_cast<double>(time);
}

/// One row of the published bandwidth table of PCI Express configurations.
struct Row {
    unsigned generation;
    std::uint32_t max_payload, max_read;
    double tlp;               // Gb/s
    double write[5], read[5]; // Gb/s for transfers of 128, 256, 512, 1500, 4096 bytes
};
constexpr std::uint32_t transfer_sizes[5] = {128, 256, 512, 1500, 4096};

class BandwidthTable : public testing::TestWithParam<Row> {
protected:
    static LinkParameters parameters() {
        return {GetParam().generation, 8, GetParam().max_payload, GetParam().max_read, 1u << 20, 100'000};
    }
};

TEST_P(BandwidthTable, RateOfTlps) {
    const LinkRate rate(parameters());
    EXPECT_NEAR(static_cast<double>(rate.bits_per_second()) * 1e-9, GetParam().tlp, 0.005 * GetParam().tlp);
}

TEST_P(BandwidthTable, Reads) {
    for (unsigned i = 0; i < 5; ++i) {
        Device device(parameters(), 1u << 20);
        constexpr unsigned count = 2000;
        for (unsigned n = 0; n < count; ++n)
            device.read(8192ULL * n, transfer_sizes[i]);
        device.run();
        ASSERT_EQ(device.read_bytes, std::uint64_t{count} * transfer_sizes[i]);
        // The first answer also waits for its own request and two flights.
        const ps_t fill = 2 * device.link.parameters().flight + device.link.rate().time(read_request_overhead);
        EXPECT_NEAR(gigabits(device.read_bytes, device.last_read - fill), GetParam().read[i],
                    0.005 * GetParam().read[i])
            << transfer_sizes[i] << " bytes";
    }
}

TEST_P(BandwidthTable, Writes) {
    for (unsigned i = 0; i < 5; ++i) {
        Device device(parameters(), 1);
        constexpr unsigned count = 2000;
        for (unsigned n = 0; n < count; ++n)
            device.requester.write(8192ULL * n, device.memory.data(), transfer_sizes[i]);
        device.run();
        const ps_t time = device.root.last_write - device.link.parameters().flight;
        EXPECT_NEAR(gigabits(std::uint64_t{count} * transfer_sizes[i], time), GetParam().write[i],
                    0.005 * GetParam().write[i])
            << transfer_sizes[i] << " bytes";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Pcie, BandwidthTable,
    testing::Values(
        Row{1, 128, 512, 12.14, {10.22, 10.22, 10.22, 10.18, 10.22}, {10.50, 10.50, 10.50, 10.46, 10.50}},
        Row{1, 256, 512, 13.57, {11.42, 12.40, 12.40, 12.38, 12.40}, {11.73, 12.58, 12.58, 12.56, 12.58}},
        Row{1, 512, 4096, 12.98, {10.93, 11.87, 12.40, 12.39, 12.40}, {11.23, 12.04, 12.49, 12.48, 12.49}},
        Row{2, 256, 512, 28.68, {24.15, 26.22, 26.22, 26.16, 26.22}, {24.80, 26.60, 26.60, 26.55, 26.60}},
        Row{3, 256, 512, 57.88, {48.75, 52.92, 52.92, 52.81, 52.92}, {50.06, 53.69, 53.69, 53.60, 53.69}},
        Row{3, 512, 4096, 57.31, {48.26, 52.40, 54.75, 54.69, 54.75}, {49.57, 53.16, 55.16, 55.11, 55.16}}));

TEST(Link, ReadRequestsShareTheirDirectionWithWrites) {
    Device device({1, 8, 128, 512, 1u << 20, 100'000}, 1u << 20);
    constexpr unsigned count = 2000;
    for (unsigned n = 0; n < count; ++n) {
        device.requester.write(8192ULL * n, device.memory.data(), 1500);
        device.read(8192ULL * n, 1500);
    }
    device.run();
    EXPECT_NEAR(gigabits(count * 1500ULL, device.root.last_write), 9.79, 0.05);
}

TEST(Link, TimeOfOneReadIsTheSumOfItsParts) {
    Device device(test_link(), 16);
    device.read(0, 512);
    device.run();
    const LinkRate &rate = device.link.rate();
    EXPECT_EQ(device.last_read, rate.time(24) + 100'000 + rate.time(4 * 20 + 512) + 100'000);
    EXPECT_EQ(device.link.counters().requests, 1u);
    EXPECT_EQ(device.link.counters().completions, 4u);
}

TEST(Link, CompletionsEndAtMultiplesOfThePayloadSize) {
    Device device(test_link(), 16);
    device.read(64, 128);
    device.run();
    EXPECT_EQ(device.link.counters().completions, 2u);
}

TEST(Link, RequestsDoNotCrossFourKibibytes) {
    Device device(test_link(), 16);
    device.read(4096 - 100, 200);
    device.run();
    EXPECT_EQ(device.link.counters().requests, 2u);
    device.requester.write(4096 - 8, device.memory.data(), 16);
    device.run();
    EXPECT_EQ(device.link.counters().requests, 4u);
}

TEST(Link, TagsLimitReadsToTagsPerRoundTrip) {
    const LinkParameters parameters{3, 8, 256, 512, 28, 10'000'000}; // a very long link
    Device device(parameters, 4);
    constexpr unsigned count = 400;
    for (unsigned n = 0; n < count; ++n)
        device.read(4096ULL * n, 64);
    device.run();
    const ps_t round_trip = 2 * parameters.flight;
    EXPECT_NEAR(static_cast<double>(device.last_read), static_cast<double>(count / 4 * round_trip),
                0.01 * count / 4 * round_trip);
}

TEST(Link, CreditsLimitReadsAsTagsDo) {
    const LinkParameters parameters{3, 8, 256, 512, 2, 10'000'000};
    Device device(parameters, 16);
    for (unsigned n = 0; n < 10; ++n)
        device.read(4096ULL * n, 64);
    EXPECT_EQ(device.requester.outstanding(), 2u);
}

TEST(Link, PostedWritesWaitForCredits) {
    const ps_t write_time = 5'000'000;
    Device device({1, 8, 128, 512, 2, 100'000}, 1, write_time);
    for (unsigned n = 0; n < 6; ++n)
        device.requester.write(4096ULL * n, device.memory.data(), 8);
    EXPECT_EQ(device.link.counters().requests, 2u);
    device.run();
    EXPECT_EQ(device.link.counters().requests, 6u);
    // Three rounds of two: up, performed, credit back.
    const ps_t one = device.link.rate().time(32);
    const ps_t round = one + 100'000 + write_time + 100'000;
    EXPECT_EQ(device.root.last_write, 2 * round + 2 * one + 100'000 + write_time);
}

TEST(Link, DataOfAQueueComeInOrderOfItsReads) {
    struct OutOfOrderRoot : RequestSink {
        OutOfOrderRoot(Timeline &t, Link &l) : timeline(t), link(l) { l.connect_root(*this); }
        void on_request(DmaRequest &request) override {
            request.failed = false;
            held.push_back(&request);
            if (held.size() < 4)
                return;
            for (auto i = held.rbegin(); i != held.rend(); ++i)
                link.complete(**i, timeline.now());
        }
        Timeline &timeline;
        Link &link;
        std::vector<DmaRequest *> held;
    };
    struct Recorder : DmaReadClient {
        void on_read_data(DmaRead &read, std::uint32_t) override { order.push_back(read.ioba); }
        std::vector<std::uint64_t> order;
    };
    Device device(test_link(), 16);
    OutOfOrderRoot root(device.timeline, device.link);
    Recorder recorder;
    const unsigned queue = device.requester.add_queue(recorder, 0);
    std::deque<DmaRead> reads(4);
    for (unsigned n = 0; n < 4; ++n) {
        reads[n].ioba = 4096ULL * n;
        reads[n].bytes = 64;
        reads[n].to = device.memory.data();
        device.requester.read(queue, reads[n]);
    }
    device.run();
    EXPECT_EQ(recorder.order, (std::vector<std::uint64_t>{0, 4096, 8192, 12288}));
}

TEST(LinkParameters, SayWhatIsWrong) {
    LinkParameters parameters = test_link();
    EXPECT_EQ(parameters.problem(), nullptr);
    parameters.lanes = 3;
    EXPECT_NE(parameters.problem(), nullptr);
    parameters = test_link();
    parameters.max_payload = 192;
    EXPECT_NE(parameters.problem(), nullptr);
}

} // namespace
} // namespace tcesim
