// SPDX-License-Identifier: Apache-2.0
/* groups.c - all paths whose predicted instructions are compared with retired ones. */
#include "paths.h"

extern const struct meter_path_group prior_paths, look_up_paths, entry_paths, refused_paths, map_paths, container_paths,
	view_paths, guest_paths, packet_paths, kvm_paths, host_dma_paths, bridge_paths, era_paths;

const struct meter_path_group *const meter_path_groups[] = {
	&prior_paths, &look_up_paths, &entry_paths, &refused_paths,  &map_paths,    &container_paths, &view_paths,
	&guest_paths, &packet_paths,  &kvm_paths,   &host_dma_paths, &bridge_paths, &era_paths,
};

const unsigned meter_path_group_count = sizeof(meter_path_groups) / sizeof(meter_path_groups[0]);
