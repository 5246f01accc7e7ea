// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_object.h"

#include <dlfcn.h>
#include <filesystem>

namespace tcesim {

std::optional<unsigned> HandlerObject::weights_for(const std::string &cpu) const {
    for (unsigned i = 0; i < meter->cpus; ++i)
        if (cpu == meter->cpu_name[i])
            return i;
    return std::nullopt;
}

std::optional<HandlerObject> load_handlers(const std::string &preset, std::string &error) {
    std::error_code ignored;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const std::string file = program.parent_path().parent_path() / ("handlers-" + preset + ".so");
    void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error = "handler object cannot be loaded: " + std::string(dlerror());
        return std::nullopt;
    }
    const HandlerObject object{static_cast<const struct hcall_object *>(dlsym(library, "hcall_object")),
                               static_cast<const struct meter_table *>(dlsym(library, "meter_table"))};
    if (!object.handlers || !object.meter)
        error = "handler object " + file + ": it shows no hcall_object or no meter_table; build it with tools/meter";
    else if (object.handlers->abi != HCALL_OBJECT_ABI || object.handlers->layout != HCALL_OBJECT_LAYOUT ||
             object.meter->abi != METER_ABI_VERSION)
        error = "handler object " + file + ": made for another version of this program; build both again";
    else
        return object;
    return std::nullopt;
}

} // namespace tcesim
