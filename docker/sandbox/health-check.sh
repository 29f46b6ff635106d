#!/bin/sh
# Is a sandbox healthy? Exits with 0 when it is, with 1 when not and says why, with 2 when called wrongly.
#
#   health-check.sh                  inside of a container (as a HEALTHCHECK): memory, processes, workspace
#   health-check.sh <container>...   from outside: engine, state, and then the same inside, as the user 1000
#
# Environment: HEALTH_TIMEOUT   seconds that the engine may take for each answer (10)
#              HEALTH_PERCENT   share of a limit from which on it counts as exhausted (95)
set -u

TIMEOUT=${HEALTH_TIMEOUT:-10}
PERCENT=${HEALTH_PERCENT:-95}

unhealthy() {
  printf 'unhealthy: %s\n' "$*"
  exit 1
}

# Inside, nothing but the shell's own words until the last: where processes or memory are used up, others can't be started.

# Sets VALUE to the first line of the first of these files that is there: cgroup v2 has one directory, v1 one a controller.
value() {
  VALUE=
  for file in "$@"; do
    if [ -r "$file" ]; then
      read -r VALUE <"$file"
      return
    fi
  done
}

# Sets USED to the memory in use. Page cache counts as used, and goes as soon as it is needed.
used_memory() {
  value /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes
  USED=$VALUE
  cache=0
  for file in /sys/fs/cgroup/memory.stat /sys/fs/cgroup/memory/memory.stat; do
    [ -r "$file" ] || continue
    # v1 has both words, and means by the first one its own group alone; it comes first.
    while read -r word bytes; do
      case $word in inactive_file | total_inactive_file) cache=$bytes ;; esac
    done <"$file"
    break
  done
  USED=$((USED - cache))
}

# <what> <used> <limit>; "max", and v1's huge number, mean no limit.
check_share() {
  case $2:$3 in *[!0-9:]* | :* | *:) return ;; esac
  [ ${#3} -lt 18 ] && [ "$3" -gt 0 ] || return
  [ $(($2 * 100 / $3)) -lt "$PERCENT" ] || unhealthy "$1: $2 of $3 in use"
}

inside() {
  used_memory
  value /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes
  check_share memory "$USED" "$VALUE"
  value /sys/fs/cgroup/pids.current /sys/fs/cgroup/pids/pids.current
  USED=$VALUE
  value /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max
  check_share processes "$USED" "$VALUE"
  file=${WORKSPACE:-/workspace}/.health-$$
  { echo healthy >"$file"; } 2>/dev/null || unhealthy "${WORKSPACE:-/workspace} can't be written"
  rm -f "$file" || unhealthy 'no program can be started'
  echo healthy
}

docker_says() { timeout "$TIMEOUT" docker "$@" 2>&1; }

outside() { # <container>
  state=$(docker_says inspect --type container --format '{{.State.Status}}' "$1") ||
    unhealthy "$1: $(printf '%s' "${state:-the engine does not answer}" | tail -n 1)"
  [ "$state" = running ] || unhealthy "$1 is $state"
  # This script goes with it: the image may be of any kind.
  answer=$(timeout "$TIMEOUT" docker exec --interactive --user 1000 --env "HEALTH_PERCENT=$PERCENT" "$1" sh -s -- --inside <"$0" 2>&1)
  case $? in
    0) printf '%s: %s\n' "$1" "$answer" ;;
    124) unhealthy "$1 did not answer within $TIMEOUT s" ;;
    *) unhealthy "$1: ${answer#unhealthy: }" ;;
  esac
}

case ${1:-} in
  '' | --inside) inside ;;
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0" ;;
  -*)
    printf 'health-check: unknown option %s\n' "$1" >&2
    exit 2
    ;;
  *) for container in "$@"; do outside "$container"; done ;;
esac
