#include "core/kernels/bf16/paired.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/kernels/bf16/paired_products.h"
#include "core/onednn/engine.h"
#include "core/system/threads.h"

namespace core::paired {
namespace {

constexpr Index kPartGroups = 8;           // groups of columns that a thread writes out at a time
constexpr Index kPackedBytes = 400 << 10;  // of both operands: they stay in a core's second cache
constexpr Index kAhead = 4;                // rows of an image that are fetched ahead
// Into how many tasks work is cut, for sums of so many values in all; few are cheap.
constexpr Index kTasks = 8, kMostSums = 1 << 20;
constexpr Index kMoreTasks = 64, kFewSums = 1 << 18;
constexpr Index kFewestPairs = 128;  // behind one slice of the sums

/// Windows over a batch of images, and the two ways of reading them.
///
/// By rows, where rows of outputs consist of pairs: an image row is written out once and serves all
/// rows of the window, KH sums apart.  Flat, where they do not: every output has its whole window
/// written out.
struct Windows {
  Index images, rows, columns, inputs;  // of x
  Index out_rows, out_columns, outputs;
  std::array<Index, 2> window, stride, pad;

  bool by_rows() const { return window[0] > 1 && out_columns % 2 == 0; }
  Index sums() const { return by_rows() ? window[0] : 1; }  // rows of the window summed apart
  /// Values that are written out for one output.
  Index width() const { return window[1] * inputs * (by_rows() ? 1 : window[0]); }
  Index vectors() const { return width() / kLanes; }
  Index all_outputs() const { return ceil_div(outputs, kDown) * kDown; }
  Index weights() const { return sums() * all_outputs() * width(); }
  /// Work is cut between rows of outputs, or between outputs.
  Index units() const { return images * out_rows * (by_rows() ? 1 : out_columns); }
  Index pairs_of(Index units) const {
    return by_rows() ? units * (out_columns / 2) : ceil_div(units, 2);
  }

  Index line() const { return columns * inputs; }  // values of a row of an image
};

/// Where an output's window lies.
struct Output {
  Output(const Windows& windows, Index index) : w(&windows) {
    image = index / (w->out_rows * w->out_columns);
    out_row = index / w->out_columns % w->out_rows;
    out_column = index % w->out_columns;
  }
  const Windows* w;
  Index image, out_row, out_column;

  void advance() {
    if (++out_column < w->out_columns) return;
    out_column = 0;
    if (++out_row < w->out_rows) return;
    out_row = 0;
    ++image;
  }
  Index row() const { return out_row * w->stride[0] - w->pad[0]; }
  Index start() const { return (out_column * w->stride[1] - w->pad[1]) * w->inputs; }  // in its row
  bool all_inside() const {
    return row() >= 0 && row() + w->window[0] <= w->rows && start() >= 0 &&
           start() + w->window[1] * w->inputs <= w->line();
  }
  Index first() const { return (image * w->rows + row()) * w->line() + start(); }
  bool inside(Index ky, Index from) const {
    const Index y = row() + ky, i = start() + from;
    return y >= 0 && y < w->rows && i >= 0 && i < w->line();
  }
};

/// From one block of kLanes outputs to the next: an odd number of cache lines, so that the places
/// of one pair lie in different sets of the caches.
Index slope_block(Index pairs) { return (pairs | 1) * kLanes; }

/// Slopes (outputs / kLanes, pairs, kLanes) of outputs [begin, end); beyond the last output zeros.
/// Adds them to `totals` of every output unless it is nullptr.
void pack_slopes(const bf16* dy, const Windows& w, Index begin, Index end, std::uint32_t* to,
                 float* totals) {
  const Index pairs = ceil_div(end - begin, 2), block = slope_block(pairs);
  for (Index pair = 0; pair < pairs; ++pair) {
    const bf16* first = dy + (begin + 2 * pair) * w.outputs;
    const bool alone = begin + 2 * pair + 1 == end;
    std::uint32_t* at = to + pair * kLanes;
    for (Index k = 0; k < w.outputs; k += kLanes, at += block) {
      const Index count = w.outputs - k;
      __builtin_prefetch(first + k + 8 * w.outputs);
      __builtin_prefetch(first + k + 9 * w.outputs);
      const auto some = [&](const bf16* p) {
        return count < kLanes ? some_halves(p, count) : halves(p);
      };
      const Halves a = some(first + k), b = alone ? Halves{} : some(first + w.outputs + k);
      write(at, interleave(a, b));
      if (totals != nullptr) write(totals + k, read(totals + k) + wide(a) + wide(b));
    }
  }
}

/// What one thread works on: columns of some groups over some units, and its room.
struct Task {
  const Windows& w;
  const Groups groups;
  const bf16 *x, *dy;
  Index first_group, last_group;
  std::uint32_t *x_room, *d_room;
  float* p;       // sums (sums, all_outputs, width)
  float* totals;  // of the slopes, or nullptr

