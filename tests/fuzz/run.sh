#!/usr/bin/env bash
# Builds and runs the fuzz targets (clang, libFuzzer, AddressSanitizer, UndefinedBehaviorSanitizer)
# and prints a table.  Every input must end within a second of CPU time (measured once more where
# the clock says that it took longer) and 1 GB of memory; one that takes a minute is a hang.
#
#   tests/fuzz/run.sh                       every target for 60 s (the nightly form)
#   tests/fuzz/run.sh --seconds 600 yaml    one target, longer
#   tests/fuzz/run.sh --inputs 2000000      until so many inputs, however long it takes
#   tests/fuzz/run.sh --regressions         only the committed inputs that once failed
#   tests/fuzz/run.sh --no-build ...        with the executables that are there
#
# Inputs that fail are kept in build/fuzz/failures/<target>; after mending, the smallest goes to
# tests/fuzz/regressions/<target> under a name that says what it was.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/build/fuzz

seconds=60 inputs= regressions=0 build=1 targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) shift; seconds=${1:?--seconds needs a number}; inputs= ;;
    --inputs) shift; inputs=${1:?--inputs needs a number} ;;
    --regressions) regressions=1 ;;
    --no-build) build=0 ;;
    -h|--help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown option '$1'; known: --seconds, --inputs, --regressions," \
          "--no-build" >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
known=$(cd "$here" && ls ./*_target.cpp | sed 's|^\./||; s|_target\.cpp$||')
[ ${#targets[@]} -gt 0 ] || read -r -d '' -a targets <<<"$known"
for t in "${targets[@]}"; do
  grep -qx -- "$t" <<<"$known" || { echo "run.sh: no target '$t'; known:" $known >&2; exit 2; }
done

if [ $build = 1 ]; then
  log=$(mktemp)
  { cmake --preset fuzz -S "$root" &&
      cmake --build "$out" --target fuzz_seeds "${targets[@]/#/fuzz_}"; } >"$log" 2>&1 ||
    { tail -n 60 "$log"; rm -f "$log"; echo "run.sh: the fuzz build failed" >&2; exit 1; }
  rm -f "$log"
fi

# One thread: a second one would only wait, and inputs must not depend on scheduling.
export OMP_NUM_THREADS=1
export ASAN_OPTIONS=quarantine_size_mb=16:detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1
# oneDNN loads OpenCL, whose loader keeps what it has allocated.
suppressions=$(mktemp)
echo 'leak:libOpenCL' >"$suppressions"
export LSAN_OPTIONS=suppressions=$suppressions:print_suppressions=0
trap 'rm -f "$suppressions"' EXIT

"$out/tests/fuzz/fuzz_seeds" "$root" "$out/seeds" || exit 1

# CPU seconds of one input; the time on the clock says nothing on a busy machine.
cpu_seconds() {
  local TIMEFORMAT='%U %S'
  { time "$1" -runs=1 "$2" >/dev/null 2>&1; } 2>&1 | awk '{print $1 + $2}'
}

failed=0
printf '%-12s %10s %9s %7s %8s %8s %6s\n' target inputs inputs/s edges RSS/MB failures slow
for t in "${targets[@]}"; do
  program=$out/tests/fuzz/fuzz_$t
  corpus=$out/corpus/$t failures=$out/failures/$t log=$out/failures/$t.log
  mkdir -p "$corpus" "$failures" "$out/seeds/$t"
  rm -f "$failures"/*
  known_inputs=("$out/seeds/$t")
  [ ! -d "$here/regressions/$t" ] || known_inputs+=("$here/regressions/$t")
  limits=(-timeout=60 -report_slow_units=1 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1
          -artifact_prefix="$failures/")
  case $t in yaml|spec|override|filter|sweep) limits+=(-dict="$out/seeds/keys.dict") ;; esac
  if [ $regressions = 1 ]; then
    limits+=(-runs=0)
    corpora=("${known_inputs[@]}")
  else
    [ -z "$inputs" ] || limits+=(-runs="$inputs")
    [ -n "$inputs" ] || limits+=(-max_total_time="$seconds")
    corpora=("$corpus" "${known_inputs[@]}")
  fi
  "$program" "${limits[@]}" "${corpora[@]}" >"$log" 2>&1 &
  child=$!
  wait $child
  status=$?
  rm -rf "/dev/shm/roundtable-fuzz-$child"
  slow=0
  for unit in "$failures"/slow-unit-*; do
    [ -e "$unit" ] || continue
    # a second beyond what an empty input takes, which is the start of the program
    awk -v a="$(cpu_seconds "$program" "$unit")" -v b="$(cpu_seconds "$program" /dev/null)" \
      'BEGIN{exit !(a - b > 1)}' && slow=$((slow + 1)) || rm -f "$unit"
  done
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  bad=$(find "$failures" -type f ! -name 'slow-unit-*' | wc -l)
  [ $status = 0 ] || [ "$bad" != 0 ] || bad=1
  printf '%-12s %10s %9s %7s %8s %8s %6s\n' "$t" "$(stat number_of_executed_units)" \
    "$(stat average_exec_per_sec)" "${edges:--}" "$(stat peak_rss_mb)" "$bad" "$slow"
  if [ "$bad" != 0 ] || [ "$slow" != 0 ]; then
    failed=1
    grep -aE '^==.*ERROR|SUMMARY|runtime error|property does not hold|what\(\)|libFuzzer: ' "$log" |
      head -n 6 | sed 's/^/    /'
  fi
done
exit $failed
