#include "data/loader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

namespace data {

std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch, bool drop_last) {
  return drop_last ? samples / batch : (samples + batch - 1) / batch;
}

std::vector<std::int64_t> epoch_order(std::int64_t samples, bool shuffle, std::uint64_t seed,
                                      std::int64_t epoch) {
  if (shuffle) {
    return core::Rng(seed)
        .stream("order")
        .stream(static_cast<std::uint64_t>(epoch))
        .permutation(samples);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

struct Loader::State {
  State(const Dataset& d, LoaderOptions o)
      : dataset(d),
        options(std::move(o)),
        samples(d.size(options.split)),
        steps(steps_per_epoch(samples, options.batch, options.drop_last)) {}

  Batch make(std::span<const std::int64_t> order, std::int64_t epoch, std::int64_t step) const {
    const std::int64_t begin = step * options.batch;
    const std::int64_t count = std::min(options.batch, samples - begin);
    const auto index =
        order.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    core::Tensor pixels = dataset.pixels(options.split, index);
    augment(pixels, options.augment, rng, epoch, begin);
    return {epoch, step, normalise(pixels, dataset.normalisation()),
            dataset.labels(options.split, index)};
  }

  /// Waits for room and appends; false when the loader is being closed.
  bool push(Batch batch) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] {
      return closing || static_cast<std::int64_t>(ready.size()) < options.prefetch;
    });
    if (closing) return false;
    ready.push_back(std::move(batch));
    changed.notify_all();
    return true;
  }

  void work() {
    std::exception_ptr thrown;
    try {
      std::int64_t step = options.first_step;
      for (std::int64_t epoch = options.first_epoch; epoch < options.epochs; ++epoch, step = 0) {
        const std::vector<std::int64_t> order =
            epoch_order(samples, options.shuffle, options.seed, epoch);
        for (; step < steps; ++step) {
          if (!push(make(order, epoch, step))) return;
        }
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    error = thrown;
    finished = true;
    changed.notify_all();
  }

  const Dataset& dataset;
  const LoaderOptions options;
  const std::int64_t samples, steps;
  const core::Rng rng = core::Rng(options.seed).stream("augment");

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> ready;
  std::exception_ptr error;
  bool finished = false, closing = false;
  std::thread thread;
};

Loader::Loader(const Dataset& dataset, LoaderOptions options) {
  core::require("loader",
                options.batch > 0 && options.prefetch > 0 && options.first_epoch >= 0 &&
                    options.first_step >= 0,
                "batch and prefetch must be positive, the start not negative; got batch {}, "
                "prefetch {}, epoch {}, step {}",
                options.batch, options.prefetch, options.first_epoch, options.first_step);
  if (options.augment.erase > 0 && options.augment.fill.empty()) {
    for (const double mean : dataset.normalisation().mean) {
      options.augment.fill.push_back(static_cast<std::uint8_t>(std::lround(mean * 255)));
    }
  }
  state_ = std::make_unique<State>(dataset, std::move(options));
  core::require_input("loader", state_->steps > 0,
                      "a batch of {} does not fit into split {} of {} images",
                      state_->options.batch, name_of(state_->options.split), state_->samples);
  // A split that is loaded on demand may decode in parallel: let it do so here, because a parallel
  // loop on the preparing thread would start a second pool of OpenMP threads.  Labels and pixels
  // may be read apart.
  const std::array<std::int64_t, 1> probe{0};
  dataset.labels(state_->options.split, probe);
  dataset.pixels(state_->options.split, probe);
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
    state_->changed.notify_all();
  }
  state_->thread.join();
}

std::optional<Batch> Loader::next() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->finished || !state_->ready.empty(); });
  if (state_->ready.empty()) {
    if (state_->error) std::rethrow_exception(state_->error);
    return std::nullopt;
  }
  Batch batch = std::move(state_->ready.front());
  state_->ready.pop_front();
  state_->changed.notify_all();
  return batch;
}

std::int64_t Loader::steps() const { return state_->steps; }

}  // namespace data
