// SPDX-License-Identifier: Apache-2.0
/// conform FILE...: replays recorded kernel behaviour of any size and prints what matches.
#include "tests/conform/summary.h"

#include <exception>
#include <iostream>

int main(int argc, char **argv) {
    if (argc < 2) {
        std::cerr << "usage: conform FILE...\n"
                     "Replays recordings (JSON lines, also compressed with gzip) against hcall/.\n"
                     "Exit codes: 0 all match, 1 a mismatch, 2 usage or a file that cannot be read.\n";
        return 2;
    }
    bool matches = true;
    try {
        for (int i = 1; i < argc; i++) {
            auto summary = tcesim::conform::replay_file(argv[i]);
            print(std::cout, argv[i], summary);
            matches = matches && summary.mismatches.empty();
        }
    } catch (const std::exception &error) {
        std::cerr << "conform: " << error.what() << '\n';
        return 2;
    }
    return matches ? 0 : 1;
}
