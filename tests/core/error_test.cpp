#include "core/error.h"

#include <doctest/doctest.h>

using core::nearest;

TEST_CASE("require throws a ShapeError that starts with the op, and only on failure") {
  CHECK_NOTHROW(core::require("matmul", true, "never shown {}", 1));
  CHECK_THROWS_WITH_AS(
      core::require("matmul", false, "a.cols must equal b.rows; got {} and {}", 3, 4),
      "matmul: a.cols must equal b.rows; got 3 and 4", core::ShapeError);
}

TEST_CASE("require_input throws an InputError that starts with the place") {
  CHECK_NOTHROW(core::require_input("a.gz", true, "never shown"));
  CHECK_THROWS_WITH_AS(core::require_input("a.gz", false, "must be {}", "gzip"),
                       "a.gz: must be gzip", core::InputError);
}

TEST_CASE("every exception of the project is a core::Error, and a ConfigError is an InputError") {
  CHECK_THROWS_AS(throw core::ShapeError("x"), core::Error);
  CHECK_THROWS_AS(throw core::InputError("x"), core::Error);
  CHECK_THROWS_AS(throw core::ConfigError("x"), core::InputError);
}

TEST_CASE("nearest finds a misspelling and refuses a stranger") {
  CHECK(nearest("itres", {"batch", "iters", "items"}) == "iters");
  CHECK(nearest("optimiser", {"optimizer", "schedule"}) == "optimizer");
  CHECK(nearest("colour", {"batch", "iters"}) == "");
  CHECK(nearest("anything", {}) == "");
}

TEST_CASE("nearest wants at least one character in common") {
  CHECK(nearest("p", {"lr"}) == "");
  CHECK(nearest("pr", {"lr"}) == "lr");
}

TEST_CASE("nearest prefers the smaller distance and then the earlier word") {
  CHECK(nearest("abcd", {"abxx", "abcx"}) == "abcx");
  CHECK(nearest("abcd", {"abcx", "abcy"}) == "abcx");
}

TEST_CASE("known_hint lists every alternative and names the nearest") {
  CHECK(core::known_hint("lpp", {"l2", "lp"}) == "; did you mean 'lp'?; known: l2, lp");
  CHECK(core::known_hint("something", {"l2", "lp"}) == "; known: l2, lp");
  CHECK(core::known_hint("something", {}) == "");
}

TEST_CASE("a text of a million characters is compared with no word, nor with another text") {
  const std::string text(1000000, 'x'), other = text + "y";
  CHECK(core::nearest(text, {"iters", "batch", other}).empty());
  CHECK(core::nearest(std::string(255, 'x'), {std::string(256, 'x')}) == std::string(256, 'x'));
}
