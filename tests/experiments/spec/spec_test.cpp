#include "experiments/spec/spec.h"

#include <doctest/doctest.h>

#include "experiments/spec/parse.h"
#include "experiments/text/yaml.h"

using namespace experiments;

TEST_CASE("the keys of an experiment: axes, then includes, then `vary`, then what is swept") {
  const Spec spec =
      parse_spec(parse_yaml("schema: roundtable/1\nname: e\ngrid: {seed: [0, 1]}\n"
                            "vary: [{learn.loss: l1}]\ninclude: [{method: rtn, seed: 3}]\n"
                            "sweep: {learn.optimizer.lr: [0.1, 0.2]}\n",
                            "e.yaml"),
                 "e.yaml");
  CHECK(spec.keys() == std::vector<std::string>{"seed", "method", "vary", "learn.optimizer.lr"});
}

TEST_CASE("entries of vary are labelled by what they change") {
  CHECK(vary_labels(parse_yaml_value("[{b: [y, {name: z, k: 3}]}, {b: w, c.d: 4}]", "f")) ==
        std::vector<std::string>{"b=y", "b={name: z, k: 3}", "b=w, c.d=4"});
  CHECK(vary_label({}) == "base");
}
