// SPDX-License-Identifier: Apache-2.0
// Scenarios of block_io traffic: what they mean, and which do not go together.
#include "sim/machine_parameters.h"
#include "tests/unit/scenario_fixture.h"

namespace tcesim::scenario {
namespace {

class ScenarioBlock : public ScenarioFiles {
protected:
    using Lines = std::vector<std::string>;

    Config config(std::vector<std::string> sets = {}) {
        sets.emplace_back("traffic.io_size=64KiB");
        write("s.yaml", good_block_scenario());
        const LoadResult result = load("s.yaml", sets);
        EXPECT_EQ(first_lines(result), Lines{});
        return result.scenario->variants[0].config;
    }
    std::string error_of(std::vector<std::string> sets) {
        sets.emplace_back("traffic.io_size=64KiB");
        write("s.yaml", good_block_scenario());
        const Lines lines = first_lines(load("s.yaml", sets));
        EXPECT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
        return lines.empty() ? "" : lines[0];
    }
};

TEST_F(ScenarioBlock, KeysAndDefaults) {
    const Traffic traffic = config().traffic;
    EXPECT_EQ(traffic.kind, TrafficKind::block_io);
    EXPECT_EQ(traffic.io_size, 65536U);
    EXPECT_EQ(traffic.segment, 65536U) << "absent: the whole buffer is contiguous";
    EXPECT_EQ(traffic.pattern, DmaPattern::random);
    EXPECT_EQ(config({"traffic.segment=4KiB"}).traffic.segment, 4096U);
    EXPECT_EQ(block_load_parameters(config({"traffic.operation=mixed"}), 1).operation, BlockOperation::mixed);
    EXPECT_EQ(block_load_parameters(config({"traffic.operation=write"}), 1).operation, BlockOperation::write);
}

TEST_F(ScenarioBlock, OperationsBelongToTheirTraffic) {
    EXPECT_NE(error_of({"traffic.operation=read_write"})
                  .find("block_io traffic has no operation read_write; it must be read, write or mixed"),
              std::string::npos);
    write("s.yaml", good_bench_scenario());
    const std::vector<std::string> lines = first_lines(load("s.yaml", {"traffic.operation=mixed"}));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("dma_bench traffic has no operation mixed"), std::string::npos);
}

TEST_F(ScenarioBlock, DeviceAndTrafficGoTogether) {
    EXPECT_NE(error_of({"device.model=cxgb3"}).find("device.model must be nvme"), std::string::npos);
}

TEST_F(ScenarioBlock, ABufferConsistsOfWholePieces) {
    EXPECT_NE(error_of({"traffic.segment=24KiB"}).find("must divide traffic.io_size (64KiB)"), std::string::npos);
}

TEST_F(ScenarioBlock, WindowAndGuestHaveRoom) {
    EXPECT_NE(error_of({"iommu.windows[0].size=64MiB", "traffic.queue_depth=512"}).find("it needs 128MiB"),
              std::string::npos);
    EXPECT_NE(error_of({"guest.ram=64MiB", "traffic.queue_depth=512"}).find("guest.ram (64MiB) has no room"),
              std::string::npos);
    config({"guest.ram=128MiB", "traffic.queue_depth=512"});
}

} // namespace
} // namespace tcesim::scenario
