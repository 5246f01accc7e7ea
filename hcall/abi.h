/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abi.h - the numbers of the architecture.
 *
 * Opcodes, return codes, TCE bits, ioctl numbers and limits that a guest, KVM,
 * VFIO and firmware agree on. They are facts of PAPR, of the powerpc kernel ABI
 * and of the PHB; docs/behaviour.md names the public source of each group.
 */
#ifndef HCALL_ABI_H
#define HCALL_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef int32_t s32;

/* Hypercall opcodes, passed in r3 (PAPR 14.5.4.1). */
#define H_GET_TCE 0x1cUL
#define H_PUT_TCE 0x20UL
#define H_STUFF_TCE 0x138UL
#define H_PUT_TCE_INDIRECT 0x13cUL
#define HCALL_OPCODE_MAX 0x450UL
#define H_RTAS 0xf000UL /* firmware call; no number of PAPR, KVM's and the process's own */

/* Firmware calls for EEH and DDW: QEMU's tokens, which a guest finds in its device tree. */
#define RTAS_SET_EEH_OPTION 0x2020u
#define RTAS_GET_CONFIG_ADDR_INFO2 0x2021u
#define RTAS_READ_SLOT_RESET_STATE2 0x2022u
#define RTAS_SET_SLOT_RESET 0x2023u
#define RTAS_CONFIGURE_PE 0x2024u
#define RTAS_SLOT_ERROR_DETAIL 0x2025u
#define RTAS_QUERY_PE_DMA_WINDOW 0x2026u
#define RTAS_CREATE_PE_DMA_WINDOW 0x2027u
#define RTAS_REMOVE_PE_DMA_WINDOW 0x2028u
#define RTAS_RESET_PE_DMA_WINDOW 0x2029u

/* Hypercall return codes, handed back in r3. */
#define H_SUCCESS 0L
#define H_CLOSED 2L
#define H_HARDWARE (-1L)
#define H_FUNCTION (-2L)
#define H_PARAMETER (-4L)
#define H_NOT_ENOUGH_RESOURCES (-44L)
#define H_TOO_HARD 9999L /* host internal: the next level must do it; no guest ever sees it */

/* One TCE: 8 bytes, big-endian in hardware tables and in INDIRECT lists. */
#define TCE_READ 0x1ULL	 /* the device may read memory */
#define TCE_WRITE 0x2ULL /* the device may write memory */
#define TCE_PERM (TCE_READ | TCE_WRITE)

/* DMA direction as the kernel's DMA API numbers it. */
enum dma_direction { DMA_BIDIRECTIONAL = 0, DMA_TO_DEVICE = 1, DMA_FROM_DEVICE = 2, DMA_NONE = 3 };
#define DMA_MAPPING_ERROR (~(u64)0)

/* Pages. The modelled host runs 64 KiB pages, as every distribution kernel for POWER8 does. */
#ifndef HCALL_PAGE_SHIFT
#define HCALL_PAGE_SHIFT 16 /* 12 in objects for kernels with pages of 4 KiB */
#endif
#define PAGE_SHIFT HCALL_PAGE_SHIFT
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define TCES_PER_PAGE (PAGE_SIZE / sizeof(u64))
#define TCE_LIST_SHIFT 12 /* an INDIRECT list fills one 4 KiB page */
#define TCE_LIST_MAX 512
#define TCE_PAGE_SHIFT_MIN 12
#define TCE_PAGE_SHIFT_MAX 34

/* Windows of a partitionable endpoint (PE). */
#define IOMMU_WINDOWS_PER_GROUP 2
#define IOMMU_WINDOW1_BASE (1ULL << 59) /* bit 59 of the bus address selects TVE 1 */
#define IOMMU_LEVELS_MAX 5
#define IOMMU_ADDRESS_LIMIT 55 /* (level_shift - 3) * levels + page_shift stays below */

/* Negative errno values of the powerpc kernel ABI. */
#define EPERM 1
#define ENOENT 2
#define EIO 5
#define ENXIO 6
#define EBADF 9
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define EMFILE 24
#define ENOSPC 28
#define EOPNOTSUPP 95
#define ENOTTY 25

