// Module, Parameter, Buffer: a tree of named values.
//
// `fields()` is the one method that gives names, iteration, loading, saving, freezing and counting:
// a module lists its members with the names of its state dict.  Members are held by value, so a
// copied model is independent (tensors are copy-on-write).  Names are those of torchvision (ResNet)
// and timm (ViT); a name holds no dot.  `bind_paths` writes the full dotted path into every module
// and parameter.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace nn {

/// A trained tensor.
struct Parameter {
  std::string path;  // "layer1.0.conv1.weight", set by bind_paths
  core::Tensor value;
};

/// A tensor that is stored with the model but not trained by gradients (running statistics).
struct Buffer {
  std::string path;
  core::Tensor value;
};

class Module;

/// Visitor handed to fields(): f("weight", weight); f("conv1", conv1); f.list("blocks", blocks).
class Fields {
 public:
  virtual ~Fields() = default;
  virtual void operator()(std::string_view name, Parameter& p) = 0;
  virtual void operator()(std::string_view name, Buffer& b) = 0;
  virtual void operator()(std::string_view name, Module& m) = 0;
  void operator()(std::string_view name, std::optional<Parameter>& p) {
    if (p) (*this)(name, *p);
  }
  /// Children "name.0", "name.1", ...
  template <class Modules>
  void list(std::string_view name, Modules& modules) {
    enter(name);
    int i = 0;
    for (auto& m : modules) (*this)(std::to_string(i++), m);
    leave();
  }

 protected:
  virtual void enter(std::string_view name) = 0;
  virtual void leave() = 0;
};

class Module {
 public:
  virtual ~Module() = default;
  /// Lists parameters, buffers and children, in the order of the state dict.
  virtual void fields(Fields&) {}
  /// Type name for listings ("Conv2d").
  virtual std::string_view type() const = 0;
  /// Dotted path in the model; empty before bind_paths and for the root.
  const std::string& path() const { return path_; }

 protected:
  Module() = default;
  Module(const Module&) = default;
  Module& operator=(const Module&) = default;

 private:
  friend class PathBinder;
  std::string path_;
};

/// Writes paths into the whole tree.  throws: Error for a name with a dot or a duplicate path.
void bind_paths(Module& root);
/// Every parameter, in order.  Pointers stay valid while the tree is not copied or resized.
std::vector<Parameter*> parameters(Module& root);
std::vector<Buffer*> buffers(Module& root);
/// Every module below (and including) root, in order.
std::vector<Module*> modules(Module& root);
std::int64_t count_parameters(Module& root);

}  // namespace nn
