// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "models/pcie/goodput.h"
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

/// One row of the published bandwidth table of PCI Express configurations.
struct Row {
    unsigned generation;
    std::uint32_t max_payload, max_read;
    std::uint64_t tlp;               // Mb/s
    std::uint64_t write[5], read[5]; // Mb/s for transfers of 128, 256, 512, 1500, 4096 bytes
    std::uint64_t read_write;        // Mb/s for 1500 bytes
};
constexpr std::uint32_t transfer_sizes[5] = {128, 256, 512, 1500, 4096};
constexpr Row published[] = {
    {1, 128, 512, 12140, {10220, 10220, 10220, 10180, 10220}, {10500, 10500, 10500, 10460, 10500}, 9790},
    {1, 256, 512, 13570, {11420, 12400, 12400, 12380, 12400}, {11730, 12580, 12580, 12560, 12580}, 11860},
    {1, 512, 4096, 12980, {10930, 11870, 12400, 12390, 12400}, {11230, 12040, 12490, 12480, 12490}, 12200},
    {2, 256, 512, 28680, {24150, 26220, 26220, 26160, 26220}, {24800, 26600, 26600, 26550, 26600}, 25070},
    {3, 256, 512, 57880, {48750, 52920, 52920, 52810, 52920}, {50060, 53690, 53690, 53600, 53690}, 50600},
    {3, 512, 4096, 57310, {48260, 52400, 54750, 54690, 54750}, {49570, 53160, 55160, 55110, 55160}, 53860},
};

/// \p value differs from \p expected by at most \p per_mille thousandths of it; both in the same unit.
testing::AssertionResult within(std::uint64_t value, std::uint64_t expected, std::uint64_t per_mille) {
    const std::uint64_t difference = value > expected ? value - expected : expected - value;
    if (difference * 1000 <= expected * per_mille)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << value << " is not within " << per_mille << "/1000 of " << expected;
}

LinkParameters eight_lanes(unsigned generation, std::uint32_t max_payload, std::uint32_t max_read) {
    return {generation, 8, max_payload, max_read, 1u << 20, 1u << 20, 100'000};
}
LinkParameters parameters_of(const Row &row) {
    return eight_lanes(row.generation, row.max_payload, row.max_read);
}

class PublishedBandwidth : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Pcie, PublishedBandwidth, testing::ValuesIn(published));

TEST_P(PublishedBandwidth, IsWhatTheFormulasGive) {
    const Row &row = GetParam();
    const LinkParameters parameters = parameters_of(row);
    constexpr std::uint64_t mega = 1'000'000;
    EXPECT_TRUE(within(LinkRate(parameters).bits_per_second(), row.tlp * mega, 5));
    for (unsigned i = 0; i < 5; ++i) {
        EXPECT_TRUE(within(write_goodput(parameters, transfer_sizes[i]), row.write[i] * mega, 5)) << transfer_sizes[i];
        EXPECT_TRUE(within(read_goodput(parameters, transfer_sizes[i]), row.read[i] * mega, 5)) << transfer_sizes[i];
    }
    EXPECT_TRUE(within(read_write_goodput(parameters, 1500), row.read_write * mega, 5));
}

/// Links at saturation: those of the table, a generation that it does not have, and both ways to split completions.
class SaturatedLink : public testing::TestWithParam<LinkParameters> {
protected:
    static constexpr unsigned count = 2000; // transfers
    static constexpr std::uint32_t sizes[] = {64, 128, 256, 512, 1500, 4096};

    static std::uint64_t rate(std::uint32_t bytes, ps_t time) {
        return count * 8ULL * bytes * 1'000'000'000 / (time / 1000);
    }
};
constexpr std::uint32_t SaturatedLink::sizes[];

LinkParameters with_boundary(LinkParameters parameters, std::uint32_t bytes) {
    parameters.read_completion_boundary = bytes;
    return parameters;
}
std::vector<LinkParameters> saturated_links() {
    std::vector<LinkParameters> links;
    for (const Row &row : published)
        links.push_back(parameters_of(row));
    links.push_back(eight_lanes(4, 256, 512));
    links.push_back(with_boundary(eight_lanes(3, 256, 512), 64));
    links.push_back(with_boundary(eight_lanes(3, 512, 4096), 128));
    return links;
}
INSTANTIATE_TEST_SUITE_P(Pcie, SaturatedLink, testing::ValuesIn(saturated_links()));