/* KVM: capabilities, ioctl numbers (type 0xae, powerpc _IO encoding) and the KVM-VFIO device. */
#define KVM_CAP_SPAPR_TCE 63
#define KVM_CAP_SPAPR_MULTITCE 94
#define KVM_CAP_PPC_ENABLE_HCALL 104
#define KVM_CAP_SPAPR_TCE_64 125
#define KVM_CAP_SPAPR_TCE_VFIO 142
#define KVM_CHECK_EXTENSION 0x2000ae03u
#define KVM_ENABLE_CAP 0x8068aea3u
#define KVM_CREATE_SPAPR_TCE 0x8010aea8u
#define KVM_CREATE_SPAPR_TCE_64 0x8020aea8u
#define KVM_CREATE_DEVICE 0xc00caee0u
#define KVM_SET_DEVICE_ATTR 0x8018aee1u
#define KVM_GET_DEVICE_ATTR 0x8018aee2u
#define KVM_HAS_DEVICE_ATTR 0x8018aee3u
#define KVM_CREATE_DEVICE_TEST 1u
#define KVM_DEV_TYPE_VFIO 4u
#define KVM_DEV_VFIO_GROUP 1u
#define KVM_DEV_VFIO_GROUP_ADD 1
#define KVM_DEV_VFIO_GROUP_DEL 2
#define KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE 3

struct kvm_enable_cap {
	u32 cap;
	u32 flags;
	u64 args[4];
	u8 pad[64];
};

struct kvm_create_spapr_tce {
	u64 liobn;
	u32 window_size; /* bytes */
	u32 pad;
};

struct kvm_create_spapr_tce_64 {
	u64 liobn;
	u32 page_shift;
	u32 flags;
	u64 offset; /* in pages of 1 << page_shift */
	u64 size;   /* in the same pages */
};

struct kvm_create_device {
	u32 type;
	u32 fd; /* out */
	u32 flags;
};

struct kvm_device_attr {
	u32 flags;
	u32 group;
	u64 attr;
	u64 addr; /* of the attribute's argument in the process */
};

struct kvm_vfio_spapr_tce {
	s32 groupfd;
	s32 tablefd;
};

/* VFIO: container types and ioctl numbers (type ';', base 100, powerpc _IO encoding). */
#define VFIO_SPAPR_TCE_IOMMU 2
#define VFIO_DMA_CC_IOMMU 4
#define VFIO_EEH 5
#define VFIO_SPAPR_TCE_v2_IOMMU 7
#define VFIO_CHECK_EXTENSION 0x20003b65u
#define VFIO_IOMMU_SPAPR_TCE_GET_INFO 0x20003b70u
#define VFIO_IOMMU_MAP_DMA 0x20003b71u
#define VFIO_IOMMU_UNMAP_DMA 0x20003b72u
#define VFIO_IOMMU_ENABLE 0x20003b73u
#define VFIO_IOMMU_DISABLE 0x20003b74u
#define VFIO_IOMMU_SPAPR_REGISTER_MEMORY 0x20003b75u
#define VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY 0x20003b76u
#define VFIO_IOMMU_SPAPR_TCE_CREATE 0x20003b77u
#define VFIO_IOMMU_SPAPR_TCE_REMOVE 0x20003b78u
#define VFIO_EEH_PE_OP 0x20003b79u
#define VFIO_SPAPR_INFO_DDW 1u /* dynamic windows are supported and described */
#define VFIO_DMA_MAP_READ 1u
#define VFIO_DMA_MAP_WRITE 2u

struct vfio_tce_info {
	u32 argsz;
	u32 flags; /* out */
	u32 dma32_window_start;
	u32 dma32_window_size;
	/* Only if argsz covers them. */
	u64 page_sizes; /* bitmap in bytes */
	u32 windows;	/* at most so many at a time */
	u32 levels;
};

struct vfio_register_memory {
	u32 argsz;
	u32 flags;
	u64 vaddr;
	u64 size;
};

struct vfio_tce_create {
	u32 argsz;
	u32 flags;
	u32 page_shift;
	u32 resv1;
	u64 window_size;
	u32 levels;
	u32 resv2;
	u64 start_addr; /* out */
};

struct vfio_tce_remove {
	u32 argsz;
	u32 flags;
	u64 start_addr;
};

struct vfio_dma_map {
	u32 argsz;
	u32 flags;
	u64 vaddr;
	u64 iova;
	u64 size;
};

