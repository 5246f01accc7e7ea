// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/program.h"

#include "models/plain/plain_port.h"
#include "sim/conform/options.h"
#include "sim/conform/report.h"
#include "sim/text_layout.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace tcesim::conform {

namespace {

constexpr int exit_passed = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

/// Where the handlers are, for a message that must not allocate.
char present_place[512] = "before the first operation";

void say_and_end(const char *what) {
    const char *const parts[] = {"tcesim: conform: ", present_place, ": ", what, "\n"};
    for (const char *part : parts)
        if (write(STDERR_FILENO, part, std::strlen(part)) < 0)
            break;
    _exit(exit_failed);
}

#ifndef __SANITIZE_ADDRESS__
void crashed(int signal) {
    say_and_end(signal == SIGSEGV  ? "the handlers crash: they touch memory that is not there"
                : signal == SIGBUS ? "the handlers crash: they touch memory that is not there (bus error)"
                : signal == SIGFPE ? "the handlers crash: arithmetic error"
                                   : "the handlers crash: no such instruction");
}
#endif

/// Handlers that crash or ask for the impossible end the program; the message then names the operation.
void watch_for_the_worst() {
    plain::PlainPort::on_fatal = [](const char *what) { say_and_end(what); };
#ifndef __SANITIZE_ADDRESS__
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(signal, crashed);
#endif
}

void complain(const std::string &message) {
    std::fprintf(stderr, "tcesim: %s\n", message.c_str());
}

/// Remembers where the handlers are, and tells a sequence if it is to be told.
class Teller : public Observer {
public:
    Teller(const std::string &path, const Sequence &sequence, bool explains)
        : path_(path), sequence_(sequence), explains_(explains) {}

    void begins(const Json &record) override {
        std::snprintf(present_place, sizeof(present_place), "%s, sequence %llu %s, operation %s: %s", path_.c_str(),
                      static_cast<unsigned long long>(sequence_.number), sequence_.name.c_str(),
                      record["i"].dump().c_str(), command(record).c_str());
    }
    void compared(const Compared &operation) override {
        if (explains_)
            text += operation_explained(operation);
    }

    std::string text;

private:
    static std::string command(const Json &record) {
        return record["t"] == "op" ? record["c"].dump() : record["t"].dump();
    }

    const std::string &path_;
    const Sequence &sequence_;
    bool explains_;
};

class Program {
public:
    Program(Options options, const FindHandlers &find_handlers)
        : options_(std::move(options)), find_handlers_(find_handlers) {}

    /// \returns false with a message to the user
    bool run();
    std::string text() const;
    bool failed() const { return failed_ != 0; }

private:
    bool run_file(const std::string &path);
    void run_sequence(const struct hcall_object &handlers, const Recording &recording, const Sequence &sequence,
                      FileOutcome *file);
    bool enough() const { return options_.stop_after && failed_ >= *options_.stop_after; }

    Options options_;
    const FindHandlers &find_handlers_;
    std::string text_;
    std::string explained_;
    u64 passed_ = 0;
    u64 failed_ = 0;
};

void Program::run_sequence(const struct hcall_object &handlers, const Recording &recording, const Sequence &sequence,
                           FileOutcome *file) {
    Teller teller(recording.path(), sequence, options_.explain && options_.only);
    Outcome outcome = replay(handlers, recording, sequence, teller);
    file->sequences++;
    file->compared += outcome.compared;
    const bool fails = outcome.divergence.has_value();
    if (options_.explain && fails && !failed_ && !options_.only) {
        Teller again(recording.path(), sequence, true);
        replay(handlers, recording, sequence, again);
        teller.text = again.text;
    }
    if (!teller.text.empty())
        explained_ +=
            paragraph(recording.path() + ", sequence " + std::to_string(sequence.number) + " " + sequence.name + ":",
                      0) +
            teller.text;
    file->failed += fails;
    failed_ += fails;
    passed_ += !fails;
    if (fails || outcome.out_of_bounds)
        file->notable.push_back({sequence.number, sequence.name, std::move(outcome)});
}

bool Program::run_file(const std::string &path) {
    Recording recording(path);
    std::string error;
    const struct hcall_object *const handlers = find_handlers_(options_.handlers, recording.preset(), &error);
    if (!handlers) {
        complain(path + ": " + error);
        return false;
    }
    FileOutcome file;
    file.path = path;
    file.preset = recording.preset();
    const bool first_failure = !failed_;
    for (Sequence sequence; !enough() && recording.next(&sequence);)
        if (!options_.only || sequence.number == *options_.only)
            run_sequence(*handlers, recording, sequence, &file);
    if (options_.only && !file.sequences) {
        complain(path + ": there is no sequence " + std::to_string(*options_.only));
        return false;
    }
    text_ += file_in_words(file, first_failure);
    return true;
}

bool Program::run() {
    for (const std::string &path : options_.files) {
        if (enough())
            break;
        if (!run_file(path))
            return false;
    }
    return true;
}

std::string Program::text() const {
    std::string text = explained_;
    if (options_.explain && explained_.empty())
        text += "nothing failed, so that there is nothing to explain; --only N explains any sequence\n";
    text += text_;
    if (enough())
        text += "stopped after " + std::to_string(failed_) + " failed\n";
    return text + std::to_string(passed_) + " passed, " + std::to_string(failed_) + " failed\n";
}

} // namespace

int run_program(const std::vector<std::string> &arguments, const FindHandlers &find_handlers) {
    Options options = parse_options(arguments);
    if (!options.error.empty()) {
        complain(options.error);
        return exit_usage;
    }
    std::string text = help_text();
    bool failed = false;
    if (!options.help) {
        watch_for_the_worst();
        Program program(std::move(options), find_handlers);
        try {
            if (!program.run())
                return exit_usage;
        } catch (const BadFile &error) {
            complain(error.what());
            return exit_usage;
        }
        text = program.text();
        failed = program.failed();
    }
    std::fputs(text.c_str(), stdout);
    if (std::fflush(stdout) != 0) {
        complain(std::string("cannot write to standard output: ") + std::strerror(errno));
        return exit_failed;
    }
    return failed ? exit_failed : exit_passed;
}

} // namespace tcesim::conform
