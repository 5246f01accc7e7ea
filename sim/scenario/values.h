// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tree against schema: every value with its type, every error with its place.
#ifndef TCESIM_SIM_SCENARIO_VALUES_H
#define TCESIM_SIM_SCENARIO_VALUES_H

#include "sim/scenario/schema.h"
#include "sim/scenario/tree.h"

#include <map>
#include <string>

namespace tcesim::scenario {

/// A scalar that obeys the schema.
struct Value {
    const KeySpec *key = nullptr;
    std::uint64_t number = 0; ///< quantity: base units; word: its index; boolean: 0 or 1
    std::string text;         ///< as written, or the default
    Position position;
    bool overridden = false; ///< set by a variant or by --set
};

/// Scalars by path, "iommu.windows[0].page". What is missing or wrong is absent, so that no error causes another.
class Values {
public:
    void add(const std::string &path, Value value) { values_[path] = std::move(value); }
    const Value *find(const std::string &path) const;
    /// The number at \p path, which must be there.
    std::uint64_t number(const std::string &path) const;
    /// The text at \p path, which must be there.
    const std::string &text(const std::string &path) const;
    /// Calls \p visit(path, value) for each.
    template <class Visit>
    void for_each(const Visit &visit) const {
        for (const auto &[path, value] : values_)
            visit(path, value);
    }

private:
    std::map<std::string, Value> values_;
};

/// Checks \p root key by key: unknown and missing keys, types, units, ranges. Rules that join several keys are not
/// its business. With \p complete false, something could not be read and missing keys are not reported.
Values validate(const Node &root, bool complete, Diagnostics &diagnostics);

/// The same of a file that describes no machine, only formulas to validate: nothing but `name` and `about` is needed
/// beside them.
Values validate_formulas(const Node &root, bool complete, Diagnostics &diagnostics);

/// What is wrong with \p number, written \p text, as a value of \p key: " must be 1..8, not 9"; "" when nothing is.
std::string number_error(const KeySpec &key, std::uint64_t number, const std::string &text);

/// Reads \p text as a value of \p key, whose type is quantity, word, boolean, text or path; \p path names it in
/// messages. Reports an error at \p position and returns false where it is none.
bool read_scalar(const KeySpec &key, const std::string &path, const std::string &text, Position position, Value &value,
                 Diagnostics &diagnostics);

/// "unknown key 'pgae' in iommu.windows[0]; did you mean 'page'?" \p parent is the row of the map that it stands in,
/// nullptr for the outermost.
std::string unknown_key(const std::string &key, const KeySpec *parent, const std::string &path);

} // namespace tcesim::scenario

#endif
