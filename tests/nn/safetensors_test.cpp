#include "nn/safetensors.h"

#include <cstring>

#include "core/system/file.h"
#include "tests/nn/support.h"

using namespace nn_test;
using core::DType;

namespace {

std::vector<std::byte> file(const std::string& header, std::size_t data_bytes,
                            std::uint64_t length) {
  std::vector<std::byte> out(8 + header.size() + data_bytes);
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}
std::vector<std::byte> file(const std::string& header, std::size_t data_bytes) {
  return file(header, data_bytes, header.size());
}
std::string entry(const std::string& dtype, const std::string& shape, int begin, int end) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}
Tensor raw(const std::string& dtype, const std::string& shape, const void* data,
           std::size_t bytes) {
  auto f = file(R"({"t":)" + entry(dtype, shape, 0, static_cast<int>(bytes)) + "}", bytes);
  std::memcpy(f.data() + f.size() - bytes, data, bytes);
  return nn::parse_safetensors(f, "x").tensors.at("t");
}

}  // namespace

TEST_CASE("what is written reads back bit by bit, in every dtype") {
  nn::TensorFile content;
  content.metadata = {{"format", "pt"}, {"note", "a \"quoted\" ü\n"}};
  for (const DType d :
       {DType::f32, DType::f64, DType::bf16, DType::s8, DType::u8, DType::s32, DType::s64}) {
    content.tensors.emplace("t." + std::string(core::name_of(d)), Tensor::full({2, 3}, 3, d));
  }
  content.tensors.emplace("scalar", Tensor::scalar(1.5));
  content.tensors.emplace("empty", Tensor::zeros({0, 4}));
  const std::vector<std::byte> bytes = nn::safetensors_bytes(content);
  const nn::TensorFile back = nn::parse_safetensors(bytes, "x");
  CHECK(back.metadata == content.metadata);
  REQUIRE(back.tensors.size() == content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    CHECK_MESSAGE(support::same_bits(back.tensors.at(name), tensor), name);
  }
  CHECK(nn::safetensors_bytes(back) == bytes);
}

TEST_CASE("the writer sorts by width and name and pads the header to eight bytes") {
  nn::TensorFile content;
  content.tensors = {{"a", Tensor::zeros({1}, DType::u8)},
                     {"c", Tensor::zeros({1})},
                     {"b", Tensor::zeros({1})},
                     {"d", Tensor::zeros({1}, DType::s64)}};
  const auto bytes = nn::safetensors_bytes(content);
  const std::string expected = R"({"d":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                               R"("c":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
                               R"("a":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}})";
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + 8, bytes.size() - 8 - 17);
  CHECK(text.substr(0, expected.size()) == expected);
  CHECK(text.size() % 8 == 0);
  CHECK(text.find_last_not_of(' ') == expected.size() - 1);
}

TEST_CASE("types without a counterpart are widened without loss") {
  const std::uint16_t half[] = {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000, 0x7C00};
  const Tensor h = raw("F16", "[6]", half, sizeof half);
  CHECK(h.dtype() == DType::f32);
  CHECK(h.values() == std::vector<double>{1, -2, 0x1p-24, 65504, 0, INFINITY});
  CHECK(std::signbit(h.at(4)));
  const std::int16_t s16[] = {-32768, 5};
  CHECK(raw("I16", "[2]", s16, 4).values() == std::vector<double>{-32768, 5});
  const std::uint32_t u32[] = {0xFFFFFFFFu};
  CHECK(raw("U32", "[]", u32, 4).data<std::int64_t>()[0] == 4294967295);
  const std::uint8_t yes[] = {1, 0};
  CHECK(raw("BOOL", "[2]", yes, 2).dtype() == DType::u8);
  const std::uint64_t large[] = {1ull << 63};
  CHECK(contains(refusal([&] { raw("U64", "[1]", large, 8); }), "63 bits"));
  const std::uint8_t two[] = {2};
  CHECK(contains(refusal([&] { raw("BOOL", "[1]", two, 1); }), "BOOL"));
}

