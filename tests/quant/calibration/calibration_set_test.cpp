#include "quant/calibration/calibration_set.h"

#include "tests/quant/calibration/fake_view.h"

using quant_test::make;

TEST_CASE("needs are joined") {
  const quant::Needs both = quant::Needs{.logits = true} | quant::Needs{.batch_norm = true};
  CHECK(both.logits);
  CHECK_FALSE(both.features);
  CHECK(both.batch_norm);
  CHECK_FALSE(quant::Needs{}.any());
}

TEST_CASE("every selection refuses more images than the split holds and says how many there are") {
  const quant_test::ToyDataset dataset(4, 10);
  const quant_test::FakeView view = quant_test::v_shaped_view();
  for (const std::string& name : core::Registry<quant::CalibrationSet>::names()) {
    if (name == "single_class") continue;  // says how many images the class has
    const std::string message = quant_test::refusal(
        *make<quant::CalibrationSet>(name), {.dataset = dataset, .count = 41, .view = &view});
    CHECK_MESSAGE(message.find("41 of the 40 images of split train") != std::string::npos,
                  name << ": " << message);
  }
}

TEST_CASE("a selection by the network without a view of it is an error of the program") {
  const quant_test::ToyDataset dataset(4, 10);
  for (const std::string& name : core::Registry<quant::CalibrationSet>::names()) {
    const auto set = make<quant::CalibrationSet>(name);
    const quant::CalibrationRequest request{.dataset = dataset, .count = 4};
    CAPTURE(name);
    CHECK_NOTHROW(set->check(request));
    if (set->needs().any())
      CHECK_THROWS_WITH_AS(set->draw(request, core::Rng(1)), doctest::Contains("no view"),
                           core::Error);
    else
      CHECK(set->draw(request, core::Rng(1)).size() == 4);
  }
}

TEST_CASE("a monitor hears of progress and can stop it") {
  struct Stopper : core::Monitor {
    mutable std::int64_t seen = 0;
    void report(std::string_view, std::int64_t done, std::int64_t, double) override { seen = done; }
    bool stop_requested() const override { return seen >= 2; }
  } monitor;
  const quant_test::ToyDataset dataset(4, 10);
  const quant::CalibrationRequest request{.dataset = dataset, .monitor = &monitor};
  CHECK_NOTHROW(quant::report_progress(request, "task", 1, 3, 0));
  CHECK_THROWS_AS(quant::report_progress(request, "task", 2, 3, 0), core::Interrupted);
}
