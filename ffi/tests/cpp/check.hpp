// What each program here demands: a condition, or a result without an error. Else it says where and ends.
#pragma once

#include <fencepost.hpp>

#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#define CHECK(condition)                                                \
  do {                                                                  \
    if (!(condition)) {                                                 \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                     \
    }                                                                   \
  } while (0)

inline void ok(std::error_code code, int line) {
  if (!code) return;
  std::fprintf(stderr, "%s:%d: %s\n", __FILE__, line, code.message().c_str());
  std::abort();
}
template <class T>
T value(fencepost::result<T> of, int line = __builtin_LINE()) {
  ok(of.error(), line);
  return std::move(*of);
}
inline void done(const fencepost::result<void> &of, int line = __builtin_LINE()) { ok(of.error(), line); }
