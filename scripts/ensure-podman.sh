#!/usr/bin/env bash
# Makes sure that Podman and gVisor are installed, which the tests with other kinds of engines need, and prints what it does.
#
# As root on Debian, installs it from the distribution's packages (about 70 MB). Elsewhere only prints how to install it; those
# tests are then skipped. It is not started: a test starts a service of its own.
set -euo pipefail

say() { printf 'podman: %s\n' "$*"; }

install_podman() {
  say "installing podman and runsc from the distribution's packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends podman crun runsc >/dev/null
}

if command -v podman >/dev/null && command -v runsc >/dev/null; then
  say "ready"
elif [[ $(id -u) != 0 || ! -e /etc/debian_version ]]; then
  say "podman or runsc is missing, so it is not tested; on Debian, run: sudo apt-get install podman runsc"
elif install_podman && command -v podman >/dev/null && command -v runsc >/dev/null; then
  say "ready"
else
  say "could not install podman and runsc, so what is missing is not tested"
fi
