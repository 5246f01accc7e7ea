// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/words.h"

#include "sim/conform/record_format.h"

#include <algorithm>
#include <map>

namespace tcesim::conform {

namespace {

/// Operations in words: {field} is a number, {field#} a decimal one as it is, {field:} its meaning from named().
const std::map<std::string, const char *> sentences{
    {"reset", "a new host: {radix:}, at most {limit} pages may be locked"},
    {"ext", "memory of the process: {n} host pages from ua {ua} on, at hpa {hpa}, page shift {shift#}, {state:}"},
    {"pst", "{n} host pages from ua {ua} on become {state:}"},
    {"slots", "guest RAM: {slots:}"},
    {"radix", "the guest has {radix:}"},
    {"notif", "an invalidation of the process's page table {notif:}"},
    {"limit", "at most {pages} pages may be locked from now on"},
    {"afail", "allocation {after#} of pages from now on (counted from 0) will fail"},
    {"kfail", "allocation {after#} of a small object from now on (counted from 0) will fail"},
    {"fdfail", "the next file descriptor will fail"},
    {"swfail", "the next window will be refused by firmware"},
    {"mkfile", "open a file that is none of KVM or VFIO, descriptor {fd#}"},
    {"parse", "page sizes of the bridge from firmware's list: {shifts:}"},
    {"mnew", "register memory, ua {ua}, {bytes} bytes"},
    {"mdev", "register device memory, ua {ua}, {bytes} bytes, hpa {dev_hpa}"},
    {"mget", "one more user of the region ua {ua}, {bytes} bytes"},
    {"mput", "one user less of the region ua {ua}, {bytes} bytes"},
    {"hw", "create hardware table {id#}: page shift {shift#}, bus address {bus}, {win} bytes, {levels#} levels, "
           "{mirror:}"},
    {"hwput", "drop hardware table {id#}"},
    {"hwset", "exchange entry {entry} of hardware table {id#} for hpa {hpa}, {dir:}"},
    {"hwbuild", "the host fills {n#} entries of hardware table {id#} from {entry} on with hpa {hpa}, {dir:}"},
    {"hwclr", "the host clears {n} entries of hardware table {id#} from {entry} on"},
    {"hwget", "the host reads entry {entry} of hardware table {id#}"},
    {"uaset", "set entry {entry} of the mirror of hardware table {id#} to ua {ua}"},
    {"grp", "group {g#} gets {tables:}"},
    {"stt", "KVM_CREATE_SPAPR_TCE_64 liobn {liobn}, page shift {shift#}, offset {offset}, {size} entries"},
    {"sttclose", "close the view of liobn {liobn}"},
    {"attach", "SET_SPAPR_TCE: group {g#} follows the view of liobn {liobn}"},
    {"detach", "GROUP_DEL: group {g#} leaves the virtual machine"},
    {"gtouch", "the process touches page {page} of its mapping of the view of liobn {liobn}"},
    {"gpoke", "the process stores {v} as entry {entry} into the view of liobn {liobn}"},
    {"put", "H_PUT_TCE liobn {liobn} ioba {ioba} tce {tce}, {mode:}"},
    {"ind", "H_PUT_TCE_INDIRECT liobn {liobn} ioba {ioba} list at gpa {list}, {npages} entries, {mode:}"},
    {"stuff", "H_STUFF_TCE liobn {liobn} ioba {ioba} value {tce}, {npages} entries, {mode:}"},
    {"get", "H_GET_TCE liobn {liobn} ioba {ioba}, {mode:}"},
    {"vopen", "open container {c#} of type {type#}"},
    {"vgrp", "group {g#} has dynamic windows: 32-bit window of {tce32_size} bytes, page sizes {pgsizes}"},
    {"vgrp1", "group {g#} has a fixed window of {tce32_size} bytes"},
    {"vatt", "attach group {g#} to container {ct#}"},
    {"vdet", "detach group {g#} from container {ct#}"},
    {"vrel", "close container {ct#}"},
    {"vreg", "REGISTER_MEMORY of container {ct#}: ua {ua}, {bytes} bytes"},
    {"vunreg", "UNREGISTER_MEMORY of container {ct#}: ua {ua}, {bytes} bytes"},
    {"vmap", "MAP_DMA of container {ct#}: iova {iova}, ua {vaddr}, {size} bytes, flags {flags#}"},
    {"vunmap", "UNMAP_DMA of container {ct#}: iova {iova}, {size} bytes"},
    {"vcreate", "TCE_CREATE of container {ct#}: page shift {shift#}, {win} bytes, {levels#} levels"},
    {"vremove", "TCE_REMOVE of container {ct#}: start {start}"},
    {"vinfo", "GET_INFO of container {ct#}, argsz {argsz#}"},
    {"vext", "CHECK_EXTENSION {ext#} of container {ct#}"},
    {"vioc", "ioctl {cmd:} of container {ct#} with a bare header: argsz {argsz#}, flags {flags#}"},
};

std::string prefixed(const Json &text) {
    return "0x" + text.get<std::string>();
}

std::string slots_in_words(const Json &slots) {
    std::string text;
    for (const Json &slot : slots)
        text += (text.empty() ? "" : "; ") + slot[1].dump() + " host pages at gpa " + prefixed(slot[0]) + ", ua " +
                prefixed(slot[2]);
    return text.empty() ? "none" : text;
}

std::string tables_in_words(const Json &op) {
    std::string text;
    for (const char *name : {"t0", "t1"})
        if (op[name] != -1)
            text += (text.empty() ? "hardware table " : " and hardware table ") + op[name].dump();
    return text.empty() ? "no tables" : text;
}

std::string shifts_in_words(const Json &op) {
    std::string text;
    for (const char *name : {"s0", "s1", "s2", "s3"})
        if (op.contains(name))
            text += (text.empty() ? "shifts " : ", ") + op[name].dump();
    return (text.empty() ? "there is none" : text) + (op["p8"] == 1 ? ", on POWER8" : "");
}

std::string choice(const Json &number, const std::vector<std::string> &names) {
    return number < names.size() ? names[number.get<std::size_t>()] : number.dump();
}

/// The meaning of what stands as {name:} in a sentence.
std::string named(const std::string &name, const Json &op) {
    if (name == "radix")
        return op.value("radix", op.value("on", 0)) == 1 ? "a radix MMU" : "a hash MMU";
    if (name == "notif")
        return op["on"] == 1 ? "is running" : "has ended";
    if (name == "state")
        return choice(op["state"], {"a hole", "young", "old", "absent"});
    if (name == "dir")
        return choice(op["dir"], {"the device reads and writes", "the device reads", "the device writes", "no access"});
    if (name == "mirror")
        return op["user"] == 1 ? "with a mirror" : "without mirror";
    if (name == "mode")
        return op["mode"] == "rm" ? "real mode" : "virtual mode";
    if (name == "slots")
        return slots_in_words(op["slots"]);
    if (name == "tables")
        return tables_in_words(op);
    if (name == "cmd")
        return op["cmd"];
    return shifts_in_words(op);
}

std::string filled_in(const std::string &field, const Json &op) {
    if (field.back() == ':')
        return named(field.substr(0, field.size() - 1), op);
    if (field.back() == '#')
        return op[field.substr(0, field.size() - 1)].dump();
    return prefixed(op[field]);
}

std::string sentence(const std::string &pattern, const Json &op) {
    std::string text;
    for (std::size_t at = 0; at < pattern.size();) {
        const std::size_t open = std::min(pattern.find('{', at), pattern.size());
        text += pattern.substr(at, open - at);
        if (open == pattern.size())
            break;
        const std::size_t close = pattern.find('}', open);
        text += filled_in(pattern.substr(open + 1, close - open - 1), op);
        at = close + 1;
    }
    return text;
}

std::string hypercall_code(const Json &code) {
    static const std::map<long, const char *> names{{H_SUCCESS, "H_SUCCESS"},     {H_CLOSED, "H_CLOSED"},
                                                    {H_HARDWARE, "H_HARDWARE"},   {H_FUNCTION, "H_FUNCTION"},
                                                    {H_PARAMETER, "H_PARAMETER"}, {H_TOO_HARD, "H_TOO_HARD"}};
    const auto known = names.find(code.get<long>());
    return known == names.end() ? code.dump() : std::string(known->second) + " (" + code.dump() + ")";
}

std::string error_code(const Json &code) {
    static const std::map<long, const char *> names{
        {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EIO, "EIO"},       {ENXIO, "ENXIO"},   {EBADF, "EBADF"},
        {ENOMEM, "ENOMEM"}, {EFAULT, "EFAULT"}, {EBUSY, "EBUSY"},   {EEXIST, "EEXIST"}, {ENODEV, "ENODEV"},
        {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ENOSPC, "ENOSPC"}, {ENOTTY, "ENOTTY"}};
    if (code.is_string())
        return code == "noreg" ? "no such region" : "not open";
    const long number = code.get<long>();
    const auto known = names.find(-number);
    if (known != names.end())
        return std::string("-") + known->second + " (" + code.dump() + ")";
    return (number > 0 ? "+" : "") + code.dump();
}

/// "h0" -> "hardware table 0".
std::string table_name(const std::string &table) {
    if (table[0] == 'h')
        return "hardware table " + table.substr(1);
    if (table[0] == 'u')
        return "mirror of table " + table.substr(1);
    return "view of liobn 0x" + table.substr(1);
}

/// {"table entry": "v"} in the order of tables and entries.
void add_entries(const std::string &prefix, const Json &entries, const char *otherwise, std::vector<Item> *items) {
    std::vector<std::pair<std::pair<std::string, u64>, std::string>> sorted;
    for (const auto &[key, value] : entries.items()) {
        const std::size_t blank = key.find(' ');
        sorted.push_back({{key.substr(0, blank), hex(key.substr(blank + 1))}, value.get<std::string>()});
    }
    std::sort(sorted.begin(), sorted.end());
    for (const auto &[key, value] : sorted)
        items->push_back({prefix + table_name(key.first) + ", entry 0x" + to_hex(key.second),
                          value == "0" ? "0" : "0x" + value, otherwise});
}

std::string region_name(const Json &ua) {
    return "region at ua " + prefixed(ua);
}

std::string region_in_words(const Json &region) {
    if (region[2] == 0 && region[3] == 0)
        return "gone";
    return prefixed(region[1]) + " bytes, mapped " + region[2].dump() + ", used " + region[3].dump() + ", page shift " +
           region[4].dump();
}

std::string kill_in_words(const Json &kill) {
    return "table " + kill[0].dump() + " entry " + prefixed(kill[1]) + " count " + kill[2].dump() +
           (kill[4] == 1 ? "" : ", " + kill[4].dump() + " times in a row") + (kill[3] == 1 ? ", real mode" : "");
}

/// Names of what can be listed in one line.
std::string listed(const Json &list, const std::string &prefix) {
    std::string text;
    for (const Json &item : list)
        text += (text.empty() ? "" : ", ") + prefix + item.get<std::string>();
    return text;
}

void add_state(const std::string &prefix, const Json &state, std::vector<Item> *items) {
    add_entries(prefix, state.value("d", Json::object()), "unchanged", items);
    for (const Json &level : state.value("lv", Json::array()))
        items->push_back(
            {prefix + table_name(level[0]) + ", level " + level[1].dump() + " from entry " + prefixed(level[2]), "new",
             "not there"});
    for (const Json &region : state.value("rg", Json::array()))
        items->push_back({prefix + region_name(region[0]), region_in_words(region), "unchanged"});
    const Json kills = state.value("k", Json::array());
    for (std::size_t i = 0; i < kills.size(); i++)
        items->push_back({prefix + "invalidation " + std::to_string(i + 1), kill_in_words(kills[i]), "none"});
    const std::pair<const char *, const char *> lists[] = {{"rd", "dirty marks in regions, ua"},
                                                           {"dp", "pages become dirty, hpa"}};
    for (const auto &[field, what] : lists)
        if (state.contains(field))
            items->push_back({prefix + what, listed(state[field], "0x"), "none"});
    if (state.contains("fr"))
        items->push_back({prefix + "tables freed", listed(state["fr"], ""), "none"});
    if (state.contains("w"))
        items->push_back({prefix + "warnings", listed(state["w"], ""), "none"});
    if (state.contains("lock"))
        items->push_back({prefix + "locked pages", state["lock"].dump(), "unchanged"});
    if (state.contains("badpfn"))
        items->push_back({prefix + "dirty marks outside memory", state["badpfn"].dump(), "none"});
    for (const Json &leak : state.value("lk", Json::array()))
        items->push_back({prefix + region_name(leak[0]) + ", entries counted too many", leak[1].dump(), "unchanged"});
}

void add_stage(const Json &stage, std::vector<Item> *items) {
    const std::string prefix = stage["m"] == "rm" ? "real mode: " : "virtual mode: ";
    if (stage.contains("rc"))
        items->push_back({prefix + "return code", hypercall_code(stage["rc"]), "it is not called"});
    else
        items->push_back(
            {prefix + "return code", "none, the host stops: " + stage["bug"].get<std::string>(), "it is not called"});
    if (stage.contains("v"))
        items->push_back({prefix + "TCE", prefixed(stage["v"]), "none"});
    add_state(prefix, stage, items);
}

void add_fields(const Json &result, std::vector<Item> *items) {
    if (result.contains("r"))
        items->push_back({"return code", error_code(result["r"]), "none"});
    if (result.contains("bug"))
        items->push_back({"return code", "none, the host stops: " + result["bug"].get<std::string>(), "none"});
    static const std::vector<std::string> known{"r", "bug",  "d",  "lv", "rg", "k", "rd",   "dp",    "fr",
                                                "w", "lock", "lk", "D",  "R",  "L", "dump", "badpfn"};
    for (const auto &[name, value] : result.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            items->push_back({name, value.is_string() ? prefixed(value) : value.dump(), "none"});
}

void add_check_point(const Json &result, std::vector<Item> *items) {
    const Json tables = result.value("D", Json::object());
    for (const auto &[table, summary] : tables.items())
        items->push_back({table_name(table), summary[0].dump() + " entries, checksum " + summary[1].get<std::string>(),
                          "not there"});
    for (const Json &region : result.value("R", Json::array()))
        items->push_back({region_name(region[0]), region_in_words(region), "not there"});
    if (result.contains("L"))
        items->push_back({"locked pages", result["L"].dump(), "none"});
    add_entries("", result.value("dump", Json::object()), "0", items);
}

} // namespace

std::string operation_in_words(const Json &record) {
    if (record["t"] != "op")
        return record["t"] == "dig" ? "check of all tables, regions and locked pages"
                                    : "check of all entries, regions and locked pages";
    const auto known = sentences.find(command_of(record));
    return known == sentences.end() ? command_of(record) : sentence(known->second, record);
}

std::vector<Item> result_in_words(const Json &result) {
    std::vector<Item> items;
    if (result.is_array()) {
        for (const Json &stage : result)
            add_stage(stage, &items);
        return items;
    }
    add_fields(result, &items);
    add_state("", result, &items);
    add_check_point(result, &items);
    return items;
}

std::vector<Difference> differences(const Json &expected, const Json &got) {
    const std::vector<Item> left = result_in_words(expected), right = result_in_words(got);
    std::map<std::string, const Item *> found;
    for (const Item &item : right)
        found[item.what] = &item;
    std::vector<Difference> all;
    for (const Item &item : left) {
        const auto same = found.find(item.what);
        const std::string value = same == found.end() ? item.otherwise : same->second->value;
        if (value != item.value)
            all.push_back({item.what, item.value, value});
        if (same != found.end())
            found.erase(same);
    }
    for (const Item &item : right)
        if (found.count(item.what))
            all.push_back({item.what, item.otherwise, item.value});
    if (all.empty() && expected != got)
        all.push_back({"order", expected.dump(), got.dump()});
    return all;
}

} // namespace tcesim::conform
