// A grid of four cells that takes a second: a ResNet-20 with random weights on a handful of
// synthetic images.
#pragma once

#include <cstdio>
#include <fstream>
#include <sstream>

#include "core/system/file.h"
#include "experiments/cell/cell_file.h"
#include "experiments/cli/commands.h"
#include "tests/support/idx_files.h"

namespace support {

/// Writes data and experiment file below `dir`; returns the path of the file.  `extra` is put at
/// its end.
inline std::string tiny_experiment(const TempDir& dir, const std::string& extra = "") {
  if (!std::filesystem::exists(dir.file("fashion"))) write_fashion(dir.file("fashion"), 60, 20);
  const std::string path = dir.file("tiny.yaml");
  std::ofstream(path) << R"(schema: roundtable/1
name: tiny
base:
  model: {name: resnet20, in_channels: 1, img_size: 28}
  data: {name: fashion_mnist, root: fashion, val_count: 8}
  calibration: {count: 16}
  eval: {batch: 10}
  quant: {weight: {scale: minmax}}
  learn: {iters: 2, batch: 4}
  learn_act: {iters: 2, batch: 4}
grid:
  method: [rtn, brecq]
  quant.weight.bits: [4, 2]
)" << extra;
  return path;
}

/// What a command line did.
struct Said {
  int code = 0;
  std::string out, err;
};

/// Runs a command line in this process.
inline Said roundtable(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "roundtable");
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  Said said;
  said.code = experiments::dispatch({.argv = std::move(arguments), .out = out, .err = err});
  const auto read = [](std::FILE* f) {
    std::string text;
    std::rewind(f);
    for (int c; (c = std::fgetc(f)) != EOF;) text += static_cast<char>(c);
    std::fclose(f);
    return text;
  };
  said.out = read(out);
  said.err = read(err);
  return said;
}

/// Everything in a group but provenance and timings, as text that can be compared.
inline void write_content(const core::h5::Group& group, std::ostringstream& to) {
  for (const std::string& name : group.attributes()) {
    if (name == "provenance_json" || name == "timings_json") continue;
    to << '@' << name << '=';
    try {
      to << group.string_attribute(name) << '\n';
    } catch (const core::InputError&) {
      to << core::real_text(group.real_attribute(name)) << '\n';
    }
  }
  for (const std::string& name : group.members()) {
    to << name << ':';
    if (group.is_group(name)) {
      to << '\n';
      write_content(group.group(name), to);
    } else if (group.dataset(name).is_string()) {
      for (const std::string& s : group.read_strings(name)) to << s << ',';
    } else {
      const core::Tensor t = group.read(name);
      to << t.shape().str() << core::name_of(t.dtype());
      to.write(reinterpret_cast<const char*>(t.raw()), static_cast<std::streamsize>(t.byte_size()));
    }
    to << '\n';
  }
}

/// A cell file of our own, opened here: nothing but the image of the tests' own cells.
inline core::h5::File cell_file(const std::string& path) {
  const std::vector<std::byte> bytes = core::read_file(path);
  return core::h5::File::from_bytes(experiments::unseal(bytes, path), path);
}

/// All cells of a results folder by id.
inline std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> out;
  const experiments::ResultsFolder results(folder);
  for (const std::string& id : results.finished()) {
    std::ostringstream text;
    write_content(cell_file(results.cell_path(id)), text);
    out[id] = text.str();
  }
  return out;
}

}  // namespace support