struct vfio_dma_unmap {
	u32 argsz;
	u32 flags;
	u64 iova;
	u64 size;
};

/* Operations of VFIO_EEH_PE_OP. */
#define VFIO_EEH_PE_DISABLE 0u
#define VFIO_EEH_PE_ENABLE 1u
#define VFIO_EEH_PE_UNFREEZE_IO 2u
#define VFIO_EEH_PE_UNFREEZE_DMA 3u
#define VFIO_EEH_PE_GET_STATE 4u
#define VFIO_EEH_PE_RESET_DEACTIVATE 5u
#define VFIO_EEH_PE_RESET_HOT 6u
#define VFIO_EEH_PE_RESET_FUNDAMENTAL 7u
#define VFIO_EEH_PE_CONFIGURE 8u
#define VFIO_EEH_PE_INJECT_ERR 9u

/* What VFIO_EEH_PE_GET_STATE answers, and firmware tells the guest: the numbers are PAPR's. */
#define EEH_STATE_NORMAL 0
#define EEH_STATE_RESET 1	/* reset is asserted */
#define EEH_STATE_STOPPED 2	/* neither MMIO nor DMA */
#define EEH_STATE_STOPPED_DMA 4 /* MMIO alone */
#define EEH_STATE_UNAVAILABLE 5 /* the bridge does not answer */

struct vfio_eeh_pe_err {
	u32 type; /* of addresses: 0 32 bits, 1 64 bits */
	u32 func; /* kind of access and of error, as PAPR numbers the functions of ioa-bus-error */
	u64 addr;
	u64 mask;
};

struct vfio_eeh_pe_op {
	u32 argsz;
	u32 flags;
	u32 op;
	/* Only of VFIO_EEH_PE_INJECT_ERR. */
	struct vfio_eeh_pe_err err;
};

/* How a container clears a range of entries. */
enum clear_way {
	CLEAR_AS_RELEASED,	/* as the kernel of this era does */
	CLEAR_WALK,		/* every entry is looked up; to v4.19 */
	CLEAR_SKIP_LEAF_POSTED, /* absent leaves are jumped over by their length, from wherever the range begins */
	CLEAR_SKIP_LEAF,	/* to the end of each; from v4.20 on */
	CLEAR_SUBTREE		/* absent levels are passed over, and only what is there is cleared; in no release */
};

/* Bridges, by what they need to be told when a TCE changes. */
enum phb_model { PHB_P7IOC, PHB_PHB3, PHB_PHB4 };

/* TCE kill register of a PHB3, at offset 0x210 of its register space. */
#define PHB_TCE_KILL_OFFSET 0x210
#define PHB3_KILL_ALL (1ULL << 63)
#define PHB3_KILL_PE (1ULL << 62)
#define PHB3_KILL_ONE (1ULL << 61)
#define P7IOC_KILL_BY_ADDRESS (1ULL << 63) /* or-ed with the physical address of the TCE */

/* Tables inside a PHB, an entry at a time: address register, data register, and the two bits of a frozen PE. */
#define PHB_IODA_ADDRESS_OFFSET 0x220
#define PHB_IODA_DATA_OFFSET 0x228
#define PHB_IODA_TABLE_SHIFT 48
#define PHB_IODA_PESTA 7u	      /* MMIO frozen */
#define PHB_IODA_PESTB 8u	      /* DMA stopped */
#define PHB_PEST_STOPPED (1ULL << 63) /* in either */

/* Kinds of the firmware call that invalidates TCEs on a PHB4 (OPAL call 126). */
enum opal_tce_kill { OPAL_TCE_KILL_PAGES = 0, OPAL_TCE_KILL_PE = 1, OPAL_TCE_KILL_ALL = 2 };

/* Translation validate entry (TVE), same fields from PHB3 on. */
#define TVE_TABLE_MASK 0xffffffffffff0000ULL /* table address >> 12, in bits 63:16 */
#define TVE_LEVELS_SHIFT 13		     /* number of levels - 1 */
#define TVE_TABLE_SIZE_SHIFT 8		     /* bytes of each level = 2^(field + 11); 0 = TVE off */
#define TVE_PAGE_SIZE_MASK 0x1f		     /* page = 2^(field + 11) */

#endif
