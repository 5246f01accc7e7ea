// SPDX-License-Identifier: Apache-2.0
/*
 * port.c - "counting", the third world behind hcall/port.h.
 *
 * One thread on plain memory: time passes for nobody, no lock is ever taken, no reader is ever in
 * the way, devices and firmware answer nothing. Built natively it serves the metered handlers, and
 * for powerpc64le the plain ones that an emulator runs; in both only instructions of handlers
 * count, so what a port function executes is free. An address of user memory is a pointer and is
 * its own hpa. Calls fail on demand: counting.h.
 */
#include "counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcall/bits.h"
#include "paths.h"
#include "world.h"

#define ARENA_SIZE (256UL << 20) /* also the largest alignment */
#define OBJECT_ALIGNMENT 16

static u64 arena, arena_used;
static u32 calls_until_failure[COUNTING_CALLS]; /* 0: never */
static u32 host_page_shift;

u64 counting_user_memory(u64 size)
{
	void *memory = aligned_alloc(size, size);

	PORT_BUG_ON(!memory);
	return (u64)(uintptr_t)memory;
}

void counting_reset(void)
{
	if (!arena)
		arena = counting_user_memory(ARENA_SIZE);
	arena_used = 0;
	memset(calls_until_failure, 0, sizeof(calls_until_failure));
	host_page_shift = PAGE_SHIFT;
}

void counting_fail(enum counting_call call, u32 number)
{
	calls_until_failure[call] = number;
}

void counting_set_host_page(u32 shift)
{
	host_page_shift = shift;
}

static bool fails(enum counting_call call)
{
	return calls_until_failure[call] && !--calls_until_failure[call];
}

/* What is given back is not used again: no path needs that much. */
static void *allocate(size_t size, size_t alignment)
{
	u64 first = round_up(arena_used, alignment);

	PORT_BUG_ON(first + size > ARENA_SIZE);
	arena_used = first + size;
	return memset(port_from_hpa(arena + first), 0, size);
}

void *port_alloc(size_t size)
{
	meter_path_port_call();
	return fails(COUNTING_ALLOC) ? NULL : allocate(size, OBJECT_ALIGNMENT);
}

void port_free(void *object)
{
	meter_path_port_call();
	(void)object;
}

void *port_pages_alloc(size_t size)
{
	meter_path_port_call();
	return fails(COUNTING_PAGES_ALLOC) ? NULL : allocate(size, size);
}

void port_pages_free(void *block, size_t size)
{
	meter_path_port_call();
	(void)block;
	(void)size;
}

u64 port_to_hpa(const void *block)
{
	meter_path_port_call();
	return (u64)(uintptr_t)block;
}

void *port_from_hpa(u64 hpa)
{
	meter_path_port_call();
	return (void *)(uintptr_t)hpa;
}

void port_clear(void *to, size_t size)
{
	meter_path_port_call();
	memset(to, 0, size);
}

void port_copy(void *to, const void *from, size_t size)
{
	meter_path_port_call();
	memcpy(to, from, size);
}

int port_read_ua(void *to, u64 ua, size_t size)
{
	meter_path_port_call();
	if (fails(COUNTING_READ_UA))
		return -EFAULT;
	port_copy(to, port_from_hpa(ua), size);
	return 0;
}

int port_translate_real_mode(u64 ua, u64 *hpa)
{
	meter_path_port_call();
	*hpa = ua;
	return fails(COUNTING_TRANSLATE) ? -EFAULT : 0;
}

bool port_invalidation_running(void)
{
	meter_path_port_call();
	return fails(COUNTING_INVALIDATION);
}

void port_read_hpa(void *to, u64 hpa, size_t size)
{
	meter_path_port_call();
	port_copy(to, port_from_hpa(hpa), size);
}

void port_guest_write64(u64 gpa, u64 value)
{
	meter_path_port_call();
	*(u64 *)port_from_hpa(world_ram() + gpa) = be64(value);
}

u64 port_guest_read64(u64 gpa)
{
	meter_path_port_call();
	return be64(*(u64 *)port_from_hpa(world_ram() + gpa));
}

int port_pin(u64 ua, u64 *hpa, u32 *shift)
{
	meter_path_port_call();
	*hpa = ua & ~(PAGE_SIZE - 1);
	*shift = host_page_shift;
	return fails(COUNTING_PIN) ? -EFAULT : 0;
}

u32 port_page_shift(u64 hpa)
{
	meter_path_port_call();
	(void)hpa;
	return host_page_shift;
}

void port_unpin(u64 hpa, bool dirty)
{
	meter_path_port_call();
	(void)hpa;
	(void)dirty;
}

void port_set_dirty(u64 hpa)
{
	meter_path_port_call();
	(void)hpa;
}

u64 port_xchg_tce(u64 *tce, u64 value)
{
	u64 old = be64(*tce);

	meter_path_port_call();
	*tce = be64(value);
	return old;
}

void port_lock(struct port_lock *lock)
{
	meter_path_port_call();
	(void)lock;
}

void port_unlock(struct port_lock *lock)
{
	meter_path_port_call();
	(void)lock;
}

void port_rcu_read_lock(void)
{
	meter_path_port_call();
}

void port_rcu_read_unlock(void)
{
	meter_path_port_call();
}

void port_call_rcu(struct port_rcu_head *head, void (*func)(struct port_rcu_head *head))
{
	meter_path_port_call();
	func(head);
}

void port_mmio_write64(u64 hpa, u64 value)
{
	meter_path_port_call();
	(void)hpa;
	(void)value;
}

u64 port_mmio_read64(u64 hpa)
{
	meter_path_port_call();
	(void)hpa;
	return 0;
}

void port_pe_reset(u32 phb, u32 pe, enum port_reset reset)
{
	meter_path_port_call();
	(void)phb;
	(void)pe;
	(void)reset;
}

void port_opal_tce_kill(u32 phb, enum opal_tce_kill kind, u32 pe, u32 shift, u64 ioba, u64 pages)
{
	meter_path_port_call();
	(void)phb;
	(void)kind;
	(void)pe;
	(void)shift;
	(void)ioba;
	(void)pages;
}

int port_set_tve(u32 phb, u32 index, u64 tve)
{
	meter_path_port_call();
	(void)phb;
	(void)index;
	(void)tve;
	return 0;
}

void port_sync(void)
{
	meter_path_port_call();
}

void port_enter_level(enum port_level level)
{
	meter_path_port_call();
	(void)level;
}

void port_work(enum port_work work)
{
	meter_path_port_call();
	(void)work;
}

u32 port_smp_id(void)
{
	meter_path_port_call();
	return 0;
}

void port_loop(port_loop_body *body, port_loop_steps *steps, void *context, u64 first, u64 count)
{
	(void)steps;
	meter_path_port_call();
	body(context, first, count);
}

void port_trace(enum port_event event, u64 a, u64 b, u64 c, u64 d)
{
	meter_path_port_call();
	(void)event;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
}

_Noreturn void port_host_bug(const char *what)
{
	fprintf(stderr, "host bug: %s\n", what);
	exit(1);
}

_Noreturn void port_bug(const char *what)
{
	fprintf(stderr, "bug: %s\n", what);
	exit(1);
}
