#!/usr/bin/env bash
# Makes sure that a Docker engine is running, and prints what it does.
#
# Uses an engine that answers as is. Otherwise, as root on Debian and Ubuntu: installs the distribution's docker.io if it is
# missing, and starts the daemon. Elsewhere: prints the commands to run and exits with 1.
# Can be run repeatedly and concurrently; never starts a second daemon.
#
# Environment: COFFERDAM_ENGINE_TIMEOUT   how long to wait for the daemon, in seconds (60)
set -euo pipefail

DEFAULT_SOCKET=/var/run/docker.sock
LOG=/var/log/dockerd.log
START_TIMEOUT=${COFFERDAM_ENGINE_TIMEOUT:-60}

say() { printf 'engine: %s\n' "$*"; }

# fail <message> [command...]: prints the message and the commands that fix it, one per argument.
fail() {
  printf 'engine: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'engine: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

is_root() { [[ $(id -u) == 0 ]]; }
has() { command -v "$1" >/dev/null; }
has_systemd() { [[ -d /run/systemd/system ]]; }

# The socket that Docker's clients would use; empty if DOCKER_HOST is not a socket (tcp, ssh).
socket() {
  case ${DOCKER_HOST:-} in
    '') printf '%s' "$DEFAULT_SOCKET" ;;
    unix://*) printf '%s' "${DOCKER_HOST#unix://}" ;;
  esac
}

# Neither the docker command nor curl needs to be installed: Node is available anyway.
socket_answers() { # <socket>
  [[ -S $1 ]] || return 1
  if has curl; then
    [[ $(curl --silent --max-time 5 --unix-socket "$1" http://docker/_ping 2>/dev/null) == OK ]]
  elif has node; then
    node -e 'require("node:http").get({ socketPath: process.argv[1], path: "/_ping", timeout: 5000 },
      (reply) => process.exit(reply.statusCode === 200 ? 0 : 1)
    ).on("error", () => process.exit(1)).on("timeout", () => process.exit(1))' "$1"
  else
    return 1
  fi
}

# The docker command also supports contexts, TLS and ssh.
command_answers() {
  has docker && timeout 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

engine_answers() {
  local path
  path=$(socket)
  { [[ -n $path ]] && socket_answers "$path"; } || command_answers
}

wait_for_engine() { # <seconds>
  local end=$((SECONDS + $1))
  until engine_answers; do
    sleep 0.3
    # Do not wait for a daemon that has ended.
    if ((SECONDS >= end)) || ! alive dockerd; then return 1; fi
  done
}

# Pids of a program in our own pid namespace, to ignore daemons inside containers.
pids_of() { # <program>
  local directory name
  for directory in /proc/[0-9]*; do
    { read -r name <"$directory/comm"; } 2>/dev/null || continue
    [[ $name == "$1" && $(readlink "$directory/ns/pid") == "$(readlink /proc/self/ns/pid)" ]] || continue
    printf '%s\n' "${directory#/proc/}"
  done
}

alive() { [[ -n $(pids_of "$1") ]]; }

# A killed daemon leaves pid files. If another program has such a pid by now, the next daemon refuses to start.
remove_stale_pid_files() {
  local file
  for file in /run/docker.pid /run/docker/containerd/containerd.pid /run/docker/containerd/docker-containerd.pid; do
    [[ -f $file ]] || continue
    case $file in
      */containerd/*) alive containerd && continue ;;
      *) alive dockerd && continue ;;
    esac
    say "removing the stale $file"
    rm -f "$file"
  done
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$@" >/dev/null
}

install_engine() {
  local -a packages=(docker.io iptables)
  say "installing docker.io from the distribution's packages"
  apt-get update -qq >/dev/null || fail "apt-get update failed" "apt-get update"
  # Since Debian 13, the docker command is a separate package.
  [[ -z $(apt-cache --names-only search '^docker-cli$') ]] || packages+=(docker-cli)
  # With AppArmor in the kernel, the daemon needs this tool to load its profile.
  [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) != Y ]] || packages+=(apparmor)
  apt_install "${packages[@]}" || fail "could not install docker.io" "apt-get install --no-install-recommends ${packages[*]}"
}

mount_cgroups() {
  if ! grep -q ' /sys/fs/cgroup' /proc/self/mounts; then
    say "mounting /sys/fs/cgroup, because no service manager has"
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail "could not mount control groups, which the daemon needs"
  fi
}

# In its own session, so that it outlives this terminal, and without the lock's descriptor, which it would hold forever.
start_dockerd() {
  remove_stale_pid_files
  mount_cgroups
  say "starting dockerd without a service manager (log: $LOG)"
  setsid --fork dockerd >>"$LOG" 2>&1 </dev/null 9>&-
}

start_engine() {
  if alive dockerd; then
    say "waiting for a dockerd that is already running"
  elif has_systemd; then
    say "starting docker with systemctl"
    systemctl start docker || fail "could not start docker" "systemctl status docker" "journalctl -u docker"
  else
    start_dockerd
  fi
}

explain_failure() {
  [[ ! -f $LOG ]] || tail -n 10 "$LOG" >&2
  if alive dockerd; then
    fail "dockerd is running but has not answered within $START_TIMEOUT s"
  fi
  fail "dockerd has exited; the end of its log is above" "dockerd   # in a terminal, to see all of its output"
}

# Exits if the script may not or cannot set up an engine on this machine.
require_permission() {
  local path
  path=$(socket)
  if [[ -n ${DOCKER_HOST:-} && $path != "$DEFAULT_SOCKET" ]]; then
    fail "no engine answers at DOCKER_HOST=$DOCKER_HOST" "unset DOCKER_HOST   # to use the local engine"
  fi
  if [[ -S $path && ! -w $path ]]; then
    # shellcheck disable=SC2016 # expanded by the user's shell
    fail "no permission on $path" 'sudo usermod -aG docker "$USER"   # then log in again; members of the group are as good as root'
  fi
  if ! is_root || ! has apt-get; then
    if has apt-get; then
      fail "no Docker engine answers" "sudo scripts/ensure-engine.sh" "# or: sudo apt-get install docker.io"
    elif has systemctl; then
      fail "no Docker engine answers" "sudo systemctl start docker   # if Docker is not installed yet: https://docs.docker.com/engine/install/"
    fi
    fail "no Docker engine answers" "# install and start Docker: https://docs.docker.com/get-started/get-docker/"
  fi
}

main() {
  if engine_answers; then
    say "ready"
    return
  fi
  require_permission

  exec 9>/run/cofferdam-engine.lock
  flock --timeout 600 9 || fail "another run of this script has been setting up the engine for 10 minutes"
  # Check again: another run may have started the engine, and so may the installation.
  if ! engine_answers; then
    has dockerd || install_engine
    engine_answers || start_engine
    wait_for_engine "$START_TIMEOUT" || explain_failure
  fi
  say "ready"
}

main
