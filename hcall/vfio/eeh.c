// SPDX-License-Identifier: Apache-2.0
/* eeh.c - recovery from errors of the bridge, for the groups of a container. */
#include "../powernv/eeh.h"

#include "container.h"

#define END_OF_OP (offsetof(struct vfio_eeh_pe_op, op) + sizeof(u32))

bool vfio_has_eeh(const struct vfio_container *container)
{
	list_for_each(group, &container->groups, struct iommu_group, container_link) {
		if (group->eeh)
			return true;
	}
	return false;
}

static long operate(struct iommu_group *group, const struct vfio_eeh_pe_op *operation)
{
	if (!group->eeh)
		return -ENODEV;
	switch (operation->op) {
	case VFIO_EEH_PE_DISABLE:
		return 0; /* the bridge goes on to freeze */
	case VFIO_EEH_PE_ENABLE:
		return eeh_thaw(group, true, true);
	case VFIO_EEH_PE_UNFREEZE_IO:
		return eeh_thaw(group, true, false);
	case VFIO_EEH_PE_UNFREEZE_DMA:
		return eeh_thaw(group, false, true);
	case VFIO_EEH_PE_GET_STATE:
		return eeh_state(group);
	case VFIO_EEH_PE_RESET_DEACTIVATE:
		return eeh_reset(group, PORT_RESET_NONE);
	case VFIO_EEH_PE_RESET_HOT:
		return eeh_reset(group, PORT_RESET_HOT);
	case VFIO_EEH_PE_RESET_FUNDAMENTAL:
		return eeh_reset(group, PORT_RESET_FUNDAMENTAL);
	case VFIO_EEH_PE_CONFIGURE:
		return eeh_configure(group);
	default:
		return eeh_inject(group, &operation->err);
	}
}

long vfio_eeh_operate(struct vfio_container *container, const struct vfio_eeh_pe_op *operation)
{
	if (!operation)
		return -EFAULT;
	if (operation->argsz < END_OF_OP || operation->flags || operation->op > VFIO_EEH_PE_INJECT_ERR)
		return -EINVAL;
	if (operation->op == VFIO_EEH_PE_INJECT_ERR && operation->argsz < sizeof(*operation))
		return -EINVAL;
	list_for_each(group, &container->groups, struct iommu_group, container_link) {
		long rc = operate(group, operation);

		if (rc)
			return rc;
	}
	return 0;
}
