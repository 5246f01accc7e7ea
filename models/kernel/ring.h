// SPDX-License-Identifier: Apache-2.0
/// \file
/// A first-in first-out queue that keeps its memory.
#ifndef TCESIM_MODELS_KERNEL_RING_H
#define TCESIM_MODELS_KERNEL_RING_H

#include <cstddef>
#include <vector>

namespace tcesim {

/// Grows to the largest number of items it ever held and never allocates again.
template <class Item>
class Ring {
public:
    Ring() : items_(8) {}

    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    /// Item \p index places behind the front.
    Item &operator[](std::size_t index) { return items_[(head_ + index) & (items_.size() - 1)]; }
    Item &front() { return items_[head_]; }

    void push(const Item &item) {
        if (count_ == items_.size())
            grow();
        ++count_;
        (*this)[count_ - 1] = item;
    }
    Item pop() {
        const Item item = items_[head_];
        head_ = (head_ + 1) & (items_.size() - 1);
        --count_;
        return item;
    }

private:
    void grow() {
        std::vector<Item> larger(2 * items_.size());
        for (std::size_t i = 0; i < count_; ++i)
            larger[i] = (*this)[i];
        items_.swap(larger);
        head_ = 0;
    }

    std::vector<Item> items_; // a power of two of them
    std::size_t head_ = 0, count_ = 0;
};

} // namespace tcesim

#endif
