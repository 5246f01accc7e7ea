// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/linux_line.h"

#include "sim/replay/log/cursor.h"

#include <algorithm>

namespace tcesim::replay {

namespace {

using Parse = void (*)(Cursor &at, TraceEvent *event);

struct Code {
    std::string_view name;
    std::int64_t value;
};

/// Return codes that handlers of TCEs have; KVM prints their names.
constexpr Code return_codes[] = {
    {"H_SUCCESS", 0},    {"H_HARDWARE", -1},   {"H_FUNCTION", -2}, {"H_PRIVILEGE", -3},    {"H_PARAMETER", -4},
    {"H_RESOURCE", -16}, {"H_TOO_HARD", 9999}, {"H_BUSY", 1},      {"H_NOT_AVAILABLE", 3}, {"H_P2", -55},
};

constexpr Code opcodes[] = {
    {"H_GET_TCE", 0x1c},
    {"H_PUT_TCE", 0x20},
    {"H_STUFF_TCE", 0x138},
    {"H_PUT_TCE_INDIRECT", 0x13c},
};

constexpr std::uint64_t opcode_of_others = UINT64_MAX;

const Code *find(const Code *from, const Code *to, std::string_view name) {
    for (; from != to; ++from)
        if (from->name == name)
            return from;
    return nullptr;
}

void parse_vcpu(Cursor &at, TraceEvent *event) {
    event->thread = at.expect("VCPU ").natural();
    at.expect(": ");
}

void parse_kvm_enter(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::kvm_enter;
    parse_vcpu(at, event);
    at.expect("hcall=");
    if (Cursor::is_digit(at.peek())) {
        event->opcode = at.natural();
    } else {
        const std::string_view name = at.word();
        const Code *const code = find(std::begin(opcodes), std::end(opcodes), name);
        event->opcode = code != nullptr ? static_cast<std::uint64_t>(code->value) : opcode_of_others;
        if (name.empty())
            at.fail();
    }
    event->liobn = at.expect(" GPR4-7=").hex();
    event->ioba = at.expect(",").hex();
    event->tce = at.expect(",").hex();
    event->pages = at.expect(",").hex();
}

void parse_kvm_exit(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::kvm_exit;
    parse_vcpu(at, event);
    at.expect("ret=").up_to(' ');
    at.expect("hcall_rc=");
    if (Cursor::is_digit(at.peek()) || at.peek() == '-') {
        event->ret = at.integer();
    } else {
        const std::string_view name = at.word();
        const Code *const code = find(std::begin(return_codes), std::end(return_codes), name);
        event->ret = code != nullptr ? code->value : 0;
        if (name.empty())
            at.fail();
    }
    event->too_hard = event->ret == 9999;
}

void parse_opcode_enter(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::opcode_enter;
    event->opcode = at.expect("opcode=").natural();
}

void parse_opcode_exit(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::opcode_exit;
    event->opcode = at.expect("opcode=").natural();
    event->ret = at.expect(" retval=").integer();
}

/// "0000:01:00.0 dir=TO_DEVICE "
void parse_device(Cursor &at, TraceEvent *event) {
    event->device = at.up_to(' ');
    const std::string_view direction = at.expect("dir=").up_to(' ');
    event->reads = direction == "TO_DEVICE" || direction == "BIDIRECTIONAL";
    event->writes = direction == "FROM_DEVICE" || direction == "BIDIRECTIONAL";
    if (event->device.empty() || (!event->reads && !event->writes && direction != "NONE"))
        at.fail();
}

void parse_dma_map(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::dma_map;
    parse_device(at, event);
    event->ioba = at.expect("dma_addr=").hex();
    event->size = at.expect(" size=").natural();
    event->gpa = at.expect(" phys_addr=").hex();
    at.expect(" attrs=").all();
}

void parse_dma_unmap(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::dma_unmap;
    parse_device(at, event);
    event->ioba = at.expect("dma_addr=").hex();
    event->size = at.expect(" size=").natural();
    at.expect(" attrs=").all();
}

/// "{0x1,0x2}" into one member of the pieces. \returns how many.
std::size_t parse_array(Cursor &at, TraceEvent *event, std::uint64_t TraceEvent::Piece::*member, bool hexadecimal) {
    at.expect("{");
    std::size_t count = 0;
    if (at.accept("}"))
        return 0;
    do {
        at.blanks();
        if (count == event->piece.size()) {
            at.fail();
            break;
        }
        event->piece[count++].*member = hexadecimal ? at.hex() : at.natural();
    } while (at.accept(","));
    at.expect("}");
    return count;
}

/// "nents=2/2 ents=2/2 [TRUNCATED] "; early versions had one number each, or none.
void parse_counts(Cursor &at) {
    for (const char *name : {"nents=", "ents="})
        if (at.accept(name)) {
            at.natural();
            if (at.accept("/"))
                at.natural();
            at.blanks();
        }
    at.accept("[TRUNCATED]");
    at.blanks();
}

void parse_dma_map_list(Cursor &at, TraceEvent *event) {
    event->kind = EventKind::dma_map_list;
    parse_device(at, event);
    parse_counts(at);
    const std::size_t addresses = parse_array(at.expect("dma_addrs="), event, &TraceEvent::Piece::ioba, true);
    const std::size_t sizes = parse_array(at.expect(" sizes="), event, &TraceEvent::Piece::size, false);
    const std::size_t targets = parse_array(at.expect(" phys_addrs="), event, &TraceEvent::Piece::gpa, true);
    at.expect(" attrs=").all();
    event->pieces = addresses;
    if (addresses != sizes || targets < addresses)
        at.fail();
}

struct Known {
    std::string_view name;
    Parse parse;
};
constexpr Known known_events[] = {
    {"hcall_entry", parse_opcode_enter}, {"hcall_exit", parse_opcode_exit}, {"kvm_hcall_enter", parse_kvm_enter},
    {"kvm_hcall_exit", parse_kvm_exit},  {"dma_map_page", parse_dma_map},   {"dma_unmap_page", parse_dma_unmap},
    {"dma_map_sg", parse_dma_map_list},
};

const Known *find_event(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon != std::string_view::npos)
        name.remove_prefix(colon + 1);
    for (const Known &known : known_events)
        if (known.name == name)
            return &known;
    return nullptr;
}

constexpr std::uint64_t nanoseconds = 1'000'000'000;

/// "29.824280", or a whole number where the trace clock counts: nanoseconds.
bool parse_time(std::string_view text, TraceEvent *event) {
    const std::size_t point = text.find('.');
    std::uint64_t seconds = 0;
    const char *const end = text.data() + std::min(point, text.size());
    const auto read = std::from_chars(text.data(), end, seconds);
    if (read.ec != std::errc{} || read.ptr != end)
        return false;
    event->has_time = true;
    event->time = seconds;
    if (point == std::string_view::npos)
        return true;
    if (seconds > UINT64_MAX / nanoseconds - 1)
        return false;
    std::uint64_t fraction = 0, unit = nanoseconds;
    for (const char digit : text.substr(point + 1)) {
        if (!Cursor::is_digit(digit) || unit == 1)
            return false;
        fraction = fraction * 10 + static_cast<std::uint64_t>(digit - '0');
        unit /= 10;
    }
    event->time = seconds * nanoseconds + fraction * unit;
    return true;
}

/// "[003]"
bool parse_cpu(std::string_view text, TraceEvent *event) {
    if (text.size() < 3 || text.front() != '[' || text.back() != ']')
        return false;
    const char *const end = text.data() + text.size() - 1;
    std::uint64_t cpu = 0;
    const auto read = std::from_chars(text.data() + 1, end, cpu);
    if (read.ec != std::errc{} || read.ptr != end)
        return false;
    event->thread = cpu;
    return true;
}

/// Passes one word between blanks.
std::string_view next_word(std::string_view *text) {
    const std::size_t from = text->find_first_not_of(" \t");
    if (from == std::string_view::npos) {
        *text = {};
        return {};
    }
    text->remove_prefix(from);
    const std::string_view word = text->substr(0, text->find_first_of(" \t"));
    text->remove_prefix(word.size());
    return word;
}

LineIs parse_text(const Known &known, std::string_view text, TraceEvent *event) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    Cursor at(text);
    known.parse(at, event);
    return at.done() ? LineIs::event : LineIs::broken;
}

} // namespace

/// The task's name may hold blanks: the instant is the first word that ends in ':' and has the name of an event behind
/// it.
LineIs parse_linux_line(std::string_view line, TraceEvent *event) {
    event->has_time = false;
    event->time = 0;
    event->thread = 0;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    std::string_view left = line;
    for (std::string_view word = next_word(&left); !word.empty(); word = next_word(&left)) {
        if (parse_cpu(word, event) || word.size() < 2 || word.back() != ':' || !Cursor::is_digit(word.front()))
            continue;
        std::string_view behind = left;
        std::string_view name = next_word(&behind);
        if (name.size() < 2 || name.back() != ':' || !parse_time(word.substr(0, word.size() - 1), event))
            continue;
        name.remove_suffix(1);
        if (name == "tracing_mark_write" || name == "print") {
            behind.remove_prefix(std::min(behind.find_first_not_of(" \t"), behind.size()));
            return parse_qemu_event(behind, event);
        }
        const Known *const known = find_event(name);
        return known == nullptr ? LineIs::other : parse_text(*known, behind, event);
    }
    return LineIs::other;
}

} // namespace tcesim::replay
