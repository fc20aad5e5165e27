// Errors: the three exception types of the project and the one helper that builds their messages.
//
// `Error` is a breach of a contract inside the program; `ShapeError` the same for tensor arguments;
// `InputError` says that something from outside (a file, a configuration, a command line) is wrong
// and is reported to the user with exit code 2; `ConfigError` is an InputError with a position in a
// configuration file.  Message format: `op: rule that must hold; got name shape, name shape`.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace core {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ShapeError : public Error {
 public:
  using Error::Error;
};

class InputError : public Error {
 public:
  using Error::Error;
};

class ConfigError : public InputError {
 public:
  using InputError::InputError;
};

namespace detail {
[[noreturn]] void fail_shape(std::string_view op, fmt::string_view format, fmt::format_args args);
[[noreturn]] void fail_input(std::string_view where, fmt::string_view format,
                             fmt::format_args args);
}  // namespace detail

/// Throws ShapeError("op: message") unless `cond` holds.  The arguments are formatted on failure only.
template <class... Args>
void require(std::string_view op, bool cond, fmt::format_string<const Args&...> format,
             const Args&... args) {
  if (!cond) [[unlikely]] {
    detail::fail_shape(op, format, fmt::make_format_args(args...));
  }
}

/// Throws InputError("where: message") unless `cond` holds; `where` names the file or option at fault.
template <class... Args>
void require_input(std::string_view where, bool cond, fmt::format_string<const Args&...> format,
                   const Args&... args) {
  if (!cond) [[unlikely]] {
    detail::fail_input(where, format, fmt::make_format_args(args...));
  }
}

/// The entry of `known` with the smallest edit distance to `word`; empty when none is close
/// (distance above a third of the longer word, at least 2, or no character in common).
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean 'x'?" or an empty string, followed by "; known: a, b, c".
std::string known_hint(std::string_view word, const std::vector<std::string>& known);

}  // namespace core
