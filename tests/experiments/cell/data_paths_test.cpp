#include "experiments/cell/data_paths.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "experiments/text/yaml.h"
#include "tests/support/temp_dir.h"

using namespace experiments;

TEST_CASE("folders of data sets are looked up beside the experiment, and written as they were") {
  const support::TempDir dir("data_paths");
  std::filesystem::create_directories(dir.file("own"));
  std::filesystem::create_directories(dir.file("other"));
  const core::Value written = parse_yaml_value(
      "{data: {name: cifar10, root: own}, "
      "calibration: {source: {name: other_dataset, dataset: {name: cifar10, root: other}}}}",
      "e.yaml");
  core::Value cell = with_located_data(written, dir.file("e.yaml"));
  CHECK(*cell.find_path("data.root")->as_string() == dir.file("own"));
  CHECK(*cell.find_path("calibration.source.dataset.root")->as_string() == dir.file("other"));
  restore_data_paths(cell, written);
  CHECK(cell == written);
  erase_data_paths(cell);
  CHECK(cell.find_path("data.root") == nullptr);
  CHECK(cell.find_path("calibration.source.dataset.root") == nullptr);
  CHECK(cell.find_path("data.name") != nullptr);
}

TEST_CASE("names in short form and absent folders are left alone") {
  const core::Value tree =
      parse_yaml_value("{data: noise, calibration: {source: train}}", "e.yaml");
  core::Value cell = with_located_data(tree, "e.yaml");
  restore_data_paths(cell, tree);
  erase_data_paths(cell);
  CHECK(cell == tree);
}
