#!/usr/bin/env bash
# Measures the line coverage of the engine client (src/core/engine) and the JavaScript facade (js) by the Rust and vitest tests. Writes
# one report, target/coverage/report.md, with every line that no test reaches. Fails below 95 % for either part.
#
#   COFFERDAM_COVERAGE_REPORT=1   only writes the report again, from the data of the last run
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
root=$PWD
work=$root/target/coverage
profiles=$work/profiles

say() { printf 'coverage: %s\n' "$*"; }

# The tools must come with the compiler's own LLVM: a distribution's are older and cannot read its files.
llvm_tools() {
  local tools
  tools=$(rustc --print target-libdir)/../bin
  [[ -x $tools/llvm-cov ]] || rustup component add llvm-tools >/dev/null 2>&1 || true
  [[ -x $tools/llvm-cov ]] || {
    say "llvm-cov is not installed; run: rustup component add llvm-tools" >&2
    exit 1
  }
  printf '%s\n' "$tools"
}

measure() {
  rm -rf "$profiles" "$work/vitest"
  mkdir -p "$profiles"
  # Counters are memory-mapped to the file (%c), so that processes killed by tests count as well.
  export RUSTFLAGS='-C instrument-coverage -C llvm-args=-runtime-counter-relocation'
  export LLVM_PROFILE_FILE=$profiles/%m%c.profraw
  export CARGO_TARGET_DIR=$work/build

  say "building the addon with counters"
  cargo build --locked --package cofferdam --lib
  # Replace the real addon, because a variable naming another one would also be read by vitest's own addons.
  local addon
  addon=$(ls cofferdam.*.node)
  cp "$addon" "$work/addon"
  # shellcheck disable=SC2064 # expand the names now
  trap "mv '$work/addon' '$root/$addon'" EXIT
  install "$work/build/debug/libcofferdam.so" "$addon"
  cargo test --locked --package cofferdam-core --no-fail-fast --message-format=json-render-diagnostics >"$work/cargo-test.log" ||
    say "some of Rust's tests failed: $work/cargo-test.log"
  # Without the tests that install the packages (package, nuxt): an addon with counters exceeds the size limit of a package.
  npx vitest run --project=together --project=alone --coverage.enabled --coverage.provider=v8 --coverage.include='js/**' --coverage.include=index.js \
    --coverage.reporter=json --coverage.reportsDirectory="$work/vitest" --coverage.reportOnFailure ||
    say "some of vitest's tests failed"
}

report() {
  local tools objects
  tools=$(llvm_tools)
  "$tools/llvm-profdata" merge --sparse "$profiles"/*.profraw --output "$work/all.profdata"
  # The test programs, from cargo's output.
  mapfile -t objects < <(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$work/cargo-test.log" | sort -u | sed 's/^/--object=/')
  "$tools/llvm-cov" export --format=lcov --instr-profile "$work/all.profdata" "$work/build/debug/libcofferdam.so" "${objects[@]}" \
    --sources "$root/src/core/engine" >"$work/rust.lcov"
  node scripts/coverage-report.js "$work"
}

llvm_tools >/dev/null
[[ ${COFFERDAM_COVERAGE_REPORT:-} == 1 ]] || {
  bash scripts/setup.sh
  measure
}
report
