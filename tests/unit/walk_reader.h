/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a bridge makes of one DMA address, read straight from the bit tables of TVE and TCE, without time,
 * cache or anything of the model: the judge of its walks.
 */
#ifndef TCESIM_TESTS_UNIT_WALK_READER_H
#define TCESIM_TESTS_UNIT_WALK_READER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum walk_bridge { WALK_P7IOC, WALK_PHB3, WALK_PHB4 };

enum walk_outcome {
    WALK_DONE,
    WALK_NO_WINDOW,     /* no such TVE, or one that the bridge cannot use */
    WALK_OUT_OF_WINDOW, /* the TVE does not reach so far */
    WALK_PAGE_FAULT,    /* an entry without any permission */
    WALK_ACCESS_FAULT,  /* a TCE without the permission asked for */
    WALK_NO_MEMORY      /* table or page where the host has none */
};

struct walk_question {
    enum walk_bridge bridge;
    uint64_t tve[2]; /* of the PE; a P7IOC has the first one only */
    uint64_t address;
    unsigned bytes; /* of the access, which stays inside its page */
    int write;
};

struct walk_answer {
    enum walk_outcome outcome;
    uint64_t hpa;   /* WALK_DONE only */
    unsigned reads; /* table entries read */
};

/** The answer in a host of @size bytes of memory at @memory. */
struct walk_answer walk_read(const struct walk_question *question, const unsigned char *memory, uint64_t size);

#ifdef __cplusplus
}
#endif

#endif
