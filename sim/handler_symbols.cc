// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_symbols.h"

#include "sim/results_file.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

namespace tcesim {

namespace {

/// \p count structs at \p offset of \p file; none where they are not all there.
template <class Struct>
std::vector<Struct> structs_at(const std::string &file, std::uint64_t offset, std::uint64_t count) {
    if (offset > file.size() || count > (file.size() - offset) / sizeof(Struct))
        return {};
    std::vector<Struct> found(count);
    if (count != 0)
        std::memcpy(found.data(), file.data() + offset, count * sizeof(Struct));
    return found;
}

/// The text at \p offset of the string table \p section.
std::string text_at(const std::string &file, const Elf64_Shdr &section, std::uint64_t offset) {
    if (section.sh_offset > file.size() || section.sh_size > file.size() - section.sh_offset ||
        offset >= section.sh_size)
        return "";
    const char *text = file.data() + section.sh_offset + offset;
    return {text, strnlen(text, section.sh_size - offset)};
}

} // namespace

HandlerSymbols::HandlerSymbols(const void *inside) {
    Dl_info info;
    struct link_map *map = nullptr;
    if (dladdr1(inside, &info, reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP) == 0)
        return;
    std::string error;
    const std::string file = read_file(info.dli_fname, error).value_or("");
    const auto headers = structs_at<Elf64_Ehdr>(file, 0, 1);
    if (headers.empty() || std::memcmp(headers[0].e_ident, ELFMAG, SELFMAG) != 0)
        return;
    const auto sections = structs_at<Elf64_Shdr>(file, headers[0].e_shoff, headers[0].e_shnum);
    for (const Elf64_Shdr &section : sections) {
        if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size())
            continue;
        for (const auto &symbol : structs_at<Elf64_Sym>(file, section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
            if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0)
                continue;
            const std::string name = text_at(file, sections[section.sh_link], symbol.st_name);
            const std::uintptr_t begin = map->l_addr + symbol.st_value;
            functions_.push_back({begin, begin + symbol.st_size, name.substr(0, name.find('.'))});
        }
    }
    std::sort(functions_.begin(), functions_.end(),
              [](const Function &a, const Function &b) { return a.begin < b.begin; });
}

const char *HandlerSymbols::function_at(std::uintptr_t address) const {
    auto after =
        std::upper_bound(functions_.begin(), functions_.end(), address,
                         [](std::uintptr_t value, const Function &function) { return value < function.begin; });
    if (after == functions_.begin() || address >= (--after)->end)
        return nullptr;
    return after->name.c_str();
}

} // namespace tcesim
