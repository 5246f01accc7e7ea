// SPDX-License-Identifier: Apache-2.0
/// The headers of hcall/ for C++.
#ifndef TESTS_SUPPORT_HCALL_H
#define TESTS_SUPPORT_HCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define _Noreturn [[noreturn]] // NOLINT(bugprone-reserved-identifier): C's keyword
extern "C" {
#include "hcall/guest/ddw.h"
#include "hcall/guest/dma.h"
#include "hcall/guest/eeh.h"
#include "hcall/guest/iova.h"
#include "hcall/kvm/ioctl.h"
#include "hcall/kvm/kvm.h"
#include "hcall/kvm/table_file.h"
#include "hcall/kvm/tce_hcalls.h"
#include "hcall/kvm/tce_table.h"
#include "hcall/kvm/vfio_device.h"
#include "hcall/mm/region.h"
#include "hcall/object.h"
#include "hcall/policy.h"
#include "hcall/powernv/eeh.h"
#include "hcall/powernv/tce.h"
#include "hcall/powernv/window.h"
#include "hcall/qemu/device.h"
#include "hcall/qemu/eeh.h"
#include "hcall/qemu/rtas.h"
#include "hcall/qemu/user_phb.h"
#include "hcall/qemu/user_tce.h"
#include "hcall/qemu/user_vio.h"
#include "hcall/vfio/container.h"
#include "hcall/vfio/files.h"
}
#undef _Noreturn

#include "models/plain/user_memory.h"

namespace tcesim::test {

using plain::big_endian;

} // namespace tcesim::test

#endif
