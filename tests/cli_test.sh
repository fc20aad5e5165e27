#!/usr/bin/env bash
# Command-line tests of the built program: what a user types, what is printed, how it ends.
# usage: tests/cli_test.sh PATH/TO/roundtable      (prints a summary in the form of the unit tests)
set -uo pipefail
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
cd "$work"

passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; [ $# -lt 2 ] || sed 's/^/    /' "$2" | tail -n 15; }

# claim, wanted exit status, pattern that the output must hold, command...
expect() {
  local claim=$1 status=$2 pattern=$3; shift 3
  "$@" >out.txt 2>&1
  local got=$?
  if [ $got != "$status" ]; then fail "$claim (exit $got, wanted $status)" out.txt
  elif ! grep -qE -- "$pattern" out.txt; then fail "$claim (no match for: $pattern)" out.txt
  else pass; fi
}
# the same for bad input: exit 2, exactly one `error:`, and no results folder made
refuse() {
  local claim=$1 pattern=$2; shift 2
  rm -rf refused
  expect "$claim" 2 "$pattern" "$@"
  [ "$(grep -c '^error: ' out.txt)" = 1 ] || fail "$claim (wanted one error line)" out.txt
  [ ! -d refused/cells ] || [ -z "$(ls refused/cells)" ] || fail "$claim (left cells behind)"
}

cat >tiny.yaml <<'Y'
schema: roundtable/1
name: tiny
base:
  data: fashion_mnist
  model: {name: resnet20, in_channels: 1, img_size: 28}
  calibration: {name: first_n, count: 16}
  eval: {count: 100}
  learn: {iters: 3, batch: 8}
grid:
  method: [rtn, adaround, brecq]
  quant.weight.bits: [4, 2]
report: {rows: [method], cols: [quant.weight.bits]}
Y
edit() { sed "$1" tiny.yaml >edited.yaml; }

# --- running, and running again ---------------------------------------------------------------------------
expect "plan lists six pending cells" 0 "6 (pending|to run)|pending.*6" "$program" plan tiny.yaml --out control
expect "run computes the grid and prints the table" 0 "^brecq" "$program" run tiny.yaml --out control
expect "a second run finds everything done" 0 "0 to run" "$program" run tiny.yaml --out control
"$program" table tiny.yaml --out control --format csv >control.csv 2>/dev/null
expect "status counts the finished cells" 0 "6" "$program" status tiny.yaml --out control
expect "the Markdown table has a header rule" 0 "^\|.*-" "$program" table tiny.yaml --out control --format md
expect "plot draws the results" 0 "control/plot.svg" "$program" plot tiny.yaml --out control --x quant.weight.bits
expect "a plot over an axis that is not there is refused" 2 "is not an axis of these cells" "$program" plot tiny.yaml --out control --x learn.iters
expect "show-quant prints the map of quantisers" 0 "layer1.0.conv1" "$program" show-quant tiny.yaml --filter "method=rtn,quant.weight.bits=4"
expect "schema names the rounding variable" 0 "learn.variable" "$program" schema
expect "methods prints the sources" 0 "2102.05426" "$program" methods
expect "the self-test passes" 0 "" "$program" selftest
expect "units says how many units ended well" 0 "95 % that are required" "$program" units control
expect "plot takes the short name of an axis" 0 "control/plot.svg" "$program" plot tiny.yaml --out control --x bits
"$program" schema --markdown >config.md 2>/dev/null
cmp -s config.md "$root/docs/config.md" && pass || fail "docs/config.md is what schema --markdown prints"
{ cat tiny.yaml; echo 'sweep: {learn.optimizer.lr: log(1e-3, 1e-1, 3)}'; } >sweep.yaml
expect "a sweep reports the value that each cell chose" 0 "one of 3 values, log\(1e-3, 1e-1, 3\)" \
  "$program" run sweep.yaml --out sweep --filter "quant.weight.bits=4"
expect "the chosen values are columns of the CSV" 0 "bits=4 lr" "$program" table sweep.yaml --out sweep --format csv
expect "two workers give the same table" 0 "^brecq" "$program" run tiny.yaml --out workers --workers 2 --threads 1
expect "one thread, one worker" 0 "^brecq" "$program" run tiny.yaml --out single --threads 1
"$program" table tiny.yaml --out workers --format csv >workers.csv 2>/dev/null
"$program" table tiny.yaml --out single --format csv >single.csv 2>/dev/null
cmp -s workers.csv single.csv && pass || fail "the number of workers does not change the table"

# --- output that cannot be written ---------------------------------------------------------------------------
for what in "table tiny.yaml --out control" "run tiny.yaml --out control" "schema --markdown" "--help"; do
  expect "a full device under '$what' is an error" 1 "^error: standard output cannot be written: No space" \
    bash -c "'$program' $what >/dev/full"
done
expect "a closed standard output is an error" 1 "^error: standard output cannot be written: Bad file" \
  bash -c "'$program' methods >&-"
expect "a reader that leaves ends the command quietly" 141 "^an experiment file" \
  bash -c "'$program' schema | head -n 1; exit \${PIPESTATUS[0]}"
! grep -q error out.txt && pass || fail "no message when a reader leaves" out.txt

# --- damaged cells -------------------------------------------------------------------------------------------
cp -r control damaged
set -- damaged/cells/*.h5
cp "$1" "$2"
truncate -s -1 "$3"
expect "a cell under another's name is shown as damaged" 0 "it holds another cell" "$program" table tiny.yaml --out damaged
expect "merge leaves damaged cells out" 1 "4 cells, 2 missing" "$program" merge tiny.yaml --out damaged
expect "a plain run computes damaged cells again and no others" 0 "6 cells, 2 to run" "$program" run tiny.yaml --out damaged
"$program" table tiny.yaml --out damaged --format csv >damaged.csv 2>/dev/null
cmp -s control.csv damaged.csv && pass || fail "and the table is what it was"

# --- killed at any moment, continued -----------------------------------------------------------------------
for delay in 0.3 0.9 1.5 2.3; do
  "$program" run tiny.yaml --out killed >/dev/null 2>&1 & victim=$!
  sleep $delay; kill -9 $victim 2>/dev/null; wait $victim 2>/dev/null
done
expect "a run that was killed is continued" 0 "^brecq" "$program" run tiny.yaml --out killed
"$program" table tiny.yaml --out killed --format csv >killed.csv 2>/dev/null
cmp -s control.csv killed.csv && pass || fail "a killed and continued run ends with the same table" killed.csv
[ -z "$(find killed -name '*.tmp.*')" ] && pass || fail "no temporary files are left"

"$program" run tiny.yaml --out stopped >out.txt 2>&1 & victim=$!
sleep 1; kill -INT $victim; wait $victim; status=$?
[ $status = 75 ] || [ $status = 0 ] && pass || fail "Ctrl-C ends with 75 (got $status)" out.txt

# --- bad input ---------------------------------------------------------------------------------------------
edit 's/iters: 3/iterz: 3/'
refuse "an unknown key is refused with its place and the nearest" "edited.yaml:8:[0-9]+ learn.iterz: .*did you mean 'iters'" "$program" run edited.yaml --out refused
edit 's/quant.weight.bits: \[4, 2\]/quant.weight.bitz: [4]/'
refuse "a grid over a key that does not exist is refused" "quant.weight.bitz: .*did you mean 'bits'" "$program" run edited.yaml --out refused
for bits in 0 17; do
  edit "s/\[4, 2\]/[$bits]/"
  refuse "bits $bits are refused" "edited.yaml:11:[0-9]+ quant.weight.bits: .*got $bits" "$program" run edited.yaml --out refused
done
edit 's/name: tiny/name: other/'
expect "a results folder of another experiment is refused" 2 "holds results of experiment 'tiny'" "$program" run edited.yaml --out control
{ cat tiny.yaml; echo 'sweep: {learn.optimizer.lr: log(0, 1, 3)}'; } >edited.yaml
refuse "a sweep that is no list and no range is refused" "edited.yaml:13:[0-9]+: sweep: learn.optimizer.lr: must be log" "$program" run edited.yaml --out refused
{ cat tiny.yaml; echo 'sweep: {quant.weight.bits: [2, 3], choose_by: validation}'; } >edited.yaml
refuse "a key that is an axis and swept is refused" "'quant.weight.bits' is swept" "$program" run edited.yaml --out refused
edit 's/rtn, /rtnn, /'
refuse "an unknown method is refused" "did you mean 'rtn'" "$program" run edited.yaml --out refused
edit 's/^name: tiny/name: tiny\nname: twice/'
refuse "a duplicate key is refused" "key 'name' is written twice" "$program" run edited.yaml --out refused
edit 's/  learn: {iters: 3, batch: 8}/  learn: \&a {iters: 3}/'
refuse "an anchor is refused" "edited.yaml:8" "$program" run edited.yaml --out refused
printf 'schema: roundtable/1\nbase:\n  <<: {a: 1}\n' >edited.yaml
refuse "a merge key is refused" "edited.yaml:3:[0-9]+.*<<" "$program" run edited.yaml --out refused
refuse "a missing file is refused" "nothere.yaml: no such file" "$program" run nothere.yaml
refuse "a misspelt command is refused" "did you mean 'run'" "$program" rum tiny.yaml
refuse "an unknown option is refused with the nearest" "did you mean '--workers'\?.*see roundtable help run" "$program" run tiny.yaml --workrs 2
expect "help of a command has its options" 0 "--workers" "$program" help run
refuse "a filter that matches nothing is refused with what there is" "method is rtn \| adaround \| brecq" "$program" plan tiny.yaml --filter method=lsq
refuse "so it is by show-quant" "lets no cell through" "$program" show-quant tiny.yaml --filter method=lsq
refuse "a list for one value points to the grid" "grid.seed=\[0, 1, 2\]" "$program" plan tiny.yaml 'seed=[0,1,2]'
refuse "a key with a part left out is suggested whole" "did you mean 'learn.optimizer.lr'" "$program" plan tiny.yaml learn.lr=1
refuse "what a method fixes must have its type" "learn.iters: must be an integer" "$program" plan tiny.yaml method=rtn 'learn.iters={a: 1}'
refuse "an override inside an axis reaches its choices" "nope.safetensors: no such file|nope.safetensors" \
  "$program" plan tiny.yaml 'grid.model=[resnet20, {name: resnet32}]' model.weights=nope.safetensors
for bad in '\xed\xa0\x80' '\xe0\x80\xaf' '\xf0\x80\x80\xaf' '\xf4\x90\x80\x80' '\xff'; do
  { cat tiny.yaml; printf "title: \"x${bad}y\"\n"; } >edited.yaml
  refuse "ill-formed UTF-8 ($bad) in a file is refused" "edited.yaml:13:10: byte 0x.. is not UTF-8" "$program" run edited.yaml --out refused
  refuse "ill-formed UTF-8 ($bad) in an override is refused" "byte 0x.. is not UTF-8" "$program" run tiny.yaml --out refused "$(printf "title=${bad}")"
  refuse "ill-formed UTF-8 ($bad) in a filter is refused" "byte 0x.. is not UTF-8" "$program" run tiny.yaml --out refused --filter "$(printf "method=${bad}")"
done
odd=$(printf 'odd\xff.yaml'); cp tiny.yaml "$odd"
expect "a file whose name is not UTF-8 runs" 0 "^rtn" "$program" run "$odd" --out "$(printf 'out\xff')" --filter 'method=rtn'
expect "and its results can be read" 0 "1 done|2 ok|2" "$program" status "$(printf 'out\xff')"
expect "and shown" 0 "odd.+xff.yaml" "$program" show --in "$(printf 'out\xff')" "$(ls "$(printf 'out\xff')/cells" | head -n 1 | cut -c 1-12)"
sed 's/\[rtn, adaround, brecq\]/[rtn, adaround, brecq/' tiny.yaml >edited.yaml
refuse "a bracket that is not closed is said to be" "edited.yaml:10:11: '\[' is never closed" "$program" plan edited.yaml
printf 'PK\003\004\0\0\010\010\0\0\0\0' >net.pth
refuse "a PyTorch checkpoint is refused by name" "net.pth: weights must be a .safetensors file; this is a PyTorch checkpoint" \
  "$program" plan tiny.yaml model.weights=net.pth
refuse "a bad override is refused" "learn.iterz" "$program" run tiny.yaml learn.iterz=3 --out refused

mkdir fm && cp /usr/share/datasets/fashion-mnist/*.gz fm/
head -c 1000 /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz >fm/t10k-images-idx3-ubyte.gz
refuse "a truncated data file is refused" "fm/t10k-images-idx3-ubyte.gz: " "$program" run tiny.yaml --out refused data.root=fm
rm fm/t10k-images-idx3-ubyte.gz
refuse "a missing data file is refused" "t10k-images-idx3-ubyte.gz is missing" "$program" run tiny.yaml --out refused data.root=fm

header='{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}'
printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%s0123456789ab" "$header" >overlap.safetensors
refuse "overlapping tensors in a weights file are refused" "overlap.safetensors: " "$program" run tiny.yaml --out refused model.weights=overlap.safetensors
refuse "weights of another network are refused, every key named" "missing: layer1.3.conv1.weight" \
  "$program" run tiny.yaml --out refused model.name=resnet32 model.weights="$root/data/weights/resnet20_fashion.safetensors"
grep -q 'missing: layer3.4.bn2.running_var' out.txt && pass || fail "all missing keys are listed at once" out.txt

mkdir full
if mount -t tmpfs -o size=60k tmpfs full 2>/dev/null; then
  mounted=$work/full
  expect "a full disk is one clear error" 2 "error: .*No space left" "$program" run tiny.yaml --out full/r
  [ -z "$(find full -name '*.tmp.*')" ] && pass || fail "a full disk leaves no partial file"
  mount -o remount,size=8m full
  expect "the run continues when there is space again" 0 "^brecq" "$program" run tiny.yaml --out full/r
  "$program" table tiny.yaml --out full/r --format csv >full.csv 2>/dev/null
  cmp -s control.csv full.csv && pass || fail "a full disk changes no result"
else
  echo "SKIPPED: full disk (mounting a small tmpfs needs root)"
fi

# --- what is no file, no descriptor, too little --------------------------------------------------------------
mkfifo pipe; ln -s loop loop
for odd in pipe /dev/zero; do
  refuse "weights that are $odd are refused at once" "$odd: must be a regular file" timeout 20 "$program" run tiny.yaml --out refused model.weights=$odd
  refuse "an experiment that is $odd is refused at once" "$odd: must be a regular file" timeout 20 "$program" run $odd --out refused
done
refuse "a data file that is a pipe is refused at once" "odd/t10k-images-idx3-ubyte.gz" bash -c "mkdir -p odd; cp fm/*.gz odd; mkfifo odd/t10k-images-idx3-ubyte.gz 2>/dev/null; timeout 20 '$program' run tiny.yaml --out refused data.root=odd"
refuse "results cannot go to a loop of links" "loop.*Too many levels of symbolic links" "$program" run tiny.yaml --out loop
expect "a run with all standard descriptors closed computes every cell, then says that its table cannot be written" 0 "ended with 1" \
  bash -c "('$program' run tiny.yaml --out closed --workers 2 --threads 2 <&- >&- 2>&-); echo ended with \$?"
"$program" table tiny.yaml --out closed --format csv >closed.csv 2>/dev/null
cmp -s control.csv closed.csv && pass || fail "closed descriptors change no result" closed.csv
refuse "too little address space to start is refused" "address space .ulimit -v, h_vmem. is 250 MB; at least" bash -c "ulimit -v 256000; exec '$program' table control"
expect "a file-size limit is an error of merge, too" 2 "^error: .*File too large" bash -c "ulimit -f 4; exec '$program' merge control"

# --- installed -----------------------------------------------------------------------------------------------
build=$(dirname "$program")
if [ -f "$build/cmake_install.cmake" ]; then
  manifest=$build/install_manifest.txt
  [ ! -f "$manifest" ] || cp "$manifest" manifest.kept
  expect "the program is installed" 0 "bin/roundtable" cmake --install "$build" --prefix "$work/prefix"
  expect "an installed experiment finds its weights from any folder" 0 "to run" bash -c "cd / && '$work/prefix/bin/roundtable' plan '$work/prefix/share/roundtable/experiments/quickstart.yaml' --limit 1"
  for needed in share/roundtable/experiments/configs/gram.yaml share/doc/roundtable/README.md share/doc/roundtable/docs/config.md; do
    [ -f "prefix/$needed" ] && pass || fail "$needed is installed"
  done
  expect "it is uninstalled" 0 "removed" cmake -DMANIFEST="$manifest" -P "$root/experiments/uninstall.cmake"
  [ -z "$(find prefix -type f)" ] && [ ! -d prefix/share/roundtable ] && pass || { find prefix >out.txt; fail "nothing of it is left" out.txt; }
  [ ! -f manifest.kept ] || mv manifest.kept "$manifest"
else
  echo "SKIPPED: installing (no CMake build beside the program)"
fi

# --- layouts -------------------------------------------------------------------------------------------------
cat >train.yaml <<'Y'
schema: roundtable/1
name: layouts
model: {name: resnet20, in_channels: 1, img_size: 28}
data: {name: fashion_mnist}
train: {epochs: 1, batch: 64, optimizer: {name: sgd, lr: 0.1}, schedule: {name: constant}}
out: layouts.safetensors
Y
# A reorder of a 4-D activation would show as 64xCxHxW; those of weights are OxIx3x3.
ONEDNN_VERBOSE=1 timeout -s INT 12 "$program" train train.yaml >verbose.txt 2>&1
reorders=$(grep 'onednn_verbose,exec.*,reorder,' verbose.txt | grep -cE ',64x[0-9]+x[0-9]+x[0-9]+,' || true)
convolutions=$(grep -c 'onednn_verbose,exec.*,convolution,' verbose.txt || true)
[ "$convolutions" -gt 100 ] && [ "$reorders" = "$(grep 'exec.*,reorder,' verbose.txt | grep -cE ',64x(64|32|16)x3x3,' || true)" ] \
  && pass || fail "training reorders no activation ($convolutions convolutions, $reorders reorders of 4-D tensors)"

# --- benchmarks ----------------------------------------------------------------------------------------------
bench=$root/tests/bench/bench.py
expect "the benchmarks list their rows" 0 '^recon resnet18 W4 bf16 +4' "$bench" --list
expect "a benchmark that does not exist is refused" 1 'no section or row' "$bench" --only 'train resnet21'
if "${ROUNDTABLE_PYTHON:-/usr/bin/python3}" -c 'import torch' 2>/dev/null; then
  expect "a row is measured on both sides" 0 '^train resnet20 batch 128 f32_winograd .* against .* img/s' \
    "$bench" --force --only 'train resnet20 batch 128 f32_winograd' --turns 1 --seconds 0.01 --history page.md --json figures.json
  grep -q '^| train resnet20 batch 128 f32_winograd' page.md && grep -q '"ratio"' figures.json \
    && pass || fail "the figures reach the page and the file" page.md
else
  echo "SKIPPED: benchmarks beside PyTorch (python3 without torch)"
fi

echo "[doctest] test cases: $((passed + failed)) | $passed passed | $failed failed | 0 skipped"
[ $failed = 0 ]
