#!/usr/bin/env bash
# Kills, faults and full disks: the built program is ended, refused and starved at random and at every
# single system call, and after each blow everything that it had published must be whole, the next
# undisturbed command must end with the results of an undisturbed run, and nothing may be left behind.
#
#   tests/torture/torture.sh build/release/roundtable             the short form (a minute or two)
#   tests/torture/torture.sh build/release/roundtable --long      the figures of docs/trust.md
#       --only kills|faults|disks|flips     one section       --seed N     other moments (default 1)
#
# Needs gcc (for the library that makes calls fail), perl and, for full disks, the right to mount a
# tmpfs; what is missing is said and left out.
set -uo pipefail
program=$(realpath "$1"); shift
here=$(realpath "$(dirname "$0")")
long=0 only= seed=1
while [ $# -gt 0 ]; do
  case "$1" in
    --long) long=1 ;;
    --only) shift; only=${1:?--only needs a section} ;;
    --seed) shift; seed=${1:?--seed needs a number} ;;
    *) echo "torture.sh: unknown option '$1'; known: --long, --only SECTION, --seed N" >&2; exit 2 ;;
  esac
  shift
done
RANDOM=$seed
work=$(mktemp -d)
trap 'mountpoint -q "$work/disk" && umount "$work/disk"; rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1

passed=0 failed=0
fail() { failed=$((failed + 1)); echo "FAILED: $1"; sed 's/^/    /' out.txt | tail -n 8; }
ok() { passed=$((passed + 1)); }
ENOSPC=28 EIO=5 EACCES=13 EMFILE=24
section() { [ -z "$only" ] || [ "$only" = "$1" ]; }
short_long() { [ $long = 1 ] && echo "$2" || echo "$1"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }  # milliseconds
below() { echo $((RANDOM * $1 / 32768)); }

cat >grid.yaml <<'Y'
schema: roundtable/1
name: torture
base:
  data: {name: noise, size: 8, channels: 1, classes: 10, count: 32}
  model: {name: resnet20, in_channels: 1, img_size: 8}
  calibration: {name: first_n, count: 8}
  eval: {count: 16}
  quant: {weight: {scale: minmax}}
  learn: {iters: 2, batch: 4}
grid:
  method: [rtn, brecq]
  quant.weight.bits: [4, 2]
report: {rows: [method], cols: [quant.weight.bits]}
Y
sed -e 's/method: .*/method: [rtn]/' -e 's/bits: .*/bits: [2, 3, 4, 5, 8]\n  seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]/' \
  -e 's/^name: .*/name: many/' -e 's/^report.*/report: {rows: [seed], cols: [quant.weight.bits]}/' grid.yaml >many.yaml
cat >train.yaml <<'Y'
schema: roundtable/1
name: torture
model: {name: resnet20, in_channels: 1, img_size: 8}
data: {name: noise, size: 8, channels: 1, classes: 10, count: 32}
train: {epochs: 6, batch: 8, optimizer: {name: sgd, lr: 0.05}, schedule: {name: constant}}
out: nowhere/w.safetensors
Y

run() { "$program" run grid.yaml --threads 1 --out "$@" >out.txt 2>&1; }
train() { local folder=$1; shift; "$program" train train.yaml --threads 1 --resume "out=$folder/w.safetensors" "$@" >out.txt 2>&1; }
table() { "$program" table "$1" --format csv; }
leftovers() { find "$1" -name '*.tmp.*' | head -n 3; }

# what a blow may leave: every published cell is whole
sound() {  # what happened, folder
  [ -e "$2/experiment.json" ] || return 0
  "$program" merge "$2" >out.txt 2>&1 && ok || fail "$1: a published cell is not whole"
}
# what the next undisturbed run must end with
whole() {  # what happened, folder
  table "$2" 2>&1 | cmp -s - control.csv && ok || { table "$2" >out.txt 2>&1; fail "$1: other results"; }
  [ -z "$(leftovers "$2")" ] && ok || { leftovers "$2" >out.txt; fail "$1: temporary files are left"; }
}
trained() {  # what happened, folder
  cmp -s "$2/w.safetensors" control/train/w.safetensors && ok || fail "$1: other weights"
  [ "$(ls "$2" | tr '\n' ' ')" = "w.log w.safetensors w.yaml " ] && ok || { ls "$2" >out.txt; fail "$1: other files"; }
}
# a command that could not write: exit 2 and one line that says so, and nothing half made
refused() {  # what happened, exit code, folder
  if [ "$2" = 2 ] && [ "$(grep -c '^error: ' out.txt)" = 1 ]; then ok
  elif [ "$2" != 0 ] && [ "$2" != 1 ]; then fail "$1: exit $2"; fi
  [ -z "$(leftovers "$3")" ] && ok || { leftovers "$3" >out.txt; fail "$1: temporary files are left"; }
}

