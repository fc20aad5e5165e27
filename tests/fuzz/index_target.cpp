// The index of a results folder (experiment.json), the record of a failed cell, and the prefix of
// an id that `show` is given: three texts, separated by zero bytes.
#include <fstream>

#include "experiments/store/store.h"
#include "tests/fuzz/fuzz.h"

using namespace experiments;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ResultsFolder folder(fuzz::folder());
  fuzz::Source source(data, size);
  const auto write = [](const std::string& name, const std::string& text) {
    fuzz::put(name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  std::filesystem::create_directory(fuzz::folder() + "/failed");
  write("experiment.json", source.line());
  write("failed/0123abcd.json", source.line());
  const std::string prefix = source.line();
  fuzz::accepts([] { folder.read_index(); });
  fuzz::accepts([] { folder.failure("0123abcd"); });
  fuzz::accepts([&] { folder.complete_id(prefix); });
  return 0;
}
