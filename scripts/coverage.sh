#!/usr/bin/env bash
# Line coverage of what talks to the engine (src/core/engine) and of the JavaScript facade (js), by the tests of Rust and of vitest, in one
# report: target/coverage/report.md, with each line that no test reaches. Fails below 95 % of either.
#
#   COFFERDAM_COVERAGE_REPORT=1   only writes the report again, from what the last run measured
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
root=$PWD
work=$root/target/coverage
profiles=$work/profiles

say() { printf 'coverage: %s\n' "$*"; }

# The tools must be of the compiler's own LLVM: those of a distribution are older and refuse its files.
llvm_tools() {
  local tools
  tools=$(rustc --print target-libdir)/../bin
  [[ -x $tools/llvm-cov ]] || rustup component add llvm-tools >/dev/null 2>&1 || true
  [[ -x $tools/llvm-cov ]] || {
    say "llvm-cov is missing; run: rustup component add llvm-tools" >&2
    exit 1
  }
  printf '%s\n' "$tools"
}

measure() {
  rm -rf "$profiles" "$work/vitest"
  mkdir -p "$profiles"
  # Counters live in the file itself: a process that a test kills has still counted.
  export RUSTFLAGS='-C instrument-coverage -C llvm-args=-runtime-counter-relocation'
  export LLVM_PROFILE_FILE=$profiles/%m%c.profraw
  export CARGO_TARGET_DIR=$work/build

  say "building the addon with counters"
  cargo build --locked --package cofferdam --lib
  # In the place of the real one: the variable that names another is read by every addon, those of vitest included.
  local addon
  addon=$(ls cofferdam.*.node)
  cp "$addon" "$work/addon"
  # shellcheck disable=SC2064 # the names of now
  trap "mv '$work/addon' '$root/$addon'" EXIT
  install "$work/build/debug/libcofferdam.so" "$addon"
  cargo test --locked --package cofferdam-core --no-fail-fast --message-format=json-render-diagnostics >"$work/cargo-test.log" ||
    say "some of Rust's tests failed: $work/cargo-test.log"
  # Not the tests that install the packages (package, nuxt): an addon with counters is larger than a package may be.
  npx vitest run --project=together --project=alone --coverage.enabled --coverage.provider=v8 --coverage.include='js/**' --coverage.include=index.js \
    --coverage.reporter=json --coverage.reportsDirectory="$work/vitest" --coverage.reportOnFailure ||
    say "some of vitest's tests failed"
}

report() {
  local tools objects
  tools=$(llvm_tools)
  "$tools/llvm-profdata" merge --sparse "$profiles"/*.profraw --output "$work/all.profdata"
  # The test programs, as cargo names them.
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
