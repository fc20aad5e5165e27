// The binary batches of CIFAR-10.  A batch has 30 MB, so an input is a list of changes to good
// files: (file, what, where, value), and the size of one of them.
#include <array>

#include "data/dataset.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::int64_t kRecord = 1 + 32 * 32 * 3, kRecords = 10000;
constexpr std::array<const char*, 6> kNames{"data_batch_1.bin", "data_batch_2.bin",
                                            "data_batch_3.bin", "data_batch_4.bin",
                                            "data_batch_5.bin", "test_batch.bin"};

/// Six files of zeros with one image of each class in front, sparse.
std::array<int, 6> make_files() {
  std::array<int, 6> out{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    out[i] = ::open((fuzz::folder() + "/" + kNames[i]).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    fuzz::require(out[i] >= 0 && ::ftruncate(out[i], kRecord * kRecords) == 0, "files can be made");
    for (std::uint8_t c = 0; c < 10; ++c)
      fuzz::require(::pwrite(out[i], &c, 1, c * kRecord) == 1, "files can be written");
  }
  return out;
}

struct Change {
  int fd;
  off_t at;
  std::uint8_t before;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const std::array<int, 6> files = make_files();
  fuzz::Source source(bytes, size);
  std::vector<Change> undo;
  const int cut = files[source.byte() % files.size()];
  const off_t new_size = kRecord * kRecords + static_cast<std::int8_t>(source.byte());
  while (!source.empty() && undo.size() < 64) {
    const int fd = files[source.byte() % files.size()];
    const auto record = static_cast<off_t>((source.byte() << 8 | source.byte()) % kRecords);
    const off_t at = record * kRecord + (source.byte() & 1 ? source.byte() : 0);
    const std::uint8_t value = source.byte();
    Change change{.fd = fd, .at = at, .before = 0};
    fuzz::require(::pread(fd, &change.before, 1, at) == 1 && ::pwrite(fd, &value, 1, at) == 1,
                  "files can be changed");
    undo.push_back(change);
  }
  fuzz::require(::ftruncate(cut, new_size) == 0, "files can be cut");
  fuzz::accepts([] {
    core::Params params(
        core::Value(core::Value::Map{{"name", "cifar10"}, {"root", fuzz::folder()}}));
    const auto set = core::Registry<data::Dataset>::create(params);
    for (const data::Split split : {data::Split::train, data::Split::val, data::Split::test}) {
      std::vector<std::int64_t> some{0, set->size(split) - 1};
      for (const std::int64_t label : set->labels(split, some).data<std::int64_t>())
        fuzz::require(label >= 0 && label < 10, "labels are classes");
    }
  });
  fuzz::require(::ftruncate(cut, kRecord * kRecords) == 0, "files can be restored");
  for (auto c = undo.rbegin(); c != undo.rend(); ++c)
    fuzz::require(::pwrite(c->fd, &c->before, 1, c->at) == 1, "files can be restored");
  return 0;
}
