#!/usr/bin/env bash
# Builds the addon for every platform that can be built for here, packs all that is published, dist/*.tgz, and tries it: each package is
# installed and used in a container with that platform's Node (in qemu where the processor is another), and each addon is looked into.
#
#   COFFERDAM_SKIP_TEST=1   only build and pack
#
# The C compiler and linker for other platforms is zig, which comes from PyPI with cargo-zigbuild, into target/cross-tools.
# An addon for macOS or Windows is built on such a machine (npm run build) and put into target/addons before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
tools=$PWD/target/cross-tools
addons=target/addons

# The oldest glibc for which Node itself is built.
GLIBC=2.28
TARGETS=(x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl)

say() { printf 'pack: %s\n' "$*"; }

fail() {
  printf 'pack: %s\n' "$1" >&2
  exit 1
}

install_tools() {
  local requirements=(ziglang==0.17.1 cargo-zigbuild==0.24.1)
  rustup target add "${TARGETS[@]}" >/dev/null 2>&1 || fail "the Rust targets cannot be added; run: rustup target add ${TARGETS[*]}"
  [[ ! -x $tools/bin/cargo-zigbuild ]] || return 0
  say "installing ${requirements[*]} into $tools"
  rm -rf "$tools"
  python3 -m venv "$tools" || fail "Python with venv is missing; on Debian: apt-get install python3-venv"
  "$tools/bin/pip" install --quiet --disable-pip-version-check "${requirements[@]}" || fail "${requirements[*]} cannot be installed from PyPI"
  ln -s "$tools"/lib/python3*/site-packages/ziglang/zig "$tools/bin/zig"
}

build() { # <target>
  local start=$SECONDS target=$1
  [[ $target != *-gnu ]] || target+=.$GLIBC
  npx --no-install napi build --platform --release --no-js --cross-compile --target "$target" \
    --target-dir target/cross --output-dir "$addons" --dts addon.d.ts >"target/cross-$1.log" 2>&1 ||
    fail "the addon for $1 cannot be built: target/cross-$1.log"
  say "$1: built in $((SECONDS - start)) s"
}

[[ -d node_modules ]] || npm ci --no-audit --no-fund
install_tools
PATH=$tools/bin:$PATH
for target in "${TARGETS[@]}"; do build "$target"; done
rm -rf dist
node scripts/pack.js "$addons" dist
[[ ${COFFERDAM_SKIP_TEST:-} == 1 ]] || COFFERDAM_TEST_PACKED=1 npx --no-install vitest run --project packed