  Index first_vector() const { return groups.begin(first_group); }

  /// Calls fn(vector, place of its first pair, from one pair to the next) for the vectors of the
  /// task, groups behind one another, each of `pairs` pairs.
  template <class Fn>
  void for_vectors(Index pairs, Fn&& fn) const {
    for (Index group = first_group; group < last_group; ++group) {
      const Index begin = groups.begin(group), end = groups.begin(group + 1);
      std::uint32_t* room = x_room + (begin - first_vector()) * kLanes * pairs;
      for (Index v = begin; v < end; ++v)
        fn(v, room + (v - begin) * kLanes, (end - begin) * kLanes);
    }
  }

  /// Sums of row `ky` of the window, over `rows` rows of `pairs` pairs that begin at row `x_at` of
  /// the room, `x_step` of its rows apart, and at pair `d_at` of `d_pairs` in that of the slopes.
  void multiply(Index ky, Index room_pairs, Index x_at, Index x_step, Index d_at, Index d_pairs,
                Index rows, Index pairs, bool fresh) const {
    for (Index group = first_group; group < last_group; ++group) {
      const Index begin = groups.begin(group), columns = groups.begin(group + 1) - begin;
      const std::uint32_t* from =
          x_room + (begin - first_vector()) * kLanes * room_pairs + x_at * pairs * columns * kLanes;
      const auto product = columns == 3   ? add_products<3>
                           : columns == 2 ? add_products<2>
                                          : add_products<1>;
      for (Index k = 0; k < w.all_outputs(); k += kDown)
        product(from, x_step * pairs * columns * kLanes,
                d_room + k / kLanes * slope_block(d_pairs) + d_at * kLanes + k % kLanes, rows,
                pairs, p + (ky * w.all_outputs() + k) * w.width() + begin * kLanes, w.width(),
                fresh);
    }
  }

  /// Rows [begin, end) of outputs of one image.
  void add_rows(Index image, Index begin, Index end, bool fresh) const {
    const Index pairs = w.out_columns / 2, d_pairs = (end - begin) * pairs;
    const Index top = begin * w.stride[0] - w.pad[0];
    const Index x_rows = (end - begin - 1) * w.stride[0] + w.window[0];
    const Index first = (image * w.out_rows + begin) * w.out_columns;
    pack_slopes(dy, w, first, first + 2 * d_pairs, d_room, totals);
    const Index next = w.stride[1] * w.inputs, left = w.pad[1] * w.inputs;
    for (Index row = std::max<Index>(0, -top); row < std::min(x_rows, w.rows - top); ++row) {
      const bf16* line = x + (image * w.rows + top + row) * w.line();
      const auto inside = [&](Index at) {
        return at >= 0 && at < w.line() ? halves(line + at) : Halves{};
      };
      for_vectors(x_rows * pairs, [&](Index v, std::uint32_t* to, Index step) {
        to += row * pairs * step;
        std::uint32_t* const end_of_row = to + pairs * step;
        Index at = v * kLanes - left;
        const auto advance = [&] { to += step, at += 2 * next; };
        for (; to < end_of_row && at < 0; advance())
          write(to, interleave(inside(at), inside(at + next)));
        for (; to < end_of_row && at + next < w.line(); advance()) {
          __builtin_prefetch(line + kAhead * w.line() + at);
          write(to, interleave(halves(line + at), halves(line + at + next)));
        }
        for (; to < end_of_row; advance()) write(to, interleave(inside(at), inside(at + next)));
      });
    }
    for (Index ky = 0; ky < w.window[0]; ++ky) {
      // rows that see this row of the window inside the image
      const Index above = std::max<Index>(0, ceil_div(-top - ky, w.stride[0]));
      const Index below = std::min(end - begin, ceil_div(w.rows - top - ky, w.stride[0]));
      multiply(ky, x_rows * pairs, above * w.stride[0] + ky, w.stride[0], above * pairs, d_pairs,
               std::max<Index>(0, below - above), pairs, fresh);
    }
  }

