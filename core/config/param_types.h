// The value types that Params reads: how each is recognised, checked, named in a message and
// written back.
//
// Internal to core/config/params.cpp; the types are bool, int, std::int64_t, double, std::string and
// vectors of std::int64_t, double and std::string.  Checks come from the Key that the reader
// declares.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/config/key.h"
#include "core/config/value.h"

namespace core::detail {

template <class T>
struct is_vector : std::false_type {};
template <class E>
struct is_vector<std::vector<E>> : std::true_type {};

template <class T>
constexpr std::string_view type_text() {
  if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::is_integral_v<T>)
    return "integer";
  else if constexpr (std::is_floating_point_v<T>)
    return "real";
  else if constexpr (std::is_same_v<T, std::string>)
    return "string";
  else
    return "list";
}

inline std::string number_text(double x) {
  return x == std::floor(x) && std::abs(x) < 1e15 ? fmt::format("{:.0f}", x) : real_text(x);
}

/// " from 2 to 8", " >= 1", " <= 0.5" or nothing.
inline std::string range_text(const Key& about) {
  const bool low = std::isfinite(about.min), high = std::isfinite(about.max);
  if (low && high)
    return fmt::format(" from {} to {}", number_text(about.min), number_text(about.max));
  if (low) return fmt::format(" >= {}", number_text(about.min));
  if (high) return fmt::format(" <= {}", number_text(about.max));
  return "";
}

/// What a value of type T and this key may be: "an integer from 2 to 8".
template <class T>
std::string wanted(const Key& about) {
  if constexpr (is_vector<T>::value) {
    using E = typename T::value_type;
    return fmt::format("a list of {}{}",
                       std::is_same_v<E, std::string> ? "strings"
                       : std::is_integral_v<E>        ? "integers"
                                                      : "finite reals",
                       range_text(about));
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    return "an integer" + range_text(about);
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a finite real" + range_text(about);
  } else {
    return about.one_of.empty() ? "a string"
                                : fmt::format("one of {}", fmt::join(about.one_of, ", "));
  }
}

/// Reads a scalar; nullopt when the type does not fit or the number is out of range.
template <class T>
std::optional<T> read_scalar(const Value& v, const Key& about) {
  if constexpr (std::is_same_v<T, bool>) {
    if (const bool* b = v.as_bool()) return *b;
  } else if constexpr (std::is_integral_v<T>) {
    const std::int64_t* i = v.as_int();
    if (i != nullptr && std::in_range<T>(*i) && static_cast<double>(*i) >= about.min &&
        static_cast<double>(*i) <= about.max) {
      return static_cast<T>(*i);
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    std::optional<double> x;
    if (const double* d = v.as_double()) x = *d;
    if (const std::int64_t* i = v.as_int()) x = static_cast<double>(*i);
    if (x && std::isfinite(*x) && *x >= about.min && *x <= about.max) return *x;
  } else {
    const std::string* s = v.as_string();
    const auto& names = about.one_of;
    if (s != nullptr &&
        (names.empty() || std::find(names.begin(), names.end(), *s) != names.end())) {
      return *s;
    }
  }
  return std::nullopt;
}

template <class T>
std::optional<T> read(const Value& v, const Key& about) {
  if constexpr (is_vector<T>::value) {
    if (!v.is_list()) return std::nullopt;
    T out;
    for (const Value& item : v.list()) {
      auto element = read_scalar<typename T::value_type>(item, about);
      if (!element) return std::nullopt;
      out.push_back(std::move(*element));
    }
    return out;
  } else {
    return read_scalar<T>(v, about);
  }
}

template <class T>
Value to_value(const T& x) {
  if constexpr (is_vector<T>::value) {
    Value::List items;
    for (const auto& item : x) items.push_back(to_value<typename T::value_type>(item));
    return Value(std::move(items));
  } else {
    return Value(x);
  }
}

/// The nearest allowed name, when a string was given that is none of them.
inline std::string suggestion(const Value& v, const Key& about) {
  if (v.as_string() == nullptr || about.one_of.empty()) return "";
  const std::string close = nearest(*v.as_string(), about.one_of);
  return close.empty() ? "" : fmt::format("; did you mean '{}'?", close);
}

/// A value that every check of `about` accepts.
template <class T>
T harmless(const Key& about) {
  if constexpr (std::is_same_v<T, std::string>) {
    return about.one_of.empty() ? std::string() : about.one_of.front();
  } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    const double x = std::min(std::max(0.0, about.min), about.max);
    return static_cast<T>(std::is_integral_v<T> ? std::ceil(x) : x);
  } else {
    return T{};
  }
}

}  // namespace core::detail
