// Training configurations that end in a second: a small network on a handful of synthetic 28x28
// images.
#pragma once

#include "experiments/text/yaml.h"
#include "tests/support/idx_files.h"

namespace support {

inline constexpr const char* kTinyVit =
    "{name: vit_micro_patch4_28, in_channels: 1, dropout: 0.1, drop_path: 0.1}";
inline constexpr const char* kTinyResNet = "{name: resnet20, in_channels: 1, img_size: 28}";
inline constexpr const char* kTinyAdamW = "{name: adamw, lr: 1.0e-3, weight_decay: 0.05}";
inline constexpr const char* kTinySgd = "{name: sgd, lr: 0.05, momentum: 0.9, nesterov: true}";

/// 20 training images (8 of them val) and 8 test images below `dir`; 3 steps an epoch, 2 batches of
/// val and test.
inline core::Value tiny_training(const TempDir& dir, const std::string& out,
                                 const std::string& model = kTinyResNet,
                                 const std::string& optimizer = kTinySgd) {
  if (!std::filesystem::exists(dir.file("fashion"))) write_fashion(dir.file("fashion"), 20, 8);
  return experiments::parse_yaml(fmt::format(R"(schema: roundtable/1
name: tiny
model: {3}
data: {{name: fashion_mnist, root: "{0}/fashion", val_count: 8}}
train:
  epochs: 2
  batch: 4
  optimizer: {2}
  schedule: {{name: cosine, warmup: 0.2}}
  label_smoothing: 0.1
  augment: {{flip: true, shift: 2}}
seed: 7
out: "{0}/{1}.safetensors"
)",
                                             dir.path(), out, optimizer, model),
                                 "tiny.yaml");
}

}  // namespace support
