#!/usr/bin/env bash
# Makes sure that the engine has debian:trixie-slim, the base of all images. If the image is missing and cannot be pulled, builds
# it from Debian's packages with mmdebstrap, which is installed first if needed (on Debian, as root).
#
# Environment: COFFERDAM_PULL_TIMEOUT             how long a pull may take, in seconds (90)
#              COFFERDAM_DEBIAN_MIRROR            URL of the package mirror (http://deb.debian.org/debian)
#              COFFERDAM_DEBIAN_SECURITY_MIRROR   URL of the mirror for security updates (http://deb.debian.org/debian-security)
set -euo pipefail

BASE=debian:trixie-slim
SUITE=trixie
PULL_TIMEOUT=${COFFERDAM_PULL_TIMEOUT:-90}
MIRROR=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${COFFERDAM_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

say() { printf 'image: %s\n' "$*"; }

# fail <message> [command...]: prints the message and the commands that fix it, one per argument.
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

# With a time limit: without access to a registry the engine may retry for minutes.
pull_base() {
  say "pulling $BASE"
  timeout --kill-after=5 "$PULL_TIMEOUT" docker pull --quiet "$BASE" >/dev/null 2>&1
  # Check for the image itself: a pull can report an error after the image has arrived.
  has_base
}

ensure_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "could not pull $BASE, and mmdebstrap, which can build it, is not installed" \
      "sudo apt-get update" \
      "sudo apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
  fi
  say "installing mmdebstrap"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring; } >/dev/null ||
    fail "could not install mmdebstrap" \
      "apt-get update && apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
}

# Like the official slim image: a minimal Debian without documentation, manuals and translations.
# The exclusions stay in the image, so they also apply to packages installed later.
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
  say "could not pull $BASE; building it from Debian's packages with mmdebstrap"
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  # Through a file: with a pipe, a failed bootstrap would leave a partial system under the tag.
  if ! bootstrap "$WORK/base.tar" >"$WORK/log" 2>&1; then
    tail -n 25 "$WORK/log" >&2
    fail "could not build $BASE from $MIRROR" \
      "COFFERDAM_DEBIAN_MIRROR=http://... docker/build-sandbox.sh   # use a reachable mirror" \
      "docker load < debian-trixie-slim.tar   # or load the image, saved on another machine"
  fi
  docker import \
    --change 'CMD ["bash"]' \
    --change 'LABEL org.opencontainers.image.title="debian:trixie-slim (built locally)"' \
    --message "Debian $SUITE minbase from $MIRROR, built by mmdebstrap" \
    "$WORK/base.tar" "$BASE" >/dev/null
}

has_base || pull_base || make_base
