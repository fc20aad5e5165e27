#include "experiments/cell/workbench.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/spec/expand.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "tests/support/jpeg_files.h"
#include "tests/support/tiny_experiment.h"

using namespace experiments;

namespace {

core::Value tree_of(const std::string& file, const std::vector<std::string>& overrides = {}) {
  return expand(load_spec(file, overrides)).back().tree;
}

}  // namespace

TEST_CASE("an id depends on what decides the result and on nothing else") {
  const support::TempDir dir("workbench_id");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const auto id = [&](std::vector<std::string> overrides) {
    return bench.resolve(tree_of(file, overrides)).id;
  };
  const std::string first = id({});
  CHECK(first.size() == 64);
  CHECK(first == id({}));
  CHECK(first ==
        id({"data.root=" + dir.file("fashion")}));  // the place of the files does not matter
  CHECK(first == id({"seed=0"}));                   // nor whether a default is written out
  CHECK(first == id({"learn.loss=l2"}));            // nor in which of its forms
  CHECK(first != id({"seed=1"}));
  CHECK(first != id({"learn.iters=3"}));
  CHECK(first != id({"model.init_seed=1"}));
  CHECK(first != id({"eval.count=10"}));
  CHECK(Workbench(file).resolve(bench.resolve(tree_of(file)).config).id ==
        first);  // a resolved config is a config
}

TEST_CASE("an id follows the content of the weights, not their name") {
  const support::TempDir dir("workbench_weights");
  const std::string file = support::tiny_experiment(dir);
  core::Params p{
      core::Value(core::Value::Map{{"name", "resnet20"}, {"in_channels", 1}, {"img_size", 28}})};
  nn::TensorFile weights;
  for (const auto& [name, tensor] : nn::state_dict(*nn::make_model(p, core::Rng(5))))
    weights.tensors[name] = tensor;
  nn::write_safetensors(dir.file("a.safetensors"), weights);
  nn::write_safetensors(dir.file("b.safetensors"), weights);
  const std::string a = Workbench(file).resolve(tree_of(file, {"model.weights=a.safetensors"})).id;
  CHECK(a == Workbench(file).resolve(tree_of(file, {"model.weights=b.safetensors"})).id);
  weights.tensors["linear.bias"] = core::Tensor::full({10}, 0.25);
  nn::write_safetensors(dir.file("b.safetensors"), weights);
  CHECK(a != Workbench(file).resolve(tree_of(file, {"model.weights=b.safetensors"})).id);
  weights.tensors["linear.bias"] = core::Tensor::full({11}, 0.25);
  nn::write_safetensors(dir.file("b.safetensors"), weights);
  CHECK_THROWS_WITH_AS(Workbench(file).resolve(tree_of(file, {"model.weights=b.safetensors"})),
                       doctest::Contains("linear.bias"), core::InputError);
}

TEST_CASE("an image of a wrong size is refused when a cell is resolved, in every split") {
  const support::TempDir dir("workbench_images");
  const std::string file = support::tiny_experiment(dir);
  const std::vector<std::string> cifar{"model={name: resnet20}", "data={name: cifar10, root: c}"};
  for (const std::string name :
       {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}) {
    for (const std::string split : {"train", "test"}) {
      for (int i = 0; i < 10; ++i) {
        support::write_bytes(dir.file("c/" + split + "/" + name + "/" + std::to_string(i) + ".jpg"),
                             support::jpeg_image(32, i));
      }
    }
  }
  CHECK_NOTHROW(Workbench(file).resolve(tree_of(file, cifar)));
  for (const std::string image : {"c/train/dog/0.jpg", "c/train/dog/9.jpg", "c/test/cat/3.jpg"}) {
    support::write_bytes(dir.file(image), support::jpeg_image(33, 1));
    CHECK_THROWS_WITH_AS(Workbench(file).resolve(tree_of(file, cifar)),
                         doctest::Contains("image must be 32x32; got 33x33"), core::InputError);
    support::write_bytes(dir.file(image), support::jpeg_image(32, 1));
  }
}

