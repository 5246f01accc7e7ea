// SPDX-License-Identifier: Apache-2.0
/// \file
/// A log that is being written: under another name until it is whole, compressed if its name ends in .gz. What is no
/// regular file, as a pipe, is written to as it is.
#ifndef TCESIM_SIM_REPLAY_LOG_FILE_H
#define TCESIM_SIM_REPLAY_LOG_FILE_H

#include <string>
#include <string_view>

namespace tcesim::replay {

class LogFile {
public:
    /// What is wrong is in problem().
    explicit LogFile(std::string path);
    /// Removes what finish() has not made a log.
    ~LogFile();
    LogFile(const LogFile &) = delete;
    LogFile &operator=(const LogFile &) = delete;

    void write(std::string_view text);
    /// Gives the file its name. \returns problem().
    const std::string &finish();
    /// Why it cannot be written, for the user; empty if it can.
    const std::string &problem() const { return problem_; }

private:
    void fail(int error);

    std::string path_, temporary_;
    bool replaces_;
    void *file_;
    std::string problem_;
};

} // namespace tcesim::replay

#endif
