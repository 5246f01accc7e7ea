/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.h - the one door between the handlers and the world they run in.
 *
 * hcall/ is C that would run on a POWER CPU. It calls nothing but itself and the
 * functions below: no libc, no compiler run-time, no SystemC, no notion of time.
 * Three worlds stand behind the door:
 *
 *	sim	 models/cpu: charges each call with the machine's cost and lets other
 *		 actors of the simulation act when their instant has come;
 *	plain	 tests: plain memory, no time, failures on demand;
 *	counting a powerpc64le program under an emulator that counts instructions.
 *
 * Addresses. gpa (guest physical), ua (host user virtual), hpa (host real) and
 * ioba (I/O bus) are u64 numbers and never dereferenced. Memory is reached through
 * the functions of the section "Memory" only.
 *
 * Suspension. A function marked [sync] may let other actors run before it returns:
 * anything reachable from elsewhere may have changed. A function without the mark
 * never does. Stores made between two [sync] calls count as made at the first.
 *
 * None of the functions fails unless its description says how.
 */
#ifndef HCALL_PORT_H
#define HCALL_PORT_H

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#define PORT_NORETURN [[noreturn]]
#else
#define PORT_NORETURN _Noreturn
#endif

/* ---- Memory -------------------------------------------------------------- */

/*
 * port_alloc - zeroed kernel object of @size bytes, NULL when memory is short.
 * port_free  - give it back; NULL is ignored.
 */
void *port_alloc(size_t size);
void port_free(void *object);

/*
 * port_pages_alloc - zeroed, naturally aligned block that hardware may read.
 * @size: bytes, a power of two of at least 4 KiB.
 *
 * Returns NULL when memory is short. port_pages_free() takes the same @size.
 */
void *port_pages_alloc(size_t size);
void port_pages_free(void *block, size_t size);

/*
 * port_to_hpa   - host real address of memory from port_pages_alloc() .
 * port_from_hpa - the inverse.
 */
u64 port_to_hpa(const void *block);
void *port_from_hpa(u64 hpa);

/* port_clear, port_copy - memset to zero and memcpy, charged by the byte. */
void port_clear(void *to, size_t size);
void port_copy(void *to, const void *from, size_t size);

/*
 * port_read_ua - copy from user memory as virtual-mode kernel code does.
 * Pages that are merely absent are brought in. 0, or -EFAULT where nothing is mapped.
 */
int port_read_ua(void *to, u64 ua, size_t size);

/*
 * port_translate_real_mode - host real address of @ua by the process's page table, as
 * real-mode code may find it: the page must be present, referenced and no larger than
 * PAGE_SIZE. 0, or -EFAULT otherwise.
 */
int port_translate_real_mode(u64 ua, u64 *hpa);

/* port_invalidation_running - is the process's page table being changed just now? */
bool port_invalidation_running(void);

/* port_read_hpa - copy from host real memory; @hpa belongs to a pinned page. */
void port_read_hpa(void *to, u64 hpa, size_t size);

/*
 * port_guest_write64, port_guest_read64 - the guest's own loads and stores of
 * big-endian doublewords in its memory, gpa inside guest RAM.
 */
void port_guest_write64(u64 gpa, u64 value);
u64 port_guest_read64(u64 gpa);

/* ---- Pages of user memory ------------------------------------------------ */

/*
 * port_pin - pin the host page that holds @ua for long-term DMA [sync].
 * @hpa:	out, host real address of the page
 * @shift:	out, log2 of the size of the (possibly huge) page it belongs to
 *
 * 0, or -EFAULT where nothing can be faulted in.
 */
int port_pin(u64 ua, u64 *hpa, u32 *shift);

/* port_page_shift - log2 of the size of the (possibly huge) page that holds @hpa. */
u32 port_page_shift(u64 hpa);

/* port_unpin - release one pin of the page at @hpa; @dirty: it was written by DMA. */
void port_unpin(u64 hpa, bool dirty);

