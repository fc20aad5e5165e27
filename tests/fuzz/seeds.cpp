// Writes the corpus that the fuzz targets start from: fuzz_seeds <repository> <folder>, one
// subfolder a target, and a dictionary of every key of an experiment.  Everything is made by the
// program's own writers or comes from the repository.
#include <cstdio>
#include <fstream>

#include "experiments/h5_content.h"
#include "experiments/scalar.h"
#include "experiments/spec.h"
#include "experiments/store.h"
#include "experiments/workbench.h"
#include "experiments/worker_message.h"
#include "nn/safetensors.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/idx_files.h"
#include "tests/support/jpeg_files.h"

namespace {

namespace fs = std::filesystem;

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& target, std::string_view bytes) {
    fs::create_directories(folder_ / target);
    std::ofstream(folder_ / target / ("seed" + std::to_string(count_++)), std::ios::binary)
        << bytes;
  }
  void add(const std::string& target, const support::Bytes& bytes) {
    add(target, fuzz::text(bytes.data(), bytes.size()));
  }
  void add_all(const std::string& target, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) add(target, text);
  }

 private:
  fs::path folder_;
  int count_ = 0;
};

void add_safetensors(Corpus& corpus) {
  nn::TensorFile file;
  corpus.add("safetensors", fuzz::text(nullptr, 0));
  for (const core::DType dtype : {core::DType::f32, core::DType::f64, core::DType::bf16,
                                  core::DType::s64, core::DType::s32, core::DType::u8}) {
    file.tensors["layer." + std::string(core::name_of(dtype))] =
        core::Tensor::zeros({2, 1, 3}, dtype);
    file.metadata["format"] = "pt";
    const std::vector<std::byte> bytes = nn::safetensors_bytes(file);
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    corpus.add("safetensors", all);
    const std::size_t header = 8 + static_cast<unsigned char>(all[0]) +
                               static_cast<unsigned char>(all[1]) * std::size_t{256};
    std::string own(all.substr(8, header - 8));
    corpus.add("safetensors", own + '\0' + std::string(all.substr(header)));
  }
  for (const char* other : {"F16", "I16", "U16", "U32", "U64", "BOOL"}) {
    const std::string text =
        std::string(R"({"a":{"dtype":")") + other + R"(","shape":[0],"data_offsets":[0,0]}})";
    corpus.add("safetensors", text);
  }
}

void add_images(Corpus& corpus) {
  for (const std::uint8_t mode : {0, 1, 2, 3}) {
    support::Bytes plain = mode & 1 ? support::idx_header({2, 3, 4}) : support::idx_header({5});
    plain.resize(plain.size() + (mode & 1 ? 24 : 5), 7);
    for (support::Bytes form : {plain, support::gzip(plain)}) {
      form.insert(form.begin(), mode);
      corpus.add("idx", form);
    }
  }
  for (const int side : {1, 8, 17, 32, 64}) corpus.add("jpeg", support::jpeg_image(side, side));
  corpus.add("cifar", support::Bytes{0, 0});
  corpus.add("cifar", support::Bytes{2, 1, 3, 0, 5, 0, 9, 5, 0, 1, 0, 10});
}

void add_texts(Corpus& corpus) {
  corpus.add_all("scalar", {"1", "-0x1F", "0o17", "1.5e-3", "true", "null", "~", "yes", ".inf",
                            "007", "9223372036854775808", "1e999", "-.5", "name", "log(1, 10, 3)"});
  using namespace std::string_view_literals;
  corpus.add_all(
      "override",
      {"learn.iters=100\0method=[rtn, brecq]"sv, "~sweep.learn.optimizer.lr"sv,
       "grid.seed=[0,1,2]\0name=x\0report.rows=[method]"sv, "learn.loss={name: lp, p: 2}"sv,
       "sweep.learn.optimizer.lr=lin(0.1, 1, 3)"sv, "~learn.loss"sv, "title=\"a b\""sv});
  corpus.add_all("filter",
                 {"method=brecq,quant.weight.bits<4", "method={rtn,brecq}", "model=a,b!=c",
                  "quant.weight.bits>=2", "learn.loss={name: lp, p: 2.4}", "a==b"});
  corpus.add_all("sweep", {"log(1e-5, 1e1, 7)", "lin(0, 10, 11)", "{learn.batch: [16, 32]}",
                           "{learn.optimizer.lr: log(1, 10, 3), choose_by: validation}"});
  corpus.add_all("bytes", {"8G", "512M", "1.5G", "64KB", "2T", "12345", "1e30", "-1", "nan"});
  corpus.add_all("json",
                 {R"({"a":[1,2.5,null,true,"x\n"],"b":{}})", "[]", "1e400", R"("\ud83d\ude00")"});
  corpus.add_all("worker", {R"({"task":"layer1","done":3,"total":10,"loss":0.5})",
                            R"({"id":"ab","status":"ok","message":"","top1":50.5,"seconds":2})",
                            R"({"id":"ab","status":"fatal","message":"disk"})"});
}

/// The index that a small experiment gives.
std::string index_text(const experiments::Spec& spec) {
  experiments::Index index{.name = spec.name,
                           .title = spec.title,
                           .file = spec.file,
                           .keys = spec.keys(),
                           .report = spec.report,
                           .sweep = spec.sweep,
                           .document = spec.document,
                           .cells = {}};
  index.cells.push_back({.id = "0123abcd",
                         .choices = {{"method", "rtn"}},
                         .method = "rtn",
                         .model = "resnet20",
                         .w_bits = 4,
                         .a_bits = 8,
                         .seed = 1,
                         .work = 1e9,
                         .overridden = {"learn.iters"}});
  const std::string folder = fuzz::folder() + "/results";
  experiments::ResultsFolder(folder).open(index);
  std::ifstream in(folder + "/experiment.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

void add_experiments(Corpus& corpus, const fs::path& repository) {
  for (const auto& entry : fs::recursive_directory_iterator(repository / "experiments")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    corpus.add("yaml", text);
    corpus.add("spec", text);
  }
  const std::string small =
      "schema: roundtable/1\nname: small\nbase: {model: {name: resnet20}, learn: {iters: 5}}\n"
      "grid: {method: [rtn, brecq], seed: [0, 1]}\nzip: [{quant.weight.bits: [4, 2], "
      "quant.act.bits: [8, 4]}]\nvary: [{learn.batch: [4, 8]}]\n"
      "sweep: {learn.optimizer.lr: log(1e-3, 1, 4)}\nexclude: [{method: rtn, seed: 1}]\n"
      "include: [{method: adaround}]\nreport: {rows: [method], cols: seed, value: drop}\n";
  corpus.add("spec", small);
  const experiments::Spec spec =
      experiments::parse_spec(experiments::parse_yaml(small, "small.yaml"), "small.yaml");
  const std::string index = index_text(spec);
  corpus.add("json", index);
  corpus.add("index", index + '\0' + R"({"status":"failed","message":"why"})" + '\0' + "01");
  corpus.add("index", index + '\0' + '\0' + "f");
}

void add_content(Corpus& corpus) {
  experiments::H5Content content;
  content.attributes["status"] = std::string("ok");
  content.attributes["images"] = std::int64_t{20};
  content.attributes["top1"] = 50.5;
  content.datasets["units/path"] = std::vector<std::string>{"stem", "layer1"};
  content.datasets["units/loss_hard"] = core::Tensor::zeros({2}, core::DType::f64);
  content.datasets["correct"] = core::Tensor::zeros({3}, core::DType::u8);
  const std::vector<std::byte> bytes = experiments::pack(content);
  corpus.add("content", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// libFuzzer's form: one quoted token a line.
void write_dictionary(const fs::path& path) {
  std::ofstream out(path);
  for (const auto& declared : {experiments::describe_spec(), experiments::Workbench::describe()}) {
    for (const core::Declared& d : declared) out << '"' << d.path << "\"\n";
  }
  for (const char* word :
       {"log(", "lin(", "{name: ", ": [", "- ", "\\x00", "!=", "<=", "choose_by"})
    out << '"' << word << "\"\n";
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds <repository> <folder>\n");
    return 2;
  }
  const fs::path folder = arguments[2];
  Corpus corpus(folder);
  add_safetensors(corpus);
  add_images(corpus);
  add_texts(corpus);
  add_experiments(corpus, arguments[1]);
  for (const char* target : {"cell", "checkpoint", "content"}) {
    std::string bytes;
    for (int i = 0; i < 400; ++i) bytes += static_cast<char>((i * 37 + i / 7) % 5);
    corpus.add(target, bytes);
    corpus.add(target, "\1id\0\1ok\0\1\0\3\0\0\0\0\0\0\0\0");
  }
  add_content(corpus);
  write_dictionary(folder / "keys.dict");
  return 0;
}
