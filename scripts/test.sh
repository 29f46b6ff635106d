#!/usr/bin/env bash
# Runs all tests: Rust first, then the fuzz targets, then those against the engine. The last line is the total of all. Fails if any test fails.
# Arguments are passed to vitest, such as the path of a test.
#
#   COFFERDAM_FUZZ_SECONDS=60   how long all fuzz targets run together
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

cargo test --workspace --exclude cofferdam --exclude cofferdam-fuzz 2>&1 | tee "$work/rust" || failed=1
# Each target counts as a test. The seed is always the same, so a run without a finding stays one.
cargo run --quiet --package cofferdam-fuzz -- "${COFFERDAM_FUZZ_SECONDS:-60}" 2>&1 | tee -a "$work/rust" || failed=1
npx vitest run --reporter=default --reporter=json --outputFile.json="$work/vitest.json" "$@" || failed=1

# Each Rust test program, and the fuzz targets', prints: test result: ok. 12 passed; 0 failed; 1 ignored; …
node --input-type=commonjs - "$work" "$failed" <<'SUMMARY' || failed=1
const { existsSync, readFileSync } = require('node:fs')
const [, , work, runnersFailed] = process.argv
const results = [...readFileSync(`${work}/rust`, 'utf8').matchAll(/^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm)]
const total = { passed: 0, failed: 0, skipped: 0 }
const add = (passed, failed, skipped) => {
  total.passed += Number(passed)
  total.failed += Number(failed)
  total.skipped += Number(skipped)
}
for (const [, passed, failed, ignored] of results) add(passed, failed, ignored)
const report = `${work}/vitest.json`
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  // A file that could not be loaded has no tests, so count the file.
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed')).length
  add(numPassedTests, numFailedTests + broken, numPendingTests + numTodoTests)
}
// A runner can fail without a failed test: if it crashed, or if the tests left something behind.
if (runnersFailed !== '0' && total.failed === 0) total.failed = 1
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 ? 1 : 0
SUMMARY
exit "$failed"
