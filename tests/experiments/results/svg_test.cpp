#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include "experiments/results/plot.h"

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

TEST_CASE("as many lines as are allowed all look different in colour, dashes or marker") {
  Plot plot = two_lines();
  plot.panels[0].lines.clear();
  for (std::size_t k = 0; k < kMostLines; ++k)
    plot.panels[0].lines.push_back(
        {"m" + std::to_string(k), {{2, 10.0 + double(k), 0}, {4, 50.0 + double(k), 0}}});
  const std::string text = svg(plot);
  // The look of a line: style of its polyline, and form and colours of its first marker.
  std::set<std::string> looks;
  std::set<std::string> colour_and_marker;
  for (std::size_t at = text.find("<polyline"); at != std::string::npos;
       at = text.find("<polyline", at + 1)) {
    const std::size_t style = text.find("fill=", at), end = text.find("/>", style);
    const std::size_t mark = end + 3, name = text.find(' ', mark), fill = text.find("fill=", mark);
    const std::string sign =
        text.substr(mark, name - mark) +
        std::to_string(std::count(text.begin() + long(mark), text.begin() + long(fill), ',')) +
        text.substr(fill, text.find("/>", fill) - fill);
    looks.insert(text.substr(style, end - style) + sign);
    colour_and_marker.insert(sign);
  }
  CHECK(looks.size() == kMostLines);
  CHECK(colour_and_marker.size() == kMostLines);
}

TEST_CASE("points beside each other stay within the frame") {
  Plot plot = two_lines();
  plot.panels[0].lines.clear();
  for (std::size_t k = 0; k < kMostLines; ++k)
    plot.panels[0].lines.push_back({"m" + std::to_string(k), {{2, double(k), 0}, {4, 9, 0}}});
  const std::string text = svg(plot);
  const std::regex point(R"((\d+\.\d),\d+\.\d)");
  for (std::size_t at = text.find("<polyline"); at != std::string::npos;
       at = text.find("<polyline", at + 1)) {
    const std::string line = text.substr(at, text.find("/>", at) - at);
    for (std::sregex_iterator it(line.begin(), line.end(), point), end; it != end; ++it) {
      CHECK(std::stod((*it)[1]) > 62);
      CHECK(std::stod((*it)[1]) < 62 + 380);
    }
  }
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
