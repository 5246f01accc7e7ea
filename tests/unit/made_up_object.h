// SPDX-License-Identifier: Apache-2.0
/// \file
/// The meter's side of a handler object that was never compiled: functions of as many blocks as a test
/// wants, whose execution the test plays.
#ifndef TCESIM_TESTS_UNIT_MADE_UP_OBJECT_H
#define TCESIM_TESTS_UNIT_MADE_UP_OBJECT_H

#include <cstdint>
#include <vector>

#include "tools/meter/meter_abi.h"

namespace tcesim {

/// Block b of function f stands alone in line 10 x f + b + 1, makes one access there and weighs one
/// instruction.
class MadeUpObject {
public:
    struct Function {
        const char *name;
        std::uint32_t blocks;
        const char *layer = "kvm";
    };

    explicit MadeUpObject(const std::vector<Function> &functions) {
        for (std::uint32_t f = 0; f < functions.size(); ++f) {
            functions_.push_back({functions[f].name, "kvm/made_up.c", static_cast<std::uint32_t>(sites_.size()),
                                  functions[f].blocks});
            for (std::uint32_t b = 0; b < functions[f].blocks; ++b) {
                const auto site = static_cast<std::uint32_t>(sites_.size());
                sites_.push_back({site, 1});
                parts_.push_back({site, 1});
                places_.push_back({functions[f].name, "kvm/made_up.c", 10 * f + b + 1, functions[f].layer, "", "made up"});
                access_places_.push_back(site);
                access_functions_.push_back(f);
            }
        }
        count_.resize(sites_.size());
        weights_.assign(sites_.size(), METER_WEIGHT_ONE);
        hit_.resize(functions_.size());
        access_.resize(sites_.size());
        point();
    }
    MadeUpObject(const MadeUpObject &) = delete;

    const struct meter_table &table() const { return table_; }

    /// Block \p block of \p function is executed \p times.
    void run(std::uint32_t function, std::uint32_t block, std::uint32_t times) {
        hit_[function] = 1;
        count_[functions_[function].first_site + block] += times;
    }
    /// In 1/METER_WEIGHT_ONE instruction.
    void set_weight(std::uint32_t site, std::int32_t weight) { weights_[site] = weight; }
    /// Lets \p site consist of \p parts instead of its own line.
    void set_parts(std::uint32_t site, const std::vector<meter_part> &parts) {
        sites_[site] = {static_cast<std::uint32_t>(parts_.size()), static_cast<std::uint32_t>(parts.size())};
        parts_.insert(parts_.end(), parts.begin(), parts.end());
        point();
    }
    /// \p site, in its own line, calls machine function \p callee.
    void add_call(std::uint32_t site, std::uint32_t callee) {
        calls_.push_back({site, parts_[sites_[site].first_part].place, callee});
        point();
    }
    /// What a hook is called with for the access of \p site.
    const std::uint8_t *access(std::uint32_t site) const { return &access_[site]; }

private:
    void point() {
        table_ = {};
        table_.abi = METER_ABI_VERSION;
        table_.sites = static_cast<std::uint32_t>(sites_.size());
        table_.functions = static_cast<std::uint32_t>(functions_.size());
        table_.places = static_cast<std::uint32_t>(places_.size());
        table_.accesses = static_cast<std::uint32_t>(access_.size());
        table_.calls = static_cast<std::uint32_t>(calls_.size());
        table_.call = calls_.data();
        table_.cpus = 1;
        table_.count = count_.data();
        table_.hit = hit_.data();
        table_.access = access_.data();
        table_.function = functions_.data();
        table_.site = sites_.data();
        table_.part = parts_.data();
        table_.place = places_.data();
        table_.access_place = access_places_.data();
        table_.access_function = access_functions_.data();
        table_.cpu_name = cpu_name_;
        table_.weight = weight_;
        table_.preset = "made up";
        table_.compiler = "none";
        table_.weights_from = "powerpc64le";
        table_.source_hash = "0";
        weight_[0] = weights_.data();
    }

    std::vector<meter_function> functions_;
    std::vector<meter_site> sites_;
    std::vector<meter_part> parts_;
    std::vector<meter_place> places_;
    std::vector<meter_call> calls_;
    std::vector<std::uint32_t> access_places_, access_functions_, count_;
    std::vector<std::uint8_t> hit_, access_;
    std::vector<std::int32_t> weights_;
    const std::int32_t *weight_[1];
    const char *const cpu_name_[1] = {"power8"};
    struct meter_table table_;
};

} // namespace tcesim

#endif
