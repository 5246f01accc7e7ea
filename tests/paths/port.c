// SPDX-License-Identifier: Apache-2.0
/*
 * port.c - port.h on plain memory for one thread: time passes for nobody, no lock is ever taken,
 * no reader is ever in the way. An address of user memory is a pointer and is its own hpa.
 */
#include "hcall/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcall/bits.h"
#include "world.h"

void *port_alloc(size_t size)
{
	return calloc(1, size);
}

void port_free(void *object)
{
	free(object);
}

void *port_pages_alloc(size_t size)
{
	void *block = aligned_alloc(size, size);

	return block ? memset(block, 0, size) : NULL;
}

void port_pages_free(void *block, size_t size)
{
	(void)size;
	free(block);
}

u64 port_to_hpa(const void *block)
{
	return (u64)(uintptr_t)block;
}

void *port_from_hpa(u64 hpa)
{
	return (void *)(uintptr_t)hpa;
}

void port_clear(void *to, size_t size)
{
	memset(to, 0, size);
}

void port_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
}

int port_read_ua(void *to, u64 ua, size_t size)
{
	port_copy(to, port_from_hpa(ua), size);
	return 0;
}

int port_translate_real_mode(u64 ua, u64 *hpa)
{
	*hpa = ua;
	return 0;
}

void port_read_hpa(void *to, u64 hpa, size_t size)
{
	port_copy(to, port_from_hpa(hpa), size);
}

void port_guest_write64(u64 gpa, u64 value)
{
	*(u64 *)port_from_hpa(world_ram() + gpa) = be64(value);
}

u64 port_guest_read64(u64 gpa)
{
	return be64(*(u64 *)port_from_hpa(world_ram() + gpa));
}

int port_pin(u64 ua, u64 *hpa, u32 *shift)
{
	*hpa = ua & ~(PAGE_SIZE - 1);
	*shift = PAGE_SHIFT;
	return 0;
}

u32 port_page_shift(u64 hpa)
{
	(void)hpa;
	return PAGE_SHIFT;
}

void port_unpin(u64 hpa, bool dirty)
{
	(void)hpa;
	(void)dirty;
}

void port_set_dirty(u64 hpa)
{
	(void)hpa;
}

u64 port_xchg_tce(u64 *tce, u64 value)
{
	u64 old = be64(*tce);

	*tce = be64(value);
	return old;
}

void port_lock(struct port_lock *lock)
{
	(void)lock;
}

void port_unlock(struct port_lock *lock)
{
	(void)lock;
}

void port_rcu_read_lock(void)
{
}

void port_rcu_read_unlock(void)
{
}

void port_call_rcu(struct port_rcu_head *head, void (*func)(struct port_rcu_head *head))
{
	func(head);
}

void port_mmio_write64(u64 hpa, u64 value)
{
	(void)hpa;
	(void)value;
}

void port_opal_tce_kill(u32 phb, enum opal_tce_kill kind, u32 pe, u32 shift, u64 ioba, u64 pages)
{
	(void)phb;
	(void)kind;
	(void)pe;
	(void)shift;
	(void)ioba;
	(void)pages;
}

void port_set_tve(u32 phb, u32 index, u64 tve)
{
	(void)phb;
	(void)index;
	(void)tve;
}

void port_sync(void)
{
}

void port_enter_level(enum port_level level)
{
	(void)level;
}

void port_work(enum port_work work)
{
	(void)work;
}

u32 port_smp_id(void)
{
	return 0;
}

void port_trace(enum port_event event, u64 a, u64 b, u64 c, u64 d)
{
	(void)event;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
}

_Noreturn void port_bug(const char *what)
{
	fprintf(stderr, "bug: %s\n", what);
	exit(1);
}
