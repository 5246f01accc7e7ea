/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counting.h - what a path can ask of the counting world (port.c).
 */
#ifndef TESTS_PATHS_COUNTING_H
#define TESTS_PATHS_COUNTING_H

#include "hcall/port.h"

/* Port functions that can fail. */
enum counting_call {
    COUNTING_ALLOC,        /* port_alloc: NULL */
    COUNTING_PAGES_ALLOC,  /* port_pages_alloc: NULL */
    COUNTING_READ_UA,      /* port_read_ua: -EFAULT */
    COUNTING_TRANSLATE,    /* port_translate_real_mode: -EFAULT */
    COUNTING_INVALIDATION, /* port_invalidation_running: true */
    COUNTING_PIN,          /* port_pin: -EFAULT */
    COUNTING_CALLS
};

/* counting_reset - all memory is free, nothing fails, host pages have PAGE_SHIFT. */
void counting_reset(void);

/* counting_fail - the @number-th of these calls from now on fails, 1 is the next; once. */
void counting_fail(enum counting_call call, u32 number);

/* counting_set_host_page - log2 of the size of the host pages that user memory consists of. */
void counting_set_host_page(u32 shift);

/* counting_user_memory - address of @size zeroed bytes of user memory, aligned to it; for ever. */
u64 counting_user_memory(u64 size);

#endif
