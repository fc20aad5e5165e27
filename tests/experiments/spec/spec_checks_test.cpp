#include "experiments/spec/spec_checks.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/spec/parse.h"
#include "experiments/text/yaml.h"

using namespace experiments;

namespace {

std::string error_of(const std::string& text) {
  try {
    parse_spec(parse_yaml("schema: roundtable/1\nname: a\n" + text, "e.yaml"), "e.yaml");
  } catch (const core::ConfigError& e) {
    return e.what();
  }
  return "";
}

struct Bad {
  const char* text;
  const char* says;
};

void check_refused(const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    const std::string error = error_of(bad.text);
    INFO(bad.text << " -> " << error);
    CHECK(error.find(bad.says) != std::string::npos);
    CHECK(error.starts_with("e.yaml:"));
  }
}

}  // namespace

TEST_CASE("what is excluded must be an axis") {
  check_refused({{"exclude: [{x: 1}]\n", "'x' is not an axis"},
                 {"grid: {method: [a, b]}\nexclude: [{methd: a}]\n", "did you mean 'method'?"}});
}

TEST_CASE("a swept key is varied by nothing else, so every cell chooses among the same values") {
  const std::string sweep = "sweep: {learn.optimizer.lr: [0.1, 0.2]}\n";
  for (const char* rest :
       {"grid: {learn.optimizer.lr: [1, 2]}\n", "vary: [{learn.optimizer.lr: 1}]\n",
        "zip: [{learn.optimizer.lr: [1, 2], x: [1, 2]}]\n", "include: [{learn.optimizer.lr: 1}]\n",
        "grid: {x: [1]}\nexclude: [{learn.optimizer.lr: 0.1}]\n"}) {
    const std::string error = error_of(sweep + rest);
    INFO(rest << " -> " << error);
    CHECK(error.find("'learn.optimizer.lr' is swept") != std::string::npos);
  }
}

TEST_CASE("of an axis inside another one the outer one leaves to it what it varies") {
  check_refused({
      {"grid: {model: [{name: a, weights: w}], model.weights: [x, y]}\n",
       "e.yaml:3:16: grid: model={name: a, weights: w} says weights, which is an axis of the grid"},
      {"grid: {model.name: [x, y], model: [a, b]}\n", "says name, which is an axis"},
      {"grid: {learn: [3], learn.iters: [1, 2]}\n", "learn=3 says iters"},
      {"grid: {learn.optimizer.lr: [1, 2]}\nzip: [{learn: [{optimizer: {lr: 3}}, {}]}]\n",
       "says optimizer.lr"},
      {"grid: {seed: [0, 1]}\nvary: [{seed: 5}]\n", "'seed' is an axis of the grid already"},
      {"zip: [{seed: [0, 1]}]\nvary: [{seed: 5}]\n", "'seed' is an axis of the grid already"},
      {"grid: {learn.optimizer.lr: [1, 2]}\nvary: [{learn.optimizer: {name: sgd, lr: 3}}]\n",
       "vary: learn.optimizer={name: sgd, lr: 3} says lr"},
      {"sweep: {learn.optimizer.lr: [1, 2]}\ngrid: {learn.optimizer: [adam, {name: sgd, lr: 3}]}\n",
       "says lr, which is swept"},
      {"sweep: {learn.optimizer.lr: [1, 2]}\ninclude: [{learn: {optimizer: {lr: 3}}}]\n",
       "says optimizer.lr, which is swept"},
      {"sweep: {learn.optimizer: [adam, sgd]}\ngrid: {learn.optimizer.lr: [1, 2]}\n",
       "'learn.optimizer' is swept, so that 'learn.optimizer.lr' in it cannot vary"},
  });
  for (const char* good :
       {"grid: {model: [{name: a}, b], model.weights: [x, y]}\n",
        "grid: {learn.optimizer.lr: [1, 2]}\nvary: [{learn.optimizer: sgd}]\n",
        "grid: {learn.optimizer: [adam, sgd]}\nvary: [{learn.optimizer.lr: 3}]\n",
        "grid: {quant.weight.bits: [2, 3]}\nvary: [{quant.weight: {group: 32}}]\n",
        "grid: {seed: [0, 1]}\ninclude: [{seed: 5}]\n",
        "grid: {learn.optimizer: [adam, sgd]}\nsweep: {learn.optimizer.lr: [1, 2]}\n"}) {
    INFO(good);
    CHECK(error_of(good) == "");
  }
}

TEST_CASE("options in the base that every choice of an axis replaces are refused") {
  check_refused({
      {"base: {model: {weights: w}}\ngrid: {model: [a, b]}\n",
       "e.yaml:3:25: base: model.weights is in no cell"},
      {"base: {model: {weights: w}}\ngrid: {model: [{name: a, weights: x}, {name: b, weights: "
       "y}]}\n",
       "model.weights is in no cell"},
      {"base: {learn: {optimizer: {lr: 1}}}\nzip: [{learn.optimizer: [adam, sgd]}]\n",
       "learn.optimizer.lr is in no cell"},
  });
  for (const char* good :
       {"base: {model: {weights: w}}\ngrid: {model: [{name: a}, b]}\n",
        "base: {model: {name: c, weights: w}}\ngrid: {model: [a, b]}\n",  // a choice of its own
        "base: {model: {weights: w}}\ngrid: {model: [a, b]}\ninclude: [{seed: 1}]\n",
        "base: {seed: 3}\ngrid: {seed: [0, 1]}\n",
        "base: {quant: {weight: {scale: mse}}}\ngrid: {quant.weight: [{bits: 2}, {bits: 3}]}\n"}) {
    INFO(good);
    CHECK(error_of(good) == "");
  }
}

TEST_CASE("a list where one value belongs is pointed to the grid") {
  check_refused({
      {"base: {seed: [0, 1, 2]}\n",
       "e.yaml:3:14: seed: must be one value (integer); got the list [0, 1, 2]; an axis is "
       "grid.seed=[0, 1, 2]"},
      {"base: {learn: {loss: [l1, l2]}}\n", "grid.learn.loss=[l1, l2]"},
      {"base: {model: [resnet20]}\n", "must be one value (a name or a map)"},
      {"base: {model: {weights: [a, b]}}\n", "model.weights: [a, b] below `grid`"},
      {"base: {quant: {weight: {bits: [2, 3]}}}\n", "grid.quant.weight.bits=[2, 3]"},
  });
  CHECK(error_of("base: {quant: {allocate: {candidates: [2, 3]}}}\n") == "");  // takes a list
}
