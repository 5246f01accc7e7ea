// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/machine.h"

#include "sim/scenario/words.h"

#include <algorithm>
#include <limits>

namespace tcesim::scenario {

namespace {

std::string written(std::int64_t value, Dimension dimension) {
    return format_quantity(static_cast<std::uint64_t>(value), dimension);
}

class ConstantReader {
public:
    ConstantReader(const Values &values, bool complete, Diagnostics &diagnostics)
        : values_(values), diagnostics_(diagnostics), complete_(complete) {}

    Constant read(const Node::Entry &entry, const ConstantSpec &spec) {
        entry_ = &entry;
        spec_ = &spec;
        path_ = "machine.constants." + entry.key;
        Constant out;
        out.dimension = spec.dimension;
        if (const auto value = quantity("value")) {
            out.value = *value;
            out.overridden = values_.find(path_ + ".value")->overridden;
            check_range(*value);
        }
        out.low = quantity("low");
        out.high = quantity("high");
        out.allowed_low = quantity("allowed_low");
        out.allowed_high = quantity("allowed_high");
        out.source = text("source");
        out.fitted_to = text("fitted_to");
        check_order("low", out.low, "high", out.high);
        check_order("allowed_low", out.allowed_low, "allowed_high", out.allowed_high);
        if (const Value *confidence = values_.find(path_ + ".confidence")) {
            out.confidence = static_cast<Confidence>(confidence->number);
            check_confidence(out);
        }
        return out;
    }

private:
    std::string text(const std::string &key) const {
        const Value *value = values_.find(path_ + "." + key);
        return value == nullptr ? "" : value->text;
    }

    Position position(const std::string &key) const { return values_.find(path_ + "." + key)->position; }

    std::optional<std::int64_t> quantity(const std::string &key) {
        const Value *value = values_.find(path_ + "." + key);
        if (value == nullptr)
            return std::nullopt;
        Quantity parsed = parse_quantity(value->text, spec_->dimension);
        if (parsed.error.empty() && parsed.value > std::numeric_limits<std::int64_t>::max())
            parsed.error = "'" + value->text + "' is too large; the limit is 2^63-1 " + base_unit(spec_->dimension);
        if (parsed.error.empty())
            return static_cast<std::int64_t>(parsed.value);
        diagnostics_.error(value->position, path_ + "." + key + ": " + parsed.error);
        return std::nullopt;
    }

    void check_range(std::int64_t value) {
        const std::string error = number_error(value_of(*spec_), static_cast<std::uint64_t>(value), text("value"));
        if (!error.empty())
            diagnostics_.error(position("value"), path_ + ".value" + error);
    }

    void check_order(const std::string &low_key, std::optional<std::int64_t> low, const std::string &high_key,
                     std::optional<std::int64_t> high) {
        if (low && high && *low > *high) {
            diagnostics_.error(position(low_key), path_ + "." + low_key + " (" + text(low_key) + ") exceeds " +
                                                      high_key + " (" + text(high_key) + ")");
        }
    }

    /// Keys that a confidence asks for; one error names all that are missing.
    bool require(const std::vector<std::string> &keys) {
        std::vector<std::string> missing;
        for (const std::string &key : keys) {
            if (entry_->value.find(key) == nullptr)
                missing.push_back(key);
        }
        std::string list;
        for (const std::string &key : missing)
            list += (list.empty() ? "'" : key == missing.back() ? " and '" : ", '") + key + "'";
        if (!missing.empty() && complete_)
            diagnostics_.error(entry_->key_position, path_ + " is " + text("confidence") + " and needs " + list);
        return missing.empty();
    }

    void refuse(const std::vector<std::string> &keys) {
        for (const std::string &key : keys) {
            if (const Node::Entry *found = entry_->value.find(key))
                diagnostics_.error(found->key_position,
                                   path_ + " is " + text("confidence") + "; only a fitted constant has '" + key + "'");
        }
    }

