#!/usr/bin/env bash
# Whether /dev/kvm runs a stock kernel: matrix/kvm-works.sh <vmlinuz>
#
# Opening the device proves nothing, nor does making a virtual processor: some hosts' module only runs kernels made for it. So this
# boots the kernel, without a disk, and waits for its first line.
set -uo pipefail

KERNEL=${1:?kernel}

[[ -r /dev/kvm && -w /dev/kvm ]] || exit 1
console=$(mktemp)
trap 'rm -f "$console"' EXIT
timeout 8 qemu-system-x86_64 -accel kvm -cpu host -m 512 -nodefaults -no-user-config -display none -no-reboot \
  -serial "file:$console" -kernel "$KERNEL" -append 'console=ttyS0 panic=-1' >/dev/null 2>&1
grep -aq 'Linux version' "$console"
