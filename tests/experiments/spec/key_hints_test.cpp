#include "experiments/spec/key_hints.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/text/yaml.h"
#include "tests/support/tiny_training.h"

using namespace experiments;

namespace {

/// What is said about a cell of which nothing but `learn` has been read.
std::string said(const std::string& text) {
  const core::Value tree = parse_yaml_value(text, "e.yaml");
  core::Params cell(tree);
  core::Params learn = cell.child("learn", "");
  learn.get<int>("iters", 1, core::Key{});
  learn.child("optimizer", "").get<double>("lr", 0.1, core::Key{});
  return support::message_of([&] {
    refuse_unknown(cell, tree, parse_yaml_value("{name: a, in_channels: 1}", "f"),
                   parse_yaml_value("{name: b, root: x}", "f"));
  });
}

}  // namespace

TEST_CASE("an unknown key at the top is suggested by its full path") {
  CHECK(said("{lr: 1}").find("e.yaml:1:6 lr: unknown key; did you mean 'learn.optimizer.lr'?; "
                             "known: ") != std::string::npos);
  CHECK(said("{weights: w}").find("did you mean 'model.weights'?") != std::string::npos);
  CHECK(said("{in_channels: 1}").find("did you mean 'model.in_channels'?") != std::string::npos);
  CHECK(said("{root: x}").find("did you mean 'data.root'?") != std::string::npos);
  CHECK(said("{bits: 3}").find("did you mean 'quant.weight.bits'?") != std::string::npos);
  CHECK(said("{lern: {}}").find("did you mean 'learn'?") != std::string::npos);
}

TEST_CASE("below the top the reader's own message stands") {
  CHECK(said("{learn: {lr: 1}}")
            .find("e.yaml:1:14 learn.lr: unknown key; did you mean "
                  "'learn.optimizer.lr'?; known: iters, optimizer") != std::string::npos);
  CHECK(said("{learn: {iters: 1}}") == "");
  CHECK(said("{colour: red}").find("colour: unknown key") != std::string::npos);
}