  /// Outputs [begin, end), each with its whole window.
  void add_flat(Index begin, Index end, bool fresh) const {
    const Index pairs = ceil_div(end - begin, 2), line_width = w.window[1] * w.inputs;
    pack_slopes(dy, w, begin, end, d_room, totals);
    struct Column {
      Index ky, from, offset;  // in the window
      std::uint32_t* to;
      Index step;
    };
    Column table[kColumns * kPartGroups];
    Index count = 0;
    for_vectors(pairs, [&](Index v, std::uint32_t* to, Index step) {
      const Index ky = v * kLanes / line_width, from = v * kLanes % line_width;
      table[count++] = {ky, from, ky * w.line() + from, to, step};
    });
    const Index ahead = w.window[1] == 1 ? 8 * w.stride[1] * w.inputs : 0;  // else they overlap
    Output first(w, begin);
    for (Index pair = 0; pair < pairs; ++pair) {
      Output second = first;
      second.advance();
      const bool alone = begin + 2 * pair + 1 == end;
      const bf16 *a = x + first.first(), *b = x + second.first();
      if (!alone && first.all_inside() && second.all_inside()) {
        for (Column& c : std::span(table, count)) {
          __builtin_prefetch(a + c.offset + ahead);
          __builtin_prefetch(b + c.offset + ahead);
          write(c.to, interleave(halves(a + c.offset), halves(b + c.offset)));
          c.to += c.step;
        }
      } else {
        for (Column& c : std::span(table, count)) {
          const auto read_of = [&](const Output& out, const bf16* p) {
            return out.inside(c.ky, c.from) ? halves(p + c.offset) : Halves{};
          };
          write(c.to, interleave(read_of(first, a), alone ? Halves{} : read_of(second, b)));
          c.to += c.step;
        }
      }
      first = second;
      first.advance();
    }
    multiply(0, pairs, 0, 0, 0, pairs, 1, pairs, fresh);
  }