TEST_CASE("a cell has the eps of its weight file unless the configuration says another") {
  const support::TempDir dir("workbench_eps");
  const std::string file = support::tiny_experiment(dir);
  core::Params p{
      core::Value(core::Value::Map{{"name", "resnet20"}, {"in_channels", 1}, {"img_size", 28}})};
  nn::TensorFile weights;
  for (const auto& [name, tensor] : nn::state_dict(*nn::make_model(p, core::Rng(5))))
    weights.tensors[name] = tensor;
  nn::write_safetensors(dir.file("silent.safetensors"), weights);
  weights.metadata = {{"bn_eps", "0.001"}};
  nn::write_safetensors(dir.file("says.safetensors"), weights);
  weights.metadata = {{"ln_eps", "0.001"}};
  nn::write_safetensors(dir.file("other.safetensors"), weights);
  const auto resolve = [&](const std::vector<std::string>& changes) {
    return Workbench(file).resolve(tree_of(file, changes));
  };
  const auto eps = [](const experiments::Cell& cell) {
    return *cell.config.find_path("model.bn_eps")->as_double();
  };
  const std::string silent = "model.weights=silent.safetensors",
                    says = "model.weights=says.safetensors";
  CHECK(eps(resolve({silent})) == 1e-5);
  CHECK(eps(resolve({silent, "model.bn_eps=1e-3"})) == 1e-3);
  CHECK(resolve({silent}).id == resolve({silent, "model.bn_eps=1e-5"}).id);
  CHECK(resolve({silent}).id != resolve({silent, "model.bn_eps=1e-3"}).id);
  const experiments::Cell cell = resolve({says});
  CHECK(eps(cell) == 1e-3);
  CHECK(cell.id == resolve({says, "model.bn_eps=0.001"}).id);
  CHECK(Workbench(file).resolve(cell.config).id == cell.id);
  const auto refused = [&](const std::vector<std::string>& changes, const char* message) {
    CHECK_THROWS_WITH_AS(resolve(changes), doctest::Contains(message), core::InputError);
  };
  refused({says, "model.bn_eps=1e-5"}, "model.bn_eps: 1e-05 here, but ");
  refused({says, "model.bn_eps=1e-5"}, "says.safetensors says 0.001");
  refused({silent, "model.bn_eps=0"}, "bn_eps");
  refused({silent, "model.ln_eps=1e-6"}, "unknown key");  // a network without layer norms
  refused({"model.weights=other.safetensors"}, "the model has no such norms");
}

TEST_CASE("everything that would stop a cell is refused when it is resolved") {
  const support::TempDir dir("workbench_refuse");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const auto refused = [&](const std::string& change, const char* says) {
    const std::string message =
        support::message_of([&] { bench.resolve(tree_of(file, {change})); });
    INFO(change << " -> " << message);
    CHECK(message.find(says) != std::string::npos);
  };
  refused("learn.itres=3", "iters");
  refused("colour=red", "colour");
  refused("quant.weight.bits=0", "bits");
  refused("quant.weight.bits=17", "bits");
  refused("model.name=resnet21", "resnet2");
  refused("model.weights=none.safetensors", "none.safetensors");
  refused("data.root=nowhere", "nowhere");
  refused("model.img_size=32", "model.img_size: must be 28 for images of shape (28, 28, 1)");
  refused("model.classes=11", "model.classes: must be 10");
  refused("lr=1", "did you mean 'learn.optimizer.lr'?");
  refused("learn.lr=1", "did you mean 'learn.optimizer.lr'?");
  refused("weights=x", "did you mean 'model.weights'?");
  core::Value unlabelled =
      tree_of(file, {"method=qat_lsq", "calibration={source: gaussian_noise, count: 4}"});
  CHECK(support::message_of([&] { bench.resolve(unlabelled); }).find("have no labels") !=
        std::string::npos);
  refused("calibration.count=1000",
          "count must not exceed the split; asked for 1000 of the 52 images");
  refused("eval.count=21", "count must not exceed");
  refused("eval={validate: true, split: val}", "needs split test");
  refused("eval={validate: true, val_count: 9}", "8 images of split val");
  core::Value both = tree_of(file, {"eval.validate=true", "calibration={split: val, count: 4}"});
  CHECK(support::message_of([&] { bench.resolve(both); }).find("calibrates and chooses") !=
        std::string::npos);
  refused("~model", "'model' is missing");
  refused("learn.loss={name: l2, pp: 3}", "pp");
}

