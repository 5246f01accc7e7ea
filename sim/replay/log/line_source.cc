// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/line_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <zlib.h>

namespace tcesim::replay {

namespace {

constexpr std::size_t buffer_size = 1 << 18;

class File : public ByteSource {
public:
    explicit File(const std::string &path) {
        struct stat status = {};
        if (stat(path.c_str(), &status) != 0)
            throw BadLog("cannot open " + path + ": " + std::strerror(errno));
        if (S_ISDIR(status.st_mode))
            throw BadLog(path + " is a directory; a log is a file of text, plain or compressed with gzip");
        file_ = gzopen(path.c_str(), "rb");
        if (file_ == nullptr)
            throw BadLog("cannot open " + path + ": " + std::strerror(errno));
        gzbuffer(file_, buffer_size);
    }
    ~File() override { gzclose_r(file_); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    std::size_t read(char *to, std::size_t size) override {
        const int got = gzread(file_, to, static_cast<unsigned>(size));
        int code = Z_OK;
        const char *const text = gzerror(file_, &code);
        if (got < static_cast<int>(size) && code != Z_OK && code != Z_STREAM_END)
            cut_off_ = code == Z_BUF_ERROR ? "the compressed data end in the middle" : text;
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    std::string cut_off() const override { return cut_off_; }

private:
    gzFile file_;
    std::string cut_off_;
};

class Text : public ByteSource {
public:
    explicit Text(std::string_view text) : text_(text) {}
    std::size_t read(char *to, std::size_t size) override {
        const std::size_t taken = text_.copy(to, size);
        text_.remove_prefix(taken);
        return taken;
    }

private:
    std::string_view text_;
};

} // namespace

std::unique_ptr<ByteSource> open_file(const std::string &path) {
    return std::make_unique<File>(path);
}

std::unique_ptr<ByteSource> open_text(std::string_view text) {
    return std::make_unique<Text>(text);
}

LineSource::LineSource(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)), buffer_(buffer_size) {}

/// More bytes behind those that are left. False when there are no more.
bool LineSource::fill() {
    if (ended_)
        return false;
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
    const std::size_t got = bytes_->read(buffer_.data() + end_, buffer_.size() - end_);
    ended_ = got == 0;
    end_ += got;
    return got != 0;
}

bool LineSource::next(std::string_view *line) {
    too_long_ = false;
    std::size_t searched = 0;
    for (;;) {
        const char *const from = buffer_.data() + at_;
        const auto *const found = static_cast<const char *>(std::memchr(from + searched, '\n', end_ - at_ - searched));
        if (found != nullptr) {
            *line = {from, static_cast<std::size_t>(found - from)};
            at_ += line->size() + 1;
            break;
        }
        searched = end_ - at_;
        if (searched > buffer_.size() / 2) { // keep the beginning, and pass over what follows
            too_long_ = true;
            at_ = end_ - longest_line;
            std::memmove(buffer_.data() + at_, from, longest_line);
            searched = longest_line;
        }
        if (!fill()) {
            if (at_ == end_)
                return false;
            *line = {buffer_.data() + at_, end_ - at_};
            at_ = end_;
            break;
        }
    }
    ++number_;
    if (line->size() > longest_line) {
        too_long_ = true;
        *line = line->substr(0, longest_line);
    }
    return true;
}

} // namespace tcesim::replay
