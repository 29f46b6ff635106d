#!/usr/bin/env bash
# Makes a fresh clone ready for the demo and the tests: dependencies, the addon, a Docker engine, the sandbox image.
# Each step is skipped, or costs next to nothing, where all is right already.
#
#   COFFERDAM_SKIP_BUILD=1   take the addon as it is
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Where rustup puts cargo; a shell that reads no profile does not know it.
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin

say() { printf 'setup: %s\n' "$*"; }

# fail <message> [command...]: each further argument is one command that the reader can run.
fail() {
  printf 'setup: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'setup: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

step() { # <name> <command...>
  local name=$1 start=$SECONDS
  shift
  "$@" || fail "$name: failed (after $((SECONDS - start)) s)"
  say "$name: done in $((SECONDS - start)) s"
}

has() { command -v "$1" >/dev/null; }

check_node() {
  local major=0
  if has node; then major=$(node -p 'process.versions.node.split(".")[0]'); fi
  if ((major < 20)); then
    fail "Node.js 20 or later is needed ($(node --version 2>/dev/null || echo 'none is installed'))" \
      "# install it: https://nodejs.org/en/download   (Debian 13: apt-get install nodejs npm)"
  fi
  has npm || fail "npm is missing" "apt-get install npm   # or the way Node.js was installed"
}

check_rust() {
  has cargo || fail "Rust is missing" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
  has cc || fail "a C linker is missing" "apt-get install gcc libc6-dev"
}

install_dependencies() {
  local installed=node_modules/.package-lock.json
  if [[ -f $installed && ! package-lock.json -nt $installed ]]; then
    say "dependencies: there"
    return
  fi
  local how=install
  [[ ! -f package-lock.json ]] || how=ci
  step dependencies npm "$how" --no-audit --no-fund --loglevel=error
}

# With the musl target, the agent is half the size; without it, the build links the agent statically to glibc.
add_musl_target() {
  local target
  target=$(uname -m)-unknown-linux-musl
  has rustup || return 0
  if rustup target list --installed 2>/dev/null | grep -qx "$target"; then return 0; fi
  if timeout 120 rustup target add "$target" >/dev/null 2>&1; then
    say "added the Rust target $target"
  else
    say "the Rust target $target cannot be added here; going on without it"
  fi
}

build_addon() {
  if [[ ${COFFERDAM_SKIP_BUILD:-} == 1 ]]; then
    say "addon: taken as it is"
    return
  fi
  check_rust
  add_musl_target
  # Cargo knows best what is up to date.
  step addon npm run --silent build
}

main() {
  check_node
  install_dependencies
  build_addon
  step engine scripts/ensure-engine.sh
  step image docker/build-sandbox.sh --if-missing
}

main
