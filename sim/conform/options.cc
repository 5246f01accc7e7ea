// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/options.h"

#include "sim/scenario/words.h"

#include <charconv>

namespace tcesim::conform {

namespace {

const std::vector<std::string> names{"--stop-after", "--only", "--explain", "--handlers", "--help"};

class Reader {
public:
    Reader(const std::vector<std::string> &arguments, Options *options) : arguments_(arguments), options_(*options) {}

    void run() {
        bool options_may_follow = true;
        while (at_ < arguments_.size() && options_.error.empty()) {
            const std::string &argument = arguments_[at_++];
            if (options_may_follow && argument == "--")
                options_may_follow = false;
            else if (options_may_follow && argument.size() > 1 && argument[0] == '-')
                option(argument);
            else
                options_.files.push_back(argument);
        }
    }

private:
    void option(const std::string &argument) {
        const std::size_t equals = argument.find('=');
        const std::string name = argument.substr(0, equals);
        value_ = equals == std::string::npos ? std::nullopt : std::optional(argument.substr(equals + 1));
        if (name == "--stop-after") {
            number(name, 1, &options_.stop_after);
        } else if (name == "--only") {
            number(name, 0, &options_.only);
        } else if (name == "--handlers") {
            text(name, &options_.handlers);
        } else if (name == "--explain" || name == "--help" || name == "-h") {
            if (value_)
                options_.error = name + " takes no value";
            (name == "--explain" ? options_.explain : options_.help) = true;
        } else {
            options_.error = "unknown option '" + name + "'" + scenario::did_you_mean(name, names);
        }
    }

    void text(const std::string &name, std::string *out) {
        if (!value_ && at_ < arguments_.size())
            value_ = arguments_[at_++];
        if (!value_ || value_->empty())
            options_.error = name + " takes a value";
        else
            *out = *value_;
    }

    void number(const std::string &name, std::uint64_t least, std::optional<std::uint64_t> *out) {
        std::string digits;
        text(name, &digits);
        if (!options_.error.empty())
            return;
        std::uint64_t value = 0;
        const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (status != std::errc{} || end != digits.data() + digits.size() || value < least)
            options_.error = name + " takes a whole number from " + std::to_string(least) + ", not '" + digits + "'";
        *out = value;
    }

    const std::vector<std::string> &arguments_;
    Options &options_;
    std::size_t at_ = 0;
    std::optional<std::string> value_;
};

} // namespace

Options parse_options(const std::vector<std::string> &arguments) {
    Options options;
    Reader(arguments, &options).run();
    if (options.error.empty() && !options.help && options.files.empty())
        options.error = "which recording? conform takes one FILE or more, as tests/conform/vectors/directed.jsonl.gz";
    return options;
}

std::string help_text() {
    return R"(tcesim conform FILE...: handlers against recorded kernel behaviour

Replays recordings (JSON lines, also compressed with gzip; docs/conform.md) call
by call against the handlers that simulations run, of the kernel era that each
file was recorded from, and compares return codes, tables, counters, marks,
invalidations and warnings. A sequence passes when everything is equal.

Options:
  --explain        tell the first sequence that fails, or the one of --only,
                   operation by operation: what was expected, what came
  --only N         only sequence N of each file
  --stop-after N   stop after N failed sequences
  --handlers FILE  use this object of tools/build-handlers for files of
                   its kernel era
  -h, --help       this text

The last line is "N passed, N failed". Exit codes: 0 nothing failed, 1 something
did, 2 usage, or a file or object that cannot be used.
)";
}

} // namespace tcesim::conform
