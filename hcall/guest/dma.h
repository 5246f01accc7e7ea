/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dma.h - the pseries guest's DMA API over TCE hypercalls.
 *
 * Streaming mappings: every map makes TCEs valid, every unmap clears them at once;
 * there is no lazy mode. With multi-TCE a map of several pages is one
 * H_PUT_TCE_INDIRECT per 512 pages and any unmap H_STUFF_TCE, without it each page
 * is an H_PUT_TCE of its own.
 */
#ifndef HCALL_GUEST_DMA_H
#define HCALL_GUEST_DMA_H

#include "../kvm/kvm.h"
#include "iova.h"

#define DMA_CPUS_MAX 8

/* What the guest knows of one DMA window. */
struct dma_window {
	struct kvm *kvm; /* the hypervisor that "sc 1" reaches */
	u64 liobn;
	struct iova_space space;
	u32 guest_page_shift;
	bool multi_tce;
	bool direct;		    /* all of memory is mapped: bus addresses are guest addresses plus the base */
	u64 base;		    /* bus address of the window */
	u64 list_gpa[DMA_CPUS_MAX]; /* one 4 KiB page per CPU for INDIRECT */
	u64 map_failures;	    /* hypercalls whose failing code the guest only logged */
};

/*
 * dma_window_init - @size bytes at bus address @base with pages of 1 << @page_shift.
 * @list_gpa: first of DMA_CPUS_MAX 4 KiB pages, used with @multi_tce only.
 * 0, or -ENOMEM.
 */
int dma_window_init(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, u64 size, u32 page_shift,
		    u32 guest_page_shift, bool multi_tce, u64 list_gpa);

/* dma_window_init_direct - the same in direct mode (ddw.h), which needs no allocator; nothing is mapped yet. */
void dma_window_init_direct(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, u32 page_shift,
			    bool multi_tce, u64 list_gpa);

/*
 * dma_map - make [@gpa, @gpa + @size) reachable for the device [sync].
 * In direct mode nothing is to be done.
 * Returns the bus address of @gpa, or DMA_MAPPING_ERROR when the window is full or the
 * hypervisor answers H_NOT_ENOUGH_RESOURCES. Any other failing code is only logged.
 */
u64 dma_map(struct dma_window *window, u64 gpa, u64 size, enum dma_direction direction);

/* dma_unmap - take back what dma_map() of the same @size returned [sync]. */
void dma_unmap(struct dma_window *window, u64 bus_address, u64 size);

/*
 * dma_set_pages - in direct mode, map @pages of the window's pages from guest memory's page @page on [sync].
 * H_SUCCESS, or the code that has ended it, with what came before mapped.
 * dma_clear_pages - the opposite; failing codes are only logged.
 */
long dma_set_pages(struct dma_window *window, u64 page, u64 pages);
void dma_clear_pages(struct dma_window *window, u64 page, u64 pages);

/*
 * dma_hypercall - one TCE hypercall for the window [sync]: H_PUT_TCE, H_PUT_TCE_INDIRECT or H_STUFF_TCE.
 * @value: TCE, gpa of the list, or TCE to fill with; @count: entries, not of H_PUT_TCE.
 * Returns what the hypervisor answers.
 */
long dma_hypercall(struct dma_window *window, u64 opcode, u64 ioba, u64 value, u64 count);

#endif
