// SPDX-License-Identifier: Apache-2.0
#include "tests/conform/replay.h"

#include "tests/conform/commands.h"

#include <sstream>

namespace tcesim::conform {

const char *name_of(Deviation deviation) {
    switch (deviation) {
    case Deviation::PastWindowEnd:
        return "past the window's end";
    case Deviation::HostStops:
        return "the host stops";
    default:
        return "code of an injected failure";
    }
}

namespace {

bool has_quirk(const Json &op, const char *quirk) {
    for (const auto &tag : op.value("quirk", Json::array())) {
        if (tag == quirk)
            return true;
    }
    return false;
}

bool is_request(const Json &op) {
    return op.contains("s");
}

/// Whether @p op is one that the recorded kernel lets go on past the window's end, and here it is refused. Such an
/// operation must be refused where the kernel wrote out of bounds.
bool past_the_end(const Json &op, bool is_refused) {
    if (has_quirk(op, "oob") || has_quirk(op, "oob_write"))
        return true;
    return is_refused && has_quirk(op, "npages_not_checked_against_window_end");
}

/// What a refused request leaves behind: nothing.
bool unchanged(const Json &state) {
    return !state.contains("d") && !state.contains("lv") && !state.contains("rg") && !state.contains("k");
}

class Replayer {
public:
    explicit Replayer(const Sequence &sequence) : sequence_(sequence), observation_(&machine_), commands_(&machine_) {}

    Outcome run();

private:
    void check_point(const Json &record);
    void request(const Json &op);
    void command(const Json &op);
    Json stage(const Json &op, kvm_mode mode);
    Json stages(const Json &op);
    void write_list(const Json &op);
    void compare(const Json &op, const Json &expected, const Json &actual);
    void refused(const Json &op, Deviation deviation, bool as_expected);

