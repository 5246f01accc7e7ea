// SPDX-License-Identifier: Apache-2.0
#include "object.h"

#include "guest/dma.h"
#include "policy.h"

_Static_assert(HCALL_OBJECT_LAYOUT != 0, "the layout is a constant expression");

__attribute__((visibility("default"))) const struct hcall_object hcall_object = {
	.abi = HCALL_OBJECT_ABI,
	.layout = HCALL_OBJECT_LAYOUT,
	.preset = HCALL_PRESET_NAME,
	.page_shift = PAGE_SHIFT,
	.machine_new = machine_new,
	.machine_default_window = machine_default_window,
	.machine_add_device = machine_add_device,
	.machine_add_vio_devices = machine_add_vio_devices,
	.machine_open_window = machine_open_window,
	.dma_map = dma_map,
	.dma_unmap = dma_unmap,
	.hypercall = dma_hypercall,
	.ddw = machine_ddw,
	.container_ioctl = machine_container_ioctl,
	.plug_memory = machine_plug_memory,
	.unplug_memory = machine_unplug_memory,
	.reset = machine_reset,
	.eeh = machine_eeh,
	.life = machine_life,
	.machine_end = machine_end,
	.machine_count_remains = machine_count_remains,
	.inspection = &hcall_inspection,
	.surface = &hcall_surface,
};
