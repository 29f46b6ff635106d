#!/usr/bin/env bash
# Makes sure that Podman is installed, which the tests with a second kind of engine need, and prints what it does.
#
# As root on Debian, installs it from the distribution's packages (about 40 MB). Elsewhere only prints how to install it; those
# tests are then skipped. It is not started: a test starts a service of its own.
set -euo pipefail

say() { printf 'podman: %s\n' "$*"; }

install_podman() {
  say "installing podman from the distribution's packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends podman crun >/dev/null
}

if command -v podman >/dev/null; then
  say "ready"
elif [[ $(id -u) != 0 || ! -e /etc/debian_version ]]; then
  say "podman is missing, so it is not tested; on Debian, run: sudo apt-get install podman"
elif install_podman && command -v podman >/dev/null; then
  say "ready"
else
  say "could not install podman, so it is not tested"
fi
