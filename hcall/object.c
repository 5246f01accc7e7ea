// SPDX-License-Identifier: Apache-2.0
#include "object.h"

__attribute__((visibility("default"))) const struct hcall_object hcall_object = {
	.abi = HCALL_OBJECT_ABI,
	.layout = HCALL_OBJECT_LAYOUT,
	.preset = "5.10",
	.mm_context_init = mm_context_init,
	.kvm_init = kvm_init,
	.kvm_set_memslots = kvm_set_memslots,
	.user_init = user_init,
	.window_set_default = window_set_default,
	.user_add_device = user_add_device,
	.dma_window_init = dma_window_init,
	.dma_map = dma_map,
	.dma_unmap = dma_unmap,
};