TEST_CASE("a malformed file is refused with the rule that it breaks") {
  const std::string a = R"("a":)" + entry("F32", "[2]", 0, 8);
  struct Bad {
    const char* what;
    std::vector<std::byte> bytes;
    const char* says;
  };
  const std::string deep = R"({"a":{"dtype":"F32","shape":[[[[1]]]],"data_offsets":[0,4]}})";
  const Bad table[] = {
      {"empty", {}, "8 bytes"},
      {"seven bytes", std::vector<std::byte>(7), "8 bytes"},
      {"truncated header", file("{" + a + "}", 0, 5000), "does not fit"},
      {"huge length", file("{}", 0, ~0ull), "at most"},
      {"length over the limit", file("{}", 0, 17u << 20), "at most"},
      {"no map", file("[1,2]", 0), "start with"},
      {"leading space", file(" {}", 0), "start with"},
      {"empty header", file("", 0), "start with"},
      {"broken JSON", file("{\"a\":", 0), "not valid JSON"},
      {"bad UTF-8", file("{\"a\xff\":1}", 0), "not valid JSON"},
      {"two documents", file("{}{}", 0), "not valid JSON"},
      {"deep nesting", file(deep, 4), "nests"},
      {"duplicate tensor", file("{" + a + "," + a + "}", 8), "twice"},
      {"duplicate inner key",
       file(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8), "twice"},
      {"overlap", file("{" + a + R"(,"b":)" + entry("F32", "[2]", 4, 12) + "}", 12), "no overlap"},
      {"same place", file("{" + a + R"(,"b":)" + entry("F32", "[2]", 0, 8) + "}", 8), "no overlap"},
      {"gap", file("{" + a + R"(,"b":)" + entry("F32", "[2]", 12, 20) + "}", 20), "no gap"},
      {"first not at zero", file(R"({"b":)" + entry("F32", "[2]", 4, 12) + "}", 12),
       "must start at 0"},
      {"trailing junk", file("{" + a + "}", 9), "end with the last tensor"},
      {"missing data", file("{" + a + "}", 7), "end with the last tensor"},
      {"data without tensors", file("{}", 1), "end with the last tensor"},
      {"wrong size", file(R"({"a":)" + entry("F32", "[3]", 0, 8) + "}", 8), "needs 12 bytes"},
      {"wrong dtype size", file(R"({"a":)" + entry("F64", "[2]", 0, 8) + "}", 8), "needs 16 bytes"},
      {"backwards", file(R"({"a":)" + entry("F32", "[2]", 8, 0) + "}", 8), "backwards"},
      {"negative offset", file(R"({"a":)" + entry("F32", "[2]", -8, 0) + "}", 8), "non-negative"},
      {"real extent", file(R"({"a":)" + entry("F32", "[2.0]", 0, 8) + "}", 8), "non-negative"},
      {"overflow", file(R"({"a":)" + entry("F32", "[4611686018427387904,4]", 0, 8) + "}", 8),
       "overflows"},
      {"overflow behind zero",
       file(R"({"a":)" + entry("F32", "[4611686018427387904,4611686018427387904,0]", 0, 0) + "}",
            0),
       "overflows"},
      {"rank nine", file(R"({"a":)" + entry("F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) + "}", 4),
       "at most 8"},
      {"unknown dtype", file(R"({"a":)" + entry("F8_E4M3", "[2]", 0, 2) + "}", 2),
       "F8_E4M3 is not supported"},
      {"three offsets", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4),
       "[begin, end]"},
      {"missing shape", file(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "exactly"},
      {"extra key", file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4),
       "exactly"},
      {"control character", file(R"({"a\u0007":)" + entry("F32", "[2]", 0, 8) + "}", 8), "control"},
      {"metadata number", file(R"({"__metadata__":{"n":1}})", 0), "must be a string"},
      {"metadata list", file(R"({"__metadata__":[]})", 0), "map of strings"},
  };
  for (const Bad& bad : table) {
    const std::string message = refusal([&] { nn::parse_safetensors(bad.bytes, "w.safetensors"); });
    CHECK_MESSAGE(contains(message, bad.says), bad.what << ": " << message);
    CHECK_MESSAGE(contains(message, "w.safetensors"), bad.what);
  }
  CHECK_NOTHROW(nn::parse_safetensors(file("{" + a + "}  ", 8), "x"));
}

TEST_CASE("files of other formats are refused by their names, and the way to convert is said") {
  struct Other {
    std::string start;
    const char* says;
  };
  const std::vector<Other> table = {
      {std::string("PK\x03\x04\0\0\x08\x08\0\0", 10), "PyTorch checkpoint (.pth, .pt, .bin)"},
      {"\x80\x02\x8a\x0al\xfc\x9c", "PyTorch checkpoint of the old form"},
      {"\x93NUMPY\x01", "NumPy"},
      {"\x89HDF\r\n\x1a\n", "HDF5"},
      {std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10), "gzip"},
      {"GGUF\x03", "GGUF"},
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"},
  };
  for (const Other& other : table) {
    const std::string text = other.start + std::string(100, '\0');
    const std::span<const std::byte> bytes = std::as_bytes(std::span(text.data(), text.size()));
    const std::string message = refusal([&] { nn::parse_safetensors(bytes, "w.pth"); });
    CHECK_MESSAGE(contains(message, other.says), other.says << ": " << message);
    CHECK(contains(message, "w.pth: weights must be a .safetensors file; this is "));
    CHECK(contains(message, "save_file"));
  }
  // lengths that begin like the signs of gzip and of a pickle
  for (const std::size_t length : {0x88b1fUL, 0x8b1fUL, 0x10280UL}) {
    const std::string header = "{}" + std::string(length - 2, ' ');
    CHECK_NOTHROW(nn::parse_safetensors(file(header, 0), "x"));
  }
}

TEST_CASE("a file on disk is written whole and read back; a missing one is named") {
  const Folder folder("safetensors");
  nn::TensorFile content;
  content.tensors.emplace("w", random({3, 4}, 1));
  nn::write_safetensors(folder.file("w.safetensors"), content);
  CHECK(support::same_bits(nn::read_safetensors(folder.file("w.safetensors")).tensors.at("w"),
                           content.tensors.at("w")));
  CHECK(contains(refusal([&] { nn::read_safetensors(folder.file("absent")); }), "absent"));
}
