#!/usr/bin/env bash
# Makes Chromium ready, which the tests of the example's page use, and says what it does.
#
# On Debian as root, it is installed from the distribution's packages (124 MB). Anywhere else it is only said how to: those tests are
# then skipped, and the others are not.
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
  say "there is no /usr/bin/chromium: the page of the example is not tested. On Debian: sudo apt-get install chromium"
elif install_chromium && [[ -x /usr/bin/chromium ]]; then
  say "ready"
else
  say "chromium could not be installed: the page of the example is not tested"
fi
