#include "core/io/h5.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "core/error.h"
#include "core/rng.h"
#include "core/system/file.h"
#include "tests/support/compare.h"
#include "tests/support/temp_dir.h"

using core::InputError;
using core::Tensor;
using core::h5::File;
using core::h5::Group;

namespace {

using Bytes = std::vector<std::byte>;
using Names = std::vector<std::string>;

/// One of everything.
Bytes sample() {
  File f = File::create("sample");
  f.set_attribute("schema", "roundtable/1");
  f.set_attribute("count", 3);
  Group g = f.create_group("runs/abc");
  g.set_attribute("loss", 0.25);
  g.write("w", core::Rng(1).normal({100, 50}, 0, 1));
  f.write("deep/er/column", std::vector<double>{1, 2, 3});
  f.write("names", Names{"a", "bé", ""});
  f.write_string("yaml", "a: 1\nb: 2\n");
  return f.image();
}

}  // namespace

TEST_CASE("the same content gives the same bytes, also a second later") {
  const Bytes first = sample();
  std::this_thread::sleep_for(
      std::chrono::milliseconds(1100));  // HDF5 stores times in whole seconds
  CHECK(first == sample());
}

TEST_CASE("an image is read back from memory and from a path") {
  const support::TempDir dir;
  const Bytes image = sample();
  core::publish(dir.file("a.h5"), image);
  const File from_memory = File::from_bytes(image), from_path = File::open(dir.file("a.h5"));
  for (const File* f : {&from_memory, &from_path}) {
    CHECK(f->members() == Names{"deep", "names", "runs", "yaml"});
    CHECK(f->string_attribute("schema") == "roundtable/1");
    CHECK(f->group("runs/abc").real_attribute("loss") == 0.25);
    CHECK(support::same_bits(f->read("runs/abc/w"), core::Rng(1).normal({100, 50}, 0, 1)));
    CHECK(f->read_strings("names") == Names{"a", "bé", ""});
    CHECK(f->read_string("yaml") == "a: 1\nb: 2\n");
    CHECK(f->image() == image);
  }
}

TEST_CASE("two files in memory at the same time are two files") {
  File a = File::create("same"), b = File::create("same");
  a.write_string("x", "a");
  b.write_string("x", "b");
  const Bytes image_a = a.image(), image_b = b.image();
  const File c = File::from_bytes(image_a, "same"), d = File::from_bytes(image_b, "same");
  CHECK(c.read_string("x") == "a");
  CHECK(d.read_string("x") == "b");
}

TEST_CASE("an image may be taken while the file grows, and bytes behind the end do not matter") {
  File f = File::create();
  f.write_string("a", "1");
  const Bytes early = f.image();
  f.write_string("b", "2");
  CHECK(File::from_bytes(early).members() == Names{"a"});
  Bytes late = f.image();
  late.resize(late.size() + 96, std::byte{0x5A});  // a trailer
  CHECK(File::from_bytes(late).members() == Names{"a", "b"});
}

TEST_CASE("a group outlives the file it came from") {
  Group g = File::from_bytes(sample()).group("runs");
  CHECK(g.members() == Names{"abc"});
}

