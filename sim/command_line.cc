// SPDX-License-Identifier: Apache-2.0
#include "sim/command_line.h"

#include "sim/conform/options.h"
#include "sim/replay/pace.h"
#include "sim/scenario/units.h"
#include "sim/scenario/words.h"
#include "sim/text_layout.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>

namespace tcesim {

namespace {

namespace po = boost::program_options;

struct CommandInfo {
    const char *name;
    Command command;
    const char *arguments;
    std::size_t most_operands;
    const char *about;
};

const std::vector<CommandInfo> commands = {
    {"run", Command::run, "FILE", 1, "simulate a scenario's variants side by side"},
    {"annotate", Command::annotate, "FILE [SOURCE]", 2, "where the handlers' time goes, line by line"},
    {"lint", Command::lint, "FILE", 1, "check a scenario; silent when it is right"},
    {"params", Command::params, "FILE", 1, "the machine's constants, and how far to trust each"},
    {"validate", Command::validate, "[FILE...]", SIZE_MAX, "published figures beside simulated ones"},
    {"conform", Command::conform, "FILE...", 0, "handlers against recorded kernels, call by call"},
    {"record", Command::record, "FILE", 1, "hypercalls of a scenario's guest as QEMU logs them"},
    {"replay", Command::replay, "LOG", 1, "hypercalls of a recorded guest"},
    {"metrics", Command::metrics, "", 0, "every metric, and what it counts"},
    {"help", Command::help, "[SUB-COMMAND]", 1, "this text, or the options of a sub-command"},
};

const CommandInfo *find_command(const std::string &name) {
    const auto found =
        std::find_if(commands.begin(), commands.end(), [&name](const CommandInfo &c) { return c.name == name; });
    return found == commands.end() ? nullptr : &*found;
}

/// Options of one sub-command: only those that do something there. Every value is read as text,
/// because the library takes "-1" for an unsigned number.
po::options_description options_of(Command command) {
    po::options_description options("Options", text_width, text_width / 2);
    auto add = options.add_options();
    const auto text = [](const char *name) { return po::value<std::string>()->value_name(name); };
    const auto list = [](const char *name) {
        return po::value<std::vector<std::string>>()->composing()->value_name(name);
    };
    const bool records = command == Command::record;
    const bool runs = command == Command::run || command == Command::annotate || records;
    const bool replays = command == Command::replay;
    if (runs || replays || command == Command::lint || command == Command::params)
        add("set", list("PATH=VALUE"), "override a value of the scenario; repeatable");
    if (runs || replays || command == Command::params)
        add("variant", list("NAME"), "only this variant; repeatable");
    if ((runs && !records) || replays || command == Command::params || command == Command::validate)
        add("no-color", "no colour; NO_COLOR in the environment does the same");
    if (command == Command::validate)
        add("list", "only name the rows and their kinds; nothing is run");
    if (replays) {
        add("scenario", text("FILE"), "machine, host and variants; default: scenarios/cxgb3_10g.yaml");
        add("pace", text("recorded|asap|xN"),
            "time between calls: as recorded, none, or N times what was recorded, as x0.1; default: asap");
        add("ram", text("SIZE"), "memory of the guest, as 2GiB; default: from what the log names");
        add("parse-only", "only tell what the log holds, and which of its lines cannot be read");
    }
    if (command == Command::run || command == Command::validate)
        add("json", text("FILE"), "write the results as JSON; - is standard output, which then holds nothing else");
    if (command == Command::run)
        add("follow", text("N"),
            "tell the story of packet N of the measured phase, counted from 1; of the last variant if none is named");
    if (command == Command::run || command == Command::validate)
        add("kernel", text("fast|systemc"),
            "systemc: one wake-up of the SystemC kernel per event; same results, slower");
    if (records)
        add("out", text("LOG"), "the log; compressed if its name ends in .gz");
    if (command == Command::run)
        add("quiet", "no progress; print only what failed");
    if (command == Command::annotate) {
        add("top", text("N"), "show the N hottest lines; default: 20");
        add("folded", text("FILE"),
            "write the time as folded stacks, in picoseconds, for flamegraph.pl; - is standard "
            "output, which then holds nothing else");
        add("speedscope", text("FILE"), "write it for https://www.speedscope.app; - as above");
        add("source", text("DIR"),
            "the directory of the handlers that ran, where it is neither what their object is "
            "named after nor hcall/");
    }
    if (runs)
        add("seed", text("N"), "seed of the random streams, instead of the scenario's");
    if (runs || replays || command == Command::validate) {
        if (!records)
            add("jobs,j", text("N"), "simulate at most N variants at a time; default: one for each processor");
        add("stall", text("SECONDS"),
            "end a variant that makes no simulated progress for so long, and say where it is; default: 60");
    }
    if (runs)
        add("exact-loops", "long loops of the handlers run step by step: same results, slower");
    if (!replays)
        add("no-cache", "no caches: memory accesses cost nothing, results are approximate");
    add("help,h", "all options of the sub-command");
    add("version", "version of the program");
    return options;
}

std::vector<std::string> option_names(Command command) {
    std::vector<std::string> names;
    const po::options_description options = options_of(command);
    for (const auto &option : options.options())
        names.push_back("--" + option->long_name());
    return names;
}

bool looks_like_file(const std::string &argument) {
    const auto ends_with = [&argument](const std::string &end) {
        return argument.size() > end.size() && argument.compare(argument.size() - end.size(), end.size(), end) == 0;
    };
    return argument.find('/') != std::string::npos || ends_with(".yaml") || ends_with(".yml");
}

/// Reads the values that the library has taken apart.
class Values {
public:
    Values(const po::variables_map &map, CommandLine &line) : map_(map), line_(line) {}

