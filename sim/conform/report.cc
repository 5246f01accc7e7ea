// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/report.h"

#include "sim/text_layout.h"

#include <algorithm>

namespace tcesim::conform {

namespace {

constexpr std::size_t shown_differences = 12;
constexpr std::size_t shown_items = 12;

std::string count(u64 number, const char *one, const char *many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string and_more(std::size_t number, std::size_t indent) {
    return std::string(indent, ' ') + "and " + std::to_string(number) + " more\n";
}

std::string difference_in_words(const Difference &difference, std::size_t indent) {
    return paragraph(difference.what, indent) + paragraph("expected " + difference.expected, indent + 2) +
           paragraph("got      " + difference.got, indent + 2);
}

std::string place(const SequenceOutcome &sequence, u64 operation) {
    return "sequence " + std::to_string(sequence.number) + " " + sequence.name + ", operation " +
           std::to_string(operation);
}

std::string failure_in_full(const SequenceOutcome &sequence) {
    const Divergence &divergence = *sequence.outcome.divergence;
    std::string text = paragraph(place(sequence, divergence.operation) + ":", 2) + paragraph(divergence.words, 4);
    const std::size_t all = divergence.differences.size(), shown = std::min(all, shown_differences);
    for (std::size_t i = 0; i < shown; i++)
        text += difference_in_words(divergence.differences[i], 6);
    return text + (all > shown ? and_more(all - shown, 6) : "");
}

std::string failure_in_short(const SequenceOutcome &sequence) {
    const Divergence &divergence = *sequence.outcome.divergence;
    const Difference &first = divergence.differences.front();
    return paragraph(place(sequence, divergence.operation) + ": " + first.what + ": expected " + first.expected +
                         ", got " + first.got,
                     2);
}

void add_items(const char *title, const std::vector<Item> &items, std::string *text) {
    const std::size_t shown = std::min(items.size(), shown_items);
    *text += std::string("      ") + title + (items.empty() ? ": nothing changes\n" : ":\n");
    for (std::size_t i = 0; i < shown; i++)
        *text += paragraph(items[i].what + ": " + items[i].value, 8);
    if (items.size() > shown)
        *text += and_more(items.size() - shown, 8);
}

} // namespace

std::string file_in_words(const FileOutcome &file, bool in_full) {
    std::string text =
        paragraph(file.path + ": kernel " + file.preset + ", " + count(file.sequences, "sequence", "sequences") + ", " +
                      count(file.compared, "operation", "operations") +
                      " compared: " + std::to_string(file.sequences - file.failed) + " passed, " +
                      std::to_string(file.failed) + " failed",
                  0);
    const auto ended = std::count_if(file.notable.begin(), file.notable.end(),
                                     [](const SequenceOutcome &sequence) { return sequence.outcome.out_of_bounds; });
    if (ended)
        text += paragraph(count(static_cast<u64>(ended), "sequence ends", "sequences end") +
                              " where the recorded kernel wrote outside its tables, refused here:",
                          2);
    for (const SequenceOutcome &sequence : file.notable)
        if (const auto &end = sequence.outcome.out_of_bounds)
            text += paragraph(place(sequence, end->operation) + ": " + end->answer, 4);
    for (const SequenceOutcome &sequence : file.notable) {
        if (!sequence.outcome.divergence)
            continue;
        text += in_full ? failure_in_full(sequence) : failure_in_short(sequence);
        in_full = false;
    }
    return text;
}

std::string operation_explained(const Compared &operation) {
    const std::string number = operation.record["i"].dump();
    const std::string lead = std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number + "  ";
    std::string text = lead + hanging(operation_in_words(operation.record), lead.size()) + "\n";
    if (operation.expected == operation.got) {
        add_items("as expected", result_in_words(operation.got), &text);
        return text;
    }
    add_items("expected", result_in_words(operation.expected), &text);
    add_items("got", result_in_words(operation.got), &text);
    text += "      different:\n";
    const auto all = differences(operation.expected, operation.got);
    for (std::size_t i = 0; i < std::min(all.size(), shown_differences); i++)
        text += difference_in_words(all[i], 8);
    return text + (all.size() > shown_differences ? and_more(all.size() - shown_differences, 8) : "");
}

} // namespace tcesim::conform
