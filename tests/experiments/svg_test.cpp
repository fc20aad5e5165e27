#include <doctest/doctest.h>

#include <string>

#include "experiments/plot.h"

using namespace experiments;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

Plot two_lines() {
  return {.title = "a < b & c",
          .x_name = "bits",
          .y_name = "accuracy",
          .logarithmic = false,
          .ticks = {{2, "2"}, {4, "4"}},
          .panels = {{.name = "",
                      .reference = 93.0,
                      .lines = {{"rtn", {{2, 15, 5}, {4, 91, 1}}}, {"brecq", {{4, 92, 0}}}}}},
          .notes = {"note"}};
}

}  // namespace

TEST_CASE("every line is drawn with its name, marks and bars, and text is escaped") {
  const std::string text = svg(two_lines());
  CHECK(text.starts_with("<svg xmlns"));
  CHECK(text.ends_with("</svg>\n"));
  CHECK(text.find("a &lt; b &amp; c") != std::string::npos);
  CHECK(count(text, "<polyline") == 2);
  CHECK(count(text, "<circle") == 3);  // two points and the legend
  CHECK(text.find(">brecq</text>") != std::string::npos);
  CHECK(text.find(">float</text>") != std::string::npos);
  CHECK(count(text, "<text") == count(text, "</text>"));
}

TEST_CASE("a plot of equal values and one without points are drawn without numbers that are none") {
  Plot plot = two_lines();
  plot.panels[0].reference.reset();
  plot.panels[0].lines = {{"rtn", {{2, 50, 0}, {4, 50, 0}}}};
  for (int round = 0; round < 2; ++round) {
    const std::string text = svg(plot);
    CHECK(text.find("nan") == std::string::npos);
    CHECK(text.find("inf") == std::string::npos);
    plot.panels[0].lines[0].points.clear();
  }
}
