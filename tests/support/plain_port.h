// SPDX-License-Identifier: Apache-2.0
/// The plain world for tests of hcall/, and the headers of hcall/.
#ifndef TESTS_SUPPORT_PLAIN_PORT_H
#define TESTS_SUPPORT_PLAIN_PORT_H

#include "models/plain/plain_port.h"
#include "tests/support/hcall.h"

namespace tcesim::test {

using plain::Moment;
using plain::OpalKill;
using plain::PageState;
using plain::PlainPort;
using plain::TraceEvent;
using plain::TveWrite;
using plain::UserMemory;

/// PlainPort::guest for the memory that @p kvm has given its guest.
inline std::function<bool(u64, u64 *)> memory_of(const struct kvm *kvm) {
    return [kvm](u64 gpa, u64 *ua) { return kvm_gpa_to_ua(kvm, gpa, ua); };
}

} // namespace tcesim::test

#endif
