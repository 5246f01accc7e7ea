/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/walk_reader.h"

/* Bits first..last of value, numbered as PowerPC's documents do: 0 is the highest. */
static uint64_t bits(uint64_t value, unsigned first, unsigned last) {
    return value << first >> (63 - last + first);
}

static int page_known(enum walk_bridge bridge, uint64_t code) {
    switch (code) {
    case 1: /* 4 KiB */
    case 5: /* 64 KiB */
        return 1;
    case 10: /* 2 MiB */
    case 19: /* 1 GiB */
        return bridge == WALK_PHB4;
    case 13: /* 16 MiB */
        return bridge != WALK_PHB4;
    case 17: /* 256 MiB */
        return bridge == WALK_PHB3;
    case 23: /* 16 GiB */
        return bridge == WALK_P7IOC;
    default:
        return 0;
    }
}

static struct walk_answer failed(enum walk_outcome outcome, unsigned reads) {
    struct walk_answer answer = {outcome, 0, reads};

    return answer;
}

static struct walk_answer done(uint64_t hpa, const struct walk_question *question, uint64_t size, unsigned reads) {
    struct walk_answer answer = {WALK_DONE, hpa, reads};

    return hpa >= size || size - hpa < question->bytes ? failed(WALK_NO_MEMORY, reads) : answer;
}

static struct walk_answer untranslated(const struct walk_question *question, uint64_t tve, uint64_t offset,
                                       uint64_t size) {
    uint64_t start = (bits(tve, 52, 53) << 24 | bits(tve, 0, 23)) << 24;
    uint64_t end = (bits(tve, 54, 55) << 24 | bits(tve, 24, 47)) << 24;

    if (!bits(tve, 51, 51) || (question->bridge == WALK_PHB4 && !bits(tve, 56, 56)))
        return failed(WALK_NO_WINDOW, 0);
    if (offset < start || offset + question->bytes > end)
        return failed(WALK_OUT_OF_WINDOW, 0);
    return done(offset, question, size, 0);
}

struct walk_answer walk_read(const struct walk_question *question, const unsigned char *memory, uint64_t size) {
    uint64_t window = bits(question->address, 4, 4), offset = bits(question->address, 5, 63);
    uint64_t tve, table, entry = 0, page_shift, entries_shift, levels, level;
    unsigned reads = 0, byte;

    if (bits(question->address, 0, 3) || (window && question->bridge == WALK_P7IOC))
        return failed(WALK_NO_WINDOW, 0);
    tve = question->tve[window];
    if (!bits(tve, 59, 63))
        return untranslated(question, tve, offset, size);
    levels = bits(tve, 48, 50) + 1;
    if (!bits(tve, 51, 55) || levels > (question->bridge == WALK_P7IOC ? 1 : 5) ||
        !page_known(question->bridge, bits(tve, 59, 63)))
        return failed(WALK_NO_WINDOW, 0);
    page_shift = bits(tve, 59, 63) + 11;
    entries_shift = bits(tve, 51, 55) + 8;
    if (page_shift + levels * entries_shift < 64 && offset >> (page_shift + levels * entries_shift))
        return failed(WALK_OUT_OF_WINDOW, 0);
    table = bits(tve, 0, 47) << 12;
    for (level = levels; level-- > 0;) {
        uint64_t shift = page_shift + level * entries_shift;
        uint64_t index = shift < 64 ? offset >> shift : 0;
        uint64_t hpa = table + 8 * (index % (1ULL << entries_shift));

        reads++;
        if (hpa >= size || size - hpa < 8)
            return failed(WALK_NO_MEMORY, reads);
        for (byte = 0; byte < 8; byte++)
            entry = entry << 8 | memory[hpa + byte];
        if (!bits(entry, 62, 63))
            return failed(WALK_PAGE_FAULT, reads);
        table = entry >> 12 << 12;
    }
    if (!(question->write ? bits(entry, 62, 62) : bits(entry, 63, 63)))
        return failed(WALK_ACCESS_FAULT, reads);
    return done((entry >> page_shift << page_shift) + offset % (1ULL << page_shift), question, size, reads);
}
