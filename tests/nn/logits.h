// Comparing the logits of whole models with PyTorch, with the same random weights.
#pragma once

#include "core/system/file.h"
#include "nn/norm_eps.h"
#include "nn/safetensors.h"
#include "nn/state_dict.h"
#include "tests/nn/support.h"
#include "tests/support/python.h"

namespace nn_test {

/// Two images through each model, whose norms have a hundred times the usual eps; the largest
/// difference must stay below 1e-4 of the largest logit.
inline void check_logits(const std::vector<std::string>& names) {
  SKIP_WITHOUT_PYTHON("torch, torchvision, h5py")
  const Folder folder("logits");
  const Tensor images = random({2, 224, 224, 3}, 8);
  std::string arguments;
  std::vector<Tensor> ours;
  for (const std::string& name : names) {
    auto m = model({{"name", name}}, 6);
    perturb(*m, 7);
    nn::TensorFile weights;
    for (const auto& [key, eps] : nn::norm_eps(*m))
      weights.metadata[key] = fmt::format("{}", 100 * eps);
    nn::take_norm_eps(*m, weights.metadata, core::Value(core::Value::Map{}), name);
    for (const auto& [key, t] : nn::state_dict(*m)) weights.tensors.emplace(key, t);
    std::filesystem::create_directories(folder.file(name));
    nn::write_safetensors(folder.file(name) + "/weights.safetensors", weights);
    core::h5::File in = core::h5::File::create();
    in.write("images", images);
    core::publish(folder.file(name) + "/in.h5", std::span<const std::byte>(in.image()));
    nn::EvalPass pass;
    ours.push_back(m->forward(Variable(images), pass).value());
    arguments += " eval:" + name + ":" + folder.file(name);
  }
  REQUIRE(support::run_reference("models_torch.py", arguments) == 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Tensor theirs = core::h5::File::open(folder.file(names[i]) + "/out.h5").read("logits");
    const double d = support::relative_difference(ours[i], theirs);
    MESSAGE(names[i] << ": " << d);
    CHECK(d < 1e-4);
  }
}

}  // namespace nn_test
