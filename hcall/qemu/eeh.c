// SPDX-License-Identifier: Apache-2.0
/* eeh.c - EEH for the guest. */
#include "eeh.h"

#define PE_ADDRESS(config) ((((config) >> 16 & 0xff) << 16) | 1)
#define PE_SHARED 2

/* The container whose one group is the PE, NULL without EEH. */
static struct vfio_container *pe_container(const struct user_phb *phb)
{
	struct user_container *container;

	if (list_empty(&phb->containers) || phb->containers.next != phb->containers.prev)
		return NULL;
	container = list_entry(phb->containers.next, struct user_container, list);
	if (!user_container_is_single(container) ||
	    user_ioctl(phb->process, container->vfio, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)VFIO_EEH) != 1)
		return NULL;
	return container->vfio;
}

static long pe_operation(const struct user_phb *phb, struct vfio_container *container, u32 op)
{
	struct vfio_eeh_pe_op operation = {.argsz = sizeof(operation), .op = op};

	return user_ioctl(phb->process, container, VFIO_EEH_PE_OP, &operation);
}

static long set_option(const struct rtas_call *call, const struct user_phb *phb, struct vfio_container *container)
{
	static const u8 operations[] = {VFIO_EEH_PE_DISABLE, VFIO_EEH_PE_ENABLE, VFIO_EEH_PE_UNFREEZE_IO,
					VFIO_EEH_PE_UNFREEZE_DMA};
	u32 option = rtas_argument(call, 3);

	if (option >= sizeof(operations))
		return RTAS_PARAMETER_ERROR;
	return pe_operation(phb, container, operations[option]) ? RTAS_HARDWARE_ERROR : RTAS_SUCCESS;
}

static long address_info(const struct rtas_call *call)
{
	u32 what = rtas_argument(call, 3);

	if (what > 1)
		return RTAS_PARAMETER_ERROR;
	rtas_return(call, 1, what ? PE_SHARED : PE_ADDRESS(rtas_argument(call, 0)));
	return RTAS_SUCCESS;
}

static long read_state(const struct rtas_call *call, const struct user_phb *phb, struct vfio_container *container)
{
	long state = pe_operation(phb, container, VFIO_EEH_PE_GET_STATE);

	if (state < 0)
		return RTAS_HARDWARE_ERROR;
	rtas_return(call, 1, (u32)state);
	rtas_return(call, 2, 1);
	rtas_return(call, 3, 0);
	rtas_return(call, 4, 0);
	return RTAS_SUCCESS;
}

static long set_reset(const struct rtas_call *call, const struct user_phb *phb, struct vfio_container *container)
{
	u32 op;

	switch (rtas_argument(call, 3)) {
	case 0:
		op = VFIO_EEH_PE_RESET_DEACTIVATE;
		break;
	case 1:
		op = VFIO_EEH_PE_RESET_HOT;
		break;
	case 3:
		op = VFIO_EEH_PE_RESET_FUNDAMENTAL;
		break;
	default:
		return RTAS_PARAMETER_ERROR;
	}
	return pe_operation(phb, container, op) ? RTAS_HARDWARE_ERROR : RTAS_SUCCESS;
}

static long error_detail(const struct rtas_call *call)
{
	u32 severity = rtas_argument(call, 7);

	return severity == 1 || severity == 2 ? RTAS_EEH_NO_LOG : RTAS_PARAMETER_ERROR;
}

static bool counts_are(const struct rtas_call *call, u32 arguments, u32 results)
{
	return call->arguments == arguments && call->results == results;
}

/* The status; @counted: the numbers of arguments and results are those of the call. */
static long status_of(const struct rtas_call *call, bool counted)
{
	struct user_phb *phb = counted ? rtas_bridge(call) : NULL;
	struct vfio_container *container = phb ? pe_container(phb) : NULL;

	if (!container)
		return RTAS_PARAMETER_ERROR;
	switch (call->token) {
	case RTAS_SET_EEH_OPTION:
		return set_option(call, phb, container);
	case RTAS_GET_CONFIG_ADDR_INFO2:
		return address_info(call);
	case RTAS_READ_SLOT_RESET_STATE2:
		return read_state(call, phb, container);
	case RTAS_SET_SLOT_RESET:
		return set_reset(call, phb, container);
	case RTAS_CONFIGURE_PE:
		return pe_operation(phb, container, VFIO_EEH_PE_CONFIGURE) ? RTAS_HARDWARE_ERROR : RTAS_SUCCESS;
	default:
		return error_detail(call);
	}
}

bool rtas_eeh(const struct rtas_call *call)
{
	bool counted;

	switch (call->token) {
	case RTAS_SET_EEH_OPTION:
	case RTAS_SET_SLOT_RESET:
		counted = counts_are(call, 4, 1);
		break;
	case RTAS_GET_CONFIG_ADDR_INFO2:
		counted = counts_are(call, 4, 2);
		break;
	case RTAS_READ_SLOT_RESET_STATE2:
		counted = counts_are(call, 3, 4) || counts_are(call, 3, 5);
		break;
	case RTAS_CONFIGURE_PE:
		counted = counts_are(call, 3, 1);
		break;
	case RTAS_SLOT_ERROR_DETAIL:
		counted = counts_are(call, 8, 1);
		break;
	default:
		return false;
	}
	rtas_status(call, (s32)status_of(call, counted));
	return true;
}

void user_eeh_thaw(struct user_phb *phb)
{
	struct vfio_container *container = pe_container(phb);

	if (container)
		pe_operation(phb, container, VFIO_EEH_PE_ENABLE);
}
