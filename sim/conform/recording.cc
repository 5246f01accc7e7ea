// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/recording.h"

#include "sim/conform/record_format.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <sys/stat.h>
#include <zlib.h>

namespace tcesim::conform {

namespace {

gzFile stream(void *file) {
    return static_cast<gzFile>(file);
}

/// Kernel eras by the header's names for them.
const std::map<std::string, std::string> eras{{"419", "4.19"}, {"41981", "4.19.81"}, {"510", "5.10"}, {"61", "6.1"}};

/// Column of a field's name in the text of its record, from 1.
std::size_t column_of(const std::string &field, const std::string &text) {
    const std::size_t at = field.empty() ? std::string::npos : text.find('"' + field + '"');
    return at == std::string::npos ? 1 : at + 1;
}

std::string short_reason(const std::string &said) {
    const std::size_t at = said.rfind(": ");
    return at == std::string::npos ? said : said.substr(at + 2);
}

} // namespace

Recording::Recording(const std::string &path) : file_(nullptr), path_(path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0)
        throw BadFile(path + ": cannot be read: " + std::strerror(errno));
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        throw BadFile(path + ": is no file; recordings are named one by one");
    file_ = gzopen(path.c_str(), "rb");
    if (!file_)
        throw BadFile(path + ": cannot be read: " + std::strerror(errno));
    gzbuffer(stream(file_), 1 << 18);
    try {
        take_header();
    } catch (...) {
        gzclose(stream(file_));
        throw;
    }
}

Recording::~Recording() {
    gzclose(stream(file_));
}

void Recording::refuse(std::size_t column, const std::string &message) const {
    throw BadFile(path_ + ":" + std::to_string(line_) + ":" + std::to_string(column) + ": " + message);
}

BadFile Recording::bad(const Record &record, const std::string &message) const {
    return BadFile(path_ + ":" + std::to_string(record.line) + ":1: " + message);
}

bool Recording::read_line() {
    text_.clear();
    line_++;
    for (int byte = gzgetc(stream(file_)); byte != -1; byte = gzgetc(stream(file_))) {
        if (byte == '\n')
            return true;
        text_ += static_cast<char>(byte);
    }
    int code = Z_OK;
    const char *const reason = gzerror(stream(file_), &code);
    if (code != Z_OK && code != Z_STREAM_END)
        refuse(1, std::string("the file is damaged or ends too early: ") + short_reason(reason));
    return !text_.empty();
}

bool Recording::next_record(Record *record) {
    if (!read_line())
        return false;
    record->line = line_;
    try {
        record->json = Json::parse(text_);
    } catch (const Json::parse_error &error) {
        refuse(std::max<std::size_t>(error.byte, 1),
               "no JSON: " + short_reason(error.what()) + "; each line holds one record, as {\"t\":\"op\",...}");
    } catch (const Json::out_of_range &error) {
        refuse(1, "a number is too large: " + short_reason(error.what()) + "; numbers have at most 64 bits");
    }
    return true;
}

void Recording::take_header() {
    Record header;
    if (!next_record(&header))
        refuse(1, "the file is empty; a recording begins with its header, {\"t\":\"hdr\",...}");
    const Json &json = header.json;
    if (!json.is_object() || json.value("t", Json()) != "hdr")
        refuse(1, "no recording: the first line must be its header, {\"t\":\"hdr\",\"format\":1,...}");
    if (json.value("format", Json()) != 1)
        refuse(column_of("format", text_), "format " + json.value("format", Json()).dump() + "; this program reads 1");
    if (json.value("host_page", Json(65536)) != 65536)
        refuse(column_of("host_page", text_), "host pages of the handlers have 65536 bytes");
    const Json era = json.value("era", Json());
    const Json kernel = json.value("kernel", Json());
    if (era.is_null() && kernel.is_string() && kernel.get_ref<const std::string &>().compare(0, 5, "5.10.") == 0) {
        preset_ = "5.10";
        return;
    }
    const auto known = era.is_string() ? eras.find(era.get<std::string>()) : eras.end();
    if (known == eras.end())
        refuse(column_of("era", text_), R"("era" must be "61", "510", "419" or "41981"; without it "kernel" must be )"
                                        "5.10.x");
    preset_ = known->second;
}

bool Recording::next(Sequence *sequence) {
    if (pending_.json.is_null()) {
        if (!next_record(&pending_))
            return false;
        if (!pending_.json.is_object() || pending_.json.value("t", Json()) != "seq")
            refuse(1, "behind the header a sequence must begin, {\"t\":\"seq\",\"seq\":0,\"name\":...}");
    }
    if (const auto error = check_record(pending_.json))
        refuse(column_of(error->field, text_), error->message);
    sequence->number = pending_.json["seq"];
    sequence->name = pending_.json["name"];
    sequence->records.clear();
    pending_.json = nullptr;
    for (Record record; next_record(&record);) {
        if (record.json.is_object() && record.json.value("t", Json()) == "seq") {
            pending_ = std::move(record);
            break;
        }
        if (const auto error = check_record(record.json))
            refuse(column_of(error->field, text_), error->message);
        sequence->records.push_back(std::move(record));
    }
    if (sequence->records.empty() || sequence->records.front().json.value("c", Json()) != "reset")
        refuse(1, "sequence " + std::to_string(sequence->number) + " must begin with a reset");
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
