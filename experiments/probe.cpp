#include "experiments/probe.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <vector>

#include "autograd/gradients.h"
#include "core/error.h"
#include "experiments/json.h"
#include "experiments/memory.h"
#include "experiments/scalar.h"

extern char** environ;

namespace experiments {
namespace {

constexpr double kSeconds = 1.0;
constexpr double kPassMacs = 3e9;  // of one pass, so that a second holds several

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Child {
  pid_t pid = -1;
  std::FILE* input = nullptr;
  int output = -1;
};

/// Every child has a file of its own: a shared one would be read by the first alone.
Child start(const std::string& program, const std::string& file, const std::string& config,
            int threads) {
  Child c;
  c.input = std::tmpfile();
  if (!c.input) throw core::Error("probe: no temporary file");
  std::fwrite(config.data(), 1, config.size(), c.input);
  std::rewind(c.input);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw core::Error("probe: no pipe");
  std::vector<std::string> words{program, "probe",     "--file",
                                 file,    "--threads", std::to_string(threads)};
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(c.input), 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  const int error = ::posix_spawn(&c.pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  c.output = ends[0];
  if (error != 0) c.pid = -1;
  return c;
}

/// The rate that a child printed; 0 when it did not.
double finish(Child& c) {
  std::string text;
  char bytes[256];
  for (ssize_t n; (n = ::read(c.output, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR);)
    if (n > 0) text.append(bytes, static_cast<std::size_t>(n));
  ::close(c.output);
  std::fclose(c.input);
  int status = 1;
  if (c.pid > 0) {
    while (::waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  double rate = 0;
  std::from_chars(text.data(), text.data() + text.size(), rate);
  return status == 0 ? rate : 0;
}

}  // namespace

double images_per_second(const nn::Model& model, const quant::Recipe& recipe, double macs) {
  const NetworkThatLearns net(model, recipe);
  const bool learns = recipe.learn.iters > 0;
  const auto batch = std::clamp<std::int64_t>(static_cast<std::int64_t>(kPassMacs / (3 * macs)), 1,
                                              learns ? recipe.learn.batch : 64);
  const nn::InputSpec spec = model.input_spec();
  const core::Tensor images = core::Tensor::zeros({batch, spec.height, spec.width, spec.channels});
  net.pass(images, learns);
  std::int64_t done = 0;
  const double start = now();
  while (now() - start < kSeconds) net.pass(images, learns), done += batch;
  return static_cast<double>(done) / (now() - start);
}

double probe_split(const std::string& program, const std::string& file, const Cell& cell,
                   const Split& split) {
  std::vector<Child> children;
  for (int k = 0; k < split.workers; ++k)
    children.push_back(start(program, file, json_text(cell.config), split.threads));
  double rate = 0;
  bool all = true;
  for (Child& c : children) {
    const double own = finish(c);
    all = all && own > 0;
    rate += own;
  }
  if (!all)
    throw core::Error(fmt::format("probe: a worker with {} threads did not answer", split.threads));
  return rate;
}

void answer_probe(Workbench& workbench) {
  const std::string text{std::istreambuf_iterator<char>(std::cin),
                         std::istreambuf_iterator<char>()};
  std::printf("%s\n", core::real_text(workbench.measure(parse_json(text, "probe"))).c_str());
}

}  // namespace experiments
