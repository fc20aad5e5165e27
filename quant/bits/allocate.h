// allocate_bits: the bits of every weight of a quantiser map, by importance and budget.
//
// The scores come from the float network, batch norms folded, on the first calibration images;
// ranges are searched anew for every candidate.  The map then says the chosen bits; a weight whose
// rows got different bits becomes several sites, one for all rows of equal bits (QuantPass joins
// them).
#pragma once

#include "core/rng.h"
#include "core/system/monitor.h"
#include "quant/bits/layer_facts.h"
#include "quant/map/quantiser_map.h"
#include "quant/pass/quant_pass.h"
#include "quant/recipe/recipe.h"

namespace quant {

/// What an allocation came to.
struct Allocation {
  struct Part {
    std::string parameter;
    std::int64_t row = -1;  // -1: the whole weight
    std::int64_t elements = 0;
    int bits = 0;
    double score = 0;  // of these bits; 0 where the allocator reads none
  };
  std::vector<Part> parts;  // empty: bits were given
  double score = 0;         // the sum
};

/// Bits a weight on average over all quantised weights of the map that count: without first and
/// last layers that first_last fixes, unless the recipe counts them.  0 without any.
double average_bits(const QuantiserMap& map, const Recipe& recipe);

/// rows_of before anything ran: bits that are to be found are given as their candidates,
/// "asymmetric 2, 3 or 4 bit per channel".
std::vector<MapRow> planned_rows(const QuantiserMap& map, const Recipe& recipe);

/// The layers or channels that get bits of their own; 0 where bits are given.
std::int64_t count_allocated(nn::Model& model, const Recipe& recipe);

/// The sites of the map whose bits are to be found.
std::vector<bool> allocated_sites(const QuantiserMap& map, const Recipe& recipe);

/// Changes the bits (and, by channel, the sites) of the map.  model: batch norms folded.
/// throws: InputError when the budget does not fit the network, core::Interrupted.
Allocation allocate_bits(nn::Model& model, QuantiserMap& map, const core::Tensor& images,
                         const Recipe& recipe, const core::Rng& rng, core::Monitor& monitor);

/// Tells a pass which weights are made of sites that hold some of their rows.
void join_row_parts(const QuantiserMap& map, QuantPass& pass);

/// Refuses a budget that this network cannot meet or that leaves nothing to choose, before anything
/// runs.  throws: InputError.
void refuse_allocation_misfits(nn::Model& model, const Recipe& recipe);

}  // namespace quant
