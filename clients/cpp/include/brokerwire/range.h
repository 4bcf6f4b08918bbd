#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace brokerwire {

/// A range whose elements are fetched one at a time, for `for (const auto& x : range)`. Beginning and going on may
/// block, and may throw an Error, which ends the loop.
template <class T>
class Pulled {
 public:
  using Next = std::function<std::optional<T>()>;

  explicit Pulled(Next next) : next_(std::make_shared<Next>(std::move(next))) {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(std::shared_ptr<Next> next) : next_(std::move(next)) { ++*this; }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return &*value_; }
    iterator& operator++() {
      value_ = (*next_)();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, std::default_sentinel_t) { return !it.value_.has_value(); }

   private:
    std::shared_ptr<Next> next_;
    std::optional<T> value_;
  };

  iterator begin() { return iterator(next_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::shared_ptr<Next> next_;
};

}  // namespace brokerwire
