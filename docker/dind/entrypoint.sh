#!/bin/sh
# Starts a Docker engine in a container: on the container's own socket, and over TLS on port 2376.
#
#   docker run … cofferdam-dind [options of dockerd...]
#
# Environment: DOCKER_TLS_CERTDIR   the directory of the certificates, which are created if missing (/certs)
#              DIND_NAMES           further names by which clients reach this engine, separated by spaces (docker)
set -eu

CERTIFICATES=${DOCKER_TLS_CERTDIR:-/certs}

# An unprivileged container sees /proc/sys and cgroups read-only. CAP_SYS_ADMIN allows changing that in its own mount namespace.
for target in /proc/sys $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts); do
  mount -o remount,bind,rw "$target" || echo "dind: $target stays read-only" >&2
done
# The engine's mounts must be visible to the containers that it starts.
mount --make-rshared /

# A cgroup (v2) with processes cannot have controllers for its children: move the processes aside, like moby's script.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs || true
  sed 's/ / +/g; s/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi

# Fall back to legacy iptables on a kernel without nftables.
if ! iptables --numeric --list >/dev/null 2>&1 && iptables-legacy --numeric --list >/dev/null 2>&1; then
  update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
fi

# shellcheck disable=SC2046,SC2086 # words, each of them
certificates.sh "$CERTIFICATES" "$(hostname)" $(hostname -I 2>/dev/null) ${DIND_NAMES:-docker}

# Left behind by an engine that was killed.
rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
exec dockerd --host unix:///var/run/docker.sock --host tcp://0.0.0.0:2376 --tlsverify \
  --tlscacert "$CERTIFICATES/server/ca.pem" --tlscert "$CERTIFICATES/server/cert.pem" --tlskey "$CERTIFICATES/server/key.pem" "$@"
