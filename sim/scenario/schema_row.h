// SPDX-License-Identifier: Apache-2.0
/// \file
/// How the schema's rows are written: one call for what a key is, one for each further property.
#ifndef TCESIM_SIM_SCENARIO_SCHEMA_ROW_H
#define TCESIM_SIM_SCENARIO_SCHEMA_ROW_H

#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/schema.h"

namespace tcesim::scenario {

/// A row under construction: each call states one property.
class Row {
public:
    Row(std::string path, Type type, std::string about) {
        key_.path = std::move(path);
        key_.type = type;
        key_.about = std::move(about);
        const bool belongs_to_variant =
            key_.path.find('.') != std::string::npos && type != Type::map && type != Type::list;
        key_.overridable = belongs_to_variant ? Overridable::by_set_and_variant : Overridable::never;
    }
    operator KeySpec() const { return key_; } // NOLINT(google-explicit-constructor): ends the chain

    Row &in(Dimension dimension) {
        key_.dimension = dimension;
        return *this;
    }
    Row &range(std::uint64_t low, std::uint64_t high) {
        key_.low = low;
        key_.high = high;
        return *this;
    }
    Row &multiple_of(std::uint64_t multiple) {
        key_.multiple = multiple;
        return *this;
    }
    Row &power_of_two() {
        key_.power_of_two = true;
        return *this;
    }
    Row &words(std::vector<std::string> words) {
        key_.words = std::move(words);
        return *this;
    }
    Row &names(Names names) {
        key_.names = names;
        return *this;
    }
    Row &optional() {
        key_.presence = Presence::optional;
        return *this;
    }
    Row &otherwise(std::string text) {
        key_.presence = Presence::defaulted;
        key_.default_text = std::move(text);
        return *this;
    }
    Row &of_traffic(std::vector<std::string> kinds) {
        key_.kinds = std::move(kinds);
        return *this;
    }
    Row &overridable(Overridable overridable) {
        key_.overridable = overridable;
        return *this;
    }
    Row &because(std::string reason) {
        key_.limit_reason = std::move(reason);
        return *this;
    }

private:
    KeySpec key_;
};

inline Row map(std::string path, std::string about) {
    return {std::move(path), Type::map, std::move(about)};
}
inline Row list(std::string path, std::string about) {
    return {std::move(path), Type::list, std::move(about)};
}
inline Row text(std::string path, std::string about) {
    return {std::move(path), Type::text, std::move(about)};
}
inline Row word(std::string path, std::vector<std::string> words, std::string about) {
    return Row(std::move(path), Type::word, std::move(about)).words(std::move(words));
}
inline Row quantity(std::string path, Dimension dimension, std::string about) {
    return Row(std::move(path), Type::quantity, std::move(about)).in(dimension);
}
inline Row count(std::string path, std::string about) {
    return quantity(std::move(path), Dimension::count, std::move(about));
}
inline Row size(std::string path, std::string about) {
    return quantity(std::move(path), Dimension::bytes, std::move(about));
}
inline Row duration(std::string path, std::string about) {
    return quantity(std::move(path), Dimension::time, std::move(about));
}
inline Row of_constant(const std::string &name, std::string about) {
    return Row("machine.constants.*." + name, Type::constant_quantity, std::move(about))
        .overridable(Overridable::never);
}
inline Row of_metric(const std::string &name, std::string about) {
    return Row("expect[]." + name, Type::metric_quantity, std::move(about)).optional().overridable(Overridable::never);
}

} // namespace tcesim::scenario

#endif
