// SPDX-License-Identifier: Apache-2.0
/// \file
/// What one variant's run hands to the reports: integers in base units, each with its meaning.
///
/// A variant runs in a child process; to_json() and from_json() carry the result to the parent and
/// are the same text that --json prints for it.
#ifndef TCESIM_SIM_RESULTS_H
#define TCESIM_SIM_RESULTS_H

#include "sim/line_profile.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcesim {

/// Exit codes of the program.
enum ExitCode : int {
    exit_ok = 0,
    exit_internal = 1,     ///< internal error, or a variant that died
    exit_usage = 2,        ///< the command line or the scenario is wrong
    exit_expectation = 3,  ///< an expectation failed
    exit_broken = 6,       ///< an invariant or the ledger is broken, or a replay differs from its log
    exit_interrupted = 130 ///< SIGINT or SIGTERM
};

/// One figure. A metric that was not driven is absent, never 0.
struct Metric {
    std::int64_t value;
    std::string unit;   ///< "B/s", "ps", "1/s", "1", "ppm"
    std::string better; ///< "higher", "lower" or "exact"
    std::string about;  ///< what is counted, and who observes it
};

/// Summary of a log-linear histogram.
struct Histogram {
    std::string unit; ///< "ps"
    std::string about;
    std::uint64_t count, p50, p90, p99, p999, max;
};

/// Simulated time of one owner within the measured phase.
struct LedgerRow {
    std::string leaf; ///< "vcpu0/layer/function or constant/kind"
    std::uint64_t ps;
};

/// One line of the story of a packet (--follow).
struct StoryStep {
    std::uint64_t time_ps;
    std::string actor; ///< who does it: "guest", "kvm", "phb", ...
    std::string text;
};

/// The handlers that a variant ran with, so that two results can be told apart.
struct HandlersUsed {
    std::string object;       ///< the file as the scenario names it, or "built-in 5.10"
    bool own = false;         ///< the user's
    std::string source;       ///< hash of their text and the compiler's flags
    std::string compiler;     ///< whose code was weighed: "gcc 12.2.0"
    std::string weights_from; ///< instruction set that was weighed: "powerpc64le"
};

/// Figures about the host that ran the simulation: the only part that may differ between two runs.
struct HostFigures {
    double wall_s = 0;
    double sim_s = 0;
    std::uint64_t events = 0, tlps = 0, peak_rss_bytes = 0;
};

struct VariantResult {
    std::string name;
    std::map<std::string, Metric> metrics;
    std::map<std::string, Histogram> histograms;
    std::vector<LedgerRow> ledger;   ///< largest first
    LineProfile profile;             ///< of the handlers' part of it
    std::vector<CallRow> call_graph; ///< of the profile's functions
    /// Name and whether it held. A violation that is a quirk of the kernel's era counts under `quirks`
    /// and leaves its invariant true; a false one ends the program with exit code 6.
    std::map<std::string, bool> invariants;
    std::vector<std::string> violations; ///< a sentence for each broken invariant, first 20
    std::map<std::string, std::uint64_t> quirks;
    std::vector<StoryStep> story;
    /// Why simulated time is approximate, a phrase for each reason ("memory model off"). Empty: every
    /// instruction was counted in the POWER build of the handlers.
    std::vector<std::string> approximations;
    std::optional<HandlersUsed> handlers; ///< none: the variant died before they were loaded
    nlohmann::ordered_json replay;        ///< figures of a recorded guest, or of a recording; null: there was none
    HostFigures host;
    std::string error;       ///< not empty: the variant did not finish, and why
    bool user_error = false; ///< the error is the user's to mend: exit code 2 instead of 1

    /// Enters a metric; unit, direction and meaning come from the catalogue, which must know \p metric.
    void set(std::string_view metric, std::uint64_t value);

    /// "ppc64le-blocks" or "approximate".
    std::string timing() const;

    /// `host` is the last key.
    nlohmann::ordered_json to_json() const;
    /// \p json was made by to_json(), or stands in a result document; anything else throws
    /// nlohmann::json::exception.
    static VariantResult from_json(const nlohmann::ordered_json &json);
};

enum class Verdict { pass, fail, not_run };

/// What became of one `expect` line.
struct ExpectationOutcome {
    std::string variant, metric;
    std::string unit;                                         ///< of value and bounds
    std::optional<std::int64_t> value;                        ///< absent: not run, or no sample
    std::optional<std::int64_t> min, max, equals;             ///< as the scenario says
    std::string above, below;                                 ///< names of the variants compared with, or empty
    std::optional<std::int64_t> above_value, below_value;     ///< their values of the same metric
    std::optional<std::int64_t> published_min, published_max; ///< the published figure; equal where it is no range
    std::string source;
    std::string where; ///< "file:line" of the expectation
    Verdict verdict = Verdict::fail;
    std::string reason; ///< why it failed or did not run, for people; empty when passed

    nlohmann::ordered_json to_json() const;
};

/// One run of a scenario: everything that the reports show.
struct RunReport {
    std::string scenario, about;
    std::string file;   ///< as given
    std::string sha256; ///< of the file, what it extends and the arguments of --set
    std::uint64_t seed = 1;
    bool interrupted = false;
    std::vector<VariantResult> variants; ///< in scenario order
    std::vector<ExpectationOutcome> expect;
    std::vector<std::string> notes; ///< sentences about what the figures rest on and should not

    /// Every variant finished.
    bool complete() const;
    /// What the program ends with, the gravest first: 130 interrupted, 2 or 1 a variant did not finish,
    /// 6 an invariant or the ledger broken, 3 an expectation failed, 0.
    int exit_code() const;
};

} // namespace tcesim

#endif
