// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/handlers.h"

#include <dlfcn.h>
#include <filesystem>

namespace tcesim::conform {

namespace {

namespace fs = std::filesystem;

fs::path built_in(const std::string &preset) {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    return program.parent_path().parent_path() / ("handlers-" + preset + ".so");
}

/// Why the loaded object cannot be used; "" when it can.
std::string misfit(const struct hcall_object *handlers) {
    if (!handlers)
        return "it is no handler object: it shows no hcall_object";
    if (handlers->abi != HCALL_OBJECT_ABI)
        return "it speaks version " + std::to_string(handlers->abi) + " of hcall/object.h, this program version " +
               std::to_string(HCALL_OBJECT_ABI);
    if (handlers->layout != HCALL_OBJECT_LAYOUT)
        return "a struct of hcall/object.h that it shares with the program has other fields than the program's";
    return "";
}

} // namespace

const struct hcall_object *load_handlers(const std::string &file, const std::string &preset, std::string *error) {
    const std::string what = file.empty() ? "handler object of the program, built-in " + preset : file;
    const std::string advice = file.empty() ? "; build the program again" : "; rebuild it with tools/build-handlers";
    // A name without a slash would be looked for elsewhere.
    const fs::path path = fs::absolute(file.empty() ? built_in(preset) : fs::path(file));
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        *error = what + ": cannot be loaded: " + dlerror() + advice;
        return nullptr;
    }
    const auto *handlers = static_cast<const struct hcall_object *>(dlsym(library, "hcall_object"));
    *error = misfit(handlers);
    if (!error->empty()) {
        *error = what + ": " + *error + advice;
        return nullptr;
    }
    if (handlers->preset != preset) {
        *error = what + " holds the handlers of kernel " + handlers->preset + ", the file was recorded from kernel " +
                 preset + "; build them with tools/build-handlers --preset " + preset;
        return nullptr;
    }
    return handlers;
}

} // namespace tcesim::conform
