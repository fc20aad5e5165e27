#include "nn/module.h"

#include "tests/nn/support.h"

namespace {

struct Leaf : nn::Module {
  nn::Parameter weight{{}, core::Tensor::zeros({2, 3})};
  std::optional<nn::Parameter> bias;
  nn::Buffer count{{}, core::Tensor::zeros({})};
  std::string_view type() const override { return "Leaf"; }
  void fields(nn::Fields& f) override {
    f("weight", weight);
    f("bias", bias);
    f("count", count);
  }
};

struct Tree : nn::Module {
  std::string name = "first";
  Leaf first;
  std::vector<Leaf> rest{2};
  nn::Buffer last{{}, core::Tensor::zeros({1})};
  std::string_view type() const override { return "Tree"; }
  void fields(nn::Fields& f) override {
    f(name, first);
    f.list("rest", rest);
    f("last", last);
  }
};

}  // namespace

TEST_CASE("paths are the dotted names of the fields") {
  Tree tree;
  tree.rest[1].bias = nn::Parameter{{}, core::Tensor::zeros({3})};
  nn::bind_paths(tree);
  std::vector<std::string> paths;
  for (const nn::Parameter* p : nn::parameters(tree)) paths.push_back(p->path);
  CHECK(paths ==
        std::vector<std::string>{"first.weight", "rest.0.weight", "rest.1.weight", "rest.1.bias"});
  CHECK(nn::buffers(tree)[2]->path == "rest.1.count");
  CHECK(tree.path().empty());
  CHECK(tree.rest[0].path() == "rest.0");
  CHECK(nn::modules(tree).size() == 4);
  CHECK(nn::count_parameters(tree) == 6 * 3 + 3);
}

TEST_CASE("a name with a dot, an empty name and a repeated path are refused") {
  Tree tree;
  for (const char* bad : {"a.b", "", "last"}) {
    tree.name = bad;
    CHECK_THROWS_AS(nn::bind_paths(tree), core::Error);
  }
}

TEST_CASE("a copied tree is independent of the original") {
  Tree tree;
  nn::bind_paths(tree);
  Tree copy = tree;
  copy.first.weight.value.writable<float>()[0] = 5;
  CHECK(tree.first.weight.value.at(0) == 0);
  CHECK(copy.first.weight.path == "first.weight");
}
