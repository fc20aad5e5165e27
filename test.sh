#!/usr/bin/env bash
# Builds and runs the tests; the last line is "N passed, N failed" (test cases).
#
#   ./test.sh              unit tests, slow tests, command-line tests
#   ./test.sh --unit       the unit tests only (under a minute once built)
#   ./test.sh --asan       the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   ./test.sh --tsan       what runs threads (loader, pool, progress, training) under ThreadSanitizer;
#                          needs clang (./setup.sh --fuzz)
set -uo pipefail
cd "$(dirname "$0")"

mode=all
for a in "$@"; do
  case "$a" in
    --unit) mode=unit ;;
    --asan) mode=asan ;;
    --tsan) mode=tsan ;;
    -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option '$a'; known: --unit, --asan, --tsan" >&2; exit 2 ;;
  esac
done

passed=0 failed=0 skipped=0
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

# doctest's summary line: "[doctest] test cases: 12 | 12 passed | 0 failed | 3 skipped"
count() {  # name, log file, exit status, seconds
  local cases ok bad
  cases=$(grep -a '\[doctest\] test cases:' "$2" | tail -n 1)
  ok=$(sed -n 's/.*| *\([0-9]*\) passed.*/\1/p' <<<"$cases")
  bad=$(sed -n 's/.*| *\([0-9]*\) failed.*/\1/p' <<<"$cases")
  if [ -z "$cases" ] || { [ "$3" != 0 ] && [ "${bad:-0}" = 0 ]; }; then bad=$(( ${bad:-0} + 1 )); fi
  passed=$((passed + ${ok:-0})); failed=$((failed + ${bad:-0}))
  local skips; skips=$(grep -ac 'SKIPPED' "$2"); skipped=$((skipped + skips))
  printf '  %-24s %4s passed %3s failed %3s skipped  %5.1f s\n' "$1" "${ok:-0}" "${bad:-0}" "$skips" "$4"
  [ "$skips" = 0 ] || grep -a 'SKIPPED' "$2" | sed 's/^ */    /' | sort | uniq -c
  [ "${bad:-0}" = 0 ] || { echo "---- $1 ----"; grep -av '^\[doctest\] run with' "$2" | tail -n 60; }
}

run() {  # name, command...
  local name=$1 start end status; shift
  start=$(date +%s.%N)
  "$@" >"$log/out" 2>&1; status=$?
  end=$(date +%s.%N)
  count "$name" "$log/out" "$status" "$(echo "$end $start" | awk '{print $1-$2}')"
}

build() {  # preset, targets...
  local preset=$1; shift
  cmake --preset "$preset" >"$log/build" 2>&1 && cmake --build --preset "$preset" --target "$@" >>"$log/build" 2>&1 && return
  tail -n 60 "$log/build"; echo "the $preset build failed"; echo "$passed passed, $((failed + 1)) failed"; exit 1
}

floors="layout core autograd nn data quant experiments docs"
if [ $mode = asan ]; then
  echo "build (asan)"
  build asan $(printf 'test_%s ' $floors)
  # Leaks inside third-party libraries (the OpenCL loader of oneDNN) are not ours to report.
  export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  echo "unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
  for f in $floors; do run "$f (asan)" "build/asan/tests/test_$f" --test-suite-exclude=slow; done
elif [ $mode = tsan ]; then
  echo "build (tsan)"
  build tsan test_core test_data test_experiments
  # Libraries are not instrumented (the OpenMP runtime, oneDNN); an error ends the test with a status.
  export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1
  export OMP_NUM_THREADS=2
  echo "unit tests of what runs threads, under ThreadSanitizer"
  run "core (tsan)" build/tsan/tests/test_core --source-file="*storage_test*,*threads_test*,*h5*,*scratch*"
  run "data (tsan)" build/tsan/tests/test_data --test-suite-exclude=slow
  run "experiments (tsan)" build/tsan/tests/test_experiments --test-suite-exclude=slow \
    --source-file="*pool_test*,*progress_test*,*worker_message_test*,*train_test*"
else
  echo "build (release)"
  build release roundtable roundtable_bench $(printf 'test_%s ' $floors)
  echo "unit tests"
  for f in $floors; do run "$f" "build/release/tests/test_$f" --test-suite-exclude=slow; done
fi
if [ $mode = all ]; then
  echo "slow tests"
  for f in ${floors#layout}; do run "$f (slow)" "build/release/tests/test_$f" --test-suite=slow; done
  echo "command line"
  run "cli" tests/cli_test.sh build/release/roundtable
  run "torture" tests/torture/torture.sh build/release/roundtable
fi

[ $skipped = 0 ] || echo "$skipped test cases said SKIPPED: the packages of './setup.sh --tests' or the data they need are absent"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
