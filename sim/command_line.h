// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the user asked for.
#ifndef TCESIM_SIM_COMMAND_LINE_H
#define TCESIM_SIM_COMMAND_LINE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcesim {

enum class Command { run, annotate, lint, params, validate, metrics, conform, record, replay, help, version };

struct CommandLine {
    Command command = Command::help;
    std::string topic;                             ///< help: a sub-command, or empty
    std::string file;                              ///< the scenario; annotate: or a result document; replay: the log
    std::vector<std::string> files;                ///< validate: scenarios; empty: those that come with the program
    bool list = false;                             ///< validate: only name the rows
    std::string source_file;                       ///< annotate: the file of hcall/ to show, or empty
    std::optional<std::string> handlers;           ///< annotate: directory of their source
    std::optional<std::string> folded, speedscope; ///< annotate: files for stacks, "-" for stdout
    std::optional<unsigned> top;                   ///< annotate: number of hot lines, from 1
    std::vector<std::string> set;                  ///< "path=value", in the order given
    std::vector<std::string> variants;             ///< names; empty: all
    std::optional<std::string> json;               ///< file for the results, "-" for stdout
    std::optional<std::uint64_t> seed;             ///< instead of the scenario's
    std::optional<std::uint64_t> follow;           ///< number of a packet, from 1
    std::optional<unsigned> jobs;                  ///< most children at a time, from 1
    std::optional<unsigned> stall;       ///< host seconds without simulated progress that end a variant, from 1
    std::vector<std::string> conform;    ///< conform: its arguments as they are, which are right
    std::optional<std::string> out;      ///< record: the log
    std::optional<std::string> scenario; ///< replay: machine and host; none: those of the headline
    std::optional<std::string> pace;     ///< replay: recorded, asap or x and a factor
    std::optional<std::uint64_t> ram;    ///< replay: bytes
    bool parse_only = false;             ///< replay: only tell what the log holds
    bool quiet = false;                  ///< no progress, and only failures are printed
    bool no_color = false;
    bool one_wakeup_per_event = false; ///< --kernel=systemc
    bool exact_loops = false;
    bool no_cache = false;

    std::string error; ///< not empty: a message for the user, and nothing else here counts
};

/// \p arguments: without the program's name. A first argument that is no sub-command but looks like a
/// file (it holds '/' or ends in .yaml or .yml) is the scenario of `run`.
CommandLine parse_command_line(const std::vector<std::string> &arguments);

/// Text of `tcesim help`, or of `tcesim help TOPIC` for a sub-command.
std::string help_text(const std::string &topic);

} // namespace tcesim

#endif
