#!/usr/bin/env bash
# Installs what Roundtable needs (Debian 12 packages), builds it, and leaves ./roundtable in this folder.
# Safe to run again: packages that are there are not touched, a build continues where it is.
#
#   ./setup.sh             packages + release build
#   ./setup.sh --no-apt    build only (clusters, where the packages come from somebody else)
#   ./setup.sh --tests     also the packages that only the tests use (PyTorch, h5py, pandas: about 1 GB)
#   ./setup.sh --fuzz      also clang with its fuzzer and thread sanitizer (tests/fuzz/run.sh, ./test.sh --tsan)
#   ./setup.sh --arch X    build for -march=X instead of this machine (x86-64-v3 for mixed clusters)
set -euo pipefail
cd "$(dirname "$0")"

apt=1 tests=0 fuzz=0 arch=native
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while [ $# -gt 0 ]; do
  case "$1" in
    --no-apt) apt=0 ;;
    --tests) tests=1 ;;
    --fuzz) fuzz=1 ;;
    --arch) shift; arch=${1:?--arch needs a value, for example x86-64-v3} ;;
    -h|--help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "setup.sh: unknown option '$1'; known: --no-apt, --tests, --fuzz, --arch X" >&2; exit 2 ;;
  esac
  shift
done

packages=(g++ cmake ninja-build pkg-config ccache libdnnl-dev libopenblas-openmp-dev libhdf5-dev
          libyaml-cpp-dev libcli11-dev libfmt-dev nlohmann-json3-dev libturbojpeg0-dev libssl-dev
          zlib1g-dev doctest-dev dataset-fashion-mnist)
# libopenblas0-openmp: without it Debian's PyTorch runs on the reference BLAS, which is no opponent.
test_packages=(python3 python3-torch python3-torchvision python3-h5py python3-pandas libopenblas0-openmp zstd)
fuzz_packages=(clang-14 clang libclang-rt-14-dev libomp-14-dev)
[ $tests = 1 ] && packages+=("${test_packages[@]}")
[ $fuzz = 1 ] && packages+=("${fuzz_packages[@]}")

if [ $apt = 1 ]; then
  missing=()
  for p in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)" = "install ok installed" ] || missing+=("$p")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    sudo=()
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null || { echo "setup.sh: packages are missing (${missing[*]}); run as root, install sudo, or use --no-apt" >&2; exit 1; }
      sudo=(sudo)
    fi
    echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
    "${sudo[@]}" apt-get update >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
  else
    echo "setup: all ${#packages[@]} packages are installed"
  fi
fi

echo "setup: building (release, -march=$arch)"
cmake --preset release -DROUNDTABLE_ARCH="$arch" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset release --target roundtable
ln -sf build/release/roundtable roundtable
echo "setup: done; try  ./roundtable run experiments/quickstart.yaml"