TEST_CASE("a truncated data file is found before the first cell") {
  const support::TempDir dir("workbench_cut");
  const std::string file = support::tiny_experiment(dir),
                    images = dir.file("fashion/t10k-images-idx3-ubyte.gz");
  std::filesystem::resize_file(images, std::filesystem::file_size(images) / 2);
  CHECK_THROWS_WITH_AS(Workbench(file).resolve(tree_of(file)), doctest::Contains("t10k-images"),
                       core::InputError);
}

TEST_CASE("a cell gives the same result twice, in one workbench and in two") {
  const support::TempDir dir("workbench_run");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Cell cell = bench.resolve(tree_of(file));
  core::Monitor monitor;
  const CellResult a = bench.run(cell, monitor), b = bench.run(cell, monitor),
                   c = Workbench(file).run(cell, monitor);
  for (const CellResult* other : {&b, &c}) {
    CHECK(a.quantised.bits == other->quantised.bits);
    CHECK(a.calibration == other->calibration);
    REQUIRE(a.units.size() == other->units.size());
    for (std::size_t i = 0; i < a.units.size(); ++i)
      CHECK(a.units[i].loss_hard == other->units[i].loss_hard);
  }
  CHECK(a.status == "ok");
  CHECK(a.fp.images == 20);
  CHECK(a.map.size() == bench.quantizer_map(cell).size());
}

TEST_CASE("validation images are counted when asked for, cost work and change nothing else") {
  const support::TempDir dir("workbench_validate");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Cell plain = bench.resolve(tree_of(file)),
             both = bench.resolve(tree_of(file, {"eval.validate=true"})),
             some = bench.resolve(tree_of(file, {"eval={validate: true, val_count: 3}"}));
  CHECK(plain.id != both.id);
  CHECK(plain.work < some.work);
  CHECK(some.work < both.work);
  core::Monitor monitor;
  const CellResult a = bench.run(plain, monitor), b = bench.run(both, monitor);
  CHECK(!a.validation);
  REQUIRE(b.validation);
  CHECK(b.validation->images == 8);
  CHECK(a.quantised.bits == b.quantised.bits);
  CHECK(bench.run(some, monitor).validation->images == 3);
}

TEST_CASE(
    "a limit changes where inputs and targets lie, not the result; without room a cell fails") {
  const support::TempDir dir("workbench_limit");
  support::write_fashion(dir.file("fashion"), 120, 20);
  const std::string file = support::tiny_experiment(dir);
  core::Monitor monitor;
  const auto run = [&](std::size_t limit, const std::string& scratch) {
    Workbench bench(file);
    bench.limit_memory(limit, scratch);
    return bench.run(bench.resolve(tree_of(file, {"calibration.count=100"})), monitor);
  };
  const CellResult free = run(0, ""), limited = run(1, dir.path());
  REQUIRE(free.units.size() == limited.units.size());
  for (std::size_t i = 0; i < free.units.size(); ++i)
    CHECK(free.units[i].loss_hard == limited.units[i].loss_hard);
  CHECK(free.quantised.bits == limited.quantised.bits);
  CHECK_THROWS_WITH_AS(run(1, dir.file("missing")), doctest::Contains("no scratch file of"),
                       core::InputError);
  core::set_pool_limit(0);
}

TEST_CASE("what a cell needs is known before it runs") {
  const support::TempDir dir("workbench_memory");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const CellMemory some = bench.memory(bench.resolve(tree_of(file)));
  const CellMemory more = bench.memory(bench.resolve(tree_of(file, {"calibration.count=40"})));
  CHECK(more.stored == 2.5 * some.stored);
  CHECK(more.images == 2.5 * some.images);
  CHECK(more.weights == some.weights);
}

