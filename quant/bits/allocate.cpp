#include "quant/bits/allocate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "nn/layers/conv2d.h"
#include "quant/grid/codes.h"
#include "quant/map/weight_importance.h"

namespace quant {

using core::Tensor;

namespace {

constexpr double kForgiven = 1e-9;  // of a budget that is no whole number of bits, relative

/// What one bit of all weights of a layer costs, and what it is an average over.
std::int64_t unit_cost(const AllocateRecipe& recipe, const LayerFacts& facts) {
  return recipe.bops ? facts.macs * facts.act_bits : facts.elements;
}
std::int64_t unit_size(const AllocateRecipe& recipe, const LayerFacts& facts) {
  return recipe.bops ? facts.macs : facts.elements;
}

/// The knapsack of a map, with scores of 0, and where its items come from.
struct Problem {
  struct Source {
    std::size_t site;
    std::int64_t row;   // -1: all
    std::int64_t unit;  // what one bit costs
  };
  Knapsack knapsack;
  std::vector<Source> sources;      // one an item that has a choice; fixed items follow
  std::vector<std::size_t> groups;  // one an item
  double size = 0;                  // that the budget is an average over
};

Problem problem_of(const QuantiserMap& map, const std::vector<LayerFacts>& facts,
                   const Recipe& recipe) {
  const AllocateRecipe& allocate = recipe.allocate;
  const std::vector<bool> chosen = allocated_sites(map, recipe);
  Problem out;
  for (std::size_t i = 0; i < map.weights.size(); ++i) {
    if (!chosen[i]) continue;
    out.size += static_cast<double>(unit_size(allocate, facts[i]));
    const std::int64_t rows =
        allocate.by_channel ? map.weights[i].module->weight.value.shape()[0] : 1;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t unit = unit_cost(allocate, facts[i]) / rows;
      std::vector<BitOption> options;
      for (const int bits : allocate.candidates) options.push_back({bits, unit * bits, 0.0});
      out.groups.push_back(allocate.tie ? facts[i].group : out.groups.size());
      out.sources.push_back({i, allocate.by_channel ? row : -1, unit});
      out.knapsack.items.push_back(std::move(options));
    }
  }
  core::require_input("quant.allocate", !out.sources.empty(),
                      "there must be a layer to give bits to: quant.first_last fixes all of them");
  if (allocate.count_edges) {
    for (std::size_t i = 0; i < map.weights.size(); ++i) {
      if (chosen[i]) continue;
      const int bits = map.weights[i].grid.bits;
      out.size += static_cast<double>(unit_size(allocate, facts[i]));
      out.groups.push_back(map.weights.size() + out.groups.size());
      out.knapsack.items.push_back({{bits, unit_cost(allocate, facts[i]) * bits, 0.0}});
    }
  }
  out.knapsack.budget =
      static_cast<std::int64_t>(std::floor(allocate.budget * out.size * (1 + kForgiven)));
  return out;
}

/// What the items cost when each takes its first or last candidate.
std::int64_t end_cost(const Knapsack& knapsack, bool most) {
  std::int64_t out = 0;
  for (const std::vector<BitOption>& item : knapsack.items)
    out += (most ? item.back() : item.front()).cost;
  return out;
}

void refuse_budget(const Problem& problem, const AllocateRecipe& recipe) {
  const Knapsack& knapsack = problem.knapsack;
  const std::int64_t least = end_cost(knapsack, false), most = end_cost(knapsack, true);
  core::require_input("quant.allocate.budget", knapsack.budget >= least,
                      "must allow the smallest candidates everywhere, which come to {:.4g} on "
                      "average; got {}",
                      static_cast<double>(least) / problem.size, recipe.budget);
  core::require_input("quant.allocate.budget",
                      recipe.budget * problem.size <= static_cast<double>(most) * (1 + kForgiven),
                      "must not exceed the largest candidates everywhere, which come to {:.4g} on "
                      "average; got {}",
                      static_cast<double>(most) / problem.size, recipe.budget);
}

/// Q_b(W) of all allocated weights: one list a weight, one tensor a candidate.
std::vector<std::vector<Tensor>> rounded_weights(nn::Model& model,
                                                 const std::vector<const WeightSite*>& sites,
                                                 const Tensor& images, const Recipe& recipe) {
  const std::vector<Tensor> importance =
      weight_importance(model, sites, images, recipe.weight.levels->importance());
  std::vector<std::vector<Tensor>> out(sites.size());
  for (const int bits : recipe.allocate.candidates) {
    std::vector<QuantisedWeight> weights;
    for (const WeightSite* site : sites) {
      const Grid grid = site->grid.with_bits(bits);
      const Tensor& w = site->module->weight.value;
      weights.push_back({w, grid, (*recipe.weight.scale)(w, grid)});
    }
    recipe.weight.levels->fit(weights, importance);
    for (std::size_t i = 0; i < weights.size(); ++i)
      out[i].push_back(fake_quantise(weights[i].w, weights[i].q, weights[i].grid));
  }
  return out;
}

/// Scores of the items that have a choice, in order.
std::vector<std::vector<double>> score_items(nn::Model& model, const Problem& problem,
                                             const QuantiserMap& map, const Tensor& images,
                                             const Recipe& recipe, const core::Rng& rng,
                                             core::Monitor& monitor) {
  const AllocateRecipe& allocate = recipe.allocate;
  std::vector<const WeightSite*> sites;
  for (const Problem::Source& source : problem.sources) {
    if (source.row <= 0) sites.push_back(&map.weights[source.site]);
  }
  NetworkLoss::Weights weights;
  for (const WeightSite* site : sites) {
    weights.paths.push_back(site->parameter);
    weights.floats.push_back(site->module->weight.value);
  }
  const nn::Forward network = [&model](const autograd::Variable& x, nn::Pass& pass) {
    return model.forward(x, pass);
  };
  const NetworkLoss loss(network, images.rows(0, std::min(allocate.images, images.shape()[0])),
                         std::move(weights), recipe.precision, monitor);
  const std::vector<std::vector<Tensor>> rounded = rounded_weights(model, sites, images, recipe);
  const ImportanceScores scores = (*allocate.importance)({.loss = loss,
                                                          .bits = allocate.candidates,
                                                          .rounded = rounded,
                                                          .by_channel = allocate.by_channel,
                                                          .rng = rng});
  std::vector<std::vector<double>> out;
  for (const auto& parts : scores) out.insert(out.end(), parts.begin(), parts.end());
  return out;
}

/// The rank k from above, by score a unit of cost at the fewest bits, gets the scores a unit of the
/// rank k from below.
void reverse_order(std::vector<std::vector<double>>& scores,
                   const std::vector<Problem::Source>& sources) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto unit = [&](std::size_t i) {
    return static_cast<double>(std::max<std::int64_t>(sources[i].unit, 1));
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a].front() / unit(a) < scores[b].front() / unit(b);
  });
  std::vector<std::vector<double>> out(scores.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::size_t to = order[k], from = order[order.size() - 1 - k];
    for (const double score : scores[from]) out[to].push_back(score * unit(to) / unit(from));
  }
  scores = std::move(out);
}

