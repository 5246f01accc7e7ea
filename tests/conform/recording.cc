// SPDX-License-Identifier: Apache-2.0
#include "tests/conform/recording.h"

#include <cstring>
#include <stdexcept>
#include <zlib.h>

namespace tcesim::conform {

namespace {

constexpr size_t line_limit = size_t(1) << 24;

gzFile stream(void *file) {
    return static_cast<gzFile>(file);
}

} // namespace

Recording::Recording(const std::string &path) : file_(gzopen(path.c_str(), "rb")), path_(path), line_(line_limit) {
    if (!file_)
        throw std::runtime_error("cannot open " + path);
    gzbuffer(stream(file_), 1 << 18);
}

Recording::~Recording() {
    gzclose(stream(file_));
}

bool Recording::next_record(Json *record) {
    if (!gzgets(stream(file_), line_.data(), static_cast<int>(line_.size()))) {
        if (!gzeof(stream(file_)))
            throw std::runtime_error("cannot read " + path_);
        return false;
    }
    *record = Json::parse(line_.data(), line_.data() + std::strlen(line_.data()));
    return true;
}

bool Recording::next(Sequence *sequence) {
    Json record;
    while (pending_.is_null()) {
        if (!next_record(&record))
            return false;
        if (record["t"] == "seq")
            pending_ = std::move(record);
    }
    sequence->number = pending_["seq"];
    sequence->name = pending_["name"];
    sequence->records.clear();
    pending_ = nullptr;
    while (next_record(&record)) {
        if (record["t"] == "seq") {
            pending_ = std::move(record);
            break;
        }
        sequence->records.push_back(std::move(record));
    }
    return true;
}

u64 hex(const Json &text) {
    return std::stoull(text.get_ref<const std::string &>(), nullptr, 16);
}

std::string to_hex(u64 value) {
    char text[17];
    std::snprintf(text, sizeof(text), "%llx", static_cast<unsigned long long>(value));
    return text;
}

} // namespace tcesim::conform
