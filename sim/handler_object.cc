// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_object.h"

#include <dlfcn.h>
#include <filesystem>

namespace tcesim {

namespace {

namespace fs = std::filesystem;

/// The object of \p host's kernel and pages that was built with the running program.
fs::path built_in(const scenario::Host &host) {
    const std::string preset = std::string(to_string(host.kernel)) + (host.page == 4096 ? "-4k" : "");
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    return program.parent_path().parent_path() / ("handlers-" + preset + ".so");
}

std::optional<unsigned> weights_for(const struct meter_table &meter, const std::string &cpu) {
    for (unsigned i = 0; i < meter.cpus; ++i)
        if (cpu == meter.cpu_name[i])
            return i;
    return std::nullopt;
}

/// Why the loaded object cannot be used; "" when it can. Looks at nothing before it is known to be there.
std::string misfit(const HandlerObject &object, const std::string &kernel, unsigned page_shift,
                   const std::string &cpu) {
    if (!object.handlers || !object.meter)
        return "it is no handler object: it shows no " + std::string(object.handlers ? "meter_table" : "hcall_object");
    if (object.handlers->abi != HCALL_OBJECT_ABI)
        return "it speaks version " + std::to_string(object.handlers->abi) +
               " of hcall/object.h, this program version " + std::to_string(HCALL_OBJECT_ABI);
    if (object.meter->abi != METER_ABI_VERSION)
        return "it was metered by version " + std::to_string(object.meter->abi) +
               " of the meter, this program has version " + std::to_string(METER_ABI_VERSION);
    if (object.handlers->layout != HCALL_OBJECT_LAYOUT)
        return "a struct of hcall/object.h that it shares with the program has other fields than the program's; give "
               "what is new a struct of its own";
    if (object.handlers->preset != kernel)
        return std::string("it holds the handlers of kernel ") + object.handlers->preset + ", host.kernel is " + kernel;
    if (object.handlers->page_shift != page_shift)
        return "its host has pages of " + std::to_string(std::uint64_t{1} << object.handlers->page_shift >> 10) +
               "KiB, host.page is " + std::to_string(std::uint64_t{1} << page_shift >> 10) + "KiB";
    if (!weights_for(*object.meter, cpu))
        return "it has no weights for machine.weights " + cpu;
    return "";
}

} // namespace

std::string handlers_name(const scenario::Host &host) {
    return host.handlers
               ? host.handlers->name
               : std::string("built-in ") + to_string(host.kernel) + (host.page == 4096 ? ", pages of 4KiB" : "");
}

std::optional<HandlerObject> load_handlers(const scenario::Config &config, std::string &error) {
    const std::string kernel = to_string(config.host.kernel), cpu = to_string(config.machine.weights);
    const auto &own = config.host.handlers;
    const std::string name = handlers_name(config.host);
    const std::string what = own ? name : "handler object of the program, " + name;
    const std::string advice = own ? "; rebuild it with tools/build-handlers" : "; build the program again";
    // A name without a slash would be looked for elsewhere.
    const fs::path file = fs::absolute(own ? fs::path(own->path) : built_in(config.host));
    void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error = what + ": cannot be loaded: " + dlerror() + advice;
        return std::nullopt;
    }
    HandlerObject object{static_cast<const struct hcall_object *>(dlsym(library, "hcall_object")),
                         static_cast<const struct meter_table *>(dlsym(library, "meter_table")),
                         0,
                         {}};
    error = misfit(object, kernel, static_cast<unsigned>(__builtin_ctzll(config.host.page)), cpu);
    if (!error.empty()) {
        error = what + ": " + error + advice;
        return std::nullopt;
    }
    const struct meter_table &meter = *object.meter;
    object.cpu = *weights_for(meter, cpu);
    object.used = {name, own.has_value(), meter.source_hash, meter.compiler, meter.weights_from};
    return object;
}

} // namespace tcesim
