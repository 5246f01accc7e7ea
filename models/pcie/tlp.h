// SPDX-License-Identifier: Apache-2.0
/// \file
/// A DMA request on its way from a device through the link to the PHB and back, and who handles it.
#ifndef TCESIM_MODELS_PCIE_TLP_H
#define TCESIM_MODELS_PCIE_TLP_H

#include <cstddef>
#include <cstdint>

#include "models/pcie/mmio.h"

namespace tcesim {

struct DmaRead;

/// One request TLP (memory read or posted write) with its answer. Pooled by the device's
/// DmaRequester; link and PHB pass it on by reference.
struct DmaRequest {
    // Set by the device.
    std::uint64_t ioba = 0;         ///< bus address; the request does not cross 4 KiB
    std::byte *data = nullptr;      ///< read: where the bytes go; write: the bytes
    std::uint32_t bytes = 0;        ///< 1 .. MRRS (read) or MPS (write)
    std::uint16_t requester_id = 0; ///< RID: bus << 8 | device and function
    bool write = false;
    bool apart = false; ///< a read of an engine that does not write: not behind writes that wait in the device
    // Set by the PHB.
    bool failed = false;     ///< answered "unsupported request"; a read has brought no data
    bool interrupt = false;  ///< a write into the MSI window
    std::uint32_t epoch = 0; ///< of DMA read synchronisations in which a read arrived
    std::uint32_t pe = 0;
    std::uint32_t tve = 0;
    std::uint64_t hpa = 0;
    ps_t arrived_at = 0;             ///< at the PHB
    ps_t piped_at = 0;               ///< through the PHB's first pipeline
    ps_t ready_at = 0;               ///< write: may be performed; read: its data are there; ps_never until then
    std::uint64_t writes_before = 0; ///< read: writes that had arrived at the PHB when it did, all told
    // For the device's DmaRequester.
    DmaRead *read = nullptr;
    std::uint32_t queue = 0;
    bool done = false;

    DmaRequest *next = nullptr; ///< in the one list that holds it
};

/// Requests in order, linked through DmaRequest::next.
class RequestList {
public:
    bool empty() const { return !first_; }
    DmaRequest &front() { return *first_; }

    void push(DmaRequest &request) {
        request.next = nullptr;
        if (first_)
            last_->next = &request;
        else
            first_ = &request;
        last_ = &request;
    }
    DmaRequest &pop() {
        DmaRequest &request = *first_;
        first_ = request.next;
        return request;
    }

private:
    DmaRequest *first_ = nullptr, *last_ = nullptr;
};

/// The PHB's side of the link.
class RequestSink {
public:
    virtual ~RequestSink() = default;
    /// The last byte of \p request has arrived now.
    virtual void on_request(DmaRequest &request) = 0;
    /// The device's answer to a CPU's load has arrived now. Only of a root that has carried one.
    virtual void on_load_answer(LoadClient &client, std::uint64_t value) {
        static_cast<void>(client);
        static_cast<void>(value);
    }
};

/// The side of the device that issued requests.
class CompletionSink {
public:
    virtual ~CompletionSink() = default;
    /// The last byte of the answer to a read has arrived now.
    virtual void on_completion(DmaRequest &request) = 0;
    /// The PHB has done with a posted write; the object is free.
    virtual void on_write_gone(DmaRequest &request) = 0;
};

/// The device's registers.
class DeviceRegisters {
public:
    virtual ~DeviceRegisters() = default;
    /// A CPU's store has arrived now. \p offset: in bytes from the start of the device's window.
    virtual void on_register_write(std::uint64_t offset, std::uint64_t value) = 0;
    /// A CPU's load has arrived now, and is answered at once. All ones: the device has no such register.
    virtual std::uint64_t on_register_read(std::uint64_t offset) {
        static_cast<void>(offset);
        return ~std::uint64_t{0};
    }
    /// A reset is asserted now, or ends. Whoever can be reset forgets what it was told.
    virtual void on_reset(bool asserted) { static_cast<void>(asserted); }
};

} // namespace tcesim

#endif
