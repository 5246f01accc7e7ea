/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - one number for the shape of structs that two separately built programs share.
 *
 * It depends on the size of each struct, on the offset and the size of each field named,
 * and on their order. A constant expression in C11 and C++17.
 */
#ifndef HCALL_LAYOUT_H
#define HCALL_LAYOUT_H

#include "abi.h"

/* LAYOUT_JOIN - one step of FNV-1a, with a number instead of a byte. */
#define LAYOUT_JOIN(hash, number) (((hash) ^ (u32)(number)) * 16777619u)

/* LAYOUT_OF - layout of @type, of which @count (1..19) fields follow; fits an enumeration. */
#define LAYOUT_OF(type, count, ...)                                                                                    \
	(LAYOUT_##count(LAYOUT_JOIN(2166136261u, sizeof(type)), type, __VA_ARGS__) & 0x7fffffff)

#define LAYOUT_1(hash, type, field) LAYOUT_JOIN(LAYOUT_JOIN(hash, offsetof(type, field)), sizeof(((type *)0)->field))
#define LAYOUT_2(hash, type, field, ...) LAYOUT_1(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_3(hash, type, field, ...) LAYOUT_2(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_4(hash, type, field, ...) LAYOUT_3(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_5(hash, type, field, ...) LAYOUT_4(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_6(hash, type, field, ...) LAYOUT_5(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_7(hash, type, field, ...) LAYOUT_6(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_8(hash, type, field, ...) LAYOUT_7(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_9(hash, type, field, ...) LAYOUT_8(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_10(hash, type, field, ...) LAYOUT_9(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_11(hash, type, field, ...) LAYOUT_10(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_12(hash, type, field, ...) LAYOUT_11(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_13(hash, type, field, ...) LAYOUT_12(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_14(hash, type, field, ...) LAYOUT_13(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_15(hash, type, field, ...) LAYOUT_14(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_16(hash, type, field, ...) LAYOUT_15(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_17(hash, type, field, ...) LAYOUT_16(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_18(hash, type, field, ...) LAYOUT_17(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_19(hash, type, field, ...) LAYOUT_18(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_20(hash, type, field, ...) LAYOUT_19(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_21(hash, type, field, ...) LAYOUT_20(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_22(hash, type, field, ...) LAYOUT_21(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_23(hash, type, field, ...) LAYOUT_22(LAYOUT_1(hash, type, field), type, __VA_ARGS__)
#define LAYOUT_24(hash, type, field, ...) LAYOUT_23(LAYOUT_1(hash, type, field), type, __VA_ARGS__)

#endif
