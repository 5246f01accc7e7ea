// SPDX-License-Identifier: Apache-2.0
#include "ioctl.h"

#include "../policy.h"
#include "table_file.h"
#include "vfio_device.h"

#define LEGACY_PAGE_SHIFT 12

long kvm_check_extension(const struct kvm *kvm, u64 extension)
{
	static const u8 everywhere[] = {KVM_CAP_SPAPR_TCE, KVM_CAP_SPAPR_TCE_64, KVM_CAP_SPAPR_MULTITCE,
					KVM_CAP_PPC_ENABLE_HCALL};

	for (u32 i = 0; i < sizeof(everywhere); i++) {
		if (extension == everywhere[i])
			return 1;
	}
	return extension == KVM_CAP_SPAPR_TCE_VFIO && (POLICY_TCE_VFIO_EVERYWHERE || !kvm->nested_host);
}

static long enable_cap(struct kvm *kvm, const void *argument)
{
	struct kvm_enable_cap cap;

	if (copy_from_process(&cap, argument, sizeof(cap)))
		return -EFAULT;
	if (cap.flags || cap.cap != KVM_CAP_PPC_ENABLE_HCALL || cap.args[1] > 1)
		return -EINVAL;
	return kvm_enable_hcall(kvm, cap.args[0], cap.args[1]);
}

static long create_table_legacy(struct kvm *kvm, struct file_table *files, const void *argument)
{
	struct kvm_create_spapr_tce legacy;
	struct kvm_create_spapr_tce_64 args = {.page_shift = LEGACY_PAGE_SHIFT};

	if (copy_from_process(&legacy, argument, sizeof(legacy)))
		return -EFAULT;
	args.liobn = legacy.liobn;
	args.size = legacy.window_size >> LEGACY_PAGE_SHIFT;
	return kvm_tce_table_open(kvm, files, &args);
}

static long create_table(struct kvm *kvm, struct file_table *files, const void *argument)
{
	struct kvm_create_spapr_tce_64 args;

	if (copy_from_process(&args, argument, sizeof(args)))
		return -EFAULT;
	return kvm_tce_table_open(kvm, files, &args);
}

static long create_device(struct kvm *kvm, struct file_table *files, void *argument)
{
	struct kvm_create_device args;
	int fd;

	if (copy_from_process(&args, argument, sizeof(args)))
		return -EFAULT;
	if (args.type != KVM_DEV_TYPE_VFIO)
		return -ENODEV;
	if (args.flags)
		return args.flags == KVM_CREATE_DEVICE_TEST ? 0 : -EINVAL;
	fd = kvm_vfio_open(kvm, files);
	if (fd < 0)
		return fd;
	args.fd = (u32)fd;
	return copy_to_process(argument, &args, sizeof(args));
}

long kvm_ioctl(struct kvm *kvm, struct file_table *files, u32 command, void *argument)
{
	switch (command) {
	case KVM_CHECK_EXTENSION:
		return kvm_check_extension(kvm, (uintptr_t)argument);
	case KVM_ENABLE_CAP:
		return enable_cap(kvm, argument);
	case KVM_CREATE_SPAPR_TCE:
		return create_table_legacy(kvm, files, argument);
	case KVM_CREATE_SPAPR_TCE_64:
		return create_table(kvm, files, argument);
	case KVM_CREATE_DEVICE:
		return create_device(kvm, files, argument);
	default:
		return -ENOTTY;
	}
}

static void release_vm(struct file *file)
{
	kvm_put(file->object);
}

static long vm_call(struct file *file, struct file_table *files, u32 command, void *argument)
{
	return kvm_ioctl(file->object, files, command, argument);
}

const struct file_kind kvm_vm_file = {.release = release_vm, .ioctl = vm_call};

int kvm_vm_open(struct file_table *files, struct kvm *kvm)
{
	return file_open(files, &kvm_vm_file, kvm);
}
