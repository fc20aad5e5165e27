// CIFAR-10: 50,000 + 10,000 colour images, 32x32, ten classes, from one of two layouts under
// `root`:
//
//   train/<class>/*.jpg and test/<class>/*.jpg   airplane, automobile, .., truck are labels 0..9
//   data_batch_1.bin .. data_batch_5.bin, test_batch.bin   the original binary version
//
// The last tenth of each class of the training images, in order of file name (or of the batches),
// is `val`, so that it is balanced and the same everywhere.  Each split takes its classes in turn:
// image 0 of class 0, image 0 of class 1, ..., so that any prefix is balanced too.  Images are
// decoded when a split is first used; verify() decodes every one, and forgets it.  Refused: class
// folders of other names, other files in them (hidden ones are passed over), an image that is not
// 32x32 or damaged, a batch of another size or with a label above 9.
// source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009; the mean and
//   std are those of akamaster/pytorch_resnet_cifar10, whose networks are used with this data.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "core/system/file.h"
#include "data/dataset.h"
#include "data/each.h"
#include "data/fingerprint.h"
#include "data/images/jpeg.h"
#include "data/on_demand.h"

namespace data {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kClasses = 10, kSide = 32, kBytes = kSide * kSide * 3;
constexpr std::int64_t kRecord = 1 + kBytes, kPerBatch = 10000;
constexpr std::size_t kBatchBytes = kRecord * kPerBatch;
// In order of their labels, which is alphabetical.
constexpr std::array<std::string_view, kClasses> kNames{
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};

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
    std::error_code status;
    binary_ = fs::exists(fs::path(root_) / "data_batch_1.bin", status);
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
      if (binary_) return fingerprint_of(root_, names, kBatchBytes);
      return fingerprint_of(root_, names, kMaxJpegBytes, check_image);
    });
  }
  void verify() const override { (void)fingerprint(); }  // it reads every file in any case

 private:
  static std::size_t slot(Split split) { return static_cast<std::size_t>(split); }
  const std::vector<Entry>& entries(Split split) const { return entries_[slot(split)]; }

  /// The entries of a folder but hidden ones, in order of their names.
  static std::vector<std::string> sorted_names(const fs::path& folder) {
    std::error_code status;
    std::vector<std::string> names;
    for (fs::directory_iterator it(folder, status), end; !status && it != end;
         it.increment(status)) {
      names.push_back(it->path().filename().string());
    }
    core::require_input(
        "cifar10", !status,
        "{} cannot be read ({}); data.root must hold train/<class>/*.jpg and test/<class>/*.jpg, "
        "or data_batch_1.bin and its companions",
        folder.string(), status.message());
    std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
    std::sort(names.begin(), names.end());
    return names;
  }

  static void check_image(const std::string& path, std::span<const std::byte> bytes) {
    std::array<std::uint8_t, kBytes> scratch;
    decode_jpeg(path, bytes, kSide, kSide, scratch.data());
  }

  static void check_class_names(const fs::path& folder) {
    std::set<std::string> found;
    for (const std::string& name : sorted_names(folder)) {
      std::error_code status;
      if (fs::is_directory(folder / name, status)) found.insert(name);
    }
    std::vector<std::string> missing;
    for (const std::string_view name : kNames) {
      if (found.erase(std::string(name)) == 0) missing.emplace_back(name);
    }
    std::string differences;
    if (!missing.empty()) differences += fmt::format("; missing: {}", fmt::join(missing, ", "));
    if (!found.empty()) differences += fmt::format("; no class: {}", fmt::join(found, ", "));
    core::require_input(folder.string(), differences.empty(),
                        "the class folders must be {}, in `train` and in `test`{}",
                        fmt::format("{}", fmt::join(kNames, ", ")), differences);
  }

  static bool is_jpeg_name(const std::string& name) {
    std::string extension = fs::path(name).extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension == ".jpg" || extension == ".jpeg";
  }

  ByClass scan_folder(const std::string& part) const {
    check_class_names(fs::path(root_) / part);
    ByClass out;
    for (std::size_t c = 0; c < out.size(); ++c) {
      const std::string folder = fmt::format("{}/{}", part, kNames[c]);
      for (const std::string& name : sorted_names(fs::path(root_) / folder)) {
        // passing it over would give a smaller data set without a word
        core::require_input(fmt::format("{}/{}/{}", root_, folder, name), is_jpeg_name(name),
                            "only .jpg and .jpeg files may be in a class folder");
        out[c].push_back({folder + "/" + name, 0});
      }
      core::require_input(root_ + "/" + folder, !out[c].empty(),
                          "there must be .jpg files in a class folder; got none");
    }
    return out;
  }

  std::vector<std::byte> read_batch(const std::string& name) const {
    const std::string path = root_ + "/" + name;
    std::vector<std::byte> bytes = core::read_file(path, kBatchBytes);
    core::require_input(path, bytes.size() == kBatchBytes, "a batch has exactly {} bytes; got {}",
                        kBatchBytes, bytes.size());
    return bytes;
  }

  ByClass scan_batches(const std::vector<std::string>& names) const {
    ByClass out;
    for (const std::string& name : names) {
      const std::vector<std::byte> bytes = read_batch(name);
      for (std::int64_t i = 0; i < kPerBatch; ++i) {
        const auto label =
            std::to_integer<std::size_t>(bytes[static_cast<std::size_t>(i * kRecord)]);
        core::require_input(root_ + "/" + name, label < out.size(),
                            "labels must be 0..9; got {} in record {}", label, i);
        out[label].push_back({name, i});
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

  void decode_files(const std::vector<Entry>& entries, std::uint8_t* pixels) const {
    for_each_index(static_cast<std::int64_t>(entries.size()), 64, [&](std::int64_t i) {
      decode_jpeg(root_ + "/" + entries[static_cast<std::size_t>(i)].item.name, kSide, kSide,
                  pixels + i * kBytes);
    });
  }

  void decode_batches(const std::vector<Entry>& entries, std::uint8_t* pixels) const {
    std::map<std::string, std::vector<std::size_t>> in_batch;
    for (std::size_t i = 0; i < entries.size(); ++i) in_batch[entries[i].item.name].push_back(i);
    for (const auto& [name, members] : in_batch) {
      const std::vector<std::byte> bytes = read_batch(name);
      for (const std::size_t i : members) {
        const std::byte* planes = bytes.data() + entries[i].item.record * kRecord + 1;
        std::uint8_t* to = pixels + static_cast<std::int64_t>(i) * kBytes;
        for (std::int64_t p = 0; p < kSide * kSide; ++p) {
          for (std::int64_t c = 0; c < 3; ++c)
            to[p * 3 + c] = std::to_integer<std::uint8_t>(planes[c * kSide * kSide + p]);
        }
      }
    }
  }

  core::Tensor decode(const std::vector<Entry>& entries) const {
    core::Tensor out = core::Tensor::empty(
        {static_cast<std::int64_t>(entries.size()), kSide, kSide, 3}, core::DType::u8);
    std::uint8_t* pixels = out.writable<std::uint8_t>().data();
    if (binary_) {
      decode_batches(entries, pixels);
    } else {
      decode_files(entries, pixels);
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
