// Fashion-MNIST: 60,000 + 10,000 grey images of clothes, 28x28, ten classes.
//
// Read from the IDX files of Debian's package `dataset-fashion-mnist` (or the original ones).  The
// first 55,000 training images are `train`, the last 5,000 are `val`; the files are in random order
// already. source: Xiao, Rasul, Vollgraf, 1708.07747; mean and std over the training pixels.
#include <filesystem>

#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/images/idx.h"
#include "data/on_demand.h"

namespace data {
namespace {

constexpr std::int64_t kClasses = 10, kSide = 28;

struct Images {
  core::Tensor pixels;  // u8 (N, H, W, 1)
  core::Tensor labels;  // s64 (N)
};

class FashionMnist final : public Dataset {
 public:
  explicit FashionMnist(core::Params& params)
      : root_(params.get<std::string>("root", "/usr/share/datasets/fashion-mnist",
                                      {.doc = "folder of the IDX files, plain or .gz"})),
        val_count_(params.get<std::int64_t>(
            "val_count", 5000,
            {.doc = "how many of the last training images are the split `val`",
             .min = 1,
             .max = 59999})) {
    if (params.is_describing()) return;
    for (const char* stem : {kTrainImages, kTrainLabels, kTestImages, kTestLabels})
      names_.push_back(locate(stem));
  }

  std::int64_t size(Split split) const override {
    const std::int64_t count = of(split).labels.numel();
    if (split == Split::test) return count;
    return split == Split::val ? val_count_ : count - val_count_;
  }
  std::int64_t classes() const override { return kClasses; }
  core::Shape image_shape() const override { return {kSide, kSide, 1}; }
  Normalisation normalisation() const override { return {{0.2860}, {0.3530}}; }

  core::Tensor pixels(Split split, std::span<const std::int64_t> index) const override {
    return gather_images(part(of(split).pixels, split), index);
  }
  core::Tensor labels(Split split, std::span<const std::int64_t> index) const override {
    return gather_images(part(of(split).labels, split), index);
  }
  std::string fingerprint() const override {
    return fingerprint_.get([&] { return fingerprint_of(root_, names_); });
  }
  void verify() const override {
    of(Split::train);
    of(Split::test);
  }

 private:
  static constexpr const char* kTrainImages = "train-images-idx3-ubyte";
  static constexpr const char* kTrainLabels = "train-labels-idx1-ubyte";
  static constexpr const char* kTestImages = "t10k-images-idx3-ubyte";
  static constexpr const char* kTestLabels = "t10k-labels-idx1-ubyte";

  std::string locate(const std::string& stem) const {
    for (const std::string& name : {stem + ".gz", stem}) {
      std::error_code status;
      if (std::filesystem::exists(std::filesystem::path(root_) / name, status)) return name;
    }
    throw core::InputError(
        fmt::format("fashion_mnist: {0}/{1}.gz is missing; get the files with "
                    "`apt-get install dataset-fashion-mnist` or set data.root",
                    root_, stem));
  }

  /// The rows of a split in the tensor of its file.
  core::Tensor part(const core::Tensor& all, Split split) const {
    if (split == Split::test) return all;
    const std::int64_t trained = all.shape()[0] - val_count_;
    return split == Split::val ? all.rows(trained, val_count_) : all.rows(0, trained);
  }

  const Images& of(Split split) const {
    if (split == Split::test) return test_.get([&] { return load(names_[2], names_[3]); });
    return train_.get([&] {
      Images images = load(names_[0], names_[1]);
      core::require_input("fashion_mnist", val_count_ < images.labels.numel(),
                          "val_count must be below the {} training images; got {}",
                          images.labels.numel(), val_count_);
      return images;
    });
  }

  Images load(const std::string& image_name, const std::string& label_name) const {
    const std::string image_path = root_ + "/" + image_name, label_path = root_ + "/" + label_name;
    const core::Tensor pixels = read_idx(image_path, 3);
    const core::Tensor bytes = read_idx(label_path, 1);
    const std::int64_t count = pixels.shape()[0];
    core::require_input(image_path, pixels.shape()[1] == kSide && pixels.shape()[2] == kSide,
                        "images must be 28x28; got {}x{}", pixels.shape()[1], pixels.shape()[2]);
    core::require_input(label_path, bytes.numel() == count,
                        "there must be one label an image; got {} labels, {} images", bytes.numel(),
                        count);
    core::Tensor labels = core::Tensor::empty({count}, core::DType::s64);
    std::span<std::int64_t> to = labels.writable<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint8_t label = bytes.data<std::uint8_t>()[static_cast<std::size_t>(i)];
      core::require_input(label_path, label < kClasses,
                          "labels must be below {}; got {} for image {}", kClasses, label, i);
      to[static_cast<std::size_t>(i)] = label;
    }
    return {pixels.reshape({count, kSide, kSide, 1}), labels};
  }

  std::string root_;
  std::int64_t val_count_;
  std::vector<std::string> names_;  // train images, train labels, test images, test labels
  OnDemand<Images> train_, test_;
  OnDemand<std::string> fingerprint_;
};

const core::Registered<Dataset, FashionMnist> kRegistered{"fashion_mnist"};

}  // namespace
}  // namespace data
