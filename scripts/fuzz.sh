#!/usr/bin/env bash
# Runs fuzz targets with guidance by coverage (libFuzzer), each for the given time. Needs g++ or clang++, but no nightly Rust.
#
#   npm run fuzz                     all targets, 60 s each
#   npm run fuzz archive 3600        one target for an hour
#
# Inputs that reach new code are kept in target/fuzz/corpus and used again; what makes a target fail is in target/fuzz/found.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
target=${1:-all} seconds=${2:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
found=target/fuzz/found

# The counters of cargo-fuzz. With --target, build scripts are built without them.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1" \
  cargo build --profile fuzz --package cofferdam-fuzz --features guided --bin guided --target "$host" --target-dir target/fuzz/build
guided=target/fuzz/build/$host/fuzz/guided
# Built as for the tests: without libFuzzer, a program with the counters does not link.
plain() { cargo run --quiet --package cofferdam-fuzz -- "$@"; }

mapfile -t targets < <(plain list)
if [[ $target != all ]]; then targets=("$target"); fi
mkdir -p "$found"
failed=0
for name in "${targets[@]}"; do
  corpus=target/fuzz/corpus/$name
  plain seeds "$name" "$corpus"
  printf 'fuzz: %s for %s s\n' "$name" "$seconds"
  # Memory is checked by the targets themselves for each input.
  FUZZ_TARGET=$name "$guided" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$found/$name-" "$corpus" "fuzz/corpus/$name" || failed=1
done
exit "$failed"
