// CIFAR-10: 50,000 + 10,000 colour images, 32x32, ten classes, from one of two layouts under
// `root`:
//
//   train/<class>/*.jpg and test/<class>/*.jpg   classes in alphabetical order are labels 0..9
//   data_batch_1.bin .. data_batch_5.bin, test_batch.bin   the original binary version
//
// The last tenth of each class of the training images, in order of file name (or of the batches),
// is `val`, so that it is balanced and the same everywhere.  Each split takes its classes in turn:
// image 0 of class 0, image 0 of class 1, ..., so that any prefix is balanced too.  Images are
// decoded when a split is first used. source: Krizhevsky, "Learning multiple layers of features
// from tiny images", 2009; the mean and std are those of
//   akamaster/pytorch_resnet_cifar10, whose networks are used with this data.
#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/threads.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/jpeg.h"
#include "data/on_demand.h"

namespace data {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kClasses = 10, kSide = 32, kBytes = kSide * kSide * 3;
constexpr std::int64_t kRecord = 1 + kBytes, kPerBatch = 10000;

struct Item {
  std::string name;         // of the file, relative to root
  std::int64_t record = 0;  // within a binary batch
};
using ByClass = std::array<std::vector<Item>, kClasses>;
struct Entry {
  Item item;
  std::int64_t label;
};

class Cifar10 final : public Dataset {
 public:
  explicit Cifar10(core::Params& params)
      : root_(params.get<std::string>(
            "root", "data/cifar10",
            {.doc =
                 "folder with train/<class>/*.jpg and test/<class>/*.jpg, or the *.bin batches"})) {
    if (params.is_describing()) return;
    binary_ = fs::is_regular_file(fs::path(root_) / "data_batch_1.bin");
    ByClass train = binary_
                        ? scan_batches({"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin"})
                        : scan_folder("train");
    ByClass val;
    for (std::size_t c = 0; c < train.size(); ++c) {
      const auto kept = static_cast<std::ptrdiff_t>(train[c].size() - train[c].size() / 10);
      val[c].assign(train[c].begin() + kept, train[c].end());
      train[c].erase(train[c].begin() + kept, train[c].end());
    }
    entries_[0] = in_turn(train);
    entries_[1] = in_turn(val);
    entries_[2] = in_turn(binary_ ? scan_batches({"test_batch.bin"}) : scan_folder("test"));
  }

