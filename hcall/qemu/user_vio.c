// SPDX-License-Identifier: Apache-2.0
/* user_vio.c - devices on the virtual I/O bus. */
#include "user_vio.h"

long user_vio_new(struct user_process *process, u64 liobn, struct user_vio_device **result)
{
	struct user_vio_device *device;
	long rc;

	if (liobn > USER_LIOBN_MAX)
		return -EINVAL;
	if (user_table_find(process, liobn))
		return -EBUSY;
	device = port_alloc(sizeof(*device));
	if (!device)
		return -ENOMEM;
	user_table_init(&device->window, process, liobn, NULL);
	rc = user_table_enable(&device->window, TCE_PAGE_SHIFT_MIN, 0, USER_VIO_WINDOW_SIZE >> TCE_PAGE_SHIFT_MIN);
	if (rc) {
		user_table_leave(&device->window);
		port_free(device);
		return rc;
	}
	list_add_tail(&device->list, &process->vio_devices);
	*result = device;
	return 0;
}

void user_vio_free(struct user_vio_device *device)
{
	user_table_disable(&device->window);
	user_table_leave(&device->window);
	list_del(&device->list);
	port_free(device);
}

long user_vio_reset(struct user_vio_device *device)
{
	return user_fail(device->window.process, user_table_clear(&device->window));
}
