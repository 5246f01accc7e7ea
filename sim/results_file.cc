// SPDX-License-Identifier: Apache-2.0
#include "sim/results_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tcesim {

using nlohmann::ordered_json;

namespace {

constexpr const char *schema = "tcesim.results/1";

/// Why \p json is no result of this program; empty when it may be one.
std::string not_a_result(const ordered_json &json) {
    if (json.is_discarded())
        return "it is not JSON";
    const auto found = json.is_object() ? json.find("schema") : json.end();
    if (!json.is_object() || found == json.end() || !found->is_string())
        return std::string("it has no schema; results have ") + schema;
    if (*found != schema)
        return "its schema is " + found->get<std::string>() + ", not " + schema;
    return "";
}

} // namespace

std::optional<std::string> read_file(const std::string &path, std::string &error) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    // Opening a directory works, reading it does not.
    if (!file || (file.peek() == std::ifstream::traits_type::eof() && !file.eof())) {
        error = std::strerror(errno);
        return std::nullopt;
    }
    file.clear();
    text << file.rdbuf();
    return text.str();
}

std::optional<RunReport> parse_results(const std::string &text, std::string &error) {
    const auto json = ordered_json::parse(text, nullptr, false);
    error = not_a_result(json);
    if (!error.empty())
        return std::nullopt;
    try {
        RunReport report;
        json.at("scenario").at("name").get_to(report.scenario);
        json.at("scenario").at("file").get_to(report.file);
        for (const auto &variant : json.at("variants")) {
            if (!variant.contains("profile")) {
                error = "it has no profile; a version of tcesim before profiles made it";
                return std::nullopt;
            }
            report.variants.push_back(VariantResult::from_json(variant));
        }
        if (!report.variants.empty())
            return report;
        error = "it has no variants";
        return std::nullopt;
    } catch (const ordered_json::exception &problem) {
        error = std::string("it is damaged: ") + problem.what();
        return std::nullopt;
    }
}

} // namespace tcesim