/// Gives a site its bits, or makes it one site for every number of bits among its rows.
void place_bits(const WeightSite& site, const std::vector<int>& bits_of_rows,
                std::vector<WeightSite>& to) {
  std::map<int, std::vector<std::int64_t>> rows;
  for (std::size_t r = 0; r < bits_of_rows.size(); ++r)
    rows[bits_of_rows[r]].push_back(static_cast<std::int64_t>(r));
  for (auto& [bits, own] : rows) {
    WeightSite part = site;
    part.grid = site.grid.with_bits(bits);
    if (rows.size() > 1) {
      part.parameter = fmt::format("{}[{} bit]", site.parameter, bits);
      part.rows = std::move(own);
    }
    to.push_back(std::move(part));
  }
}

/// "asymmetric 2, 3 or 4 bit per channel"
std::string open_grid_text(const Grid& grid, const AllocateRecipe& recipe) {
  const std::string one = grid.str(), bits = fmt::format(" {} bit", grid.bits);
  const std::vector<int>& c = recipe.candidates;
  const auto last = c.end() - 1;
  const std::string any =
      c.size() == 1
          ? fmt::format(" {} bit", c.front())
          : fmt::format(" {} or {} bit", fmt::join(std::vector<int>(c.begin(), last), ", "), *last);
  std::string out = one;
  const std::size_t at = one.find(bits);
  return at == std::string::npos ? one : out.replace(at, bits.size(), any);
}

}  // namespace

std::vector<bool> allocated_sites(const QuantiserMap& map, const Recipe& recipe) {
  std::vector<bool> out(map.weights.size(), recipe.allocate.on);
  if (out.empty()) return out;
  const EdgeBits edges = edge_bits(recipe.first_last);
  const nn::Weighted *first = map.weights.front().module, *last = map.weights.back().module;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (edges.first_weight && map.weights[i].module == first) out[i] = false;
    if (edges.last_weight && map.weights[i].module == last) out[i] = false;
  }
  return out;
}

