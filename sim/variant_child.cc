// SPDX-License-Identifier: Apache-2.0
#include "sim/variant_child.h"

#include "models/kernel/check.h"
#include "sim/death_watch.h"
#include "sim/quantity_text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <new>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcesim {

namespace {

/// Writes all of \p text; a reader that is gone is the parent, and then nobody cares.
void write_all(int fd, const std::string &text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = write(fd, text.data() + done, text.size() - done);
        if (written > 0)
            done += static_cast<std::size_t>(written);
        else if (errno != EINTR)
            return;
    }
}

/// Appends what \p fd holds now to \p text; closes it at its end and sets it to -1.
void read_available(int &fd, std::string &text) {
    std::array<char, 65536> buffer;
    while (fd >= 0) {
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        close(fd);
        fd = -1;
    }
}

/// The end of what a dying child printed, without the newline.
std::string last_words(std::string text) {
    constexpr std::size_t most = 4000;
    if (text.size() > most)
        text = "..." + text.substr(text.size() - most);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

int nonblocking_pipe(std::array<int, 2> &ends) {
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

void close_both(const std::array<int, 2> &ends) {
    close(ends[0]);
    close(ends[1]);
}

} // namespace

VariantChild::VariantChild() {
    void *memory = mmap(nullptr, sizeof(ProgressPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TCESIM_CHECK(memory != MAP_FAILED, "the host has a page of memory to share");
    page_ = new (memory) ProgressPage;
}

VariantChild::~VariantChild() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {result_fd_, text_fd_})
        if (fd >= 0)
            close(fd);
    munmap(page_, sizeof(ProgressPage));
}

void VariantChild::run_child(const VariantJob &job, const sigset_t &mask, pid_t parent, ProgressPage &page,
                             int result_fd, int text_fd) {
    // A parent that was killed takes its children along; it may have been killed just before this.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    // SystemC prints errors to stdout, where only the answer may stand.
    dup2(text_fd, STDOUT_FILENO);
    dup2(text_fd, STDERR_FILENO);
    int code = 0;
    try {
        ProgressSink sink(page);
        watch_for_death(page.last_words);
        using Json = nlohmann::ordered_json;
        write_all(result_fd, job.run(sink).to_json().dump(-1, ' ', false, Json::error_handler_t::replace));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "unexpected exception: %s\n", error.what());
        code = 1;
    }
    std::fflush(nullptr);
    _exit(code);
}

int VariantChild::start(const VariantJob &job, const sigset_t &mask) {
    std::array<int, 2> result;
    std::array<int, 2> text;
    if (const int error = nonblocking_pipe(result); error != 0)
        return error;
    if (const int error = nonblocking_pipe(text); error != 0) {
        close_both(result);
        return error;
    }
    // What is buffered now would be printed by the child, too.
    std::fflush(nullptr);
    const pid_t parent = getpid();
    started_ = last_look_ = Clock::now();
    pid_ = fork();
    if (pid_ == 0)
        run_child(job, mask, parent, *page_, result[1], text[1]);
    const int error = errno;
    close(result[1]);
    close(text[1]);
    result_fd_ = result[0];
    text_fd_ = text[0];
    return pid_ > 0 ? 0 : error;
}

void VariantChild::watch(std::vector<pollfd> &watched) const {
    for (const int fd : {result_fd_, text_fd_})
        if (fd >= 0)
            watched.push_back({fd, POLLIN, 0});
}

bool VariantChild::drain() {
    read_available(result_fd_, result_);
    read_available(text_fd_, text_);
    return result_fd_ < 0 && text_fd_ < 0;
}

void VariantChild::end(const std::string &why) {
    if (!end_reason_.empty())
        return;
    end_reason_ = why;
    kill(pid_, SIGKILL);
}

void VariantChild::ask(const std::string &why) {
    constexpr std::chrono::seconds patience{2};
    const auto now = Clock::now();
    if (ask_reason_.empty()) {
        ask_reason_ = why;
        asked_ = now;
        kill(pid_, ask_signal);
    } else if (now - asked_ >= patience) {
        end(ask_reason_);
    }
}

std::chrono::milliseconds VariantChild::stood_still_for() {
    // A look that comes late means that this process slept, perhaps with the child: see Ctrl-Z.
    constexpr std::chrono::milliseconds longest_look{1000};
    const auto now = Clock::now();
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_look_);
    last_look_ += since;
    still_ = now_ps() == last_ps_ ? still_ + std::min(since, longest_look) : std::chrono::milliseconds{0};
    last_ps_ = now_ps();
    return still_;
}

std::string VariantChild::reason(int status) const {
    if (!end_reason_.empty())
        return end_reason_;
    const std::string last_words = to_text(page_->last_words, ask_reason_);
    if (!last_words.empty())
        return last_words;
    if (WIFSIGNALED(status))
        return "ended by signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    if (WEXITSTATUS(status) != 0)
        return "ended with exit code " + std::to_string(WEXITSTATUS(status));
    return "ended without a result";
}

/// Why it died, in which object, doing what and when.
std::string VariantChild::obituary(int status) const {
    const std::string handlers = page_->handlers, doing = page_->doing;
    const bool blames_handlers = page_->last_words.cause != LastWords::Cause::none || !ask_reason_.empty();
    std::string text = (handlers.empty() || !blames_handlers ? "" : handlers + ": ") + reason(status);
    if (!doing.empty())
        text += " during " + doing;
    // A vCPU may run ahead of the others, even beyond the end.
    const std::uint64_t end = end_ps(), now = std::min(std::max(page_->last_words.now_ps, now_ps()), end);
    if (end != 0)
        text += ", " + scaled(static_cast<std::int64_t>(now), "ps") + " of " +
                scaled(static_cast<std::int64_t>(end), "ps") + " simulated";
    return text;
}

VariantResult VariantChild::finish() {
    int status = 0;
    rusage usage{};
    while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    ended_by_interrupt_ =
        end_reason_.empty() && WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM);
    VariantResult result;
    const auto json = nlohmann::ordered_json::parse(result_, nullptr, false);
    if (end_reason_.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0 && json.is_object()) {
        result = VariantResult::from_json(json);
    } else if (end_reason_.empty() && WIFEXITED(status) && WEXITSTATUS(status) == exit_usage) {
        result.user_error = true;
        result.error = last_words(text_);
    } else {
        result.error = ended_by_interrupt_ ? "interrupted" : obituary(status);
        if (!text_.empty())
            result.error += ": " + last_words(text_);
    }
    result.host.wall_s = std::chrono::duration<double>(Clock::now() - started_).count();
    result.host.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    return result;
}

std::string VariantChild::messages(const std::string &name) const {
    std::string all;
    std::istringstream lines(text_);
    for (std::string line; std::getline(lines, line);)
        all += name + ": " + line + "\n";
    return all;
}

} // namespace tcesim
