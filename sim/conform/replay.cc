// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/replay.h"

#include "sim/conform/commands.h"
#include "sim/conform/observation.h"
#include "sim/conform/record_format.h"

#include <sstream>
#include <stdexcept>

namespace tcesim::conform {

namespace {

bool has_quirk(const Json &op, const char *quirk) {
    for (const auto &tag : op.value("quirk", Json::array())) {
        if (tag == quirk)
            return true;
    }
    return false;
}

/// Memory outside tables was read or written, as a harness with padding lets it happen.
bool wrote_out_of_bounds(const Json &op) {
    return has_quirk(op, "oob") || has_quirk(op, "oob_write");
}

bool is_hypercall(const Json &op) {
    return op.contains("s");
}

/// Whether entries, regions or marks have changed. A container may have made its default window.
bool changed(const Json &state) {
    return state.contains("d") || state.contains("rg") || state.contains("dp") || state.contains("rd");
}

void take(const Json &from, std::initializer_list<const char *> fields, Json *to) {
    for (const char *field : fields)
        if (from.contains(field))
            (*to)[field] = from[field];
}

struct Opcode {
    u64 number;
    const char *value; ///< field that is the third argument
    const char *count; ///< the fourth
};

Opcode opcode_of(const std::string &command) {
    if (command == "put")
        return {H_PUT_TCE, "tce", nullptr};
    if (command == "ind")
        return {H_PUT_TCE_INDIRECT, "list", "npages"};
    if (command == "stuff")
        return {H_STUFF_TCE, "tce", "npages"};
    return {H_GET_TCE, nullptr, nullptr};
}

class Replayer {
public:
    Replayer(const struct hcall_object &handlers, const Recording &recording, const Sequence &sequence, Observer *observer)
        : recording_(recording), sequence_(sequence), observer_(*observer), machine_(handlers), observation_(&machine_),
          commands_(&machine_) {}

    Outcome run();

private:
    void record(const Json &record);
    void check_point(const Json &record);
    void hypercall(const Json &op);
    void command(const Json &op);
    Json stage(const Json &op, bool real_mode);
    Json stages(const Json &op);
    void write_list(const Json &op);
    void compare(const Json &record, const Json &expected, const Json &got);
    void must_be_refused(const Json &op, const Json &got);

    const Recording &recording_;
    const Sequence &sequence_;
    Observer &observer_;
    Machine machine_;
    Observation observation_;
    Commands commands_;
    Outcome outcome_;
    bool stop_ = false;
};

Outcome Replayer::run() {
    for (const Record &next : sequence_.records) {
        observer_.begins(next.json);
        try {
            record(next.json);
        } catch (const NoSuchThing &error) {
            throw recording_.bad(next, error.what());
        }
        if (stop_)
            break;
    }
    return outcome_;
}

void Replayer::record(const Json &record) {
    if (record["t"] != "op")
        check_point(record);
    else if (is_hypercall(record))
        hypercall(record);
    else
        command(record);
}

void Replayer::compare(const Json &record, const Json &expected, const Json &got) {
    outcome_.compared++;
    observer_.compared({record, expected, got});
    if (expected == got)
        return;
    outcome_.divergence = {record["i"], operation_in_words(record), differences(expected, got)};
    stop_ = true;
}

void Replayer::check_point(const Json &record) {
    compare(record, canonical_state(record), observation_.state(record["t"] == "dump"));
}

void Replayer::write_list(const Json &op) {
    u64 ua = 0, hpa = 0, at = hex(op["list"]);
    std::istringstream values(op["vals"].get<std::string>());
    for (std::string value; values >> value; at += sizeof(u64)) {
        if (machine_.calls.host.gpa_to_ua(machine_.host, at, &ua) && machine_.world.memory.translate(ua, &hpa))
            machine_.world.memory.write64(hpa, plain::big_endian(hex(value)));
    }
}

Json Replayer::stage(const Json &op, bool real_mode) {
    const Opcode opcode = opcode_of(op["c"]);
    const u64 liobn = hex(op["liobn"]), ioba = hex(op["ioba"]);
    const u64 value = opcode.value ? hex(op[opcode.value]) : 0, count = opcode.count ? hex(op[opcode.count]) : 0;
    u64 result = 0;
    long rc = 0;
    observation_.begin();
    const std::string bug = machine_.world.run([&] {
        rc = machine_.calls.host.hypercall(machine_.host, real_mode, opcode.number, liobn, ioba, value, count, &result);
    });
    Json stage = observation_.end(real_mode);
    stage["m"] = real_mode ? "rm" : "vm";
    if (!bug.empty())
        stage["bug"] = bug;
    else
        stage["rc"] = rc;
    if (bug.empty() && opcode.number == H_GET_TCE && rc == H_SUCCESS)
        stage["v"] = to_hex(result);
    return stage;
}

Json Replayer::stages(const Json &op) {
    Json result = Json::array();
    if (op["mode"] == "rm")
        result.push_back(stage(op, true));
    if (result.empty() || result[0].value("rc", 0L) == H_TOO_HARD)
        result.push_back(stage(op, false));
    return result;
}

void Replayer::must_be_refused(const Json &op, const Json &got) {
    Json refusal = Json::object();
    if (is_hypercall(op))
        refusal = Json::array({{{"m", op["mode"]}, {"rc", H_PARAMETER}}});
    else
        refusal["r"] = 1;
    Json compared = got;
    if (!is_hypercall(op) && !changed(got))
        compared = {{"r", got.value("r", Json())}};
    compare(op, refusal, compared);
    if (!outcome_.divergence)
        outcome_.out_of_bounds = {op["i"], is_hypercall(op) ? "H_PARAMETER" : "+1"};
    stop_ = true;
}

void Replayer::hypercall(const Json &op) {
    if (op["c"] == "ind")
        write_list(op);
    const Json got = stages(op);
    if (wrote_out_of_bounds(op))
        return must_be_refused(op, got);
    Json expected = Json::array();
    for (const auto &recorded : op["s"]) {
        Json stage = canonical(recorded);
        take(recorded, {"m", "rc", "v", "bug"}, &stage);
        expected.push_back(stage);
    }
    compare(op, expected, got);
    if (got.back().contains("bug"))
        stop_ = true;
}

void Replayer::command(const Json &op) {
    observation_.begin();
    Json answer;
    try {
        answer = commands_.run(op);
    } catch (const HostStops &stopped) {
        if (!machine_.host)
            throw std::runtime_error(std::string("the host stops before it runs: ") + stopped.what());
        answer = {{"bug", stopped.what()}};
        stop_ = true;
    }
    Json got = observation_.end(false);
    got.update(answer);
    if (wrote_out_of_bounds(op))
        return must_be_refused(op, got);
    Json expected = canonical(op);
    if (op.contains("r"))
        expected["r"] = op["r"];
    for (const auto &[field, value] : answer.items())
        if (op.contains(field))
            expected[field] = op[field];
    for (const auto &[field, value] : op.items())
        if (field.size() > 2 && field.compare(0, 2, "hw") == 0)
            expected[field] = value;
    compare(op, expected, got);
    if (has_quirk(op, "use_after_free"))
        stop_ = true; // the recorded kernel goes on with an object that it has freed
}

} // namespace

Outcome replay(const struct hcall_object &handlers, const Recording &recording, const Sequence &sequence, Observer &observer) {
    return Replayer(handlers, recording, sequence, &observer).run();
}

} // namespace tcesim::conform
