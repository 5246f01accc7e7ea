// SPDX-License-Identifier: Apache-2.0
#include "sim/stacks.h"

#include "models/kernel/division.h"
#include "sim/version.h"

#include <algorithm>
#include <tuple>

namespace tcesim {

namespace {

using Frames = std::vector<Frame>;
using StackOrigin = std::tuple<unsigned, std::string, std::string>; // vCPU, hypercall, level

/// What the shares of a function's callers sum to.
constexpr std::uint64_t whole = std::uint64_t{1} << 40;

/// The functions of a row, outermost first. The compiler may have split a function and inlined a part of it again.
Frames functions_of(const LineRow &row) {
    Frames frames;
    const auto add = [&frames](const SourcePlace &place) {
        if (frames.empty() || frames.back().name != place.function || frames.back().file != place.file)
            frames.push_back({place.function, place.file, 0});
    };
    std::for_each(row.inlined_into.rbegin(), row.inlined_into.rend(), add);
    add(row.place);
    return frames;
}

Frames operator+(Frames frames, const Frames &more) {
    frames.insert(frames.end(), more.begin(), more.end());
    return frames;
}

/// Builds the stacks of what one vCPU executed for one hypercall at one level.
class StackBuilder {
public:
    explicit StackBuilder(Frames root) : root_(std::move(root)) {}

    void add(const LineRow &row) { functions_[row.object_function].rows.push_back(&row); }
    void add(const CallRow &call, const LineRow *caller) {
        Function &callee = functions_[call.callee];
        if (caller != nullptr)
            callee.callers.push_back({caller, call.calls});
        else
            callee.from_outside += call.calls;
    }

    void build(std::map<Frames, std::uint64_t> &stacks) {
        cut_circles();
        for (auto &[name, function] : functions_)
            find_ways_to(function);
        for (const auto &[name, function] : functions_)
            for (const LineRow *row : function.rows)
                add_stacks(*row, function, stacks);
    }

private:
    struct Caller {
        const LineRow *row;
        std::uint64_t calls;
    };
    struct Function {
        std::vector<const LineRow *> rows;
        std::vector<Caller> callers;
        std::uint64_t from_outside = 0;
        enum { unseen, on_the_way, seen } state = unseen;
        std::map<Frames, std::uint64_t> ways; ///< stacks that lead to it, with their shares of `whole`
    };

    /// Forgets calls that lead back to a function on the way from an entry to their caller.
    void cut_circles() {
        for (const bool entries : {true, false})
            for (auto &[name, function] : functions_)
                if (!entries || function.from_outside)
                    walk_from(name, function);
    }

    void walk_from(const std::string &name, Function &function) {
        if (function.state != Function::unseen)
            return;
        function.state = Function::on_the_way;
        for (auto &[callee_name, callee] : functions_) {
            const auto called_here = [&name = name](const Caller &caller) {
                return caller.row->object_function == name;
            };
            if (std::none_of(callee.callers.begin(), callee.callers.end(), called_here))
                continue;
            if (callee.state == Function::on_the_way)
                callee.callers.erase(std::remove_if(callee.callers.begin(), callee.callers.end(), called_here),
                                     callee.callers.end());
            else
                walk_from(callee_name, callee);
        }
        function.state = Function::seen;
    }

    void find_ways_to(Function &function) {
        if (!function.ways.empty())
            return;
        std::uint64_t calls = function.from_outside;
        for (const Caller &caller : function.callers)
            calls += caller.calls;
        if (calls == 0) // it runs on from another level
            function.from_outside = calls = 1;
        Division shares(whole, calls);
        if (const std::uint64_t share = shares.next(function.from_outside); share)
            function.ways[root_] += share;
        for (const Caller &caller : function.callers) {
            Function &calling = functions_[caller.row->object_function];
            find_ways_to(calling);
            Division of_ways(shares.next(caller.calls), whole);
            for (const auto &[way, share] : calling.ways)
                if (const std::uint64_t part = of_ways.next(share); part)
                    function.ways[way + functions_of(*caller.row)] += part;
        }
    }

    static void add_stacks(const LineRow &row, const Function &function, std::map<Frames, std::uint64_t> &stacks) {
        const SourcePlace &at = row.place;
        const Frames own = functions_of(row) + Frames{{at.file + ":" + std::to_string(at.line), at.file, at.line}};
        for (const auto &[kind, ps] : row.time) {
            Division times(ps, whole);
            const Frames tail = kind == "code" ? own : own + Frames{{kind, "", 0}};
            for (const auto &[way, share] : function.ways)
                if (const std::uint64_t part = times.next(share); part)
                    stacks[way + tail] += part;
        }
    }