/* port_set_dirty - mark the page at @hpa dirty (virtual mode's way). */
void port_set_dirty(u64 hpa);

/* ---- Atomics and locks --------------------------------------------------- */

/*
 * port_xchg_tce - exchange a hardware TCE, which a PHB may be reading [sync].
 * @tce: big-endian in memory; @value and the result are in CPU order.
 */
u64 port_xchg_tce(u64 *tce, u64 value);

/* A FIFO spin lock; zero bits are an unlocked lock. */
struct port_lock {
	u64 state;
};

/* port_lock, port_unlock - [sync]; waiters are served by (arrival time, vCPU number). */
void port_lock(struct port_lock *lock);
void port_unlock(struct port_lock *lock);

/* ---- RCU and SRCU -------------------------------------------------------- */

struct port_rcu_head {
	struct port_rcu_head *next;
	void (*func)(struct port_rcu_head *head);
};

void port_rcu_read_lock(void);
void port_rcu_read_unlock(void);

/* port_call_rcu - call @func(@head) once every reader of this moment has left. */
void port_call_rcu(struct port_rcu_head *head, void (*func)(struct port_rcu_head *head));

/* ---- Devices and firmware ------------------------------------------------ */

/*
 * port_mmio_write64 - full barrier, then one posted big-endian store to a PHB
 * register [sync].
 * @hpa: address of the register
 */
void port_mmio_write64(u64 hpa, u64 value);

/*
 * port_mmio_read64 - load a big-endian PHB register; stores before it have had their effect [sync].
 * All ones where the bridge does not answer.
 */
u64 port_mmio_read64(u64 hpa);

enum port_reset {
	PORT_RESET_NONE, /* it ends */
	PORT_RESET_HOT,	 /* over the link */
	PORT_RESET_FUNDAMENTAL
};

/*
 * port_pe_reset - let firmware assert a reset of the devices of @pe, or end it [sync]. Until it ends they
 * neither answer nor do anything, and afterwards they have forgotten what they were told.
 */
void port_pe_reset(u32 phb, u32 pe, enum port_reset reset);

/*
 * port_opal_tce_kill - firmware call 126 [sync]; returns when the PHB has done it.
 * @phb, @pe: PHB and PE number; @shift: log2 of the page size; @ioba, @pages: range,
 * used for OPAL_TCE_KILL_PAGES only.
 */
void port_opal_tce_kill(u32 phb, enum opal_tce_kill kind, u32 pe, u32 shift, u64 ioba, u64 pages);

/*
 * port_set_tve - let firmware program translation validate entry @index of @phb [sync].
 * @tve: 0 switches the entry off, which never fails
 *
 * 0, or -EBUSY when firmware refuses.
 */
int port_set_tve(u32 phb, u32 index, u64 tve);

/* ---- Long loops ---------------------------------------------------------- */

/* The steps of a loop from some number on. */
struct port_steps {
	u64 count; /* of numbers, at least 1, over which this holds */
	u64 step;  /* numbers that one step of the loop passes, a power of two */
	bool alike;
};

/* port_loop_body - do [@first, @first + @count) [sync]. Returns where to go on, not before its end. */
typedef u64 port_loop_body(void *context, u64 first, u64 count);

/*
 * port_loop_steps - how alike the steps are that begin at @first.
 *
 * Alike are steps that execute the same blocks on the same addresses, change nothing but the
 * hardware by stores of port_mmio_write64() that go on by the same difference, and call no other
 * port function that has an effect. What this function does is charged to nobody.
 */
typedef struct port_steps port_loop_steps(void *context, u64 first, u64 count);

#define PORT_LOOP_LONG 1024 /* shorter loops than so many numbers are not worth the call */

/*
 * port_loop - @body over [@first, @first + @count), one stretch after the other [sync].
 *
 * A world with time runs some steps of a long stretch that is alike, and may charge the others as
 * what these have shown a step to do.
 */