TEST_CASE(
    "a cell with mixed precision says what it got, and the map before it runs what it may get") {
  const support::TempDir dir("workbench_mixed");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  core::Monitor monitor;
  for (const char* name : {"layer", "channel"}) {
    const Cell cell = bench.resolve(tree_of(
        file, {fmt::format("quant.allocate={{name: {}, budget: 3, importance: random}}", name),
               "quant.weight.scale=minmax", "learn.iters=1"}));
    CHECK(cell.w_bits == 0);
    CHECK(bench.quantizer_map(cell)[1].grid == "asymmetric 2, 3, 4, 5, 6 or 8 bit per channel");
    const CellResult result = bench.run(cell, monitor);
    REQUIRE(result.mixed.has_value());
    CHECK(result.mixed->average <= 3.0);
    CHECK(result.mixed->average > 2.5);
    CHECK(result.mixed->allocation.parts.size() == (name[0] == 'l' ? 18 : 672));
    for (const quant::MapRow& row : result.map) CHECK(row.grid.find(" or ") == std::string::npos);
  }
  const Cell plain = bench.resolve(tree_of(file));
  CHECK_FALSE(bench.run(plain, monitor).mixed.has_value());
  CHECK_THROWS_WITH_AS(bench.resolve(tree_of(file, {"quant.allocate={unit: bops, budget: 10}"})),
                       doctest::Contains("smallest candidates everywhere"), core::InputError);
  CHECK(bench.memory(bench.resolve(tree_of(file, {"quant.allocate={budget: 3}"}))).unit ==
        "scores of mixed precision");
}

TEST_CASE("image size, channels and classes follow the data and are part of the identity") {
  const support::TempDir dir("workbench_shape");
  const std::string file = support::tiny_experiment(dir);
  Workbench bench(file);
  const Cell given = bench.resolve(tree_of(file));
  for (const std::vector<std::string>& overrides :
       std::vector<std::vector<std::string>>{{"model=resnet20"},
                                             {"~model.img_size", "~model.in_channels"},
                                             {"model.classes=10"},
                                             {"~model.img_size", "model.classes=10"}}) {
    const Cell cell = Workbench(file).resolve(tree_of(file, overrides));
    CHECK(cell.id == given.id);
    CHECK(cell.id == bench.resolve(tree_of(file, overrides)).id);
    CHECK(cell.config.find("model")->sorted() == given.config.find("model")->sorted());
  }
  CHECK(given.config.find("model")->sorted().str() ==
        "{bn_eps: 1e-05, classes: 10, img_size: 28, in_channels: 1, init_seed: 0, name: resnet20, "
        "weights: null}");
  // with other data the same words stand for another network
  const Cell other = bench.resolve(tree_of(
      file,
      {"model=resnet20", "data={name: noise, size: 16, channels: 2, classes: 5, count: 20}"}));
  CHECK(*other.config.find_path("model.img_size")->as_int() == 16);
  CHECK(*other.config.find_path("model.in_channels")->as_int() == 2);
  CHECK(*other.config.find_path("model.classes")->as_int() == 5);
  CHECK(support::message_of([&] {
          bench.resolve(tree_of(file, {"model=vit_micro_patch4_28",
                                       "data={name: noise, size: 30, channels: 2, count: 20}"}));
        }).find("model.img_size: must be a multiple of the patch size 4; got 30") !=
        std::string::npos);
}

TEST_CASE("weights that no network can compute with are found when a cell is resolved") {
  const support::TempDir dir("workbench_nan");
  const std::string file = support::tiny_experiment(dir);
  core::Params p{
      core::Value(core::Value::Map{{"name", "resnet20"}, {"in_channels", 1}, {"img_size", 28}})};
  nn::TensorFile weights;
  for (const auto& [name, tensor] : nn::state_dict(*nn::make_model(p, core::Rng(5))))
    weights.tensors[name] = tensor;
  weights.tensors["bn1.running_var"] = core::Tensor::full({16}, -1.0);
  weights.tensors["linear.bias"] =
      core::Tensor::full({10}, std::numeric_limits<double>::infinity());
  nn::write_safetensors(dir.file("w.safetensors"), weights);
  const std::string message = support::message_of(
      [&] { Workbench(file).resolve(tree_of(file, {"model.weights=w.safetensors"})); });
  INFO(message);
  CHECK(message.find("w.safetensors: no network can compute with these weights") !=
        std::string::npos);
  CHECK(message.find("negative: bn1.running_var") != std::string::npos);
  CHECK(message.find("not finite: linear.bias") != std::string::npos);
}
