// SPDX-License-Identifier: Apache-2.0
/// File descriptors of a process: numbers, references, failures.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_files_test {
namespace {

std::vector<int> ended;

void note_end(file *file) {
    ended.push_back(*static_cast<int *>(file->object));
}

long answer(file *, file_table *files, u32 command, void *argument) {
    if (argument)
        file_close(files, *static_cast<s32 *>(argument));
    return command;
}

constexpr file_kind quiet{nullptr, nullptr};
constexpr file_kind noted{note_end, answer};

class Files : public testing::Test {
protected:
    Files() {
        ended.clear();
        files_init(&files, FILES_LIMIT);
    }
    ~Files() override {
        files_close_all(&files);
        EXPECT_EQ(world.live_objects(), 0U);
    }
    int open(int *object) { return file_open(&files, &noted, object); }

    PlainPort world;
    file_table files{};
    int one = 1, two = 2, three = 3;
};

TEST_F(Files, TakeTheLowestFreeNumber) {
    EXPECT_EQ(open(&one), 0);
    EXPECT_EQ(open(&two), 1);
    EXPECT_EQ(open(&three), 2);
    EXPECT_EQ(file_close(&files, 1), 0);
    EXPECT_EQ(file_close(&files, 0), 0);
    EXPECT_EQ(file_dup(&files, 2), 0);
    EXPECT_EQ(open(&one), 1);
    EXPECT_EQ(open(&one), 3);
}

TEST_F(Files, WhatIsNotOpenIsABadDescriptor) {
    EXPECT_EQ(file_close(&files, 0), -EBADF) << "no table yet";
    EXPECT_EQ(open(&one), 0);
    for (s32 fd : {-1, 1, 63, 64, 0x7fffffff, -0x7fffffff - 1}) {
        EXPECT_EQ(file_close(&files, fd), -EBADF);
        EXPECT_EQ(file_dup(&files, fd), -EBADF);
        EXPECT_EQ(file_get(&files, fd), nullptr);
        EXPECT_EQ(file_ioctl(&files, fd, 7, nullptr), -EBADF);
    }
    EXPECT_EQ(file_close(&files, 0), 0);
    EXPECT_EQ(file_close(&files, 0), -EBADF) << "closed already";
}

TEST_F(Files, AreLimited) {
    files.limit = 2;
    EXPECT_EQ(open(&one), 0);
    EXPECT_EQ(file_dup(&files, 0), 1);
    EXPECT_EQ(open(&two), -EMFILE);
    EXPECT_EQ(file_dup(&files, 0), -EMFILE);
    EXPECT_TRUE(ended.empty()) << "the object that got no file is the caller's";
    files.limit = 3;
    EXPECT_EQ(open(&two), 2);
    files.limit = 0;
    EXPECT_EQ(file_close(&files, 0), 0) << "what is open past the limit stays usable";
    EXPECT_EQ(open(&three), -EMFILE);
}

TEST_F(Files, AnswerThatMemoryIsShort) {
    world.fail_small_allocation(0);
    EXPECT_EQ(open(&one), -ENOMEM) << "the table";
    world.fail_small_allocation(1);
    EXPECT_EQ(open(&one), -ENOMEM) << "the file";
    EXPECT_EQ(open(&one), 0) << "and the number is free again";
    for (int fd = 1; fd < 64; fd++)
        ASSERT_EQ(file_dup(&files, 0), fd);
    world.fail_small_allocation(0);
    EXPECT_EQ(file_dup(&files, 0), -ENOMEM) << "a larger table";
    EXPECT_TRUE(ended.empty());
    EXPECT_EQ(file_dup(&files, 0), 64);
}

TEST_F(Files, GrowAndKeepWhatIsOpen) {
    std::vector<int> objects(300);
    for (int i = 0; i < 300; i++) {
        objects[size_t(i)] = i;
        ASSERT_EQ(open(&objects[size_t(i)]), i);
    }
    for (int i = 0; i < 300; i++)
        ASSERT_EQ(file_close(&files, i), 0);
    ASSERT_EQ(ended.size(), 300U);
    for (int i = 0; i < 300; i++)
        EXPECT_EQ(ended[size_t(i)], i);
}

TEST_F(Files, EndWithTheLastDescriptor) {
    EXPECT_EQ(open(&one), 0);
    EXPECT_EQ(file_dup(&files, 0), 1);
    EXPECT_EQ(file_dup(&files, 1), 2);
    EXPECT_EQ(file_close(&files, 0), 0);
    EXPECT_EQ(file_close(&files, 2), 0);
    EXPECT_TRUE(ended.empty());
    EXPECT_EQ(file_close(&files, 1), 0);
    EXPECT_EQ(ended, std::vector<int>{1});
}

TEST_F(Files, EndNoSoonerThanTheirHolders) {
    EXPECT_EQ(open(&one), 0);
    file *held = file_get(&files, 0);
    EXPECT_EQ(held->object, &one);
    EXPECT_EQ(file_close(&files, 0), 0);
    EXPECT_TRUE(ended.empty());
    file_put(held);
    EXPECT_EQ(ended, std::vector<int>{1});
}

TEST_F(Files, OfAProcessThatEndsAreClosedInOrder) {
    EXPECT_EQ(open(&one), 0);
    EXPECT_EQ(open(&two), 1);
    EXPECT_EQ(file_dup(&files, 0), 2);
    EXPECT_EQ(open(&three), 3);
    files_close_all(&files);
    EXPECT_EQ(ended, (std::vector<int>{2, 1, 3}));
    EXPECT_EQ(open(&two), 0) << "the table can be used again";
}

TEST_F(Files, PassCallsToTheirKind) {
    EXPECT_EQ(file_open(&files, &quiet, nullptr), 0);
    EXPECT_EQ(file_ioctl(&files, 0, 7, nullptr), -ENOTTY);
    EXPECT_EQ(open(&one), 1);
    EXPECT_EQ(file_ioctl(&files, 1, 7, nullptr), 7);
    s32 itself = 1;
    EXPECT_EQ(file_ioctl(&files, 1, 8, &itself), 8) << "a file outlives the call that closes it";
    EXPECT_EQ(ended, std::vector<int>{1});
}

TEST_F(Files, NullIsABadAddress) {
    int to = 5;
    EXPECT_EQ(copy_from_process(&to, nullptr, sizeof(to)), -EFAULT);
    EXPECT_EQ(copy_to_process(nullptr, &one, sizeof(to)), -EFAULT);
    EXPECT_EQ(to, 5);
    EXPECT_EQ(copy_from_process(&to, &two, sizeof(to)), 0);
    EXPECT_EQ(to, 2);
    EXPECT_EQ(copy_to_process(&to, &three, sizeof(to)), 0);
    EXPECT_EQ(to, 3);
}

} // namespace
} // namespace tcesim::test::hcall_files_test
