// SPDX-License-Identifier: Apache-2.0
/// Where a real Linux guest put its DMA buffers: the allocator must choose the same addresses.
#include "tests/support/plain_port.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <zlib.h>

namespace tcesim::conform {
namespace {

struct Window {
    iova_space space{};
    u64 maps = 0;
    u64 different = 0;

    explicit Window(u64 bytes) {
        if (iova_init(&space, 0, bytes >> 12, 12))
            port_bug("no memory for the bitmap");
    }
    ~Window() { iova_destroy(&space); }
    Window(const Window &) = delete;
    Window &operator=(const Window &) = delete;
};

/// Plays one line: "m CPU PAGE PAGES ALIGNMENT" or "f PAGE PAGES", page in hexadecimal.
void play(const char *line, Window *window) {
    unsigned cpu = 0, order = 0;
    unsigned long long page = 0, pages = 0;
    if (std::sscanf(line, "m %u %llx %llu %u", &cpu, &page, &pages, &order) == 4) {
        test::PlainPort::world().cpu = cpu;
        window->maps++;
        window->different += iova_alloc(&window->space, pages, order) != page;
    } else if (std::sscanf(line, "f %llx %llu", &page, &pages) == 2 && !window->different) {
        iova_free(&window->space, page, pages);
    }
}

TEST(GuestIova, ChoosesTheAddressesOfARealGuest) {
    test::PlainPort world;
    gzFile file = gzopen("tests/conform/vectors/guest_iova.txt.gz", "rb");
    ASSERT_NE(file, nullptr);
    std::map<std::string, std::unique_ptr<Window>> windows;
    Window *window = nullptr;
    char line[128], device[32];
    unsigned long long bytes = 0;
    while (gzgets(file, line, sizeof(line))) {
        if (std::sscanf(line, "window %llu %31s", &bytes, device) == 2)
            window = (windows[device] = std::make_unique<Window>(bytes)).get();
        else
            play(line, window);
    }
    gzclose(file);
    std::map<std::string, u64> maps;
    for (const auto &[name, played] : windows) {
        EXPECT_EQ(played->different, 0U) << name;
        maps[name] = played->maps;
    }
    EXPECT_EQ(maps, (std::map<std::string, u64>{{"e1000e", 12000}, {"ibmveth", 1708}, {"nvme", 3287}, {"vscsi", 931}}));
}

} // namespace
} // namespace tcesim::conform
