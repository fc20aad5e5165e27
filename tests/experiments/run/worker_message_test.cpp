#include "experiments/run/worker_message.h"

#include <doctest/doctest.h>

using namespace experiments;

TEST_CASE("what a worker says is read back") {
  const auto said = [](core::Value::Map fields) {
    const std::string line = worker_line(std::move(fields));
    CHECK(line.front() == '\n');
    CHECK(line.back() == '\n');
    return read_worker_message(std::string_view(line).substr(1, line.size() - 2));
  };
  const auto outcome =
      said({{"status", "ok"}, {"message", "a \"b\""}, {"top1", 50.5}, {"seconds", 2.0}});
  REQUIRE(outcome);
  CHECK(outcome->kind == WorkerMessage::Kind::outcome);
  CHECK(outcome->outcome.status == "ok");
  CHECK(outcome->outcome.message == "a \"b\"");
  CHECK(outcome->outcome.top1 == 50.5);
  CHECK(outcome->outcome.seconds == 2.0);
  const auto fatal = said({{"status", "fatal"}, {"message", "disk full"}});
  REQUIRE(fatal);
  CHECK(fatal->kind == WorkerMessage::Kind::fatal);
  CHECK(fatal->text == "disk full");
  const auto progress = said({{"task", "layer1"}, {"done", 1}, {"total", 4}});
  REQUIRE(progress);
  CHECK(progress->kind == WorkerMessage::Kind::progress);
  CHECK(progress->text == "layer1");
  CHECK(progress->share == 0.25);
}

TEST_CASE("a line that is no message is passed over, also when it starts like one") {
  for (const char* line : {"", "noise", "{", "{broken", "{\"status\": 1}", "{\"status\": \"ok\"} x",
                           "{\"a\": 1, \"a\": 2}", "[1]", "{}", "{\"status\": \"\\ud800\"}"}) {
    CAPTURE(line);
    CHECK(!read_worker_message(line));
  }
}

TEST_CASE("a share of progress lies between 0 and 1, whatever the numbers are") {
  const auto share = [](const std::string& done, const std::string& total) {
    const auto m =
        read_worker_message("{\"task\":\"t\",\"done\":" + done + ",\"total\":" + total + "}");
    REQUIRE(m);
    return m->share;
  };
  CHECK(share("5", "4") == 1);
  CHECK(share("-3", "4") == 0);
  CHECK(share("3", "0") == 0);
  CHECK(share("3", "-1") == 0);
  CHECK(share("1e300", "1e-300") == 1);
  CHECK(share("\"x\"", "4") == 0);
}
