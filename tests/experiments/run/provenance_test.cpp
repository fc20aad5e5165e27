#include "experiments/run/provenance.h"

#include <doctest/doctest.h>

using namespace experiments;

TEST_CASE("provenance names the build, the machine and the command") {
  const core::Value p = build_provenance({"roundtable", "run", "x.yaml"});
  for (const char* key : {"version", "git_commit", "compiler", "build_type", "flags", "host", "cpu",
                          "isa", "onednn"}) {
    INFO(key);
    REQUIRE(p.find(key));
    CHECK(!p.find(key)->as_string()->empty());
  }
  CHECK(p.find("git_dirty")->as_bool());
  CHECK(p.find("argv")->list().size() == 3);
}

TEST_CASE("a cell adds its times and its memory to the provenance of the process") {
  const Stopwatch watch;
  double sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum += i;
  CHECK(sum > 0);
  const core::Value p = cell_provenance(core::Value(core::Value::Map{{"host", "h"}}), watch);
  CHECK(*p.find("host")->as_string() == "h");
  CHECK(*p.find("wall_seconds")->as_double() >= 0);
  CHECK(*p.find("cpu_seconds")->as_double() >= 0);
  CHECK(*p.find("peak_rss_mb")->as_double() > 1);
  CHECK(p.find("started")->as_string()->size() == 20);
}

TEST_CASE("a run in bf16 says so where neither AMX nor AVX512-BF16 exists") {
  CHECK(experiments::bf16_note("avx512_core_bf16").empty());
  CHECK(experiments::bf16_note("avx512_core_amx").empty());
  for (const char* isa : {"avx2", "avx512_core", "avx512_core_vnni"})
    CHECK(experiments::bf16_note(isa).find(isa) != std::string::npos);
}
