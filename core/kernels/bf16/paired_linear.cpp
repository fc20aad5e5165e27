#include "core/kernels/bf16/paired_linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <memory>

#include "core/kernels/bf16/paired.h"
#include "core/kernels/bf16/paired_products.h"
#include "core/system/threads.h"

namespace core::paired {
namespace {

constexpr Index kMostWeights = 1 << 18;  // half a megabyte
constexpr Index kFewestRows = 128;       // fewer do not pay for packing

/// The weights of sums over `inputs` channels: (groups of outputs, pairs of inputs, vectors of
/// outputs, kLanes).
struct Weights {
  Index inputs, outputs;
  std::shared_ptr<Storage> bytes;

  Index pairs() const { return inputs / 2; }
  std::uint32_t* at(Index vector) const {
    return reinterpret_cast<std::uint32_t*>(bytes->bytes()) + vector * kLanes * pairs();
  }
};

/// Packs weights whose input i and output o lie at i * input + o * output.
template <class E>
void pack(const E* w, Index input, Index output, const Groups& groups, const Weights& to) {
  parallel_for(groups.count, 1, [&](Index first, Index last) {
    for (Index group = first; group < last; ++group) {
      const Index begin = groups.begin(group), lanes = (groups.begin(group + 1) - begin) * kLanes;
      const E* from = w + begin * kLanes * output;
      std::uint32_t* p = to.at(begin);
      const auto write_pair = [&](Index pair, Index lane) {
        const E* at = from + 2 * pair * input + lane * output;
        const bf16 low(static_cast<float>(at[0])), high(static_cast<float>(at[input]));
        p[pair * lanes + lane] = low.bits | static_cast<std::uint32_t>(high.bits) << 16;
      };
      if (input == 1) {  // in the order of w
        for (Index lane = 0; lane < lanes; ++lane)
          for (Index pair = 0; pair < to.pairs(); ++pair) write_pair(pair, lane);
      } else {
        for (Index pair = 0; pair < to.pairs(); ++pair)
          for (Index lane = 0; lane < lanes; ++lane) write_pair(pair, lane);
      }
    }
  });
}

/// The packed form of w for sums over its rows, or its columns; cached beside its storage where w
/// is all of it.
Weights packed(const Tensor& w, bool over_rows) {
  const Index rows = w.shape()[0], columns = w.shape()[1];
  const auto make = [&] {
    Weights made{over_rows ? rows : columns, over_rows ? columns : rows,
                 std::make_shared<Storage>(static_cast<std::size_t>(w.numel()) * sizeof(bf16))};
    const Index input = over_rows ? columns : 1, output = over_rows ? 1 : columns;
    const Groups groups(made.outputs / kLanes);
    if (w.dtype() == DType::bf16)
      pack(w.data<bf16>().data(), input, output, groups, made);
    else
      pack(w.data<float>().data(), input, output, groups, made);
    return made;
  };
  if (!w.whole()) return make();
  std::any& slot = w.storage().packed()[fmt::format("pairs {} {} {}", rows, columns, over_rows)];
  if (!slot.has_value()) slot = make();
  return std::any_cast<Weights>(slot);
}

/// The products of one group of outputs: of kDown rows, or of fewer one by one.
template <int Columns>
void add_group(const bf16* x, const Weights& w, Index vector, Index rows, const float* bias,
               bf16* y, Ahead ahead) {
  if (bias != nullptr) bias += vector * kLanes;
  y += vector * kLanes;
  if (rows == kDown) {
    row_products<kDown, Columns>(x, w.inputs, w.at(vector), w.pairs(), bias, y, w.outputs, ahead);
    return;
  }
  for (Index r = 0; r < rows; ++r, x += w.inputs, y += w.outputs)
    row_products<1, Columns>(x, w.inputs, w.at(vector), w.pairs(), bias, y, w.outputs, {});
}

/// y (rows, outputs) = bias + x (rows, inputs) . weights
void multiply(const Tensor& x, const Weights& w, const Tensor* bias, Tensor& y) {
  const Groups groups(w.outputs / kLanes);
  const bf16* from = x.data<bf16>().data();
  const float* start = bias ? bias->data<float>().data() : nullptr;
  bf16* to = y.writable<bf16>().data();
  const Index all = x.numel() / w.inputs;
  parallel_for(ceil_div(all, kDown), 1, [&](Index first, Index last) {
    for (Index row = first * kDown; row < std::min(all, last * kDown); row += kDown) {
      const Index rows = std::min<Index>(kDown, all - row);
      const Index next = std::clamp<Index>(all - row - kDown, 0, kDown);
      for (Index group = 0; group < groups.count; ++group) {
        // each group fetches its share of the rows that come next
        const Index skipped = next * group / groups.count;
        const Ahead ahead{from + (row + kDown + skipped) * w.inputs,
                          next * (group + 1) / groups.count - skipped};
        const Index vector = groups.begin(group), columns = groups.begin(group + 1) - vector;
        const auto add = columns == 3 ? add_group<3> : columns == 2 ? add_group<2> : add_group<1>;
        add(from + row * w.inputs, w, vector, rows, start, to + row * w.outputs, ahead);
      }
    }
  });
}

}  // namespace

bool linear_pays(std::int64_t rows, std::int64_t inputs, std::int64_t outputs) {
  return has_instruction() && rows >= kFewestRows && outputs % kLanes == 0 && inputs % 2 == 0 &&
         inputs >= 2 * outputs && inputs * outputs <= kMostWeights;
}

void linear(const Tensor& x, const Tensor& w, const Tensor* bias, Tensor& y) {
  multiply(x, packed(w, false), bias, y);
}

void linear_backward_data(const Tensor& dy, const Tensor& w, Tensor& dx) {
  multiply(dy, packed(w, true), nullptr, dx);
}

}  // namespace core::paired