TEST_CASE("attributes keep their kind and are replaced when written again") {
  File f = File::create("m");
  f.set_attribute("i", std::int64_t{1} << 40);
  f.set_attribute("r", 1e-300);
  f.set_attribute("s", "");
  f.set_attribute("s", "zwölf");
  f.set_attribute("long", std::string(100'000, 'x'));
  CHECK(f.int_attribute("i") == std::int64_t{1} << 40);
  CHECK(f.real_attribute("r") == 1e-300);
  CHECK(f.real_attribute("i") == std::pow(2.0, 40));
  CHECK(f.string_attribute("s") == "zwölf");
  CHECK(f.string_attribute("long").size() == 100'000);
  CHECK(f.has_attribute("r"));
  CHECK_FALSE(f.has_attribute("x"));
  CHECK(f.attributes() == Names{"i", "long", "r", "s"});
  CHECK(std::get<std::int64_t>(f.attribute("i")) == std::int64_t{1} << 40);
  CHECK(std::get<double>(f.attribute("r")) == 1e-300);
  CHECK(std::get<std::string>(f.attribute("s")) == "zwölf");
  CHECK_THROWS_WITH_AS(f.int_attribute("s"), "m: /: attribute 's' must be an integer", InputError);
  CHECK_THROWS_WITH_AS(f.int_attribute("r"), "m: /: attribute 'r' must be an integer", InputError);
  CHECK_THROWS_WITH_AS(f.real_attribute("s"), "m: /: attribute 's' must be a number", InputError);
  CHECK_THROWS_WITH_AS(f.string_attribute("i"), "m: / attribute 'i': must hold strings",
                       InputError);
  CHECK_THROWS_AS(f.int_attribute("none"), InputError);
}

TEST_CASE("existence is asked without errors, also below a dataset") {
  const File f = File::from_bytes(sample());
  CHECK(f.exists("runs/abc/w"));
  CHECK(f.exists("runs"));
  CHECK_FALSE(f.exists("runs/xyz/w"));
  CHECK_FALSE(f.exists("yaml/x/y"));
  CHECK(f.is_group("runs/abc"));
  CHECK_FALSE(f.is_group("yaml"));
  CHECK_FALSE(f.is_group("none"));
}

TEST_CASE("create_group opens what exists and refuses the place of a dataset") {
  File f = File::create("m");
  f.create_group("a/b").write_string("x", "1");
  CHECK(f.create_group("a/b").members() == Names{"x"});
  CHECK(f.group("a").group("b").where() == "m: /a/b");
  CHECK_THROWS_WITH_AS(f.create_group("a/b/x"), "m: /a/b/x: must be a group", InputError);
  CHECK_THROWS_AS(f.create_group("a/b/x/y"), InputError);
}

TEST_CASE("every failure names file and object") {
  File f = File::from_bytes(sample(), "cell.h5");
  CHECK_THROWS_WITH_AS(f.read("runs/none"), "cell.h5: /runs/none: no such dataset", InputError);
  CHECK_THROWS_WITH_AS(f.group("none"), "cell.h5: /none: no such group", InputError);
  CHECK_THROWS_WITH_AS(f.dataset("runs"), "cell.h5: /runs: must be a dataset", InputError);
  CHECK_THROWS_WITH_AS(f.group("yaml"), "cell.h5: /yaml: must be a group", InputError);
  CHECK_THROWS_WITH_AS(f.write("new", Tensor()),
                       "cell.h5: /new: dataset cannot be made; HDF5: no write intent on file",
                       InputError);
  CHECK_THROWS_AS(f.create_group("new"), InputError);
  CHECK_THROWS_AS(f.set_attribute("new", 1), InputError);
}

TEST_CASE(
    "what is no HDF5 file is refused: absent, a directory, empty, text, truncated at any length") {
  const support::TempDir dir;
  CHECK_THROWS_WITH_AS(File::open("/nonexistent/f.h5"),
                       "/nonexistent/f.h5: cannot be read: No such file or directory", InputError);
  CHECK_THROWS_AS(File::open(dir.path()), InputError);
  core::publish(dir.file("text"), "not HDF5 at all");
  CHECK_THROWS_WITH_AS(
      File::open(dir.file("text")),
      (dir.file("text") + ": cannot be opened as HDF5; HDF5: file signature not found").c_str(),
      InputError);
  CHECK_THROWS_WITH_AS(File::from_bytes({}, "x"), "x: file must be HDF5; it is empty", InputError);
  const Bytes image = sample();
  for (std::size_t size = 1; size < image.size(); size += 997) {
    CHECK_THROWS_AS(File::from_bytes(std::span(image).first(size)), InputError);
  }
}