    void check_confidence(const Constant &constant) {
        const std::vector<std::string> fitted_keys{"fitted_to", "allowed_low", "allowed_high"};
        if (constant.confidence == Confidence::fitted)
            require(fitted_keys);
        else
            refuse(fitted_keys);
        const bool ranged = constant.confidence != Confidence::assumed || require({"low", "high"});
        const bool usable = constant.low && constant.high && *constant.low <= *constant.high &&
                            values_.find(path_ + ".value") != nullptr &&
                            parse_quantity(text("value"), spec_->dimension).error.empty();
        if (!ranged || !usable || constant.overridden)
            return;
        const bool choice_of_two = spec_->high - spec_->low == 1; // has no middle
        if (constant.confidence == Confidence::assumed && !choice_of_two)
            check_midpoint(constant.value, *constant.low, *constant.high);
        else if (constant.value < *constant.low || constant.value > *constant.high)
            diagnostics_.error(position("value"),
                               path_ + ".value must lie in low..high (" + range() + "), not " + text("value"));
    }

    void check_midpoint(std::int64_t value, std::int64_t low, std::int64_t high) {
        const std::int64_t span = high - low;
        const std::int64_t midpoint = low + span / 2;
        if (span % 2 != 0) {
            diagnostics_.error(position("low"), path_ + ": the midpoint of low..high (" + range() +
                                                    ") is no whole number of " + base_unit(spec_->dimension));
        } else if (value != midpoint) {
            diagnostics_.error(position("value"), path_ + ".value is assumed and must stand at the midpoint of " +
                                                      range() + ", which is " + written(midpoint, spec_->dimension) +
                                                      ", not " + text("value"));
        }
    }

    std::string range() const { return text("low") + ".." + text("high"); }

    const Values &values_;
    Diagnostics &diagnostics_;
    bool complete_;
    const Node::Entry *entry_ = nullptr;
    const ConstantSpec *spec_ = nullptr;
    std::string path_;
};

/// Every constant that is needed and not there, not even misspelt.
void report_missing(const Node &given, const Values &values, Diagnostics &diagnostics) {
    const Value *name = values.find("machine.name");
    if (name == nullptr)
        return;
    std::vector<std::string> slips;
    for (const Node::Entry &entry : given.entries) {
        if (find_constant(entry.key) == nullptr)
            slips.push_back(nearest(entry.key, constant_ids()));
    }
    const Value *device = values.find("device.model");
    for (const ConstantSpec &spec : constants()) {
        const bool there =
            given.find(spec.id) != nullptr || std::find(slips.begin(), slips.end(), spec.id) != slips.end();
        const bool of_machine = spec.needed_by == nullptr || name->text == spec.needed_by;
        const bool of_device = !of_machine && device != nullptr && device->text == spec.needed_by;
        if (!there && (of_machine || of_device))
            diagnostics.error(of_machine ? name->position : device->position,
                              (of_machine ? "machine " + name->text + " lacks" : "device " + device->text + " needs") +
                                  " the constant '" + spec.id + "' (" + describe(spec.dimension) + ": " + spec.about +
                                  ")");
    }
}

} // namespace

std::map<std::string, Constant> read_constants(const Node &root, const Values &values, bool complete,
                                               Diagnostics &diagnostics) {
    std::map<std::string, Constant> out;
    const Node::Entry *machine = root.find("machine");
    const Node::Entry *all = machine == nullptr ? nullptr : machine->value.find("constants");
    if (all == nullptr || all->value.kind != Node::Kind::map)
        return out;
    ConstantReader reader(values, complete, diagnostics);
    for (const Node::Entry &entry : all->value.entries) {
        const ConstantSpec *spec = find_constant(entry.key);
        if (spec != nullptr && entry.value.kind == Node::Kind::map)
            out[entry.key] = reader.read(entry, *spec);
    }
    if (complete)
        report_missing(all->value, values, diagnostics);
    return out;
}

} // namespace tcesim::scenario
