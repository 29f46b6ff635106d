#!/usr/bin/env bash
# Makes sure that Chromium is installed, which the tests of the example's page need, and prints what it does.
#
# As root on Debian, installs it from the distribution's packages (124 MB). Elsewhere only prints how to install it; those tests
# are then skipped.
set -euo pipefail

say() { printf 'browser: %s\n' "$*"; }

install_chromium() {
  say "installing chromium from the distribution's packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends chromium >/dev/null
}

if [[ -x /usr/bin/chromium ]]; then
  say "ready"
elif [[ $(id -u) != 0 || ! -e /etc/debian_version ]]; then
  say "/usr/bin/chromium is missing, so the example's page is not tested; on Debian, run: sudo apt-get install chromium"
elif install_chromium && [[ -x /usr/bin/chromium ]]; then
  say "ready"
else
  say "could not install chromium, so the example's page is not tested"
fi
