// Models, folders and messages shared by the tests of nn.
#pragma once

#include <unistd.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "autograd/variable.h"
#include "core/io/h5.h"
#include "nn/model.h"
#include "tests/support/compare.h"

namespace nn_test {

using autograd::Variable;
using core::Tensor;

/// f32 results of two correct implementations of a short computation differ by less.
constexpr double kF32 = 2e-6;

inline Tensor random(core::Shape shape, std::uint64_t seed, core::DType dtype = core::DType::f32) {
  return core::Rng(seed).normal(shape, 0.0, 1.0, dtype);
}

inline core::Params options(core::Value::Map map) {
  return core::Params(core::Value(std::move(map)));
}

inline std::unique_ptr<nn::Model> model(core::Value::Map map, std::uint64_t seed = 1) {
  core::Params params = options(std::move(map));
  auto made = nn::make_model(params, core::Rng(seed));
  params.done();
  return made;
}

/// A model whose weights are still zero: for tests of names and shapes.
inline std::unique_ptr<nn::Model> empty_model(const std::string& name) {
  core::Params params = options({});
  auto made = core::Registry<nn::Model>::create(name, params);
  nn::bind_paths(*made);
  return made;
}

/// Moves everything that initialisation leaves at a constant, so that no term drops out of a test.
inline void perturb(nn::Module& root, std::uint64_t seed) {
  for (nn::Parameter* p : nn::parameters(root)) {
    if (p->value.shape().rank() != 1 && !p->path.ends_with("cls_token")) continue;
    const Tensor noise =
        core::Rng(seed).stream(p->path).normal(p->value.shape(), 0.0, 0.1, p->value.dtype());
    core::dispatch_float("perturb", p->value.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto v = p->value.writable<T>();
      for (std::size_t i = 0; i < v.size(); ++i) v[i] += noise.data<T>()[i];
    });
  }
  for (nn::Buffer* b : nn::buffers(root)) {
    core::Rng rng = core::Rng(seed).stream(b->path);
    if (b->path.ends_with("running_mean"))
      b->value = rng.normal(b->value.shape(), 0.0, 0.2, b->value.dtype());
    if (b->path.ends_with("running_var"))
      b->value = rng.uniform(b->value.shape(), 0.5, 1.5, b->value.dtype());
  }
}

inline void to_f64(nn::Module& root) {
  for (nn::Parameter* p : nn::parameters(root)) p->value = p->value.to(core::DType::f64);
  for (nn::Buffer* b : nn::buffers(root)) {
    if (b->value.dtype() == core::DType::f32) b->value = b->value.to(core::DType::f64);
  }
}

/// A folder that is removed at the end of the scope.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_((std::filesystem::temp_directory_path() /
               ("nn_" + name + "_" + std::to_string(::getpid())))
                  .string()) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& str() const { return path_; }

 private:
  std::string path_;
};

/// The message of the InputError that fn throws.
template <class Fn>
std::string refusal(Fn&& fn) {
  try {
    fn();
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "no InputError";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace nn_test
