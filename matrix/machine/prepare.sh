#!/usr/bin/env bash
# Runs in a machine, as root: starts the engine of an environment and loads the images into it.
#
#   prepare.sh <environment>       prints who runs the tests, and the engine's address ("-" for the usual socket)
set -euo pipefail

IMAGES=/dev/vdb

as_plain() {
  local uid
  uid=$(id -u plain)
  runuser -u plain -- env XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" HOME=/home/plain \
    PATH="$PATH:/usr/share/docker.io/contrib" "$@"
}

settings() { # <json>: of the daemon
  mkdir -p /etc/docker
  printf '%s\n' "$1" >/etc/docker/daemon.json
}

docker_answers() {
  local try
  for ((try = 0; try < 300; try++)); do
    docker version >/dev/null 2>&1 && return
    sleep 1
  done
  journalctl -u docker --no-pager -n 30 >&2
  return 1
}

docker_engine() {
  systemctl start docker
  docker_answers
  docker load -q <"$IMAGES" >&2
}

rootless_docker() {
  local module
  # As an administrator must: an ordinary user cannot load modules. Without br_netfilter, no network for sandboxes can be made.
  for module in br_netfilter ip_tables iptable_nat iptable_filter nf_tables; do modprobe "$module" || true; done
  # It fails at its end, after the daemon is up, because Debian keeps the docker command elsewhere.
  (cd / && as_plain dockerd-rootless-setuptool.sh install --force >&2) || true
  DOCKER_HOST=unix:///run/user/$(id -u plain)/docker.sock
  export DOCKER_HOST
  docker_answers
  docker load -q <"$IMAGES" >&2
}

case ${1:?environment} in
  docker-26 | docker-28)
    docker_engine
    echo root -
    ;;
  docker-group)
    docker_engine
    echo member -
    ;;
  docker-containerd)
    settings '{ "features": { "containerd-snapshotter": true } }'
    docker_engine
    echo root -
    ;;
  docker-userns)
    settings '{ "userns-remap": "default" }'
    docker_engine
    echo root -
    ;;
  docker-rootless)
    rootless_docker
    echo plain "$DOCKER_HOST"
    ;;
  runsc)
    settings '{ "runtimes": { "runsc": { "path": "/usr/bin/runsc" } } }'
    docker_engine
    echo root -
    ;;
  podman | podman-58)
    systemctl start podman.socket
    podman load -q <"$IMAGES" >&2
    echo root unix:///run/podman/podman.sock
    ;;
  podman-rootless)
    (
      cd /
      as_plain systemctl --user start podman.socket
      as_plain podman load -q <"$IMAGES" >&2
    )
    echo plain "unix:///run/user/$(id -u plain)/podman/podman.sock"
    ;;
  *)
    printf 'prepare: no environment %s\n' "$1" >&2
    exit 2
    ;;
esac
