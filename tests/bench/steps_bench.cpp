// The subcommands that bench.py runs in turns with PyTorch:
//   roundtable-bench train|infer|recon|qdrop|cell MODEL NUMBER PRECISION THREADS SECONDS
// NUMBER is the images of a batch (train, infer), else the bits.  One line of JSON comes out, with
// the hand-over between threads before and after in the mean.
#include <cstdio>
#include <memory>

#include "core/system/threads.h"
#include "tests/bench/bench.h"
#include "tests/bench/hand_over.h"
#include "tests/bench/steps.h"

namespace {

struct Arguments {
  bench::StepOptions step;
  std::string precision = "f32";
  int threads = 0;
};

using Step = nlohmann::json (*)(const bench::StepOptions&);

template <Step step>
void define(CLI::App& app) {
  const auto a = std::make_shared<Arguments>();
  app.add_option("model", a->step.model, "resnet20, resnet18, vit_small or vit_tiny")->required();
  app.add_option("number", a->step.number, "images of a batch, or bits")->required();
  app.add_option("precision", a->precision, "f32, f32_winograd or bf16");
  app.add_option("threads", a->threads, "default: what this process may use");
  app.add_option("seconds", a->step.seconds, "measuring time")->check(CLI::PositiveNumber);
  app.callback([a] {
    core::set_threads(a->threads > 0 ? a->threads : core::available_threads());
    a->step.precision = core::precision_named(a->precision);
    const double before = bench::hand_over();
    nlohmann::json out = step(a->step);
    out["hand_over_ns"] = (before + bench::hand_over()) / 2;
    std::printf("%s\n", out.dump().c_str());
  });
}

const bench::Section kTrain{"train", "time of a training step", define<bench::train_step>};
const bench::Section kInfer{"infer", "time of a forward of a batch", define<bench::inference>};
const bench::Section kRecon{"recon", "time of one reconstruction iteration of every unit",
                            define<bench::reconstruction_iteration>};
const bench::Section kQDrop{"qdrop", "the same with quantised activations, as QDrop",
                            define<bench::qdrop_iteration>};
const bench::Section kCell{"cell", "time of AdaRound on a whole network, gram engine",
                           define<bench::gram_cell>};

}  // namespace
