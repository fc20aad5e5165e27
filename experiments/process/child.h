// Child: this program started again as a worker, with pipes to its standard input and output.
//
// It dies with its parent.  It starts with the signals of a fresh program, but those that the
// parent was started to ignore, and its standard descriptors are right whatever those of the
// parent are (closed ones included).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/system/descriptor.h"

namespace experiments {

/// How a child ended.
struct ChildEnd {
  int code = 0;        // exit code, when signal is 0
  int signal = 0;      // that ended it
  double peak_mb = 0;  // most that it held in memory
  /// "worker ended by signal 9 (Killed)", with what is likely to be behind it.
  std::string str() const;
  bool good() const { return signal == 0 && code == 0; }
};

class Child {
 public:
  /// `log`: file of its standard error; empty: the parent's.  throws: Error when no process can be
  /// made.
  Child(const std::string& program, const std::vector<std::string>& arguments,
        const std::string& log = "");
  Child(Child&&) = default;
  Child& operator=(Child&&) = default;
  /// Ends it, if wait() was not called.
  ~Child();

  /// False when it does not read any more; never raises SIGPIPE.
  bool send(std::string_view text);
  /// The end of its input.
  void close_input() { input_.close(); }
  bool input_open() const { return input_.valid(); }
  /// Where its output can be read, or waited for with poll().
  int output() const { return output_.get(); }
  /// Everything that it prints until it closes its output.
  std::string read_all();
  void signal(int number) const;
  /// Waits for its end.  throws: Error when the program could not be executed.
  ChildEnd wait();

 private:
  /// A pid that moves with its object.
  struct Pid {
    pid_t value = -1;
    Pid() = default;
    Pid(Pid&& other) noexcept;
    Pid& operator=(Pid&& other) noexcept;
  };
  Pid pid_;
  std::string program_;
  core::Descriptor input_, output_;
};

}  // namespace experiments
