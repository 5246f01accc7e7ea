// SPDX-License-Identifier: Apache-2.0
#include "sim/report_json.h"

#include "sim/version.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

namespace tcesim {

using nlohmann::ordered_json;

namespace {

std::string timing(const RunReport &report) {
    const bool approximate = std::any_of(report.variants.begin(), report.variants.end(),
                                         [](const VariantResult &v) { return !v.approximations.empty(); });
    return approximate ? "approximate" : "ppc64le-blocks";
}

ordered_json host_to_json(const RunReport &report) {
    HostFigures sum;
    for (const VariantResult &variant : report.variants) {
        sum.wall_s += variant.host.wall_s;
        sum.sim_s += variant.host.sim_s;
        sum.events += variant.host.events;
        sum.tlps += variant.host.tlps;
        sum.peak_rss_bytes = std::max(sum.peak_rss_bytes, variant.host.peak_rss_bytes);
    }
    const auto microseconds = [](double seconds) { return std::round(seconds * 1e6) / 1e6; };
    return {{"wall_s", microseconds(sum.wall_s)},
            {"sim_s", microseconds(sum.sim_s)},
            {"events", sum.events},
            {"tlps", sum.tlps},
            {"peak_rss_bytes", sum.peak_rss_bytes}};
}

std::string compact(const ordered_json &value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

bool is_table(const std::string &key) {
    return key == "ledger" || key == "profile" || key == "call_graph" || key == "story";
}

/// Appends \p value, whose first line is already indented, and whose elements are \p rows.
void write_value(const ordered_json &value, std::size_t indent, bool rows, std::string &text) {
    if (!value.is_structured() || value.empty()) {
        text += compact(value);
        return;
    }
    const std::string inner(indent + 2, ' ');
    text += value.is_object() ? "{" : "[";
    const char *separator = "\n";
    for (const auto &[key, element] : value.items()) {
        text += separator + inner;
        separator = ",\n";
        if (value.is_object())
            text += compact(key) + ": ";
        if (rows)
            text += compact(element);
        else
            write_value(element, indent + 2, value.is_object() && is_table(key), text);
    }
    text += "\n" + std::string(indent, ' ') + (value.is_object() ? "}" : "]");
}

} // namespace

std::string document_text(const ordered_json &document) {
    std::string text;
    write_value(document, 0, false, text);
    return text + "\n";
}

ordered_json report_to_json(const RunReport &report, const ordered_json &resolved) {
    ordered_json json;
    json["schema"] = "tcesim.results/1";
    json["complete"] = report.complete();
    json["tool"] = {{"version", version}, {"timing", timing(report)}};
    json["scenario"] = {{"name", report.scenario},
                        {"file", report.file},
                        {"sha256", report.sha256},
                        {"seed", report.seed},
                        {"resolved", resolved}};
    json["variants"] = ordered_json::array();
    for (const VariantResult &variant : report.variants) {
        ordered_json result = variant.to_json();
        result.erase("host");
        json["variants"].push_back(std::move(result));
    }
    json["notes"] = report.notes;
    json["expect"] = ordered_json::array();
    for (const ExpectationOutcome &outcome : report.expect)
        json["expect"].push_back(outcome.to_json());
    json["host"] = host_to_json(report);
    return json;
}

int write_stdout(const std::string &text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? 0 : errno;
}

DocumentFile::~DocumentFile() {
    if (file_ == nullptr)
        return;
    std::fclose(file_);
    if (replaces_)
        std::remove(temporary_.c_str());
}

int DocumentFile::open(const std::string &path) {
    struct stat status {};
    // A device or a pipe is written to as it is.
    replaces_ = stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
    path_ = path;
    temporary_ = replaces_ ? path + ".new" + std::to_string(getpid()) : path;
    file_ = std::fopen(temporary_.c_str(), "we");
    return file_ != nullptr ? 0 : errno;
}

int DocumentFile::write(const std::string &text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size() && std::fflush(file_) == 0;
    if (!written || (replaces_ && std::rename(temporary_.c_str(), path_.c_str()) != 0))
        return errno;
    std::fclose(file_);
    file_ = nullptr;
    return 0;
}

} // namespace tcesim