    const Sequence &sequence_;
    Machine machine_;
    Observation observation_;
    Commands commands_;
    Outcome outcome_;
    bool stop_ = false;
};

Outcome Replayer::run() {
    for (const auto &record : sequence_.records) {
        if (record["t"] != "op")
            check_point(record);
        else if (is_request(record))
            request(record);
        else
            command(record);
        if (stop_ || !outcome_.mismatch.empty() || !outcome_.unsupported.empty())
            break;
    }
    return outcome_;
}

void Replayer::compare(const Json &op, const Json &expected, const Json &actual) {
    outcome_.compared++;
    if (expected == actual)
        return;
    std::ostringstream text;
    text << "sequence " << sequence_.number << " (" << sequence_.name << "), record " << op["i"] << "\n  "
         << op.dump().substr(0, 600)
         << "\n  difference recorded -> here: " << Json::diff(expected, actual).dump().substr(0, 2000);
    outcome_.mismatch = text.str();
}

void Replayer::check_point(const Json &record) {
    compare(record, canonical_state(record), observation_.state(record["t"] == "dump"));
}

void Replayer::write_list(const Json &op) {
    u64 gpa = hex(op["list"]), ua = 0, hpa = 0;
    std::istringstream values(op["vals"].get<std::string>());
    std::string value;
    for (u64 at = gpa; values >> value; at += sizeof(u64)) {
        if (kvm_gpa_to_ua(&machine_.kvm, at, &ua) && machine_.world.memory.translate(ua, &hpa))
            machine_.world.memory.write64(hpa, test::big_endian(std::stoull(value, nullptr, 16)));
    }
}

Json Replayer::stage(const Json &op, kvm_mode mode) {
    const std::string &command = op["c"].get_ref<const std::string &>();
    hcall call{};
    call.liobn = hex(op["liobn"]);
    call.ioba = hex(op["ioba"]);
    long rc = 0;
    auto handler = kvm_h_get_tce;
    if (command == "put") {
        call.value = hex(op["tce"]);
        handler = kvm_h_put_tce;
    } else if (command != "get") {
        call.value = hex(op[command == "ind" ? "list" : "tce"]);
        call.count = hex(op["npages"]);
        handler = command == "ind" ? kvm_h_put_tce_indirect : kvm_h_stuff_tce;
    }
    observation_.begin();
    std::string bug = machine_.world.run([&] { rc = handler(&machine_.kvm, &call, mode); });
    Json result = observation_.end(mode == KVM_REAL_MODE);
    result["m"] = mode == KVM_REAL_MODE ? "rm" : "vm";
    if (!bug.empty()) {
        result["bug"] = bug;
        return result;
    }
    result["rc"] = rc;
    if (command == "get" && rc == H_SUCCESS)
        result["v"] = to_hex(call.result);
    return result;
}

Json Replayer::stages(const Json &op) {
    Json result = Json::array();
    if (op["mode"] == "rm")
        result.push_back(stage(op, KVM_REAL_MODE));
    if (result.empty() || result[0].value("rc", 0L) == H_TOO_HARD)
        result.push_back(stage(op, KVM_VIRTUAL_MODE));
    return result;
}

void Replayer::refused(const Json &op, Deviation deviation, bool as_expected) {
    outcome_.compared++;
    outcome_.deviations.insert({op["i"], deviation});
    if (!as_expected)
        outcome_.mismatch = "sequence " + std::to_string(sequence_.number) + ", record " + op["i"].dump() +
                            ": not refused as it should be";
    stop_ = true;
}

void Replayer::request(const Json &op) {
    if (op["c"] == "ind")
        write_list(op);
    Json actual = stages(op);
    bool nothing_done = actual.size() == 1 && actual[0].value("rc", 0L) == H_PARAMETER && unchanged(actual[0]);
    if (past_the_end(op, nothing_done))
        return refused(op, Deviation::PastWindowEnd, nothing_done);
    if (op["f"] == "bug" && actual.back().value("rc", 0L) == H_TOO_HARD)
        return refused(op, Deviation::HostStops, true);
    Json expected = Json::array();
    for (const auto &recorded : op["s"]) {
        Json stage = canonical(recorded);
        for (const char *same : {"m", "rc", "v", "bug"}) {
            if (recorded.contains(same))
                stage[same] = recorded[same];
        }
        expected.push_back(stage);
    }
    compare(op, expected, actual);
    stop_ = op["f"] == "bug"; // the host has stopped
}

void Replayer::command(const Json &op) {
    observation_.begin();
    Answer answer = commands_.run(op);
    if (answer.unsupported) {
        outcome_.unsupported = answer.left_out;
        return;
    }
    if (!answer.left_out.empty()) {
        outcome_.left_out[answer.left_out]++;
        return;
    }
    Json actual = observation_.end(false);
    // The default window may have come into being; no entry has.
    bool nothing_done = answer.fields.value("r", Json()) == 1 && !actual.contains("d") && !actual.contains("rg");
    if (past_the_end(op, nothing_done))
        return refused(op, Deviation::PastWindowEnd, nothing_done);
    Json expected = canonical(op);
    for (const auto &[field, value] : answer.fields.items()) {
        actual[field] = value;
        if (op.contains(field))
            expected[field] = op[field];
    }
    for (const auto &[field, value] : op.items()) {
        if (field.size() == 3 && field.compare(0, 2, "hw") == 0)
            expected[field] = value;
    }
    if (answer.injected && expected["r"] != actual["r"]) {
        outcome_.deviations.insert({op["i"], Deviation::InjectedErrorCode});
        expected["r"] = actual["r"];
        expected.erase("fr"); // a table that was made and dropped in this one call is never seen here
    }
    compare(op, expected, actual);
    stop_ = has_quirk(op, "use_after_free"); // the recorded kernel goes on with an object that it has freed
}

} // namespace

Outcome replay(const Sequence &sequence) {
    return Replayer(sequence).run();
}

} // namespace tcesim::conform
