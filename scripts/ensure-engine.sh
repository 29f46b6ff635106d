#!/usr/bin/env bash
# Makes a Docker engine ready, and says what it does.
#
# An engine that answers is used as it is. Otherwise, on Debian and Ubuntu as root: installs the distribution's docker.io
# when it is missing, and starts the daemon. Anywhere else: prints the commands to run, and exits with 1.
# Right when run again or by several at once; never a second daemon.
set -euo pipefail

DEFAULT_SOCKET=/var/run/docker.sock
LOG=/var/log/dockerd.log
START_TIMEOUT=${COFFERDAM_ENGINE_TIMEOUT:-60}

say() { printf 'engine: %s\n' "$*"; }

# fail <message> [command...]: each further argument is one command that the reader can run.
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

# The socket that Docker's clients would use, empty when DOCKER_HOST names something else (tcp, ssh).
socket() {
  case ${DOCKER_HOST:-} in
    '') printf '%s' "$DEFAULT_SOCKET" ;;
    unix://*) printf '%s' "${DOCKER_HOST#unix://}" ;;
  esac
}

# The docker command need not be installed, and curl need not be either; Node is there anyway.
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

# The command knows contexts, TLS and ssh as well.
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
    # No use in waiting for a daemon that has ended.
    if ((SECONDS >= end)) || ! alive dockerd; then return 1; fi
  done
}

# Pids of a program in our own pid namespace: a daemon inside a container is not ours.
pids_of() { # <program>
  local directory name
  for directory in /proc/[0-9]*; do
    { read -r name <"$directory/comm"; } 2>/dev/null || continue
    [[ $name == "$1" && $(readlink "$directory/ns/pid") == "$(readlink /proc/self/ns/pid)" ]] || continue
    printf '%s\n' "${directory#/proc/}"
  done
}

alive() { [[ -n $(pids_of "$1") ]]; }

# An unclean end leaves pid files, whose number may by now be another program's: the daemon then refuses to start.
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
  # From Debian 13 on, the command has a package of its own.
  [[ -z $(apt-cache --names-only search '^docker-cli$') ]] || packages+=(docker-cli)
  # Where the kernel has AppArmor, the daemon loads a profile with this tool before each container.
  [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) != Y ]] || packages+=(apparmor)
  apt_install "${packages[@]}" || fail "docker.io could not be installed" "apt-get install --no-install-recommends ${packages[*]}"
}

mount_cgroups() {
  if ! grep -q ' /sys/fs/cgroup' /proc/self/mounts; then
    say "mounting /sys/fs/cgroup, which a service manager would have done"
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail "the daemon needs control groups, and they cannot be mounted here"
  fi
}

# Detached from us: its own session, so that it outlives this terminal, and without the lock, which it would hold for ever.
start_dockerd() {
  remove_stale_pid_files
  mount_cgroups
  say "starting dockerd without a service manager (log: $LOG)"
  setsid --fork dockerd >>"$LOG" 2>&1 </dev/null 9>&-
}

start_engine() {
  if alive dockerd; then
    say "a dockerd is running and does not answer yet"
  elif has_systemd; then
    say "starting docker with systemctl"
    systemctl start docker || fail "docker did not start" "systemctl status docker" "journalctl -u docker"
  else
    start_dockerd
  fi
}

explain_failure() {
  [[ ! -f $LOG ]] || tail -n 10 "$LOG" >&2
  if alive dockerd; then
    fail "dockerd is running, and has not answered for $START_TIMEOUT s"
  fi
  fail "dockerd has ended; its last words are above" "dockerd   # in a terminal, to see it all"
}

# Ends the script where this machine is not one that it may change.
require_permission() {
  local path
  path=$(socket)
  if [[ -n ${DOCKER_HOST:-} && $path != "$DEFAULT_SOCKET" ]]; then
    fail "no engine answers at DOCKER_HOST=$DOCKER_HOST" "unset DOCKER_HOST   # to use the local engine"
  fi
  if [[ -S $path && ! -w $path ]]; then
    # shellcheck disable=SC2016 # for the reader's shell
    fail "no permission on $path" 'sudo usermod -aG docker "$USER"   # then log in again; the group is as good as root'
  fi
  if ! is_root || ! has apt-get; then
    if has apt-get; then
      fail "no Docker engine answers" "sudo scripts/ensure-engine.sh" "# or: sudo apt-get install docker.io"
    elif has systemctl; then
      fail "no Docker engine answers" "sudo systemctl start docker   # Docker is to be installed first: https://docs.docker.com/engine/install/"
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
  flock --timeout 600 9 || fail "another run has been making the engine ready for 10 minutes"
  # The other run may have done it, and an installation can start the daemon by itself.
  if ! engine_answers; then
    has dockerd || install_engine
    engine_answers || start_engine
    wait_for_engine "$START_TIMEOUT" || explain_failure
  fi
  say "ready"
}

main
