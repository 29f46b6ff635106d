#!/bin/sh
# The last part of every image's installation, in the same layer: removes caches, logs and set-uid bits, and adds the user.
set -eu

apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log /tmp/*
# Set-uid bits have no effect in a sandbox (commands run with no_new_privs) and would only widen the damage of a mistake.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
groupadd --gid 1000 sandbox
useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash sandbox
# git refuses repositories of other users. In a sandbox there is one user, and workspaces and mounts may belong to another.
# git-lfs has put its own settings there.
printf '[safe]\n\tdirectory = *\n' >>/etc/gitconfig
install -d -o sandbox -g sandbox /workspace
# A login shell's /etc/profile replaces PATH: add the user's directories again.
echo 'PATH="$HOME/.local/bin:$HOME/.npm-global/bin:$PATH"' >/etc/profile.d/sandbox.sh
