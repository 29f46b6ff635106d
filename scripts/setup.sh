#!/usr/bin/env bash
# Prepares a fresh clone for the demo and the tests: dependencies, the addon, a Docker engine, the sandbox image.
# Steps that are already done are skipped or take almost no time.
#
#   COFFERDAM_SKIP_BUILD=1   use the existing addon
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# rustup's directory of cargo, which is not in PATH if the shell has read no profile.
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin

say() { printf 'setup: %s\n' "$*"; }

# fail <message> [command...]: prints the message and the commands that fix it, one per argument.
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
  "$@" || fail "$name: failed after $((SECONDS - start)) s"
  say "$name: done in $((SECONDS - start)) s"
}

has() { command -v "$1" >/dev/null; }

check_node() {
  local major=0
  if has node; then major=$(node -p 'process.versions.node.split(".")[0]'); fi
  if ((major < 20)); then
    fail "Node.js 20 or later is required (found: $(node --version 2>/dev/null || echo none))" \
      "# install Node.js: https://nodejs.org/en/download   (Debian 13: apt-get install nodejs npm)"
  fi
  has npm || fail "npm is missing" "apt-get install npm   # or the same way that Node.js was installed"
}

check_rust() {
  has cargo || fail "Rust is not installed" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
  has cc || fail "no C linker is installed" "apt-get install gcc libc6-dev"
}

install_dependencies() {
  local installed=node_modules/.package-lock.json
  if [[ -f $installed && ! package-lock.json -nt $installed ]]; then
    say "dependencies: up to date"
    return
  fi
  local how=install
  [[ ! -f package-lock.json ]] || how=ci
  step dependencies npm "$how" --no-audit --no-fund --loglevel=error
}

# The musl target makes the agent half as large. Without it, the build links the agent statically to glibc.
add_musl_target() {
  local target
  target=$(uname -m)-unknown-linux-musl
  has rustup || return 0
  if rustup target list --installed 2>/dev/null | grep -qx "$target"; then return 0; fi
  if timeout 120 rustup target add "$target" >/dev/null 2>&1; then
    say "added the Rust target $target"
  else
    say "could not add the Rust target $target; continuing without it"
  fi
}

build_addon() {
  if [[ ${COFFERDAM_SKIP_BUILD:-} == 1 ]]; then
    say "addon: build skipped (COFFERDAM_SKIP_BUILD)"
    return
  fi
  check_rust
  add_musl_target
  # Always, because Cargo itself skips what is up to date.
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