    const Frames root_;
    std::map<std::string, Function> functions_; // by object_function
};

Frames root_of(const StackOrigin &origin) {
    const auto &[vcpu, hypercall, level] = origin;
    return {{"vcpu" + std::to_string(vcpu), "", 0}, {hypercall.empty() ? "DMA API" : hypercall, "", 0}, {level, "", 0}};
}

/// What would end a frame or a line does not stand in a name.
std::string frame_text(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ';' || c == '\n'; }, ' ');
    return name;
}

/// Picoseconds as nanoseconds with three decimals.
std::string nanoseconds(std::uint64_t ps) {
    std::string fraction = std::to_string(ps % 1000);
    return std::to_string(ps / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

std::string quoted(const std::string &text) {
    return nlohmann::ordered_json(text).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// The frames of all profiles, each once.
class FrameTable {
public:
    std::size_t number(const Frame &frame) {
        const auto [found, is_new] = numbers_.emplace(frame, numbers_.size());
        if (!is_new)
            return found->second;
        text_ += (text_.empty() ? "\n    {" : ",\n    {") + ("\"name\": " + quoted(frame.name));
        if (!frame.file.empty())
            text_ += ", \"file\": " + quoted("hcall/" + frame.file);
        if (frame.line)
            text_ += ", \"line\": " + std::to_string(frame.line);
        text_ += "}";
        return found->second;
    }
    const std::string &text() const { return text_; }

private:
    std::map<Frame, std::size_t> numbers_;
    std::string text_;
};

std::string speedscope_profile(const VariantResult &variant, FrameTable &frames) {
    std::string samples, weights;
    std::uint64_t sum = 0;
    for (const Stack &stack : stacks_of(variant)) {
        std::string numbers;
        for (const Frame &frame : stack.frames)
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(frames.number(frame));
        samples += (samples.empty() ? "\n      [" : ",\n      [") + numbers + "]";
        weights += (weights.empty() ? "\n      " : ",\n      ") + nanoseconds(stack.ps);
        sum += stack.ps;
    }
    return "\n    {\n      \"type\": \"sampled\",\n      \"name\": " + quoted(variant.name) +
           ",\n      \"unit\": \"nanoseconds\",\n      \"startValue\": 0,\n      \"endValue\": " + nanoseconds(sum) +
           ",\n      \"samples\": [" + samples + "],\n      \"weights\": [" + weights + "]\n    }";
}

} // namespace

bool Frame::operator<(const Frame &other) const {
    return std::tie(name, file, line) < std::tie(other.name, other.file, other.line);
}

std::vector<Stack> stacks_of(const VariantResult &variant) {
    std::map<StackOrigin, StackBuilder> builders;
    const auto builder = [&builders](const auto &row) -> StackBuilder & {
        const StackOrigin origin{row.vcpu, row.hypercall, row.level};
        return builders.try_emplace(origin, root_of(origin)).first->second;
    };
    for (const LineRow &row : variant.profile)
        builder(row).add(row);
    for (const CallRow &call : variant.call_graph)
        builder(call).add(call, call.caller ? &variant.profile[*call.caller] : nullptr);
    std::map<Frames, std::uint64_t> sums;
    for (auto &[origin, stacks] : builders)
        stacks.build(sums);
    std::vector<Stack> stacks;
    for (const auto &[frames, ps] : sums)
        stacks.push_back({frames, ps});
    return stacks;
}

std::string folded_stacks(const std::vector<VariantResult> &variants) {
    std::string text;
    for (const VariantResult &variant : variants)
        for (const Stack &stack : stacks_of(variant)) {
            text += frame_text(variant.name);
            for (const Frame &frame : stack.frames)
                text += ";" + frame_text(frame.name);
            text += " " + std::to_string(stack.ps) + "\n";
        }
    return text;
}

std::string speedscope_document(const std::string &name, const std::vector<VariantResult> &variants) {
    FrameTable frames;
    std::string profiles;
    for (const VariantResult &variant : variants)
        profiles += (profiles.empty() ? "" : ",") + speedscope_profile(variant, frames);
    return "{\n  \"$schema\": \"https://www.speedscope.app/file-format-schema.json\",\n  \"name\": " + quoted(name) +
           ",\n  \"exporter\": \"tcesim@" + std::string(version) + "\",\n  \"activeProfileIndex\": 0,\n" +
           "  \"shared\": {\"frames\": [" + frames.text() + "]},\n  \"profiles\": [" + profiles + "]\n}\n";
}

} // namespace tcesim
