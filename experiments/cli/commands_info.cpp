// show-quant, methods, schema, data, selftest and train: what the program knows, and small tools.
#include <algorithm>
#include <cmath>
#include <memory>

#include "core/config/registry.h"
#include "core/error.h"
#include "core/system/threads.h"
#include "data/dataset.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/schema.h"
#include "experiments/cli/selftest.h"
#include "experiments/run/provenance.h"
#include "experiments/run/runner.h"
#include "experiments/spec/parse.h"
#include "experiments/text/json.h"
#include "experiments/text/scalar.h"
#include "experiments/text/yaml.h"
#include "experiments/train/train.h"
#include "experiments/train/train_plan.h"
#include "quant/method/method.h"

namespace experiments {
namespace {

void print_map(const Context& context, const std::string& file,
               const std::vector<std::string>& overrides, const std::string& filter_text,
               bool json) {
  Workbench workbench(file);
  const Spec spec = load_spec(file, overrides);
  const Filter filter(filter_text);
  core::Value::List list;
  std::string text, previous;
  std::vector<std::string> same;
  const auto flush = [&] {
    if (previous.empty()) return;
    for (const std::string& title : same) text += title + "\n";
    text += previous + "\n";
    same.clear();
  };
  const std::vector<Point> points = expand(spec);
  filter.require_match(points);
  for (const Point& point : points) {
    if (!filter(point)) continue;
    const Cell cell = workbench.resolve(point.tree);
    std::string title = cell.id.substr(0, 12);
    for (const auto& [key, choice] : point.choices)
      title += fmt::format("  {}={}", key, choice.label);
    std::vector<std::vector<std::string>> rows{{"stage", "site", "kind", "grid", "elements"}};
    core::Value::List map;
    for (const quant::MapRow& r : workbench.quantizer_map(cell)) {
      rows.push_back(
          {r.stage, r.site, r.kind, r.grid, r.elements > 0 ? std::to_string(r.elements) : ""});
      map.push_back(core::Value::Map{{"stage", r.stage},
                                     {"site", r.site},
                                     {"kind", r.kind},
                                     {"grid", r.grid},
                                     {"elements", r.elements}});
    }
    list.push_back(core::Value::Map{{"id", cell.id}, {"map", std::move(map)}});
    // Cells that differ in how they learn share a map; it is printed once under all their names.
    const std::string table = aligned(rows);
    if (table != previous) flush();
    previous = table;
    same.push_back(title);
  }
  flush();
  print(context, json ? json_text(core::Value(std::move(list))) + "\n" : text);
}

void print_methods(const Context& context, const std::string& only, bool json) {
  std::string text;
  core::Value::List list;
  for (const std::string& name :
       only.empty() ? quant::method_names() : std::vector<std::string>{only}) {
    const std::unique_ptr<quant::Method> method = quant::method_named(name);
    text += fmt::format("{}: {} ({})\n", name, method->title(), method->source());
    std::vector<std::vector<std::string>> rows{{"  key", "value", "source"}};
    core::Value::List settings;
    for (const quant::Setting& s : method->settings()) {
      rows.push_back({"  " + s.path, s.value.str(), s.source});
      settings.push_back(
          core::Value::Map{{"key", s.path}, {"value", s.value}, {"source", s.source}});
    }
    text += aligned(rows) + "\n";
    list.push_back(core::Value::Map{{"name", name},
                                    {"title", std::string(method->title())},
                                    {"source", std::string(method->source())},
                                    {"settings", std::move(settings)}});
  }
  print(context, json ? json_text(core::Value(std::move(list))) + "\n" : text);
}

core::Value declared_value(const core::Declared& d, const char* place,
                           const std::vector<std::string>& names,
                           const std::vector<std::string>& also) {
  return core::Value(core::Value::Map{{"key", d.path},
                                      {"place", place},
                                      {"type", d.type},
                                      {"default", d.default_text},
                                      {"allowed", allowed_text(d)},
                                      {"doc", d.key.doc},
                                      {"source", d.key.source},
                                      {"names", core::Value::List(names.begin(), names.end())},
                                      {"also", core::Value::List(also.begin(), also.end())}});
}

void print_schema(const Context& context, const std::string& prefix, bool json) {
  core::Value::List list;
  std::string text;
  const auto section = [&](const std::string& title, const std::vector<core::Declared>& keys,
                           const char* place, const std::vector<std::string>& names,
                           const std::vector<std::string>& also) {
    std::vector<std::vector<std::string>> rows{
        {"key", "type", "default", "meaning", "source", "allowed"}};
    for (const core::Declared& d : keys) {
      if (d.type == "map" || !d.path.starts_with(prefix)) continue;
      const std::string fallback = d.default_text.empty() ? "(required)" : d.default_text;
      rows.push_back({d.path, d.type, fallback, d.key.doc, d.key.source, allowed_text(d)});
      list.push_back(declared_value(d, place, names, also));
    }
    if (rows.size() > 1) text += (text.empty() ? "" : "\n") + title + "\n" + aligned(rows);
  };
  section("an experiment file", describe_spec(), "file", {}, {});
  section("a cell", cell_keys(), "cell", {}, {});
  section("a training file", describe_training(), "training", {}, {});
  for (const StrategyOptions& s : strategy_options()) {
    std::string title = fmt::format("{}.name = {}", s.key, fmt::join(s.names, ", "));
    if (!s.also.empty()) title += fmt::format("; also under {}", fmt::join(s.also, ", "));
    section(title, s.options, "cell", s.names, s.also);
  }
  core::require_input("schema", !list.empty(), "no key starts with '{}'", prefix);
  print(context, json ? json_text(core::Value(std::move(list))) + "\n" : text);
}

void check_data(const Context& context, const std::string& name,
                const std::vector<std::string>& options) {
  core::Value tree(core::Value::Map{{"name", name}});
  apply_overrides(tree, parse_overrides(options));
  core::Params p(tree, "data");
  const std::unique_ptr<data::Dataset> set = core::Registry<data::Dataset>::create(p);
  p.done();
  set->verify();
  std::vector<std::vector<std::string>> rows{{"split", "images", "per class"}};
  for (const data::Split split : {data::Split::train, data::Split::val, data::Split::test}) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(set->classes()), 0), index;
    for (std::int64_t i = 0; i < set->size(split); ++i) index.push_back(i);
    const core::Tensor labels = set->labels(split, index);
    for (const std::int64_t label : labels.data<std::int64_t>())
      ++counts[static_cast<std::size_t>(label)];
    std::string text =
        counts.size() <= 20
            ? fmt::format("{}", fmt::join(counts, " "))
            : fmt::format("{} to {}", *std::min_element(counts.begin(), counts.end()),
                          *std::max_element(counts.begin(), counts.end()));
    rows.push_back(
        {std::string(data::name_of(split)), std::to_string(index.size()), std::move(text)});
  }
  print(context, aligned(rows) + fmt::format("images {}, fingerprint {}\n", set->image_shape(),
                                             set->fingerprint()));
}