    bool flag(const char *name) const { return map_.count(name) != 0; }

    void text(const char *name, std::optional<std::string> &out) const {
        if (flag(name))
            out = map_[name].as<std::string>();
    }

    void list(const char *name, std::vector<std::string> &out) const {
        if (flag(name))
            out = map_[name].as<std::vector<std::string>>();
    }

    template <class Number>
    void number(const char *name, Number least, std::optional<Number> &out) {
        if (!flag(name))
            return;
        const auto &digits = map_[name].as<std::string>();
        Number value{};
        const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (status != std::errc{} || end != digits.data() + digits.size() || value < least)
            line_.error = std::string("--") + name + " takes a whole number from " + std::to_string(least) + ", not '" +
                          digits + "'";
        else
            out = value;
    }

private:
    const po::variables_map &map_;
    CommandLine &line_;
};

void take_kernel(const Values &values, CommandLine &line) {
    std::optional<std::string> kernel;
    values.text("kernel", kernel);
    if (kernel && *kernel != "fast" && *kernel != "systemc")
        line.error =
            "--kernel is fast or systemc, not '" + *kernel + "'" + scenario::did_you_mean(*kernel, {"fast", "systemc"});
    line.one_wakeup_per_event = kernel == "systemc";
}

void take_operands(const po::variables_map &map, const CommandInfo &info, CommandLine &line) {
    std::vector<std::string> operands;
    if (map.count("operands") != 0)
        operands = map["operands"].as<std::vector<std::string>>();
    if (info.command == Command::validate) {
        line.files = operands;
        return;
    }
    const bool takes_log = info.command == Command::replay;
    const bool takes_file = takes_log || std::string(info.arguments).find("FILE") == 0;
    if (takes_log && operands.empty())
        line.error = "which log? replay takes a LOG of a recorded guest";
    else if (takes_file && operands.empty())
        line.error = "which scenario? " + std::string(info.name) + " takes a FILE";
    else if (operands.size() > info.most_operands)
        line.error = "unexpected argument '" + operands.back() + "'";
    if (operands.empty() || !line.error.empty())
        return;
    (takes_file ? line.file : line.topic) = operands.front();
    if (!line.topic.empty() && find_command(line.topic) == nullptr)
        line.error = "no help for '" + line.topic + "'";
    if (operands.size() > 1)
        line.source_file = operands.back();
}

/// What would do nothing is refused.
void check_annotate(CommandLine &line) {
    if (line.source_file.empty() && line.handlers)
        line.error = "--source is for showing a SOURCE; which?";
    else if (!line.source_file.empty() && line.top)
        line.error = "--top is for the hot lines; all of " + line.source_file + " is shown";
    const bool folded_alone = line.folded == "-", speedscope_alone = line.speedscope == "-";
    if (folded_alone && speedscope_alone)
        line.error = "--folded and --speedscope cannot both go to standard output";
    else if ((folded_alone || speedscope_alone) && (line.top || !line.source_file.empty()))
        line.error = "standard output holds the stacks alone; name a file for them to see lines as well";
}

void take_ram(const Values &values, CommandLine &line) {
    constexpr std::uint64_t least = 256ULL << 20, most = 1ULL << 40;
    std::optional<std::string> text;
    values.text("ram", text);
    if (!text)
        return;
    const scenario::Quantity size = scenario::parse_quantity(*text, scenario::Dimension::bytes);
    if (!size.error.empty() || size.value < least || size.value > most || size.value % least != 0)
        line.error = "--ram takes a multiple of 256MiB up to 1TiB, as 2GiB, not '" + *text + "'";
    else
        line.ram = size.value;
}

/// What would do nothing is refused.
void check_replay(CommandLine &line) {
    if (line.pace && !replay::parse_pace(*line.pace))
        line.error = "--pace is recorded, asap, or x and a factor above 0 with at most six decimals, as x0.1; not '" +
                     *line.pace + "'";
    else if (line.parse_only && (line.scenario || line.pace || line.ram || !line.variants.empty() ||
                                 !line.set.empty() || line.jobs || line.stall || line.no_color))
        line.error = "--parse-only runs nothing: it goes with no other option";
}

void take_values(const po::variables_map &map, const CommandInfo &info, CommandLine &line) {
    Values values(map, line);
    if (values.flag("version")) {
        line.command = Command::version;
        return;
    }
    if (values.flag("help")) {
        line.command = Command::help;
        line.topic = info.command == Command::help ? "" : info.name;
        return;
    }
    values.list("set", line.set);
    values.list("variant", line.variants);
    values.text("json", line.json);
    values.number<std::uint64_t>("seed", 0, line.seed);
    values.number<std::uint64_t>("follow", 1, line.follow);
    values.number<unsigned>("jobs", 1, line.jobs);
    values.number<unsigned>("stall", 1, line.stall);
    values.number<unsigned>("top", 1, line.top);
    values.text("source", line.handlers);
    values.text("folded", line.folded);
    values.text("speedscope", line.speedscope);
    line.quiet = values.flag("quiet");
    line.list = values.flag("list");
    line.parse_only = values.flag("parse-only");
    values.text("scenario", line.scenario);
    values.text("pace", line.pace);
    values.text("out", line.out);
    take_ram(values, line);
    line.no_color = values.flag("no-color");
    line.exact_loops = values.flag("exact-loops");
    line.no_cache = values.flag("no-cache");
    take_kernel(values, line);
    take_operands(map, info, line);
    if (line.error.empty() && line.command == Command::annotate)
        check_annotate(line);
    if (line.error.empty() && line.command == Command::replay)
        check_replay(line);
    if (line.error.empty() && line.command == Command::record && (!line.out || line.out->empty()))
        line.error = "record writes a log: which? --out LOG";
    if (line.error.empty() && line.list && line.json)
        line.error = "--list runs nothing, so there are no results for --json";
}

void parse(const CommandInfo &info, const std::vector<std::string> &arguments, CommandLine &line) {
    line.command = info.command;
    po::options_description all = options_of(info.command);
    all.add_options()("operands", po::value<std::vector<std::string>>(), "");
    po::positional_options_description positional;
    positional.add("operands", -1);
    namespace style = po::command_line_style;
    try {
        po::variables_map map;
        po::store(po::command_line_parser(arguments)
                      .options(all)
                      .positional(positional)
                      .style(style::unix_style & ~style::allow_guessing)
                      .run(),
                  map);
        take_values(map, info, line);
    } catch (const po::unknown_option &unknown) {
        const std::string option = unknown.get_option_name();
        const std::string name = option.substr(0, option.find('='));
        line.error = "unknown option '" + name + "'" + scenario::did_you_mean(name, option_names(info.command));
    } catch (const po::error &error) {
        line.error = error.what();
    }
}

/// Another program reads the arguments again; what is wrong or asks for help ends here.
void parse_conform(const std::vector<std::string> &arguments, CommandLine &line) {
    const conform::Options options = conform::parse_options(arguments);
    line.command = options.help ? Command::help : Command::conform;
    line.topic = options.help ? "conform" : "";
    line.conform = arguments;
    line.error = options.error;
}

/// The library fills its lines up.
std::string lines_without_trailing_spaces(const std::string &text) {
    std::istringstream lines(text);
    std::string trimmed;
    for (std::string line; std::getline(lines, line);)
        trimmed += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return trimmed;
}

std::string annotate_help() {
    return paragraph(
               "FILE is a scenario, which is run, or a result that --json wrote. Without SOURCE the hottest lines "
               "are shown; SOURCE is a file of hcall/, as kvm/put_tce.c, and shown as a whole, of the last "
               "variant if none is named. In stacks, who called a function is told by the number of calls: "
               "its time is divided among its callers in proportion, as gprof does.",
               0) +
           "\n";
}

std::string validate_help() {
    return paragraph(
               "FILE is a scenario with validate rows; without one, all of scenarios/validation. Only a predicted "
               "row is validation: an input row restates a constant, a fitted one was used to choose one, a "
               "verified one checks a formula. A row without a tolerance shows its error and decides nothing.",
               0) +
           "\n";
}

std::string replay_help() {
    return paragraph(
               "LOG is text, plain or compressed with gzip: QEMU's trace events spapr_iommu_*, or Linux' tracepoints "
               "kvm_hv:kvm_hcall_enter and kvm_hcall_exit, powerpc:hcall_entry and hcall_exit, or dma:*, as ftrace, "
               "perf "
               "script or trace-cmd report print them. Which of them it is, the program finds out.",
               0) +
           "\n";
}

std::string general_help() {
    std::string text = "tcesim: what a guest's DMA costs on POWER, from hypercall to wire\n\n"
                       "  tcesim scenarios/cxgb3_10g.yaml\n"
                       "  tcesim run scenarios/cxgb3_10g.yaml --variant real --set traffic.duration=20ms\n\n"
                       "Sub-commands\n";
    for (const CommandInfo &info : commands)
        text += "  " + padded(std::string(info.name) + " " + info.arguments, 22) + "  " + info.about + "\n";
    return text + "\nA FILE alone means run. 'tcesim help SUB-COMMAND' lists the options.\n"
                  "Exit codes: 0 ok, 1 internal error, 2 usage or scenario error, 3 an expectation\n"
                  "failed, 6 an invariant or the ledger broken or a replay that differs from its\n"
                  "log, 130 interrupted.\n";
}

} // namespace

CommandLine parse_command_line(const std::vector<std::string> &arguments) {
    CommandLine line;
    if (arguments.empty()) {
        line.error = "which scenario? Try 'tcesim scenarios/cxgb3_10g.yaml', or 'tcesim help'";
        return line;
    }
    const std::string &first = arguments.front();
    if (first == "-h" || first == "--help") {
        parse(*find_command("help"), {arguments.begin() + 1, arguments.end()}, line);
    } else if (first == "conform") {
        parse_conform({arguments.begin() + 1, arguments.end()}, line);
    } else if (const CommandInfo *info = find_command(first)) {
        parse(*info, {arguments.begin() + 1, arguments.end()}, line);
    } else if (first[0] == '-' || looks_like_file(first)) {
        parse(*find_command("run"), arguments, line);
    } else {
        std::vector<std::string> names;
        for (const CommandInfo &known : commands)
            names.emplace_back(known.name);
        line.error = "unknown sub-command '" + first + "'" + scenario::did_you_mean(first, names);
    }
    return line;
}

std::string help_text(const std::string &topic) {
    const CommandInfo *info = topic.empty() ? nullptr : find_command(topic);
    if (info == nullptr || info->command == Command::help)
        return general_help();
    if (info->command == Command::conform)
        return conform::help_text();
    std::ostringstream options;
    options << options_of(info->command);
    return "tcesim " + topic + (*info->arguments != 0 ? " " : "") + info->arguments + ": " + info->about + "\n\n" +
           (info->command == Command::annotate   ? annotate_help()
            : info->command == Command::validate ? validate_help()
            : info->command == Command::replay   ? replay_help()
                                                 : "") +
           lines_without_trailing_spaces(options.str());
}

} // namespace tcesim
