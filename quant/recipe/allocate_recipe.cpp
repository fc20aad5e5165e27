#include "quant/recipe/allocate_recipe.h"

#include <algorithm>

#include "quant/recipe/strategy.h"

namespace quant {
namespace {

std::vector<int> read_candidates(core::Params& params) {
  const std::vector<std::int64_t> list = params.get<std::vector<std::int64_t>>(
      "candidates", {2, 3, 4, 5, 6, 8},
      {.doc = "numbers of bits to choose from", .source = "methods, study protocol"});
  if (list.empty()) params.fail("candidates", "must not be empty");
  std::vector<int> out;
  for (const std::int64_t bits : list) {
    if (bits < 2 || bits > 8)
      params.fail("candidates", fmt::format("must be 2 to 8 bits each; got {}", bits));
    out.push_back(static_cast<int>(bits));
  }
  std::sort(out.begin(), out.end());
  if (std::adjacent_find(out.begin(), out.end()) != out.end())
    params.fail("candidates", "must all be different");
  return out;
}

}  // namespace

AllocateRecipe AllocateRecipe::read(core::Params& quant, const Grid& weights, bool has_overrides) {
  AllocateRecipe out;
  // absent: the resolved configuration stays what it was before this key existed
  if (!quant.has("allocate") && !quant.is_describing()) return out;
  core::Params params = quant.child("allocate", "mixed precision: bits by importance");
  const std::string name = params.get<std::string>(
      "name", "layer",
      {.doc = "what gets bits of its own, in place of quant.weight.bits: every layer, every output "
              "channel (row of a weight), or nothing (none, also when the key is left out)",
       .one_of = {"none", "layer", "channel"}});
  if (name == "none") return out;
  out.on = true;
  out.by_channel = name == "channel";
  if (has_overrides) params.fail("gives the bits itself: it goes without quant.weight.overrides");
  if (weights.off()) params.fail("needs weights that are quantised (quant.weight.bits is 32)");
  if (out.by_channel && !weights.per_channel)
    params.fail("name", "bits of a channel need a step of its own: quant.weight.per_channel true");
  out.importance = strategy<Importance>(params, "importance", "integrated_gradients",
                                        "what it costs to store a layer in so many bits",
                                        "ours, for arXiv 2308.07662");
  out.allocator = strategy<Allocator>(
      params, "allocator", "dp",
      "how the budget is spent; dp: exactly; uniform_bits: the same for all, without scores",
      "HAWQ-V3: exact integer programme");
  out.candidates = read_candidates(params);
  const bool bops = params.get<std::string>(
                        "unit", "bits",
                        {.doc = "what the budget counts; bits: of weights; bops: bit operations, "
                                "multiply-accumulates times b_w b_a (32 for activations that are "
                                "not quantised, 8 for the image beside quantised ones)",
                         .source = "HAWQ-V3",
                         .one_of = {"bits", "bops"}}) == "bops";
  out.bops = bops;
  out.budget = params.get<double>(
      "budget", 4.0,
      {.doc = "not to be exceeded on average; unit bits: bits a weight; bops: b_w b_a a "
              "multiply-accumulate (16 = all at 4 bit with 4-bit activations)",
       .min = 0,
       .max = 256});
  out.reversed = params.get<bool>(
      "reversed", false,
      {.doc = "turns the order of the parts by score a bit of cost round: the part that needs bits "
              "most gets the scores of the one that needs them least (a check, not a method)"});
  out.count_edges = params.get<bool>(
      "count_edges", false,
      {.doc = "the first and last layer, whose bits quant.first_last gives, count in the budget",
       .source = "HAWQ: false"});
  out.tie = params.get<bool>("tie", false,
                             {.doc = "layers that read the same values share their bits (the "
                                     "shortcut of a block and its first convolution)",
                              .source = "HAWQ: true"});
  if (out.tie && out.by_channel)
    params.fail("tie", "is about layers: channels have bits of their own");
  out.images = params.get<std::int64_t>(
      "images", out.images,
      {.doc = "calibration images behind the scores, the first ones", .min = 1});
  const int least = out.candidates.front(), most = out.candidates.back();
  if (!bops && !out.count_edges && out.budget < least)
    params.fail("budget", fmt::format("must allow the smallest candidate, {} bit; got {}", least,
                                      out.budget));
  if (!bops && !out.count_edges && out.budget > most)
    params.fail("budget", fmt::format("must not exceed the largest candidate, {} bit, which it "
                                      "would give to everything; got {}",
                                      most, out.budget));
  return out;
}

}  // namespace quant
