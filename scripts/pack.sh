#!/usr/bin/env bash
# Builds the addon for every Linux platform, packs everything that is published into dist/*.tgz, and tests it: installs and uses each
# package in a container with that platform's Node (in qemu for a foreign architecture), and inspects each addon.
#
#   COFFERDAM_SKIP_TEST=1   only build and pack
#
# zig is the C compiler and linker for other platforms. It is installed from PyPI, with cargo-zigbuild, into target/cross-tools.
# An addon for macOS or Windows must be built on such a machine (npm run build) and copied into target/addons first.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
tools=$PWD/target/cross-tools
addons=target/addons

# The oldest glibc that Node itself supports.
GLIBC=2.28
TARGETS=(x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl)

say() { printf 'pack: %s\n' "$*"; }

fail() {
  printf 'pack: %s\n' "$1" >&2
  exit 1
}

install_tools() {
  local requirements=(ziglang==0.17.1 cargo-zigbuild==0.24.1)
  rustup target add "${TARGETS[@]}" >/dev/null 2>&1 || fail "could not add the Rust targets; run: rustup target add ${TARGETS[*]}"
  [[ ! -x $tools/bin/cargo-zigbuild ]] || return 0
  say "installing ${requirements[*]} into $tools"
  rm -rf "$tools"
  python3 -m venv "$tools" || fail "could not create a Python venv; on Debian, run: apt-get install python3-venv"
  "$tools/bin/pip" install --quiet --disable-pip-version-check "${requirements[@]}" || fail "could not install ${requirements[*]} from PyPI"
  ln -s "$tools"/lib/python3*/site-packages/ziglang/zig "$tools/bin/zig"
}

build() { # <target>
  local start=$SECONDS target=$1
  [[ $target != *-gnu ]] || target+=.$GLIBC
  npx --no-install napi build --platform --release --no-js --cross-compile --target "$target" \
    --target-dir target/cross --output-dir "$addons" --dts addon.d.ts >"target/cross-$1.log" 2>&1 ||
    fail "could not build the addon for $1; see target/cross-$1.log"
  say "$1: built in $((SECONDS - start)) s"
}

[[ -d node_modules ]] || npm ci --no-audit --no-fund
install_tools
PATH=$tools/bin:$PATH
for target in "${TARGETS[@]}"; do build "$target"; done
rm -rf dist
node scripts/pack.js "$addons" dist
[[ ${COFFERDAM_SKIP_TEST:-} == 1 ]] || COFFERDAM_TEST_PACKED=1 npx --no-install vitest run --project packed
