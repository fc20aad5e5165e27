#include "experiments/run/forecast.h"

#include <set>

#include "experiments/cell/cost.h"
#include "experiments/store/record.h"
#include "experiments/text/scalar.h"

namespace experiments {
namespace {

class Forecaster {
 public:
  explicit Forecaster(Workbench& workbench) : workbench_(workbench) {}

  double seconds(const Cell& cell, bool first) {
    core::Params p(cell.config);
    const quant::Recipe recipe(p);
    const auto [found, fresh] = rates_.try_emplace(kind_of(cell, recipe));
    if (fresh) found->second = workbench_.rates(cell);
    return cell_seconds(cell.size, recipe, found->second, first);
  }

 private:
  static std::string kind_of(const Cell& cell, const quant::Recipe& recipe) {
    const auto setting = [&](const char* key) {
      const core::Value* v = cell.config.find_path(key);
      return v ? json_text(*v) : std::string();
    };
    return fmt::format("{} {} {} {} {} {} {}", cell.model_key, setting("data"),
                       core::name_of(recipe.precision), recipe.act.grid.off(),
                       recipe.learn.iters > 0 ? recipe.learn.batch : 0,
                       setting("quant.weight.scale"), setting("quant.act.scale"));
  }

  Workbench& workbench_;
  std::map<std::string, Rates> rates_;
};

}  // namespace

Forecast forecast_of(const Plan& plan, const std::vector<Record>& records,
                     const std::vector<std::size_t>& todo, Workbench& workbench, double start) {
  Forecast out{.seconds = std::vector<double>(plan.cells.size()), .total = start};
  if (todo.empty()) return out;
  Forecaster forecaster(workbench);
  std::vector<Measured> finished;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Cell& cell = plan.cells[i];
    if (records[i].done())
      finished.push_back({cell.model, forecaster.seconds(cell, false), records[i].seconds});
  }
  const CostModel cost(std::move(finished));
  out.calibrated = cost.calibrated();
  std::set<std::string> models;  // whose float network some cell evaluates
  for (const std::size_t i : todo) {
    const Cell& cell = plan.cells[i];
    const bool first = models.insert(cell.model_key).second;
    out.seconds[i] = cost.predict(cell.model, forecaster.seconds(cell, first));
    out.total += out.seconds[i];
  }
  return out;
}

}  // namespace experiments
