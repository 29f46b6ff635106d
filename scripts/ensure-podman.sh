#!/usr/bin/env bash
# Makes sure that Podman and gVisor are installed, which the tests with other kinds of engines need, and prints what it does.
#
# As root on Debian, installs them from the distribution's packages (about 80 MB), with netavark for Podman's networks. Elsewhere only prints how to install it; those
# tests are then skipped. It is not started: a test starts a service of its own.
set -euo pipefail

PACKAGES=(podman crun runsc netavark iproute2)

say() { printf 'podman: %s\n' "$*"; }

install_podman() {
  say "installing podman, netavark and runsc from the distribution's packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "${PACKAGES[@]}" >/dev/null
}

is_complete() { command -v podman >/dev/null && command -v runsc >/dev/null && command -v ip >/dev/null && [[ -e /usr/lib/podman/netavark ]]; }

if is_complete; then
  say "ready"
elif [[ $(id -u) != 0 || ! -e /etc/debian_version ]]; then
  say "podman, its netavark or runsc is missing, so it is not tested; on Debian, run: sudo apt-get install ${PACKAGES[*]}"
elif install_podman && is_complete; then
  say "ready"
else
  say "could not install ${PACKAGES[*]}, so what is missing is not tested"
fi
