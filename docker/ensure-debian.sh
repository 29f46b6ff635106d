#!/usr/bin/env bash
# Sees to it that debian:trixie-slim, on which the images are built, is on the engine. Where it is neither present nor can
# be pulled, the same is made from Debian's packages with mmdebstrap (installed where that is missing, on Debian as root).
#
# Environment: COFFERDAM_PULL_TIMEOUT              seconds that a pull may take (90)
#              COFFERDAM_DEBIAN_MIRROR,            where the packages are
#              COFFERDAM_DEBIAN_SECURITY_MIRROR
set -euo pipefail

BASE=debian:trixie-slim
SUITE=trixie
PULL_TIMEOUT=${COFFERDAM_PULL_TIMEOUT:-90}
MIRROR=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${COFFERDAM_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

say() { printf 'image: %s\n' "$*"; }

# fail <message> [command...]: each further argument is one command that the reader can run.
fail() {
  printf 'image: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'image: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

has_base() { docker image inspect "$BASE" >/dev/null 2>&1; }

# A bounded pull: without a registry the engine may try for minutes.
pull_base() {
  say "pulling $BASE"
  timeout --kill-after=5 "$PULL_TIMEOUT" docker pull --quiet "$BASE" >/dev/null 2>&1
  # Judged by the result: a pull can report an error after the image has arrived.
  has_base
}

ensure_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$BASE cannot be pulled, and mmdebstrap, which would make it, is missing" \
      "sudo apt-get update" \
      "sudo apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
  fi
  say "installing mmdebstrap"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring; } >/dev/null ||
    fail "mmdebstrap could not be installed" \
      "apt-get update && apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
}

# What the official slim image is: a minimal Debian without documentation, manuals and translations.
# The exclusions stay in the image, so they hold for what is installed on top.
bootstrap() {
  mmdebstrap --quiet --variant=minbase \
    --components=main \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/groff/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/linda/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-include=/usr/share/locale/locale.alias' \
    "$SUITE" "$1" \
    "deb $MIRROR $SUITE main" \
    "deb $MIRROR $SUITE-updates main" \
    "deb $SECURITY_MIRROR $SUITE-security main"
}

make_base() {
  ensure_mmdebstrap
  say "$BASE cannot be pulled: making it from Debian's packages with mmdebstrap"
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  # Through a file: piped into the import, half a system would become the tag when the bootstrap fails.
  if ! bootstrap "$WORK/base.tar" >"$WORK/log" 2>&1; then
    tail -n 25 "$WORK/log" >&2
    fail "$BASE could not be made from $MIRROR" \
      "COFFERDAM_DEBIAN_MIRROR=http://... docker/build-sandbox.sh   # with a mirror that is reachable from here" \
      "docker load < debian-trixie-slim.tar   # with the image saved elsewhere"
  fi
  docker import \
    --change 'CMD ["bash"]' \
    --change 'LABEL org.opencontainers.image.title="debian:trixie-slim (made locally)"' \
    --message "Debian $SUITE minbase from $MIRROR, made by mmdebstrap" \
    "$WORK/base.tar" "$BASE" >/dev/null
}

has_base || pull_base || make_base
