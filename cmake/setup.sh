# The set-up behind example.sh and test.sh, to be sourced by them: installs what is missing on Debian
# and Ubuntu when it may, and configures build/release. It says what it does and is cheap to repeat.

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1

# What one checkout has compiled, the compiler cache has for the others.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

packages="g++ cmake ninja-build ccache libfmt-dev nlohmann-json3-dev catch2 libdnnl-dev
  ocl-icd-opencl-dev libhwy-dev libcli11-dev libminizip-dev
  zlib1g-dev"
brew_packages="cmake ninja ccache fmt nlohmann-json catch2 onednn highway libomp cli11 minizip zlib"

say() {
  printf '== %s\n' "$*"
}

processors() {
  getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# install_packages <package...>: those that dpkg does not know to be installed.
install_packages() {
  missing=""
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=""
    [ "$status" = installed ] || missing="$missing $package"
  done
  missing=${missing# }
  [ -n "$missing" ] || return 0

  if [ "$(id -u)" = 0 ]; then
    as_root="env"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo env"
  else
    echo "wick needs packages that are not installed. Please run this, then try again:"
    echo "  sudo apt-get update && sudo apt-get install $missing"
    exit 1
  fi
  say "installing: $missing"
  # shellcheck disable=SC2086  # lists of words
  $as_root apt-get -qq update &&
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
      -o Dpkg::Use-Pty=0 install $missing >/dev/null </dev/null ||
    { echo "apt-get could not install: $missing"; exit 1; }
}

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
  # shellcheck disable=SC2086
  install_packages $packages
elif ! command -v cmake >/dev/null 2>&1 || ! command -v ninja >/dev/null 2>&1; then
  echo "wick needs packages that are not installed. With Homebrew, please run this, then try again:"
  echo "  brew install $brew_packages"
  exit 1
fi

# configure <preset>: once; the build itself notices when the CMake files change.
configure() {
  if [ ! -f "build/$1/build.ninja" ]; then
    say "configuring build/$1"
    cmake --preset "$1" || exit 1
  fi
}

# build <preset> [targets]
build() {
  preset=$1
  shift
  say "building build/$preset"
  if [ $# -gt 0 ]; then
    set -- --target "$@"
  fi
  cmake --build --preset "$preset" --parallel "$(processors)" "$@" || exit 1
}