TEST_P(SaturatedLink, CarriesTheReadsOfTheFormula) {
    for (const std::uint32_t bytes : sizes) {
        Device device(GetParam(), 1u << 20);
        for (unsigned n = 0; n < count; ++n)
            device.read(8192ULL * n, bytes);
        device.run();
        ASSERT_EQ(device.read_bytes, std::uint64_t{count} * bytes);
        // The first answer also waits for its own request and two flights.
        const ps_t fill = 2 * GetParam().flight + device.link.rate().time(read_request_overhead);
        EXPECT_TRUE(within(rate(bytes, device.last_read - fill), read_goodput(GetParam(), bytes), 20)) << bytes;
    }
}

TEST_P(SaturatedLink, CarriesTheWritesOfTheFormula) {
    for (const std::uint32_t bytes : sizes) {
        Device device(GetParam(), 1);
        for (unsigned n = 0; n < count; ++n)
            device.requester.write(8192ULL * n, device.memory.data(), bytes);
        device.run();
        const ps_t time = device.root.last_write - GetParam().flight;
        EXPECT_TRUE(within(rate(bytes, time), write_goodput(GetParam(), bytes), 20)) << bytes;
    }
}

TEST_P(SaturatedLink, CarriesReadsAndWritesTogetherAsTheFormulaSays) {
    for (const std::uint32_t bytes : sizes) {
        Device device(GetParam(), 1u << 20);
        for (unsigned n = 0; n < count; ++n) {
            device.requester.write(8192ULL * n, device.memory.data(), bytes);
            device.read(8192ULL * n, bytes);
        }
        device.run();
        const ps_t time = std::max(device.root.last_write, device.last_read - GetParam().flight) - GetParam().flight;
        EXPECT_TRUE(within(rate(bytes, time), read_write_goodput(GetParam(), bytes), 20)) << bytes;
    }
}

TEST(LinkRate, DoublesFromGenerationThreeToFour) {
    for (const unsigned lanes : {1, 2, 4, 8, 16}) {
        LinkParameters parameters = eight_lanes(3, 256, 512);
        parameters.lanes = lanes;
        const std::uint64_t third = LinkRate(parameters).bits_per_second();
        parameters.generation = 4;
        EXPECT_TRUE(within(LinkRate(parameters).bits_per_second(), 2 * third, 1)) << lanes;
    }
}

TEST(Goodput, FollowsTheBusierDirection) {
    // A read of one byte takes 24 bytes upstream and 21 downstream.
    const LinkParameters parameters = eight_lanes(1, 128, 512);
    EXPECT_EQ(read_goodput(parameters, 1), LinkRate(parameters).bits_per_second() / 24);
}

TEST(Goodput, OfSmallReadsFallsWithTheReadCompletionBoundary) {
    const LinkParameters whole = eight_lanes(3, 256, 512);
    EXPECT_EQ(read_goodput(with_boundary(whole, 64), 64), read_goodput(whole, 64));
    EXPECT_LT(read_goodput(with_boundary(whole, 64), 512), read_goodput(with_boundary(whole, 128), 512));
    EXPECT_LT(read_goodput(with_boundary(whole, 128), 512), read_goodput(whole, 512));
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

TEST(Link, CompletionsEndAtTheReadCompletionBoundary) {
    Device device(with_boundary(eight_lanes(3, 256, 512), 64), 16);
    device.read(32, 128); // 32..63, 64..127, 128..159
    device.run();
    EXPECT_EQ(device.link.counters().completions, 3u);
    EXPECT_EQ(device.read_bytes, 128u);
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
    const LinkParameters parameters{3, 8, 256, 512, 28, 28, 10'000'000}; // a very long link
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
    const LinkParameters parameters{3, 8, 256, 512, 2, 28, 10'000'000};
    Device device(parameters, 16);
    for (unsigned n = 0; n < 10; ++n)
        device.read(4096ULL * n, 64);
    EXPECT_EQ(device.requester.outstanding(), 2u);
}

TEST(Link, PostedWritesWaitForCredits) {
    const ps_t write_time = 5'000'000;
    Device device({1, 8, 128, 512, 28, 2, 100'000}, 1, write_time);
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
    parameters = test_link();
    parameters.generation = 5;
    EXPECT_NE(parameters.problem(), nullptr);
    parameters = with_boundary(test_link(), 256);
    EXPECT_NE(parameters.problem(), nullptr);
    parameters = test_link();
    parameters.posted_credits = 0;
    EXPECT_NE(parameters.problem(), nullptr);
}

} // namespace
} // namespace tcesim