mkdir control
run warm || fail "the first run"  # reads the program from the disk
begin=$(milliseconds); run control/grid || fail "the control run"
whole_run=$(($(milliseconds) - begin))
table control/grid >control.csv
begin=$(milliseconds); train control/train || fail "the control training"
whole_train=$(($(milliseconds) - begin))
begin=$(milliseconds); "$program" merge control/grid >out.txt 2>&1 || fail "the control merge"
whole_merge=$(($(milliseconds) - begin))
cp control/grid/results.h5 control.h5
echo "undisturbed: run $whole_run ms, train $whole_train ms, merge $whole_merge ms; seed $seed"

# --- kills at random moments -----------------------------------------------------------------------------
kill_runs() {  # how many
  local i landed=0 workers_killed=0 ended=0 victim status child
  rm -rf killed
  for ((i = 0; i < $1; i++)); do
    "$program" run grid.yaml --threads $((1 + i % 2)) --workers $((1 + i % 2)) --out killed >out.txt 2>&1 & victim=$!
    if [ $((i % 4)) = 3 ]; then  # a worker instead of the parent, which must go on
      child=
      while [ -z "$child" ] && kill -0 $victim 2>/dev/null; do
        child=$(cut -d' ' -f1 "/proc/$victim/task/$victim/children" 2>/dev/null)
      done
      pause "$(below $((whole_run / 2)))"
      [ -z "$child" ] || { kill -9 "$child" 2>/dev/null && workers_killed=$((workers_killed + 1)); }
      wait $victim; status=$?
      [ $status -le 1 ] && ok || fail "a run whose worker was killed ends with $status"
    else
      pause "$(below $((whole_run * 5 / 4)))"
      kill -9 $victim 2>/dev/null; wait $victim 2>/dev/null; status=$?
      [ $status = 137 ] && landed=$((landed + 1))
    fi
    sound "kill $i of run" killed
    if [ $status = 0 ]; then ended=$((ended + 1)); whole "kill $i of run" killed; rm -rf killed; fi
  done
  run killed || fail "the run after the kills"
  whole "after kills of run" killed
  echo "kills of run: $1, of which $landed hit the run and $workers_killed a worker; $ended runs ended first"
}
kill_trainings() {
  local i landed=0 resumed=0 ended=0 victim status
  rm -rf killed_train; mkdir killed_train
  for ((i = 0; i < $1; i++)); do
    [ ! -e killed_train/w.checkpoint ] || resumed=$((resumed + 1))
    "$program" train train.yaml --threads 1 --resume out=killed_train/w.safetensors >out.txt 2>&1 & victim=$!
    pause "$(below $((whole_train * 5 / 4)))"
    kill -9 $victim 2>/dev/null; wait $victim 2>/dev/null; status=$?
    [ $status = 137 ] && landed=$((landed + 1))
    if [ $status = 0 ]; then ended=$((ended + 1)); trained "kill $i of train" killed_train; rm -rf killed_train/*; fi
  done
  train killed_train || fail "the training after the kills"
  trained "after kills of train" killed_train
  echo "kills of train: $1, of which $landed hit it; $resumed went on from a checkpoint, $ended ended first"
}
kill_merges() {
  local i landed=0 victim status
  rm -rf merged; cp -a control/grid merged
  for ((i = 0; i < $1; i++)); do
    [ $((i % 2)) = 0 ] || rm -f merged/results.h5
    "$program" merge merged >out.txt 2>&1 & victim=$!
    pause "$(below $((whole_merge * 5 / 4)))"
    kill -9 $victim 2>/dev/null; wait $victim 2>/dev/null; status=$?
    [ $status = 137 ] && landed=$((landed + 1))
    [ ! -e merged/results.h5 ] || cmp -s merged/results.h5 control.h5 && ok || fail "kill $i of merge: results.h5 is not whole"
  done
  "$program" merge merged >out.txt 2>&1 || fail "the merge after the kills"
  cmp -s merged/results.h5 control.h5 && [ -z "$(leftovers merged)" ] && ok || fail "after kills of merge"
  echo "kills of merge: $1, of which $landed hit it"
}
if section kills; then
  kill_runs "$(short_long 16 200)"
  kill_trainings "$(short_long 12 100)"
  kill_merges "$(short_long 10 50)"
fi

# --- every single call fails, is cut short, or is the last ----------------------------------------------------
with_fault() {  # call, n, how, command...
  local call=$1 n=$2 how=$3; shift 3
  rm -f mark
  FAULT_CALL=$call FAULT_NTH=$n FAULT_HOW=$how FAULT_UNDER=${under:-$work/f} FAULT_MARK=$work/mark \
    LD_PRELOAD=$work/fault.so "$@" >out.txt 2>&1 &
  wait $! 2>/dev/null  # in the background the shell does not announce kills
}
every() {  # command (run, merge, train), call, how
  local n status points=0 what step=1
  [ $long = 1 ] || [ "$2 $3" = "write $ENOSPC" ] || step=5  # the places are many
  for ((n = 1; n < 400; n += step)); do
    what="$1 with $2 number $n: $3"
    rm -rf f; mkdir f
    case $1 in
      run) with_fault "$2" $n "$3" "$program" run grid.yaml --threads 1 --out "$work/f" ;;
      merge) cp -a control/grid/. f; rm f/results.h5; with_fault "$2" $n "$3" "$program" merge "$work/f" ;;
      train) with_fault "$2" $n "$3" "$program" train train.yaml --threads 1 "out=$work/f/w.safetensors" ;;
    esac
    status=$?
    [ -e mark ] || break
    points=$((points + 1))
    case $3 in
      kill) [ $status = 137 ] && ok || fail "$what: exit $status" ;;
      short) [ $status = 0 ] && ok || fail "$what: exit $status" ;;
      *) refused "$what" $status f ;;
    esac
    case $1 in
      run) sound "$what" f; run f && ok || fail "$what: the next run"; whole "$what" f ;;
      merge)
        "$program" merge f >out.txt 2>&1 && cmp -s f/results.h5 control.h5 && [ -z "$(leftovers f)" ] && ok || fail "$what: the next merge" ;;
      train) train f && ok || fail "$what: the next training"; trained "$what" f ;;
    esac
  done
  case $3 in kill) what="a kill" ;; short) what="half of the bytes" ;; *) what="error $3" ;; esac
  echo "$1: $what at $points calls of $2$([ $step = 1 ] || echo ", every fifth")"
}
if section faults; then
  if gcc -O1 -shared -fPIC -o fault.so "$here/fault.c" -ldl >out.txt 2>&1; then
    commands="run merge train"
    for command in $commands; do
      every $command write $ENOSPC
      every $command fsync $EIO
      every $command rename $EACCES
      every $command open $EMFILE
      every $command write short
      for call in write fsync rename; do every $command $call kill; done
    done
  else
    echo "SKIPPED: faults (gcc is needed)"
  fi
fi

# --- full disks and limits of file size ------------------------------------------------------------------------
disk() { mountpoint -q disk && umount disk; mkdir -p disk; mount -t tmpfs -o "size=$1k" tmpfs disk 2>/dev/null; }
kilobytes() { du -sk --apparent-size "$1" | cut -f1; }
after_full() {  # command, what, exit code, folder: is it right now, and once there is space?
  refused "$2" "$3" "$4"
  [ "$3" = 0 ] && full_ended=$((full_ended + 1)) || full_hit=$((full_hit + 1))
  [ -z "${5:-}" ] || mount -o remount,size=256m disk
  case $1 in
    run) sound "$2" "$4"; run "$4" && ok || fail "$2: the next run"; whole "$2" "$4" ;;
    merge) "$program" merge "$4" >out.txt 2>&1 && cmp -s "$4/results.h5" control.h5 && [ -z "$(leftovers "$4")" ] && ok || fail "$2: the next merge" ;;
    train) train "$4" && ok || fail "$2: the next training"; trained "$2" "$4" ;;
  esac
}
sizes() {  # command, largest size in kB, smallest, how many
  local k kb status
  full_ended=0 full_hit=0
  for ((k = 0; k < $4; k++)); do
    kb=$(($3 + ($2 - $3) * k / ($4 > 1 ? $4 - 1 : 1)))
    if [ "$how" = disk ]; then
      disk $kb || { echo "SKIPPED: full disk (mounting a small tmpfs needs root)"; return; }
      mkdir disk/f 2>/dev/null; folder=disk/f
    else
      rm -rf f; mkdir f; folder=f
    fi
    [ "$1" != merge ] || cp -a bare/. $folder 2>/dev/null
    case $1 in
      run) set -- "$1" "$2" "$3" "$4" "$program" run grid.yaml --threads 1 --out $folder ;;
      merge) set -- "$1" "$2" "$3" "$4" "$program" merge $folder ;;
      train) set -- "$1" "$2" "$3" "$4" "$program" train train.yaml --threads 1 out=$folder/w.safetensors ;;
    esac
    if [ "$how" = disk ]; then "${@:5}" >out.txt 2>&1; status=$?
    else (ulimit -f $kb; exec "${@:5}") 2>&1 | cat >out.txt; status=${PIPESTATUS[0]}; fi
    after_full "$1" "$1, $how of $kb kB" $status $folder "$([ "$how" = disk ] && echo 1)"
  done
  [ "$how" != disk ] || umount disk
  echo "$1, $how: $4 sizes from $3 to $2 kB; $full_hit refused, $full_ended had room"
}
if section disks; then
  n=$(short_long 6 50)
  grid_kb=$(kilobytes control/grid) train_kb=$(kilobytes control/train) merged_kb=$(($(stat -c %s control.h5) / 1024 + 1))
  how=disk
  sizes run $((grid_kb * 2)) 8 "$n"
  cp -a control/grid bare; rm -f bare/results.h5 bare/cells.csv; bare_kb=$(du -sk bare | cut -f1)
  sizes merge $((bare_kb + merged_kb + 40)) $((bare_kb + 8)) "$n"
  sizes train $((train_kb * 5)) 8 "$n"
  how=limit
  sizes run $((merged_kb + 8)) 0 "$n"
  sizes merge $((merged_kb + 8)) 0 "$n"
  sizes train $((train_kb * 3)) 0 "$n"
fi

# --- bits that flip --------------------------------------------------------------------------------------------
flip() {  # seed, files...: one random bit of each
  perl -e 'srand(shift); for my $name (@ARGV) { open(my $f, "+<:raw", $name) or die; my $at = int(rand(-s $f));
    seek($f, $at, 0); read($f, my $byte, 1); seek($f, $at, 0); print $f chr(ord($byte) ^ (1 << int(rand(8)))); close($f); }' "$@"
}
if section flips; then
  "$program" run many.yaml --threads 1 --out many >out.txt 2>&1 || fail "the run of many cells"
  cells=$(ls many/cells | wc -l) rounds=$(short_long 2 20) found=0
  for ((round = 0; round < rounds; round++)); do
    rm -rf flipped; cp -a many flipped; rm -f flipped/results.h5 flipped/cells.csv
    flip $((seed * 1000 + round)) flipped/cells/*.h5
    "$program" merge flipped >out.txt 2>&1; status=$?
    said=$(grep -c '^damaged: ' out.txt); found=$((found + said))
    [ $status = 1 ] && [ "$said" = "$cells" ] && ok || fail "merge finds $said of $cells damaged cells (exit $status)"
    # no row of the table shows a number
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "top1") c = i } NR > 1 && $c != "" { bad = 1 } END { exit bad || !c }' flipped/cells.csv \
      && ok || { cp flipped/cells.csv out.txt; fail "a damaged cell shows an accuracy"; }
  done
  echo "flips: $((cells * rounds)) cell files with one wrong bit, $found found"
fi

echo "[doctest] test cases: $((passed + failed)) | $passed passed | $failed failed | 0 skipped"
[ $failed = 0 ]
