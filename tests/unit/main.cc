// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <systemc>

/// Only for SystemC's library, which wants it: the tests start the kernel themselves.
int sc_main(int, char **) {
    return 1;
}

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