void run_selftest(Context& context) {
  const Stopwatch watch;
  std::vector<std::vector<std::string>> rows{{"check", "error", "limit", ""}};
  bool good = true;
  for (const SelfTestRow& r : self_test()) {
    rows.push_back({r.name, fmt::format("{:.1e}", r.error), fmt::format("{:.0e}", r.limit),
                    r.passed() ? "ok" : "FAILED"});
    good = good && r.passed();
  }
  print(context, aligned(rows) + yaml_text(build_provenance(context.argv)) +
                     fmt::format("{} in {:.1f} s\n",
                                 good ? "all passed" : "FAILED: this machine gives wrong results",
                                 watch.wall()));
  context.exit_code = good ? 0 : 1;
}

}  // namespace

void add_show_quant(CLI::App& app, Context& context) {
  struct Arguments {
    std::string file, filter;
    std::vector<std::string> overrides;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand(
      "show-quant", "the quantizer map: which tensor is quantised where, on which grid");
  sub->add_option("experiment", a->file, "experiment file (YAML)")->required();
  sub->add_option("overrides", a->overrides, "key=value or ~key");
  sub->add_option("--filter", a->filter, "only these cells");
  sub->add_flag("--json", a->json, "as JSON");
  sub->callback([a, &context] { print_map(context, a->file, a->overrides, a->filter, a->json); });
}

void add_methods(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CLI::App* sub =
      app.add_subcommand("methods", "presets: their settings and where these come from");
  sub->add_option("name", *name, "only this one");
  sub->add_flag("--json", *json, "as JSON");
  sub->callback([name, json, &context] { print_methods(context, *name, *json); });
}

void add_schema(CLI::App& app, Context& context) {
  auto prefix = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false), markdown = std::make_shared<bool>(false);
  CLI::App* sub =
      app.add_subcommand("schema", "every key: type, default, allowed values, meaning, source");
  sub->add_option("prefix", *prefix, "only keys that start so, such as quant.weight");
  sub->add_flag("--json", *json, "as JSON");
  sub->add_flag("--markdown", *markdown, "the whole of it as docs/config.md");
  sub->callback([prefix, json, markdown, &context] {
    core::require_input("schema", !*markdown || (!*json && prefix->empty()),
                        "--markdown prints everything; it goes with no prefix and no --json");
    *markdown ? print(context, schema_markdown()) : print_schema(context, *prefix, *json);
  });
}

void add_data(CLI::App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  auto options = std::make_shared<std::vector<std::string>>();
  CLI::App* sub = app.add_subcommand("data", "tools for data sets");
  sub->require_subcommand(1);
  CLI::App* check =
      sub->add_subcommand("check", "read a data set: sizes, class balance, fingerprint");
  check->add_option("name", *name, "data set, such as fashion_mnist")->required();
  check->add_option("options", *options, "key=value, such as root=/data/cifar10");
  check->callback([name, options, &context] { check_data(context, *name, *options); });
}

void add_selftest(CLI::App& app, Context& context) {
  CLI::App* sub =
      app.add_subcommand("selftest", "compare the fast products with naive loops on this machine");
  sub->callback([&context] {
    core::set_threads(core::available_threads());
    run_selftest(context);
  });
}

void add_train(CLI::App& app, Context& context) {
  struct Arguments {
    std::string file;
    std::vector<std::string> overrides;
    TrainOptions options;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* sub =
      app.add_subcommand("train", "train a model in floating point and publish its weights");
  sub->add_option("config", a->file, "training file (YAML)")->required();
  sub->add_option("overrides", a->overrides, "key=value or ~key");
  sub->add_flag("--resume", a->options.resume, "continue an interrupted training");
  sub->add_option("--threads", a->options.threads, "threads (default: what is allowed)")
      ->check(CLI::Range(1, 1024));
  sub->callback([a, &context] {
    core::set_threads(a->options.threads > 0 ? a->options.threads : core::available_threads());
    core::Value config = load_yaml(a->file);
    apply_overrides(config, parse_overrides(a->overrides));
    context.exit_code = train_command(std::move(config), a->options);
  });
}

}  // namespace experiments
