#!/bin/sh
# Checks whether a sandbox is healthy. Exits with 0 if it is, with 1 and a reason if not, with 2 for wrong usage.
#
#   health-check.sh                  inside a container (as its HEALTHCHECK): memory, processes, workspace
#   health-check.sh <container>...   from outside: engine and state, then the same checks inside, as user 1000
#
# Environment: HEALTH_TIMEOUT   how long the engine may take for each answer, in seconds (10)
#              HEALTH_PERCENT   percentage of a limit at which it counts as exhausted (95)
set -u

TIMEOUT=${HEALTH_TIMEOUT:-10}
PERCENT=${HEALTH_PERCENT:-95}

unhealthy() {
  printf 'unhealthy: %s\n' "$*"
  exit 1
}

# Inside, only shell built-ins until the end: when processes or memory are used up, no program can be started.

# Sets VALUE to the first line of the first file that exists: cgroup v2 has one directory, v1 one per controller.
value() {
  VALUE=
  for file in "$@"; do
    if [ -r "$file" ]; then
      read -r VALUE <"$file"
      return
    fi
  done
}

# Sets USED to the memory in use without inactive page cache, which the kernel frees on demand.
used_memory() {
  value /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes
  USED=$VALUE
  cache=0
  for file in /sys/fs/cgroup/memory.stat /sys/fs/cgroup/memory/memory.stat; do
    [ -r "$file" ] || continue
    # v1 has both: inactive_file, which comes first and excludes child groups, and the total. The last one wins.
    while read -r word bytes; do
      case $word in inactive_file | total_inactive_file) cache=$bytes ;; esac
    done <"$file"
    break
  done
  USED=$((USED - cache))
}

# check_share <what> <used> <limit>: "max", and the huge number of v1, mean no limit.
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
  { echo healthy >"$file"; } 2>/dev/null || unhealthy "${WORKSPACE:-/workspace} is not writable"
  rm -f "$file" || unhealthy 'could not start a program'
  echo healthy
}

docker_says() { timeout "$TIMEOUT" docker "$@" 2>&1; }

outside() { # <container>
  state=$(docker_says inspect --type container --format '{{.State.Status}}' "$1") ||
    unhealthy "$1: $(printf '%s' "${state:-the engine does not answer}" | tail -n 1)"
  [ "$state" = running ] || unhealthy "$1 is $state"
  # Sends this script along, because the image may not have it.
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
