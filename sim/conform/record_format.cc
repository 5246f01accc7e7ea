// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/record_format.h"

#include "sim/scenario/words.h"

#include <cctype>
#include <map>

namespace tcesim::conform {

namespace {

/// Shapes of values, one letter each: x hexadecimal number in a string, l such numbers separated by blanks, i whole
/// number from 0, n any whole number, s string, r return code or the harness's word, m mode; [..] an array of these,
/// ? before an element that may be missing; * array of any number of what follows.
struct Field {
    const char *name;
    const char *shape;
    bool optional = false;
};
using Fields = std::vector<Field>;

const std::map<std::string, Fields> &arguments() {
    static const std::map<std::string, Fields> known{
        {"reset", {{"radix", "i"}, {"limit", "x"}, {"p8", "i", true}}},
        {"ext", {{"ua", "x"}, {"n", "x"}, {"hpa", "x"}, {"shift", "i"}, {"state", "i"}}},
        {"pst", {{"ua", "x"}, {"state", "i"}, {"n", "x"}}},
        {"slots", {{"slots", "*[xix]"}}},
        {"radix", {{"on", "i"}}},
        {"notif", {{"on", "i"}}},
        {"limit", {{"pages", "x"}}},
        {"afail", {{"after", "i"}}},
        {"kfail", {{"after", "i"}}},
        {"fdfail", {}},
        {"swfail", {}},
        {"mkfile", {{"fd", "i"}}},
        {"parse", {{"p8", "i"}, {"s0", "i", true}, {"s1", "i", true}, {"s2", "i", true}, {"s3", "i", true}}},
        {"mnew", {{"ua", "x"}, {"bytes", "x"}}},
        {"mdev", {{"ua", "x"}, {"bytes", "x"}, {"dev_hpa", "x"}}},
        {"mget", {{"ua", "x"}, {"bytes", "x"}}},
        {"mput", {{"ua", "x"}, {"bytes", "x"}}},
        {"hw", {{"id", "i"}, {"shift", "i"}, {"bus", "x"}, {"win", "x"}, {"levels", "i"}, {"user", "i"}}},
        {"hwput", {{"id", "i"}}},
        {"hwset", {{"id", "i"}, {"entry", "x"}, {"hpa", "x"}, {"dir", "i"}}},
        {"hwbuild", {{"id", "i"}, {"entry", "x"}, {"n", "i"}, {"hpa", "x"}, {"dir", "i"}}},
        {"hwclr", {{"id", "i"}, {"entry", "x"}, {"n", "x"}}},
        {"hwget", {{"id", "i"}, {"entry", "x"}}},
        {"uaset", {{"id", "i"}, {"entry", "x"}, {"ua", "x"}}},
        {"grp", {{"g", "i"}, {"t0", "n"}, {"t1", "n"}}},
        {"stt", {{"liobn", "x"}, {"shift", "i"}, {"offset", "x"}, {"size", "x"}}},
        {"sttclose", {{"liobn", "x"}}},
        {"attach", {{"liobn", "x"}, {"g", "i"}, {"badfd", "i", true}}},
        {"detach", {{"g", "i"}}},
        {"gtouch", {{"liobn", "x"}, {"page", "x"}}},
        {"gpoke", {{"liobn", "x"}, {"entry", "x"}, {"v", "x"}}},
        {"put", {{"mode", "m"}, {"liobn", "x"}, {"ioba", "x"}, {"tce", "x"}}},
        {"ind", {{"mode", "m"}, {"liobn", "x"}, {"ioba", "x"}, {"list", "x"}, {"npages", "x"}, {"vals", "l"}}},
        {"stuff", {{"mode", "m"}, {"liobn", "x"}, {"ioba", "x"}, {"tce", "x"}, {"npages", "x"}}},
        {"get", {{"mode", "m"}, {"liobn", "x"}, {"ioba", "x"}}},
        {"vopen", {{"type", "i"}}},
        {"vgrp", {{"g", "i"}, {"tce32_size", "x"}, {"pgsizes", "x"}}},
        {"vgrp1", {{"g", "i"}, {"tce32_size", "x"}}},
        {"vatt", {{"ct", "i"}, {"g", "i"}}},
        {"vdet", {{"ct", "i"}, {"g", "i"}}},
        {"vrel", {{"ct", "i"}}},
        {"vreg", {{"ct", "i"}, {"ua", "x"}, {"bytes", "x"}, {"flags", "i", true}}},
        {"vunreg", {{"ct", "i"}, {"ua", "x"}, {"bytes", "x"}, {"flags", "i", true}}},
        {"vmap", {{"ct", "i"}, {"iova", "x"}, {"vaddr", "x"}, {"size", "x"}, {"flags", "i"}}},
        {"vunmap", {{"ct", "i"}, {"iova", "x"}, {"size", "x"}, {"flags", "i", true}}},
        {"vcreate", {{"ct", "i"}, {"shift", "i"}, {"win", "x"}, {"levels", "i"}, {"flags", "i", true}}},
        {"vremove", {{"ct", "i"}, {"start", "x"}, {"flags", "i", true}}},
        {"vinfo", {{"ct", "i"}, {"argsz", "i"}}},
        {"vext", {{"ct", "i"}, {"ext", "i"}}},
        {"vioc", {{"ct", "i"}, {"cmd", "s"}, {"argsz", "i"}, {"flags", "i"}}},
    };
    return known;
}

/// Results by command; what several have is below.
const std::map<std::string, Fields> &results() {
    static const std::map<std::string, Fields> known{
        {"hw",
         {{"it_offset", "x", true},
          {"it_size", "x", true},
          {"level_size", "x", true},
          {"indirect", "i", true},
          {"alloc_size", "x", true}}},
        {"parse", {{"v", "x"}}},
        {"hwget", {{"v", "x"}}},
        {"vext", {{"v", "i"}}},
        {"vcreate", {{"start", "x", true}}},
        {"vinfo", {{"start", "x"}, {"size", "x"}, {"flags", "i"}, {"pgsizes", "x"}, {"nwin", "i"}, {"levels", "i"}}},
    };
    return known;
}

const Fields state_fields{{"d", "*[sxl]", true}, {"lv", "*[six]", true}, {"rg", "*[xxiii]", true},
                          {"rd", "*x", true},    {"dp", "*x", true},     {"k", "*[ixii?i]", true},
                          {"fr", "*s", true},    {"lock", "i", true},    {"w", "*s", true},
                          {"lk", "*[xn]", true}, {"badpfn", "i", true}};
const Fields operation_fields{{"t", "s"},
                              {"i", "i"},
                              {"c", "c"},
                              {"r", "r", true},
                              {"s", "S", true},
                              {"f", "s", true},
                              {"quirk", "*s", true},
                              {"note", "s", true}};
const Fields stage_fields{{"m", "m"}, {"rc", "n", true}, {"bug", "s", true}, {"v", "x", true}};
const Fields check_point_fields{{"t", "s"}, {"i", "i"}, {"D", "D"}, {"R", "*[xxiii]"}, {"L", "i"}, {"dump", "U", true}};

const char *name_of(char shape) {
    switch (shape) {
    case 'x':
        return "a hexadecimal number in quotes and without prefix, as \"4000\"";
    case 'l':
        return "hexadecimal numbers in quotes, separated by one blank, as \"5003 6003\"";
    case 'i':
        return "a whole number from 0";
    case 'n':
        return "a whole number";
    case 'r':
        return "a return code, or \"noreg\" or \"nofd\"";
    case 'm':
        return "\"rm\" or \"vm\"";
    case 'c':
        return "the name of a command, or the number of a container to open";
    case 'S':
        return "the stages of a hypercall";
    case 'D':
        return "for each table the number of entries and a checksum";
    case 'U':
        return "for each table its runs of entries, as {\"h0\":[[\"5\",\"4000005003\"]]}";
    default:
        return "a string";
    }
}

bool is_hex(const std::string &text) {
    return !text.empty() && text.size() <= 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_hex_list(const std::string &text) {
    for (std::size_t start = 0, end = 0; start < text.size(); start = end + 1) {
        end = std::min(text.find(' ', start), text.size());
        if (!is_hex(text.substr(start, end - start)))
            return false;
    }
    return true;
}

bool matches(const Json &value, const char **shape);

bool matches_tuple(const Json &value, const char **shape) {
    if (!value.is_array())
        return false;
    std::size_t at = 0;
    for (; **shape != ']';) {
        const bool may_miss = **shape == '?';
        *shape += may_miss;
        if (at == value.size()) {
            if (!may_miss)
                return false;
            ++*shape;
        } else if (!matches(value[at++], shape)) {
            return false;
        }
    }
    ++*shape;
    return at == value.size();
}

bool matches_all(const Json &value, const char **shape) {
    const char *const element = *shape;
    if (!value.is_array())
        return false;
    for (const Json &item : value) {
        const char *at = element;
        if (!matches(item, &at))
            return false;
    }
    return true;
}

bool every_table(const Json &value, const char *shape) {
    if (!value.is_object())
        return false;
    for (const Json &table : value) {
        const char *at = shape;
        if (!matches(table, &at))
            return false;
    }
    return true;
}

bool matches(const Json &value, const char **shape) {
    switch (*(*shape)++) {
    case '[':
        return matches_tuple(value, shape);
    case '*':
        return matches_all(value, shape);
    case 'x':
        return value.is_string() && is_hex(value.get_ref<const std::string &>());
    case 'l':
        return value.is_string() && is_hex_list(value.get_ref<const std::string &>());
    case 'i':
        return value.is_number_unsigned();
    case 'n':
        return value.is_number_integer();
    case 'r':
        return value.is_number_integer() || value == "noreg" || value == "nofd";
    case 'm':
        return value == "rm" || value == "vm";
    case 'c':
        return value.is_string() || value.is_number_unsigned();
    case 'S':
        return value.is_array() && !value.empty();
    case 'D':
        return every_table(value, "[is]");
    case 'U':
        return every_table(value, "*[xl]");
    default:
        return value.is_string();
    }
}

std::string shape_in_words(const char *shape) {
    std::string text;
    int depth = 0;
    for (; *shape; ++shape) {
        if (*shape == '*') {
            text += "an array of ";
        } else if (*shape == '[') {
            text += "arrays of [";
            ++depth;
        } else if (*shape == ']') {
            text += "]";
            --depth;
        } else if (*shape == '?') {
            text += ", if at all";
        } else {
            const char *const name = *shape == 'x' && depth ? "a hexadecimal number in quotes" : name_of(*shape);
            text += (text.empty() || text.back() == '[' || text.back() == ' ' ? "" : ", ") + std::string(name);
        }
    }
    return text;
}

const Field *find(const Fields &fields, const std::string &name) {
    for (const Field &field : fields)
        if (name == field.name)
            return &field;
    return nullptr;
}

/// A table that a new window has got: "hw0".
bool is_new_table(const std::string &field) {
    return field.size() > 2 && field.compare(0, 2, "hw") == 0 &&
           field.find_first_not_of("0123456789", 2) == std::string::npos;
}

std::optional<FormatError> check_fields(const Json &record, const std::vector<const Fields *> &all) {
    std::vector<std::string> names;
    for (const Fields *fields : all) {
        for (const Field &field : *fields) {
            names.emplace_back(field.name);
            if (!field.optional && !record.contains(field.name))
                return FormatError{"", std::string("there is no \"") + field.name + "\", which must be " +
                                           shape_in_words(field.shape)};
        }
    }
    for (const auto &[name, value] : record.items()) {
        const Field *known = nullptr;
        for (const Fields *fields : all)
            known = known ? known : find(*fields, name);
        const char *shape = known ? known->shape : "[ixxi]";
        if (!known && !is_new_table(name))
            return FormatError{name, "unknown field \"" + name + "\"" + scenario::did_you_mean(name, names)};
        const char *at = shape;
        if (!matches(value, &at))
            return FormatError{name, "\"" + name + "\" is " + value.dump().substr(0, 40) + " and must be " +
                                         shape_in_words(shape)};
    }
    return std::nullopt;
}

std::optional<FormatError> check_stages(const Json &stages) {
    for (const Json &stage : stages) {
        if (!stage.is_object())
            return FormatError{"s", "a stage of a hypercall must be an object"};
        if (auto error = check_fields(stage, {&stage_fields, &state_fields}))
            return error;
        if (stage.contains("rc") == stage.contains("bug"))
            return FormatError{"s", "a stage has either \"rc\" or \"bug\""};
    }
    return std::nullopt;
}

std::optional<FormatError> check_operation(const Json &record) {
    static const Fields none;
    const auto found = record.find("c");
    if (found == record.end() || !(found->is_string() || found->is_number_unsigned()))
        return FormatError{found == record.end() ? "" : "c", std::string("\"c\" must be ") + name_of('c')};
    const std::string command = command_of(record);
    const auto wanted = arguments().find(command);
    if (wanted == arguments().end()) {
        std::vector<std::string> names;
        for (const auto &[name, fields] : arguments())
            names.push_back(name);
        return FormatError{"c", "unknown command \"" + command + "\"" + scenario::did_you_mean(command, names)};
    }
    const auto answered = results().find(command);
    const Fields &own = answered == results().end() ? none : answered->second;
    if (auto error = check_fields(record, {&operation_fields, &wanted->second, &own, &state_fields}))
        return error;
    const bool hypercall = find(wanted->second, "mode") != nullptr;
    if (hypercall != record.contains("s"))
        return FormatError{"", hypercall ? "a hypercall must have its stages in \"s\""
                                         : "only hypercalls have stages (\"s\")"};
    return hypercall ? check_stages(record["s"]) : std::nullopt;
}

} // namespace

std::string command_of(const Json &operation) {
    const Json &command = operation["c"];
    return command.is_string() ? command.get<std::string>() : "vopen";
}

std::optional<FormatError> check_record(const Json &record) {
    if (!record.is_object())
        return FormatError{"", "a record must be an object, as {\"t\":\"op\",...}"};
    const Json type = record.value("t", Json());
    if (type == "op")
        return check_operation(record);
    if (type == "dig" || type == "dump")
        return check_fields(record, {&check_point_fields});
    if (type == "seq") {
        const bool good = record.value("seq", Json()).is_number_unsigned() && record.value("name", Json()).is_string();
        return good ? std::nullopt
                    : std::optional(FormatError{"", "a sequence must have a number in \"seq\" and a \"name\""});
    }
    if (type == "hdr")
        return FormatError{"t", "a second header; there is one, in the first line"};
    return FormatError{"t", R"("t" must be "op", "dig", "dump" or "seq")"};
}

} // namespace tcesim::conform
