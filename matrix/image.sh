#!/usr/bin/env bash
# Makes the root disk of a machine from Debian's packages: Node, Docker, Podman, runsc and what they need without root.
#
#   matrix/image.sh <trixie|sid> <directory>     writes <suite>.img (sparse), <suite>.vmlinuz and <suite>.initrd there
#
# Runs as root. The machine has no password: <directory>/key opens it for root, `member` (in the group docker) and `plain` (in no group).
#
# Environment: COFFERDAM_DEBIAN_MIRROR   URL of the package mirror (http://deb.debian.org/debian)
set -euo pipefail

SUITE=${1:?suite} OUT=${2:?directory}
MIRROR=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SIZE=14G
PACKAGES=(
  linux-image-cloud-amd64 systemd systemd-sysv systemd-resolved dbus dbus-user-session libpam-systemd udev kmod
  openssh-server iproute2 procps ca-certificates e2fsprogs util-linux mount
  docker.io docker-cli iptables nftables apparmor
  podman crun runc netavark aardvark-dns catatonit
  uidmap slirp4netns fuse-overlayfs passt rootlesskit
  runsc nodejs
)

say() { printf 'matrix: %s\n' "$*"; }

bootstrap() {
  local list
  list=$(printf '%s,' "${PACKAGES[@]}")
  # The mirror may be a snapshot, whose release file has expired.
  mmdebstrap --quiet --mode=root --variant=minbase --components=main \
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --include="${list%,}" "$SUITE" "$ROOT" "deb $MIRROR $SUITE main"
}

in_root() { chroot "$ROOT" "$@"; }

allow_key() { # <home> <user>
  in_root install -d -m 700 -o "$2" -g "$2" "$1/.ssh"
  install -m 600 "$OUT/key.pub" "$ROOT$1/.ssh/authorized_keys"
  in_root chown "$2:$2" "$1/.ssh/authorized_keys"
}

configure() {
  printf 'matrix\n' >"$ROOT/etc/hostname"
  printf '127.0.0.1 localhost matrix\n' >"$ROOT/etc/hosts"
  printf '/dev/vda / ext4 defaults,noatime 0 1\n' >"$ROOT/etc/fstab"
  printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n' >"$ROOT/etc/systemd/network/10-wired.network"
  ln -sf /run/systemd/resolve/stub-resolv.conf "$ROOT/etc/resolv.conf"
  # An environment starts the one engine that it tests.
  in_root systemctl --quiet enable systemd-networkd systemd-resolved ssh
  in_root systemctl --quiet disable docker.service docker.socket containerd podman.socket podman.service podman-restart.service \
    podman-auto-update.timer apt-daily.timer apt-daily-upgrade.timer || true
  in_root useradd --create-home --shell /bin/bash --groups docker member
  in_root useradd --create-home --shell /bin/bash plain
  # A rootless engine needs a service manager that runs without a login.
  install -D /dev/null "$ROOT/var/lib/systemd/linger/plain"
  # Rootless engines can only set limits that systemd delegates.
  mkdir -p "$ROOT/etc/systemd/system/user@.service.d"
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >"$ROOT/etc/systemd/system/user@.service.d/delegate.conf"
  allow_key /root root
  allow_key /home/member member
  allow_key /home/plain plain
}

mkdir -p "$OUT"
[[ -f $OUT/key ]] || ssh-keygen -q -t ed25519 -N '' -f "$OUT/key"
ROOT=$(mktemp -d "$OUT/root.XXXXXX")
trap 'rm -rf "$ROOT" "$OUT/$SUITE.part"' EXIT
begun=$SECONDS
say "making a machine of Debian $SUITE from $MIRROR"
bootstrap
configure
cp "$(printf '%s\n' "$ROOT"/boot/vmlinuz-* | tail -n 1)" "$OUT/$SUITE.vmlinuz"
cp "$(printf '%s\n' "$ROOT"/boot/initrd.img-* | tail -n 1)" "$OUT/$SUITE.initrd"
truncate -s "$SIZE" "$OUT/$SUITE.part"
mke2fs -q -t ext4 -L root -d "$ROOT" "$OUT/$SUITE.part"
mv "$OUT/$SUITE.part" "$OUT/$SUITE.img"
say "$OUT/$SUITE.img is ready ($(du -m "$OUT/$SUITE.img" | cut -f1) MiB on disk, $((SECONDS - begun)) s)"