  /// Units [begin, end), as many at a time as there is room for.
  void add(Index begin, Index end, Index most) const {
    for (Index at = begin; at < end;) {
      Index stop = std::min(end, at + most);
      if (w.by_rows()) {
        const Index image = at / w.out_rows, first = image * w.out_rows;
        stop = std::min(stop, first + w.out_rows);
        add_rows(image, at - first, stop - first, at == begin);
      } else {
        add_flat(at, stop, at == begin);
      }
      at = stop;
    }
  }
};

/// dw (O, I, KH, KW) = the sum of p (slices, sums, all_outputs, width).
void add_slices(const float* p, Index slices, const Windows& w, float* dw) {
  const Index taps = w.window[0] * w.window[1], width = w.width();
  parallel_for(w.outputs, ceil_div(1 << 12, taps * w.inputs), [&](Index begin, Index end) {
    for (Index o = begin; o < end; ++o) {
      for (Index f = 0; f < taps * w.inputs; f += kLanes) {
        const float* from = p + (f / width * w.all_outputs() + o) * width + f % width;
        Lanes sum = read_as<Lanes>(from);
        for (Index s = 1; s < slices; ++s) sum += read_as<Lanes>(from + s * w.weights());
        float* to = dw + (o * w.inputs + f % w.inputs) * taps + f / w.inputs;
        if (taps == 1)
          write(to, sum);
        else
          for (int l = 0; l < kLanes; ++l) to[l * taps] = sum[l];
      }
    }
  });
}

/// Slices of the units, which have sums of their own: beside `parts` of the columns the tasks that
/// the work is cut into.  Their number depends on shapes only.
Index slices_of(const Windows& w, Index parts) {
  Index slices = 1;
  const auto may_double = [&](Index tasks, Index sums) {
    return parts * slices < tasks && 2 * slices * w.weights() <= sums;
  };
  while (w.pairs_of(w.units()) >= 2 * slices * kFewestPairs &&
         (may_double(kTasks, kMostSums) || may_double(kMoreTasks, kFewSums)))
    slices *= 2;
  return slices;
}

void weight_gradient(const Tensor& dy, const Tensor& x, const Windows& w, Tensor& dw,
                     Tensor* dbias) {
  const Groups groups(w.vectors());
  const Index parts = ceil_div(groups.count, kPartGroups), units = w.units();
  const Index slices = slices_of(w, parts);
  const Index part_vectors = std::min(w.vectors(), kColumns * kPartGroups);
  const Index halo = w.by_rows() ? w.window[0] * (w.out_columns / 2) : 0;
  const Index x_values = part_vectors * kLanes * (w.by_rows() ? w.stride[0] : 1);
  const Index of_unit = (x_values + w.all_outputs()) * Index{sizeof(float)};
  Index most = kPackedBytes / of_unit;
  most = w.by_rows() ? std::clamp<Index>(most / (w.out_columns / 2), 1, w.out_rows)
                     : std::max<Index>(2 * most, 64);
  const Index pairs = w.pairs_of(most), x_room = x_values * pairs + part_vectors * kLanes * halo;
  const Index room = x_room + ceil_div(w.outputs, kLanes) * slope_block(pairs),
              tasks = parts * slices;
  const Index pieces = std::min<Index>(threads(), tasks);
  Tensor rooms = Tensor::empty({pieces, room}), sums = Tensor::empty({slices, w.weights()});
  const Index padded = ceil_div(w.outputs, kLanes) * kLanes;
  Tensor totals = Tensor::zeros({dbias ? slices : 0, padded});
  float* t = totals.writable<float>().data();
  auto* r = reinterpret_cast<std::uint32_t*>(rooms.writable<float>().data());
  float* p = sums.writable<float>().data();
  const bf16 *seen = x.data<bf16>().data(), *slopes = dy.data<bf16>().data();
  parallel_for(pieces, 1, [&](Index first, Index last) {
    for (Index piece = first; piece < last; ++piece) {
      for (Index at = tasks * piece / pieces; at < tasks * (piece + 1) / pieces; ++at) {
        const Index slice = at / parts, part = at % parts;
        const Task task{w,
                        groups,
                        seen,
                        slopes,
                        groups.count * part / parts,
                        groups.count * (part + 1) / parts,
                        r + piece * room,
                        r + piece * room + x_room,
                        p + slice * w.weights(),
                        dbias && part == 0 ? t + slice * padded : nullptr};
        task.add(units * slice / slices, units * (slice + 1) / slices, most);
      }
    }
  });
  add_slices(p, slices, w, dw.writable<float>().data());
  if (dbias == nullptr) return;
  float* sums_of_slopes = dbias->writable<float>().data();
  for (Index o = 0; o < w.outputs; ++o) {
    float sum = t[o];
    for (Index s = 1; s < slices; ++s) sum += t[s * padded + o];
    sums_of_slopes[o] = sum;
  }
}

}  // namespace

bool has_instruction() {
#ifdef __AVX512BF16__
  return !onednn::has_amx();
#else
  return false;
#endif
}

bool pays(const Shape& x, const Shape& w, const Conv2dOptions& o) {
  constexpr std::array<Index, 2> dense{1, 1};
  return has_instruction() && o.groups == 1 && o.dilation == dense && x[3] % kLanes == 0 &&
         w[0] >= kDown;
}

bool pays(std::int64_t rows, std::int64_t inputs, std::int64_t outputs) {
  return has_instruction() && inputs % kLanes == 0 && outputs >= kDown && rows >= kFewestPairs;
}

void backward_weights(const Tensor& dy, const Tensor& x, const Conv2dOptions& o, Tensor& dw) {
  const Shape &sx = x.shape(), &sy = dy.shape(), &sw = dw.shape();
  weight_gradient(
      dy, x, {sx[0], sx[1], sx[2], sx[3], sy[1], sy[2], sy[3], {sw[2], sw[3]}, o.stride, o.pad}, dw,
      nullptr);
}

void backward_weights(const Tensor& dy, const Tensor& x, Tensor& dw, Tensor* dbias) {
  const Index outputs = dw.shape()[-2], inputs = dw.shape()[-1];
  weight_gradient(dy, x, {x.numel() / inputs, 1, 1, inputs, 1, 1, outputs, {1, 1}, {1, 1}, {0, 0}},
                  dw, dbias);
}

}  // namespace core::paired