void port_loop(port_loop_body *body, port_loop_steps *steps, void *context, u64 first, u64 count);

/* ---- CPU ----------------------------------------------------------------- */

/* port_sync - let every other actor catch up with this vCPU [sync]. */
void port_sync(void);

/*
 * The levels a vCPU runs at. Every change goes through port_enter_level(), which
 * charges the transition [sync].
 */
enum port_level {
	PORT_GUEST,	  /* the guest itself */
	PORT_REAL_MODE,	  /* hypervisor real mode, guest context still loaded */
	PORT_HOST_KERNEL, /* host kernel, MMU on, after a full exit */
	PORT_HOST_USER,	  /* the vCPU ioctl has returned to user space */
	PORT_HOST_SYSCALL /* host kernel, entered by an ioctl of that user space */
};

void port_enter_level(enum port_level level);

/* Work of software that is not built here; each is one declared constant of the machine. */
enum port_work {
	PORT_WORK_USER_DISPATCH, /* user space: from the vCPU ioctl's return to the handler and back */
	PORT_WORK_USER_NOTIFY	 /* user space: memory-region notifiers, once per TCE */
};

void port_work(enum port_work work);

/* port_smp_id - number of the vCPU that executes. */
u32 port_smp_id(void);

/* ---- Trace --------------------------------------------------------------- */

enum port_event {
	PORT_EV_HCALL_ENTER,  /* opcode, ioba, tce or list gpa or value, count */
	PORT_EV_HCALL_LEVEL,  /* opcode, enum port_level that took it up, rc, 0 */
	PORT_EV_HCALL_RETURN, /* opcode, rc, 0, 0 */
	PORT_EV_TCE_SET,      /* running number of the hardware table, entry, old, new */
	PORT_EV_TCE_KILL,     /* PE, first ioba, pages, log2 page size; before the PHB is told */
	PORT_EV_IOVA_ALLOC,   /* first page on the bus, pages, log2 page size, 0 */
	PORT_EV_IOVA_FREE,    /* the same */
	PORT_EV_REGISTER,     /* user space registers memory: ua, bytes, 0 before it and 1 after, rc */
	PORT_EV_WARN	      /* enum port_warning and what it lists */
};

enum port_warning {
	PORT_WARN_NO_MIRROR,
	PORT_WARN_TRANSLATE_FAILED,
	PORT_WARN_EXCHANGE_FAILED,
	PORT_WARN_GUEST_PAGE_ALLOC_FAILED,
	PORT_WARN_NO_TABLE_GROUP,
	PORT_WARN_PREREG_FREE_FAILED,
	PORT_WARN_NO_IOMMU_GROUP,	/* a VFIO group without devices was to follow a view */
	PORT_WARN_GROUP_NEVER_ATTACHED, /* a group leaves KVM that followed no view; once per device */
	PORT_WARN_HARD_FAILURE,		/* an inner error that was not expected */
	PORT_WARN_USER_IOCTL_FAILED,	/* rc, ioba, tce; user space logs it and goes on */
	PORT_WARN_GUEST_MAP_FAILED	/* rc, opcode, ioba; the guest's own rate-limited message */
};

/* port_trace - tell an observer; costs nothing and changes nothing. */
void port_trace(enum port_event event, u64 a, u64 b, u64 c, u64 d);

/*
 * port_host_bug - an assertion of the recorded kernel fails, which stops the modelled host;
 * does not return. Nothing is wrong with the simulator: a guest or a process can bring a
 * host of that era to this.
 * @what: name of the assertion
 */
PORT_NORETURN void port_host_bug(const char *what);

/* port_bug - an internal impossibility; does not return. */
PORT_NORETURN void port_bug(const char *what);
#define PORT_BUG_ON(condition)                                                                                         \
	do {                                                                                                           \
		if (__builtin_expect(!!(condition), 0))                                                                \
			port_bug(#condition);                                                                          \
	} while (0)

#ifdef __cplusplus
}
#endif

#endif
