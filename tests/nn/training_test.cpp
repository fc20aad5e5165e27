#include "nn/training.h"

#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "core/system/file.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "tests/nn/support.h"
#include "tests/support/python.h"

using namespace nn_test;

namespace {

struct Job {
  std::string name, dtype;
  double tolerance;
};

/// Writes weights and a batch, and keeps the model that they came from.
std::unique_ptr<nn::Model> prepare(const Job& job, const std::string& folder, Tensor& images,
                                   Tensor& labels) {
  auto m = model({{"name", job.name}, {"in_channels", 1}, {"img_size", 28}}, 3);
  perturb(*m, 4);
  images = core::Rng(5).normal({4, 28, 28, 1}, 0.0, 1.0);
  if (job.dtype == "f64") {
    to_f64(*m);
    images = images.to(core::DType::f64);
  }
  labels = Tensor::of<std::int64_t>({4}, {3, 0, 9, 3});
  nn::TensorFile weights;
  for (const auto& [name, t] : nn::state_dict(*m)) weights.tensors.emplace(name, t);
  std::filesystem::create_directories(folder);
  nn::write_safetensors(folder + "/weights.safetensors", weights);
  core::h5::File in = core::h5::File::create();
  in.write("images", images);
  in.write("labels", labels);
  core::publish(folder + "/in.h5", std::span<const std::byte>(in.image()));
  return m;
}

/// Runs our step and compares loss, every gradient and every buffer.
void compare(const Job& job, nn::Model& m, const std::string& folder, const Tensor& images,
             const Tensor& labels) {
  const core::h5::File out = core::h5::File::open(folder + "/out.h5");
  nn::TrainPass pass(m, core::Rng(1), core::Precision::f32);
  const Variable logits = m.forward(Variable(images), pass);
  const Variable loss = autograd::cross_entropy(logits, labels, 0.1);
  const std::vector<Tensor> grads = pass.gradients(loss);
  pass.update_statistics();
  CHECK_MESSAGE(support::relative_difference(logits.value(), out.read("logits")) < job.tolerance,
                job.name);
  CHECK(loss.value().item() == doctest::Approx(out.read("loss").item()).epsilon(job.tolerance));
  const std::vector<nn::Parameter*> params = nn::parameters(m);
  REQUIRE(params.size() == grads.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    // keys have no gradient in softmax(q.k + const), so their bias gradient is rounding noise
    const double d = support::relative_difference(grads[i], out.read("grads/" + params[i]->path));
    CHECK_MESSAGE(d < job.tolerance,
                  job.name << " " << job.dtype << " gradient of " << params[i]->path << ": " << d);
  }
  for (const nn::Buffer* b : nn::buffers(m)) {
    const Tensor expected = out.read("buffers/" + b->path);
    CHECK_MESSAGE(support::relative_difference(b->value, expected) < job.tolerance,
                  job.name << " " << b->path);
  }
}

}  // namespace

TEST_CASE("loss, all gradients and running statistics of a whole network equal PyTorch's") {
  SKIP_WITHOUT_PYTHON("torch, torchvision, h5py")
  // f64 shows that the formulas agree; f32 checks the fast kernels, where a ReLU or a batch norm of
  // few values amplifies rounding: 2e-3 of the largest gradient of a tensor
  const Job jobs[] = {{"resnet20", "f64", 1e-9},
                      {"vit_micro_patch4_28", "f64", 1e-9},
                      {"resnet20", "f32", 2e-3},
                      {"vit_micro_patch4_28", "f32", 2e-3}};
  const Folder folder("training");
  std::vector<std::unique_ptr<nn::Model>> models;
  std::vector<Tensor> images(4), labels(4);
  std::string arguments;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string place = folder.file(std::to_string(i));
    models.push_back(prepare(jobs[i], place, images[i], labels[i]));
    arguments += " train:" + jobs[i].name + ":" + place;
  }
  REQUIRE(support::run_reference("models_torch.py", arguments) == 0);
  for (std::size_t i = 0; i < 4; ++i) {
    compare(jobs[i], *models[i], folder.file(std::to_string(i)), images[i], labels[i]);
  }
}

TEST_CASE("a training pass refuses a parameter that is not the model's") {
  auto m = model({{"name", "resnet20"}}), other = model({{"name", "resnet20"}});
  nn::TrainPass pass(*m, core::Rng(1), core::Precision::f32);
  CHECK_THROWS_AS(pass.parameter(*other, *nn::parameters(*other)[0]), core::Error);
  CHECK(pass.parameter(*m, *nn::parameters(*m)[0]).requires_grad());
  pass.release();
  CHECK_THROWS_AS(pass.parameter(*m, *nn::parameters(*m)[0]), core::Error);
}

TEST_CASE("a bf16 pass gives f32 gradients in the direction of those of f32") {
  // |dy| falls towards the stem of an untrained network, and with it what is left after dozens of
  // roundings to 2^-9, each on top of the last; gradients as a whole turn by less.
  constexpr double kWhole = 0.97, kEach = 0.85;
  for (const char* name : {"resnet20", "vit_micro_patch4_28"}) {
    CAPTURE(std::string(name));
    auto m = model({{"name", name}, {"img_size", 28}});
    perturb(*m, 3);
    const Variable x(random({16, 28, 28, 3}, 1));
    core::Rng rng(4);
    const Tensor labels = rng.uniform({16}, -0.5, 9.49).to(core::DType::s64);
    const auto step = [&](core::Precision precision) {
      nn::TrainPass pass(*m, core::Rng(1), precision);
      const Variable loss = autograd::cross_entropy(m->forward(x, pass), labels);
      CHECK(loss.value().dtype() == core::DType::f32);
      return pass.gradients(loss);
    };
    const auto exact = step(core::Precision::f32), quick = step(core::Precision::bf16);
    double dots = 0, squares = 0, quick_squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      CAPTURE(i);
      CHECK(quick[i].dtype() == core::DType::f32);
      const std::vector<double> a = exact[i].values(), b = quick[i].values();
      double dot = 0, aa = 0, bb = 0;
      for (std::size_t k = 0; k < a.size(); ++k) {
        dot += a[k] * b[k];
        aa += a[k] * a[k];
        bb += b[k] * b[k];
      }
      CHECK(dot >= kEach * std::sqrt(aa * bb));
      dots += dot;
      squares += aa;
      quick_squares += bb;
    }
    CHECK(dots > kWhole * std::sqrt(squares * quick_squares));
  }
}