std::vector<MapRow> planned_rows(const QuantiserMap& map, const Recipe& recipe) {
  std::vector<MapRow> rows = rows_of(map);
  const std::vector<bool> open = allocated_sites(map, recipe);
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!open[i]) continue;
    for (MapRow& row : rows) {
      if (row.kind == "weight" && row.site == map.weights[i].parameter)
        row.grid = open_grid_text(map.weights[i].grid, recipe.allocate);
    }
  }
  return rows;
}

std::int64_t count_allocated(nn::Model& model, const Recipe& recipe) {
  if (!recipe.allocate.on) return 0;
  const QuantiserMap map = quantiser_map(model, recipe);
  const std::vector<bool> open = allocated_sites(map, recipe);
  std::int64_t out = 0;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i])
      out += recipe.allocate.by_channel ? map.weights[i].module->weight.value.shape()[0] : 1;
  }
  return out;
}

double average_bits(const QuantiserMap& map, const Recipe& recipe) {
  const EdgeBits edges = edge_bits(recipe.first_last);
  double bits = 0, elements = 0;
  for (const WeightSite& site : map.weights) {
    const bool fixed = (edges.first_weight && site.module == map.weights.front().module) ||
                       (edges.last_weight && site.module == map.weights.back().module);
    if (fixed && !recipe.allocate.count_edges) continue;
    const double size = static_cast<double>(site.elements());
    bits += size * site.grid.bits;
    elements += size;
  }
  return elements > 0 ? bits / elements : 0.0;
}

Allocation allocate_bits(nn::Model& model, QuantiserMap& map, const Tensor& images,
                         const Recipe& recipe, const core::Rng& rng, core::Monitor& monitor) {
  const AllocateRecipe& allocate = recipe.allocate;
  Problem problem = problem_of(map, layer_facts(model, map), recipe);
  refuse_budget(problem, allocate);
  if (allocate.allocator->reads_scores()) {
    std::vector<std::vector<double>> scores =
        score_items(model, problem, map, images, recipe, rng, monitor);
    if (allocate.reversed) reverse_order(scores, problem.sources);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      for (std::size_t c = 0; c < scores[i].size(); ++c)
        problem.knapsack.items[i][c].score = scores[i][c];
    }
  }
  const Knapsack joined = join_groups(problem.knapsack, problem.groups);
  const Picks picks = picks_of_members((*allocate.allocator)(joined), problem.groups);

  Allocation out;
  out.score = score_of(problem.knapsack, picks);
  std::vector<std::vector<int>> bits(map.weights.size());
  for (std::size_t i = 0; i < problem.sources.size(); ++i) {
    const Problem::Source& source = problem.sources[i];
    const WeightSite& site = map.weights[source.site];
    const BitOption& option = problem.knapsack.items[i][picks[i]];
    const core::Shape& shape = site.module->weight.value.shape();
    out.parts.push_back({.parameter = site.parameter,
                         .row = source.row,
                         .elements = source.row < 0 ? shape.numel() : shape.numel() / shape[0],
                         .bits = option.bits,
                         .score = option.score});
    bits[source.site].push_back(option.bits);
  }
  std::vector<WeightSite> sites;
  for (std::size_t i = 0; i < map.weights.size(); ++i) {
    if (bits[i].empty())
      sites.push_back(map.weights[i]);
    else
      place_bits(map.weights[i], bits[i], sites);
  }
  map.weights = std::move(sites);
  return out;
}

void join_row_parts(const QuantiserMap& map, QuantPass& pass) {
  std::map<std::string, std::vector<RowPart>> parts;
  for (const WeightSite& site : map.weights) {
    if (!site.rows.empty()) parts[site.module->weight.path].push_back({site.parameter, site.rows});
  }
  for (auto& [path, own] : parts) pass.set_rows(path, std::move(own));
}

void refuse_allocation_misfits(nn::Model& model, const Recipe& recipe) {
  if (!recipe.allocate.on) return;
  const QuantiserMap map = quantiser_map(model, recipe);
  const bool moments = recipe.learn.solves() || recipe.weight.scale->needs_inputs();
  for (const WeightSite& site : map.weights) {
    const auto* conv = dynamic_cast<const nn::Conv2d*>(site.module);
    core::require_input(
        "quant.allocate.name",
        !(recipe.allocate.by_channel && moments && conv && conv->options().groups > 1),
        "channel takes second moments (learn.solver, quant.weight.scale) of layers "
        "without groups of channels; {} has groups",
        site.parameter);
  }
  refuse_budget(problem_of(map, layer_facts(model, map), recipe), recipe.allocate);
}

}  // namespace quant