  std::int64_t size(Split split) const override {
    return static_cast<std::int64_t>(entries(split).size());
  }
  std::int64_t classes() const override { return kClasses; }
  core::Shape image_shape() const override { return {kSide, kSide, 3}; }
  Normalisation normalisation() const override {
    return {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
  }

  core::Tensor pixels(Split split, std::span<const std::int64_t> index) const override {
    return gather_images(pixels_[slot(split)].get([&] { return decode(entries(split)); }), index);
  }
  core::Tensor labels(Split split, std::span<const std::int64_t> index) const override {
    core::Tensor out =
        core::Tensor::empty({static_cast<std::int64_t>(index.size())}, core::DType::s64);
    std::int64_t* to = out.writable<std::int64_t>().data();
    for (const std::int64_t i : index) {
      core::require("cifar10", i >= 0 && i < size(split), "index must be in [0, {}); got {}",
                    size(split), i);
      *to++ = entries(split)[static_cast<std::size_t>(i)].label;
    }
    return out;
  }
  std::string fingerprint() const override {
    return fingerprint_.get([&] {
      std::vector<std::string> names;
      for (const auto& split : entries_) {
        for (const Entry& e : split) names.push_back(e.item.name);
      }
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
      return fingerprint_of(root_, names);
    });
  }

 private:
  static std::size_t slot(Split split) { return static_cast<std::size_t>(split); }
  const std::vector<Entry>& entries(Split split) const { return entries_[slot(split)]; }

  static std::vector<std::string> sorted_names(const fs::path& folder, bool folders) {
    std::error_code status;
    fs::directory_iterator it(folder, status);
    core::require_input(
        "cifar10", !status,
        "{} cannot be read ({}); data.root must hold train/<class>/*.jpg and test/<class>/*.jpg, "
        "or data_batch_1.bin and its companions",
        folder.string(), status.message());
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : it) {
      if (folders) {
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
        continue;
      }
      const std::string extension = entry.path().extension().string();
      if (extension == ".jpg" || extension == ".jpeg" || extension == ".JPEG") {
        names.push_back(entry.path().filename().string());
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  ByClass scan_folder(const std::string& part) const {
    const std::vector<std::string> classes = sorted_names(fs::path(root_) / part, true);
    core::require_input(root_ + "/" + part, static_cast<std::int64_t>(classes.size()) == kClasses,
                        "there must be {} class folders; got {}", kClasses, classes.size());
    ByClass out;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const std::string folder = part + "/" + classes[c];
      for (const std::string& name : sorted_names(fs::path(root_) / folder, false)) {
        out[c].push_back({folder + "/" + name, 0});
      }
      core::require_input(root_ + "/" + folder, !out[c].empty(),
                          "there must be .jpg files in a class folder; got none");
    }
    return out;
  }

  ByClass scan_batches(const std::vector<std::string>& names) const {
    ByClass out;
    for (const std::string& name : names) {
      const std::string path = root_ + "/" + name;
      std::error_code status;
      const std::uintmax_t size = fs::file_size(path, status);
      core::require_input(path, !status, "cannot be read: {}", status.message());
      core::require_input(path, size == static_cast<std::uintmax_t>(kRecord * kPerBatch),
                          "a batch has exactly {} bytes; got {}", kRecord * kPerBatch, size);
      std::ifstream file(path, std::ios::binary);
      for (std::int64_t i = 0; i < kPerBatch; ++i) {
        file.seekg(i * kRecord);
        const int label = file.get();
        core::require_input(path, label >= 0 && label < kClasses,
                            "labels must be 0..9; got {} in record {}", label, i);
        out[static_cast<std::size_t>(label)].push_back({name, i});
      }
    }
    return out;
  }

  static std::vector<Entry> in_turn(const ByClass& classes) {
    std::vector<Entry> out;
    std::size_t longest = 0;
    for (const auto& items : classes) longest = std::max(longest, items.size());
    for (std::size_t i = 0; i < longest; ++i) {
      for (std::size_t c = 0; c < classes.size(); ++c) {
        if (i < classes[c].size()) out.push_back({classes[c][i], static_cast<std::int64_t>(c)});
      }
    }
    return out;
  }

  void read_one(const Item& item, std::uint8_t* to) const {
    const std::string path = root_ + "/" + item.name;
    if (!binary_) return decode_jpeg(path, kSide, kSide, to);
    std::array<char, kBytes> planes;
    std::ifstream file(path, std::ios::binary);
    file.seekg(item.record * kRecord + 1);
    file.read(planes.data(), kBytes);
    core::require_input(path, file.gcount() == kBytes, "truncated at record {}", item.record);
    for (std::int64_t p = 0; p < kSide * kSide; ++p) {
      for (std::int64_t c = 0; c < 3; ++c) {
        to[p * 3 + c] =
            static_cast<std::uint8_t>(planes[static_cast<std::size_t>(c * kSide * kSide + p)]);
      }
    }
  }

  core::Tensor decode(const std::vector<Entry>& entries) const {
    const auto count = static_cast<std::int64_t>(entries.size());
    core::Tensor out = core::Tensor::empty({count, kSide, kSide, 3}, core::DType::u8);
    std::uint8_t* pixels = out.writable<std::uint8_t>().data();
    // a parallel loop must not throw: messages are kept by image and the first one in order is
    // reported
    std::vector<std::string> problem(entries.size());
    core::parallel_for(count, 64, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        try {
          read_one(entries[static_cast<std::size_t>(i)].item, pixels + i * kBytes);
        } catch (const std::exception& e) {
          problem[static_cast<std::size_t>(i)] = e.what();
        }
      }
    });
    for (const std::string& message : problem) {
      if (!message.empty()) throw core::InputError(message);
    }
    return out;
  }

  std::string root_;
  bool binary_ = false;
  std::array<std::vector<Entry>, 3> entries_;
  std::array<OnDemand<core::Tensor>, 3> pixels_;
  OnDemand<std::string> fingerprint_;
};

const core::Registered<Dataset, Cifar10> kRegistered{"cifar10"};

}  // namespace
}  // namespace data
