#include "experiments/text/json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/error.h"

namespace experiments {
namespace {

constexpr std::size_t kMaxDepth = 64;

/// Builds the tree from parser events: they show duplicate keys, which nlohmann::json drops.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::string where) : where_(std::move(where)) {}
  core::Value take() { return std::move(root_); }

  bool null() override { return put(core::Value()); }
  bool boolean(bool b) override { return put(core::Value(b)); }
  bool number_integer(std::int64_t i) override { return put(core::Value(i)); }
  bool number_unsigned(std::uint64_t u) override {
    if (u > static_cast<std::uint64_t>(INT64_MAX)) fail("an integer does not fit 64 bits");
    return put(core::Value(static_cast<std::int64_t>(u)));
  }
  bool number_float(double d, const std::string&) override { return put(core::Value(d)); }
  bool string(std::string& s) override { return put(core::Value(std::move(s))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return begin(core::Value(core::Value::Map{})); }
  bool start_array(std::size_t) override { return begin(core::Value(core::Value::List{})); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool key(std::string& k) override {
    if (!seen_.back().insert(k).second) fail("key '" + k + "' is written twice");
    keys_.back() = k;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    fail(e.what());
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw core::InputError(where_ + ": " + message);
  }
  bool put(core::Value v) {
    if (stack_.empty())
      root_ = std::move(v);
    else if (stack_.back().is_list())
      stack_.back().list().push_back(std::move(v));
    else
      stack_.back().map().emplace_back(keys_.back(), std::move(v));
    return true;
  }
  bool begin(core::Value v) {
    if (stack_.size() >= kMaxDepth) fail("nests too deep");
    stack_.push_back(std::move(v));
    keys_.emplace_back();
    seen_.emplace_back();
    return true;
  }
  bool end() {
    core::Value v = std::move(stack_.back());
    stack_.pop_back();
    keys_.pop_back();
    seen_.pop_back();
    return put(std::move(v));
  }

  std::string where_;
  core::Value root_;
  std::vector<core::Value> stack_;
  std::vector<std::string> keys_;
  std::vector<std::set<std::string>> seen_;  // keys of each open map: there may be very many
};

}  // namespace

core::Value parse_json(std::string_view text, const std::string& where) {
  Builder builder(where);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

}  // namespace experiments
