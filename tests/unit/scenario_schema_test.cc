// SPDX-License-Identifier: Apache-2.0
// Properties of the schema: the table, the parser and the typed configuration agree.
#include "sim/scenario/schema.h"
#include "sim/scenario/window_checks.h"
#include "sim/scenario/words.h"
#include "tests/unit/scenario_fixture.h"

#include <algorithm>
#include <set>

namespace tcesim::scenario {
namespace {

class ScenarioSchema : public ScenarioFiles {};

/// A path of the table as a path of a file: "iommu.windows[0].page".
std::string concrete(std::string path) {
    const std::size_t element = path.find("[]");
    if (element != std::string::npos)
        path.replace(element, 2, "[0]");
    const std::size_t name = path.find('*');
    if (name != std::string::npos)
        path.replace(name, 1, "guest_exit");
    return path;
}

/// Values that the row accepts.
std::vector<std::string> accepted(const KeySpec &key) {
    if (key.type == Type::boolean)
        return {"true", "false"};
    if (!key.words.empty())
        return key.words;
    if (key.type == Type::path)
        return {__FILE__};
    if (key.type == Type::constant_quantity)
        return {"1us"};
    return {format_quantity(key.low, key.dimension), format_quantity(key.high, key.dimension)};
}

/// Whether an error says that the value itself is wrong, not that it goes badly with another.
bool refuses_value(const std::vector<std::string> &errors, const std::string &path) {
    for (const std::string &error : errors) {
        if (error.find("error: " + path + " ") != std::string::npos ||
            error.find("error: " + path + ":") != std::string::npos || error.find("unknown key") != std::string::npos ||
            error.find("overridden") != std::string::npos)
            return true;
    }
    return false;
}

TEST_F(ScenarioSchema, EveryKeyThatCanBeSetIsReachedByItsPath) {
    int reached = 0;
    for (const KeySpec &key : schema()) {
        if (key.overridable == Overridable::never || !(key.belongs_to("tcp_stream") || key.belongs_to("dma_bench")))
            continue;
        write("s.yaml", good_scenario_with(key));
        const std::string path = concrete(key.path);
        for (const std::string &value : accepted(key)) {
            std::string set = path;
            set += "=" + value;
            EXPECT_FALSE(refuses_value(first_lines(load("s.yaml", {set})), path)) << set;
        }
        EXPECT_TRUE(refuses_value(first_lines(load("s.yaml", {path + "=?"})), path)) << path;
        ++reached;
    }
    EXPECT_GT(reached, 25);
}

TEST_F(ScenarioSchema, EveryRequiredKeyIsMissed) {
    int missed = 0;
    for (const KeySpec &key : schema()) {
        const std::string good = good_scenario_with(key);
        const std::string name = key_name(key);
        const bool in_list_or_map_of_names = key.path.find("machine") == 0 || key.path.find("validate[]") == 0 ||
                                             name.find_first_of("*[") != std::string::npos;
        if (key.presence != Presence::required || in_list_or_map_of_names ||
            !(key.belongs_to("tcp_stream") || key.belongs_to("dma_bench")))
            continue;
        // Renamed to what resembles nothing, the key is missing.
        const std::size_t parent = key.path.find('.') == std::string::npos
                                       ? 0
                                       : good.find(key.path.substr(0, key.path.find_first_of(".[")) + ":");
        const std::size_t at = good.find(name + ":", parent);
        ASSERT_NE(at, std::string::npos) << key.path;
        std::string text = good;
        write("s.yaml", text.replace(at, name.size(), "zzzzzzzzzzzz"));
        const std::string wanted = "missing required key '" + name + "'";
        const std::vector<std::string> errors = first_lines(load("s.yaml"));
        const bool found = std::any_of(errors.begin(), errors.end(), [&](const std::string &error) {
            return error.find(wanted) != std::string::npos;
        });
        EXPECT_TRUE(found) << key.path;
        ++missed;
    }
    EXPECT_GT(missed, 25);
}

TEST_F(ScenarioSchema, PathsAreUniqueAndStandBelowTheirParents) {
    std::set<std::string> seen;
    for (const KeySpec &key : schema()) {
        EXPECT_TRUE(seen.insert(key.path).second) << key.path;
        const std::size_t dot = key.path.find_last_of('.');
        if (dot != std::string::npos) {
            EXPECT_EQ(seen.count(key.path.substr(0, dot)), 1U) << key.path;
        }
    }
    std::set<std::string> ids;
    for (const std::string &id : constant_ids())
        EXPECT_TRUE(ids.insert(id).second) << id;
}

TEST(ScenarioWords, StandInTheOrderOfTheirEnumerations) {
    EXPECT_STREQ(to_string(Mmu::hash), "hash");
    EXPECT_STREQ(to_string(Mmu::radix), "radix");
    EXPECT_STREQ(to_string(HostKernel::v4_12), "4.12");
    EXPECT_STREQ(to_string(HostKernel::v4_19_81), "4.19.81");
    EXPECT_STREQ(to_string(HostKernel::v4_19), "4.19");
    EXPECT_STREQ(to_string(HostKernel::v5_10), "5.10");
    EXPECT_STREQ(to_string(HostKernel::v6_1), "6.1");
    EXPECT_STREQ(to_string(HostKernel::fixed), "fixed");
    EXPECT_STREQ(to_string(TcePath::userspace), "userspace");
    EXPECT_STREQ(to_string(TcePath::virtual_mode), "virtual");
    EXPECT_STREQ(to_string(TcePath::real_mode), "real");
    EXPECT_STREQ(to_string(Container::v1), "v1");
    EXPECT_STREQ(to_string(Container::v2), "v2");
    EXPECT_STREQ(to_string(PhbModel::p7ioc), "p7ioc");
    EXPECT_STREQ(to_string(PhbModel::phb3), "phb3");
    EXPECT_STREQ(to_string(PhbModel::phb4), "phb4");
    EXPECT_STREQ(to_string(Translation::tces), "tces");
    EXPECT_STREQ(to_string(Translation::bypass), "bypass");
    EXPECT_STREQ(to_string(DeviceModel::cxgb3), "cxgb3");
    EXPECT_STREQ(to_string(DeviceModel::dma_bench), "dma_bench");
    EXPECT_STREQ(to_string(TrafficKind::tcp_stream), "tcp_stream");
    EXPECT_STREQ(to_string(DeviceModel::nvme), "nvme");
    EXPECT_STREQ(to_string(TrafficKind::dma_bench), "dma_bench");
    EXPECT_STREQ(to_string(TrafficKind::block_io), "block_io");
    EXPECT_STREQ(to_string(DmaOperation::read), "read");
    EXPECT_STREQ(to_string(DmaOperation::write), "write");
    EXPECT_STREQ(to_string(DmaOperation::read_write), "read_write");
    EXPECT_STREQ(to_string(DmaOperation::write_then_read), "write_then_read");
    EXPECT_STREQ(to_string(DmaOperation::mixed), "mixed");
    EXPECT_STREQ(to_string(DmaPattern::random), "random");
    EXPECT_STREQ(to_string(DmaPattern::sequential), "sequential");
    EXPECT_STREQ(to_string(HostCache::warm), "warm");
    EXPECT_STREQ(to_string(HostCache::cold), "cold");
    EXPECT_STREQ(to_string(MemoryPlace::local), "local");
    EXPECT_STREQ(to_string(MemoryPlace::remote), "remote");
    EXPECT_STREQ(to_string(Direction::tx), "tx");
    EXPECT_STREQ(to_string(MachineName::power7), "power7");
    EXPECT_STREQ(to_string(MachineName::power8), "power8");
    EXPECT_STREQ(to_string(MachineName::power9), "power9");
    EXPECT_STREQ(to_string(Weights::power8), "power8");
    EXPECT_STREQ(to_string(Weights::power9), "power9");
    EXPECT_STREQ(to_string(Confidence::published), "published");
    EXPECT_STREQ(to_string(Confidence::derived), "derived");
    EXPECT_STREQ(to_string(Confidence::assumed), "assumed");
    EXPECT_STREQ(to_string(Confidence::fitted), "fitted");
}

TEST(ScenarioWords, NearestFindsEverySlipOfOneLetter) {
    for (const std::string &id : constant_ids()) {
        for (std::size_t i = 0; i < id.size(); ++i) {
            std::string without = id;
            without.erase(i, 1);
            EXPECT_EQ(nearest(without, {id}), id.size() > 1 ? id : "");
            std::string other = id;
            other[i] = '#';
            EXPECT_EQ(edit_distance(nearest(other, constant_ids()), other), 1) << other;
            std::string more = id;
            more.insert(i, "#");
            EXPECT_EQ(edit_distance(nearest(more, constant_ids()), more), 1) << more;
        }
    }
    EXPECT_EQ(nearest("colour", constant_ids()), "");
    EXPECT_EQ(nearest("", {"tce"}), "");
    EXPECT_EQ(nearest("x", {"y"}), "");
}

TEST(ScenarioWords, EditDistanceIsAMetricOnSlips) {
    EXPECT_EQ(edit_distance("page", "pgae"), 1);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    const std::vector<std::string> words = constant_ids();
    for (const std::string &a : words) {
        EXPECT_EQ(edit_distance(a, a), 0);
        for (const std::string &b : words) {
            EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
            EXPECT_GE(edit_distance(a, b), std::abs(static_cast<int>(a.size()) - static_cast<int>(b.size())));
            EXPECT_LE(edit_distance(a, b), static_cast<int>(std::max(a.size(), b.size())));
        }
    }
}

TEST(ScenarioGeometry, TotalIsBitsTimesLevelsPlusPageAndAtLeastAHostPageEach) {
    for (unsigned size_bits = 22; size_bits <= 54; ++size_bits) {
        for (const unsigned page_bits : {12U, 16U}) {
            for (unsigned levels = 1; levels <= 5; ++levels) {
                const TableGeometry geometry = table_geometry(1ULL << size_bits, 1ULL << page_bits, levels);
                EXPECT_GE(geometry.bits_per_level, 13U);
                EXPECT_GE(geometry.total_bits, size_bits);
                EXPECT_EQ(geometry.total_bits, geometry.bits_per_level * levels + page_bits);
                if (geometry.bits_per_level > 13) {
                    EXPECT_LT((geometry.bits_per_level - 1) * levels + page_bits, size_bits);
                }
            }
        }
    }
}

TEST(ScenarioGeometry, MatchesWorkedSizes) {
    EXPECT_EQ(table_geometry(2ULL << 30U, 4096, 1).bits_per_level, 19U);
    EXPECT_EQ(table_geometry(1ULL << 40U, 65536, 2).bits_per_level, 13U);
    EXPECT_EQ(table_geometry(1ULL << 50U, 65536, 2).bits_per_level, 17U);
    EXPECT_EQ(table_geometry(1ULL << 40U, 65536, 3).total_bits, 55U);
    EXPECT_EQ(table_geometry(2ULL << 30U, 4096, 4).total_bits, 64U);
    EXPECT_EQ(table_geometry(2ULL << 30U, 4096, 3).total_bits, 51U);
    EXPECT_EQ(table_geometry(1ULL << 48U, 4096, 4, 4096).bits_per_level, 9U);
    EXPECT_EQ(table_geometry(1ULL << 48U, 4096, 4, 4096).total_bits, 48U);
    EXPECT_EQ(table_geometry(1ULL << 48U, 4096, 5, 4096).total_bits, 57U);
}

} // namespace
} // namespace tcesim::scenario
