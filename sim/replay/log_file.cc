// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace tcesim::replay {

namespace {

gzFile stream(void *file) {
    return static_cast<gzFile>(file);
}

bool is_replaced(const std::string &path) {
    struct stat status = {};
    return stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

bool is_compressed(const std::string &path) {
    return path.size() > 3 && path.compare(path.size() - 3, 3, ".gz") == 0;
}

} // namespace

LogFile::LogFile(std::string path)
    : path_(std::move(path)), temporary_(path_ + ".new" + std::to_string(getpid())), replaces_(is_replaced(path_)),
      file_(gzopen((replaces_ ? temporary_ : path_).c_str(), is_compressed(path_) ? "wb" : "wbT")) {
    if (file_ == nullptr)
        fail(errno);
    else
        gzbuffer(stream(file_), 1 << 18);
}

LogFile::~LogFile() {
    if (file_ == nullptr)
        return;
    gzclose(stream(file_));
    if (replaces_)
        std::remove(temporary_.c_str());
}

void LogFile::fail(int error) {
    if (problem_.empty())
        problem_ = "cannot write " + path_ + ": " + std::strerror(error);
}

void LogFile::write(std::string_view text) {
    if (file_ != nullptr && gzwrite(stream(file_), text.data(), static_cast<unsigned>(text.size())) == 0)
        fail(errno);
}

const std::string &LogFile::finish() {
    if (file_ == nullptr)
        return problem_;
    if (gzclose(stream(file_)) != Z_OK)
        fail(errno);
    file_ = nullptr;
    if (!replaces_)
        return problem_;
    if (problem_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0)
        fail(errno);
    if (!problem_.empty())
        std::remove(temporary_.c_str());
    return problem_;
}

} // namespace tcesim::replay
