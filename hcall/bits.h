/* SPDX-License-Identifier: Apache-2.0 */
/* bits.h - byte order and powers of two. */
#ifndef HCALL_BITS_H
#define HCALL_BITS_H

#include "abi.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define be64(value) __builtin_bswap64(value)
#else
#define be64(value) ((u64)(value))
#endif

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

static inline bool is_power_of_two(u64 value)
{
	return value && !(value & (value - 1));
}

/* log2_floor - @value > 0 */
static inline u32 log2_floor(u64 value)
{
	return 63 - (u32)__builtin_clzll(value);
}

/* lowest_bit - number of the lowest set bit, 64 for 0 */
static inline u32 lowest_bit(u64 value)
{
	return value ? (u32)__builtin_ctzll(value) : 64;
}

static inline u64 round_up(u64 value, u64 power_of_two)
{
	return (value + power_of_two - 1) & ~(power_of_two - 1);
}

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif
