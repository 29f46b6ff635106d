#!/usr/bin/env bash
# Every check that CI runs without an engine. Warnings are errors.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin

cargo fmt --all --check
cargo clippy --workspace --exclude cofferdam --all-targets --quiet -- -D warnings
# Without its test target: the addon has no tests, so there its exports would count as unused.
cargo clippy --package cofferdam --lib --quiet -- -D warnings
npx --no-install oxlint --deny-warnings bin js index.js index.cjs scripts bench matrix examples __test__ vitest.config.ts
npx --no-install tsc -p .
node scripts/api-reference.js --check
node scripts/unused-dependencies.js
