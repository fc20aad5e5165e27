#include "nn/module.h"

#include <set>

#include "core/error.h"

namespace nn {
namespace {

/// Walks a tree in field order and knows the dotted path of everything it meets.
class Walker : public Fields {
 public:
  void operator()(std::string_view name, Parameter& p) override { found(join(name), p); }
  void operator()(std::string_view name, Buffer& b) override { found(join(name), b); }
  void operator()(std::string_view name, Module& m) override {
    enter(name);
    visit(m);
    leave();
  }
  void visit(Module& m) {
    found(prefix_, m);
    m.fields(*this);
  }

 protected:
  virtual void found(const std::string&, Parameter&) {}
  virtual void found(const std::string&, Buffer&) {}
  virtual void found(const std::string&, Module&) {}

  void enter(std::string_view name) override {
    starts_.push_back(prefix_.size());
    prefix_ = join(name);
  }
  void leave() override {
    prefix_.resize(starts_.back());
    starts_.pop_back();
  }

 private:
  std::string join(std::string_view name) const {
    if (name.empty() || name.find('.') != std::string_view::npos) {
      throw core::Error(
          fmt::format("module: a field name must be non-empty and hold no dot; got '{}' in '{}'",
                      name, prefix_));
    }
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
  }

  std::string prefix_;
  std::vector<std::size_t> starts_;
};

template <class T>
class Collector final : public Walker {
 public:
  std::vector<T*> items;

 protected:
  void found(const std::string&, T& item) override { items.push_back(&item); }
  using Walker::found;
};

template <class T>
std::vector<T*> collect(Module& root) {
  Collector<T> collector;
  collector.visit(root);
  return std::move(collector.items);
}

}  // namespace

/// Outside the unnamed namespace because Module names it as its friend.
class PathBinder final : public Walker {
 protected:
  void found(const std::string& path, Parameter& p) override { take(path, p.path); }
  void found(const std::string& path, Buffer& b) override { take(path, b.path); }
  void found(const std::string& path, Module& m) override { take(path, m.path_); }

 private:
  void take(const std::string& path, std::string& place) {
    if (!seen_.insert(path).second)
      throw core::Error(fmt::format("module: path '{}' is used twice", path));
    place = path;
  }
  std::set<std::string> seen_;
};

void bind_paths(Module& root) { PathBinder().visit(root); }

std::vector<Parameter*> parameters(Module& root) { return collect<Parameter>(root); }
std::vector<Buffer*> buffers(Module& root) { return collect<Buffer>(root); }
std::vector<Module*> modules(Module& root) { return collect<Module>(root); }

std::int64_t count_parameters(Module& root) {
  std::int64_t n = 0;
  for (const Parameter* p : parameters(root)) n += p->value.numel();
  return n;
}

}  // namespace nn
