#!/bin/sh
# What every image's installation ends with, in the same layer: caches and logs go, set-uid bits go, the user comes.
set -eu

apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log /tmp/*
# Of no use in a sandbox (commands run with no_new_privs); they only widen what a mistake could reach.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
groupadd --gid 1000 sandbox
useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash sandbox
install -d -o sandbox -g sandbox /workspace
# A login shell's /etc/profile replaces PATH: put the user's folders back.
echo 'PATH="$HOME/.local/bin:$HOME/.npm-global/bin:$PATH"' >/etc/profile.d/sandbox.sh
