// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/qemu_line.h"

#include "sim/replay/log/cursor.h"

namespace tcesim::replay {

namespace {

constexpr std::string_view family = "spapr_iommu_";

struct Name {
    std::string_view name;
    EventKind kind;
    bool pci;
};
constexpr Name names[] = {
    {"pci_put", EventKind::put, true},
    {"pci_stuff", EventKind::stuff, true},
    {"xlate", EventKind::xlate, false},
    {"pci_indirect", EventKind::indirect, true},
    {"put", EventKind::put, false},
    {"stuff", EventKind::stuff, false},
    {"indirect", EventKind::indirect, false},
    {"pci_get", EventKind::get, true},
    {"get", EventKind::get, false},
    {"new_table", EventKind::new_table, false},
    {"pre_save", EventKind::pre_save, false},
    {"post_load", EventKind::post_load, false},
    {"ddw_query", EventKind::ddw_query, false},
    {"ddw_create", EventKind::ddw_create, false},
    {"ddw_remove", EventKind::ddw_remove, false},
    {"ddw_reset", EventKind::ddw_reset, false},
};

const Name *find_name(std::string_view name) {
    for (const Name &known : names)
        if (known.name == name)
            return &known;
    return nullptr;
}

void parse_put(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->ioba = at.expect(" ioba=").hex();
    event->tce = at.expect(" tce=").hex();
    event->ret = at.expect(" ret=").integer();
}

void parse_get(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->ioba = at.expect(" ioba=").hex();
    event->ret = at.expect(" ret=").integer();
    event->tce = at.expect(" tce=").hex();
}

/// simpletrace.py calls the list "tce", as the event's declaration does.
void parse_indirect(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->ioba = at.expect(" ioba=").hex();
    if (!at.accept(" tce="))
        at.expect(" tcelist=");
    event->list = at.hex();
    event->last = at.expect(" iobaN=").hex();
    event->tce = at.expect(" tceN=").hex();
    event->ret = at.expect(" ret=").integer();
}

void parse_stuff(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->ioba = at.expect(" ioba=").hex();
    event->tce = at.expect(" tcevalue=").hex();
    const std::int64_t pages = at.expect(" npages=").integer();
    event->pages = static_cast<std::uint64_t>(pages);
    event->ret = at.expect(" ret=").integer();
}

void parse_xlate(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->ioba = at.expect(" ").hex();
    event->tce = at.expect(" -> ").hex();
    event->perm = at.expect(" perm=").natural();
    event->mask = at.expect(" mask=").hex();
    if (event->perm > 3)
        at.fail();
}

void parse_new_table(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    at.expect(" table=");
    if (!at.accept("(nil)"))
        at.hex();
    at.expect(" fd=").integer();
}

void parse_saved(Cursor &at, TraceEvent *event) {
    event->liobn = at.expect("liobn=").hex();
    event->pages = at.expect(" ").hex();
    if (event->kind == EventKind::post_load)
        event->pages = at.expect(" => ").hex();
    event->ioba = at.expect(" bus_offset=").hex();
    event->page = at.expect(" ps=").natural();
}

void parse_bridge(Cursor &at, TraceEvent *event) {
    event->buid = at.expect("buid=").hex();
    at.expect(" addr=").hex();
}

void parse_query(Cursor &at, TraceEvent *event) {
    parse_bridge(at, event);
    event->pages = at.expect(", ").natural();
    event->size = at.expect(" windows available, max window size=").hex();
    event->mask = at.expect(", mask=").hex();
}

void parse_create(Cursor &at, TraceEvent *event) {
    parse_bridge(at, event);
    event->page = at.expect(", page size=").hex();
    event->size = at.expect(", requested=").hex();
    event->ioba = at.expect(", start addr=").hex();
    event->liobn = at.expect(", liobn=").hex();
}

void parse_fields(Cursor &at, TraceEvent *event) {
    switch (event->kind) {
    case EventKind::put:
        return parse_put(at, event);
    case EventKind::get:
        return parse_get(at, event);
    case EventKind::indirect:
        return parse_indirect(at, event);
    case EventKind::stuff:
        return parse_stuff(at, event);
    case EventKind::xlate:
        return parse_xlate(at, event);
    case EventKind::new_table:
        return parse_new_table(at, event);
    case EventKind::pre_save:
    case EventKind::post_load:
        return parse_saved(at, event);
    case EventKind::ddw_query:
        return parse_query(at, event);
    case EventKind::ddw_create:
        return parse_create(at, event);
    case EventKind::ddw_remove:
        event->liobn = at.expect("liobn=").hex();
        return;
    default:
        return parse_bridge(at, event);
    }
}

/// simpletrace.py tells the microseconds since the event before, and the process.
void pass_simpletrace(Cursor &at) {
    if (!Cursor::is_digit(at.peek()))
        return;
    at.natural();
    if (at.accept("."))
        at.word();
    at.expect(" pid=").natural();
    at.expect(" ");
}

/// Two digits of a date or a time.
bool two_digits(std::string_view text, std::size_t at, unsigned *value) {
    if (!Cursor::is_digit(text[at]) || !Cursor::is_digit(text[at + 1]))
        return false;
    *value = static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
    return true;
}

constexpr std::uint64_t second_ns = 1'000'000'000;

/// Digits behind a decimal point as nanoseconds.
std::uint64_t fraction_ns(std::string_view digits) {
    std::uint64_t value = 0, unit = second_ns;
    for (const char digit : digits.substr(0, 9)) {
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
        unit /= 10;
    }
    return value * unit;
}

std::string_view digits_at(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && Cursor::is_digit(text[size]))
        ++size;
    return text.substr(0, size);
}

/// Days since 1970-01-01 in the calendar that is in use.
std::uint64_t days(unsigned year, unsigned month, unsigned day) {
    static constexpr unsigned before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const unsigned leap_years = month > 2 ? year : year - 1;
    const unsigned leap_days = leap_years / 4 - leap_years / 100 + leap_years / 400 - 477;
    return std::uint64_t{365} * (year - 1970) + leap_days + before[month - 1] + day - 1;
}

/// "2025-07-21T18:43:28.089797Z ": \returns its length, 0 if the line does not begin so.
std::size_t iso_prefix(std::string_view line, TraceEvent *event) {
    unsigned century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (line.size() < 21 || line[4] != '-' || line[7] != '-' || line[10] != 'T' || line[13] != ':' || line[16] != ':' ||
        !two_digits(line, 0, &century) || !two_digits(line, 2, &year) || !two_digits(line, 5, &month) ||
        !two_digits(line, 8, &day) || !two_digits(line, 11, &hour) || !two_digits(line, 14, &minute) ||
        !two_digits(line, 17, &second))
        return 0;
    std::size_t at = 19;
    std::uint64_t ns = 0;
    if (line[at] == '.') {
        const std::string_view digits = digits_at(line.substr(at + 1));
        ns = fraction_ns(digits);
        at += 1 + digits.size();
    }
    if (line.substr(at, 2) != "Z " || century * 100 + year < 1970 || month < 1 || month > 12 || day < 1)
        return 0;
    const std::uint64_t minutes = (days(century * 100 + year, month, day) * 24 + hour) * 60 + minute;
    event->has_time = true;
    event->time = (minutes * 60 + second) * second_ns + ns;
    return at + 2;
}

/// "30109@1795164896.091703:": \returns its length, 0 if the line does not begin so.
std::size_t thread_prefix(std::string_view line, TraceEvent *event) {
    std::uint64_t thread = 0, seconds = 0;
    const char *const end = line.data() + line.size();
    const auto first = std::from_chars(line.data(), end, thread);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '@')
        return 0;
    const auto second = std::from_chars(first.ptr + 1, end, seconds);
    if (second.ec != std::errc{} || second.ptr == end || *second.ptr != '.' || seconds > UINT64_MAX / second_ns - 1)
        return 0;
    const char *at = second.ptr + 1;
    const std::string_view digits = digits_at({at, static_cast<std::size_t>(end - at)});
    at += digits.size();
    if (digits.empty() || at == end || *at != ':')
        return 0;
    event->thread = thread;
    event->has_time = true;
    event->time = seconds * second_ns + fraction_ns(digits);
    return static_cast<std::size_t>(at + 1 - line.data());
}

} // namespace

LineIs parse_qemu_event(std::string_view text, TraceEvent *event) {
    if (text.substr(0, family.size()) != family)
        return LineIs::other;
    Cursor at(text.substr(family.size()));
    const Name *const name = find_name(at.word());
    if (name == nullptr)
        return LineIs::other;
    event->kind = name->kind;
    event->pci = name->pci;
    at.expect(" ");
    pass_simpletrace(at);
    parse_fields(at, event);
    return at.done() ? LineIs::event : LineIs::broken;
}

LineIs parse_qemu_line(std::string_view line, TraceEvent *event) {
    event->has_time = false;
    event->time = 0;
    event->thread = 0;
    if (!line.empty() && Cursor::is_digit(line[0])) {
        std::size_t prefix = thread_prefix(line, event);
        if (prefix == 0)
            prefix = iso_prefix(line, event);
        if (prefix == 0)
            return LineIs::other;
        line.remove_prefix(prefix);
    }
    return parse_qemu_event(line, event);
}

} // namespace tcesim::replay
