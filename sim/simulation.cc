// SPDX-License-Identifier: Apache-2.0
#include "sim/simulation.h"

#include <algorithm>
#include <cctype>

#include "sim/death_watch.h"
#include "sim/handler_symbols.h"
#include "sim/machine.h"
#include "sim/measurement.h"
#include "sim/narrator.h"
#include "sim/process_end.h"
#include "sim/quantity_text.h"
#include "sim/replay/recorder.h"
#include "sim/scenario/scenario.h"
#include "sim/story.h"

namespace tcesim {

namespace {

/// What has to happen at fixed instants whatever the machine does.
class Conductor {
public:
    Conductor(Machine &machine, ProgressSink &progress)
        : machine_(machine), progress_(progress), step_(std::max<ps_t>(machine.measured_to() / 1000, 1)),
          begin_(Event::member<&Conductor::begin>(EventClass::end, this)),
          end_(Event::member<&Conductor::end>(EventClass::end, this)),
          tick_(Event::member<&Conductor::tick>(EventClass::end, this)),
          kill_(Event::member<&Conductor::kill>(EventClass::end, this)) {
        machine.timeline().schedule(begin_, machine.measured_from());
        machine.timeline().schedule(tick_, step_);
        machine.timeline().schedule(end_, machine.measured_to());
        if (const auto when = machine.killed_at())
            machine.timeline().schedule(kill_, *when);
    }

    const Counters &before() const { return before_; }
    const Counters &after() const { return after_; }
    bool finished() const { return finished_; }

private:
    void begin() {
        before_ = count(machine_);
        machine_.workload().begin_measured();
    }
    void end() {
        after_ = count(machine_);
        machine_.workload().end_measured();
        machine_.vcpu().settle(machine_.measured_to());
        finished_ = true;
        machine_.timeline().stop();
    }
    void kill() { machine_.kill_process(); }
    void tick() {
        const ps_t now = machine_.timeline().now();
        progress_.report(now, machine_.measured_to());
        // Only our own events and a sleeping vCPU: nothing will ever happen again.
        const std::size_t ours = begin_.pending() + end_.pending() + kill_.pending();
        if (!machine_.workload().finished() && !machine_.killed() && machine_.vcpu().asleep() &&
            machine_.timeline().pending() == ours + 1) {
            machine_.timeline().stop();
            return;
        }
        if (now + step_ <= machine_.measured_to())
            machine_.timeline().schedule(tick_, now + step_);
    }

    Machine &machine_;
    ProgressSink &progress_;
    const ps_t step_;
    Event begin_, end_, tick_, kill_;
    Counters before_, after_;
    bool finished_ = false;
};

/// What ended a run before its time, for the user.
std::string premature_end(Machine &machine, const Narrator &narrator, const std::string &handlers) {
    if (const auto call = narrator.under_way())
        return handlers + ": " + call->what + " does not return: at " +
               scaled(static_cast<std::int64_t>(machine.vcpu().now()), "ps") +
               " it began to wait for a lock that nobody gives back";
    std::string text = "nothing happens any more after " + std::to_string(machine.timeline().now() / 1'000'000) +
                       " us: " + machine.workload().standstill();
    for (const std::string &violation : machine.checker().violations())
        text += "; " + violation;
    return text;
}

/// "POWER8"
std::string capitals(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word;
}

VariantResult user_error(std::string message) {
    VariantResult result;
    result.error = std::move(message);
    result.user_error = true;
    return result;
}

VariantResult simulate(const scenario::Variant &variant, const HandlerObject &object, const RunOptions &options,
                       ProgressSink &progress) {
    Narrator narrator(progress);
    narrator.set_up();
    Machine machine("machine", variant.config, object, options);
    std::optional<replay::LogFile> log;
    std::optional<replay::Recorder> recorder;
    if (options.record) {
        log.emplace(*options.record);
        machine.listen_to_traces(recorder.emplace(*log, variant.config, machine.port()));
    }
    machine.set_up();
    if (!machine.problem().empty())
        return user_error(machine.problem());
    std::optional<Story> story;
    if (options.follow)
        machine.watch(story.emplace(*options.follow));
    machine.listen(narrator);
    Conductor conductor(machine, progress);
    narrator.run(machine.vcpu());
    sc_core::sc_start();

    VariantResult result;
    if (!conductor.finished()) {
        result.error = premature_end(machine, narrator, object.used.object);
        return result;
    }
    const ps_t measured = machine.measured_to() - machine.measured_from();
    if (machine.killed() && !machine.end_time())
        return user_error("traffic.duration (" + scaled(static_cast<std::int64_t>(measured), "ps") +
                          ") is too short: the process that is killed in it has not ended by its end");
    if (const auto call = narrator.unfinished(machine.measured_to(), measured); call && !machine.killed()) {
        result.error = object.used.object + ": " + *call;
        return result;
    }
    if (const std::string unfinished = machine.workload().unfinished(); !unfinished.empty() && !machine.killed_at())
        return user_error("traffic.duration (" + scaled(static_cast<std::int64_t>(measured), "ps") +
                          ") is too short: " + unfinished);
    narrator.inspection();
    fill_result(machine, conductor.before(), conductor.after(), variant.config, result);
    if (recorder) {
        result.replay = {{"calls", recorder->calls()}, {"live", recorder->live()}};
        if (!log->finish().empty())
            return user_error(log->problem());
    }
    judge_end(machine, result);
    if (!options.memory_model)
        result.approximations.emplace_back("memory model off");
    for (std::string &approximation : approximations_of(variant.config, object))
        result.approximations.push_back(std::move(approximation));
    if (story)
        result.story = story->steps();
    return result;
}

} // namespace

std::vector<std::string> approximations_of(const scenario::Config &config, const HandlerObject &object) {
    std::vector<std::string> all;
    const std::string machine_name = to_string(config.machine.name);
    const std::string weighed_as = to_string(config.machine.weights);
    if (object.used.weights_from.rfind("x86", 0) == 0)
        all.emplace_back("weights of x86 code");
    if (machine_name != weighed_as)
        all.push_back(capitals(machine_name) + " weighed with " + capitals(weighed_as) + " code");
    return all;
}

VariantResult run_with_handlers(const scenario::Config &config, ProgressSink &progress,
                                const std::function<VariantResult(const HandlerObject &)> &simulation) {
    std::string error;
    progress.handlers(handlers_name(config.host));
    progress.doing("their loading");
    const std::optional<HandlerObject> object = load_handlers(config, error);
    VariantResult result;
    if (!object) {
        result.error = error;
        result.user_error = config.host.handlers.has_value();
        return result;
    }
    static const HandlerSymbols symbols(object->handlers); // for as long as the process
    watch_handlers(symbols);
    result = simulation(*object);
    result.handlers = object->used;
    return result;
}

VariantResult run_variant(const scenario::Scenario &, const scenario::Variant &variant, const RunOptions &options,
                          ProgressSink &progress) {
    VariantResult result = run_with_handlers(variant.config, progress, [&](const HandlerObject &object) {
        return simulate(variant, object, options, progress);
    });
    result.name = variant.name;
    return result;
}

} // namespace tcesim
