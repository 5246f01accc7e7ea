// SPDX-License-Identifier: Apache-2.0
/// libFuzzer: the reader of recordings (sim/conform/recording.h) takes any bytes for a file: it reads it to its
/// end, or refuses it with a place and a reason.
#include "sim/conform/recording.h"

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using tcesim::conform::BadFile;
using tcesim::conform::Recording;
using tcesim::conform::Sequence;

/// A file in memory, by the path that it can be opened with.
class File {
public:
    File(const uint8_t *data, size_t size) : descriptor_(memfd_create("recording", 0)) {
        if (descriptor_ < 0 || write(descriptor_, data, size) != static_cast<ssize_t>(size))
            std::abort();
    }
    ~File() { close(descriptor_); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    int descriptor_;
};

/// "file:line:column: text"
bool has_a_place(const std::string &message, const std::string &path) {
    if (message.compare(0, path.size() + 1, path + ":") != 0)
        return false;
    std::size_t digits = message.find_first_not_of("0123456789", path.size() + 1);
    return digits != path.size() + 1 && digits != std::string::npos && message[digits] == ':';
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    File file(data, size);
    try {
        Recording recording(file.path());
        for (Sequence sequence; recording.next(&sequence);) {
        }
    } catch (const BadFile &refused) {
        if (!has_a_place(refused.what(), file.path()))
            std::abort();
    }
    return 0;
}
