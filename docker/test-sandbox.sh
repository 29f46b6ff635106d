#!/usr/bin/env bash
# Tests sandbox images on a real engine, with `docker run` and the limits of sandbox/limits.conf: user, capabilities, limits,
# network isolation, read-only root, core dumps, logs, timeout. Then exercises each program named in the image's label
# cofferdam.programs (programs.sh).
#
#   docker/test-sandbox.sh [image...]     (ai-sandbox:latest)
#
# Exits with 1 if a check fails. Build the images first (docker/build-sandbox.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LABEL=cofferdam.check=$$
failed=0
passed=0

limit() { sed -n "s/^$1=\(.*\)\$/\1/p" "$HERE/sandbox/limits.conf"; }

MEMORY=$(limit SANDBOX_MEMORY)
PIDS=$(limit SANDBOX_PIDS)
CPUS=$(limit SANDBOX_CPUS)

# The settings of sandbox/docker-compose.yml as options of docker run, except for the root file system.
HARDENED=(--label "$LABEL" --user 1000:1000 --network none --cap-drop ALL --init --log-driver none
  --security-opt no-new-privileges:true --security-opt "seccomp=$HERE/seccomp.json"
  --memory "$MEMORY" --memory-swap "$MEMORY" --pids-limit "$PIDS" --ulimit core=0 --ulimit "nofile=$(limit SANDBOX_NOFILE)")
READ_ONLY=(--read-only --cpus "$CPUS" --tmpfs "/tmp:size=$(limit SANDBOX_TMP),nosuid,nodev,mode=1777")

sandbox() { # <options of docker run...> -- <command...>
  local -a options=()
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  timeout --kill-after=5 120 docker run --rm "${HARDENED[@]}" "${READ_ONLY[@]}" ${options[@]+"${options[@]}"} "$IMAGE" "$@"
}

judge() { # <what> <expected pattern> <actual>
  # shellcheck disable=SC2053 # it is a pattern
  if [[ $3 == $2 ]]; then
    printf 'ok      %s\n' "$1"
    passed=$((passed + 1))
  else
    printf 'FAILED  %s: expected %q, got %q\n' "$1" "$2" "$3"
    failed=$((failed + 1))
  fi
}

# Registers a check; run_checks runs all of them in one container.
check() { # <what> <pattern> <command in the sandbox>
  WHATS+=("$1")
  PATTERNS+=("$2")
  COMMANDS+=("$3")
}

run_checks() {
  local output index mark='--- end of a check ---'
  output=$(sandbox -- sh -c 'for command; do sh -c "$command" 2>&1; printf "\n%s\n" "'"$mark"'"; done' sh "${COMMANDS[@]}") || true
  for index in "${!COMMANDS[@]}"; do
    # The output before the mark, without trailing newlines, like a command substitution.
    judge "${WHATS[index]}" "${PATTERNS[index]}" "$(printf '%s' "${output%%"$mark"*}")"
    output=${output#*"$mark"$'\n'}
  done
}

cleanup() {
  local left
  left=$(docker ps --all --quiet --filter "label=$LABEL")
  # shellcheck disable=SC2086 # ids, one word each
  [[ -z $left ]] || docker rm --force --volumes $left >/dev/null 2>&1 || true
}

check_user() {
  check 'commands run as user 1000' '1000:1000' 'echo "$(id -u):$(id -g)"'
  check 'sudo and set-uid programs are missing' '' 'find / -xdev -type f -perm /6000 2>/dev/null; command -v sudo'
  check 'privileges cannot be gained' '1' "sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status"
  check 'no capability is held or can be gained' '0000000000000000 0000000000000000' \
    "echo \$(sed -n 's/^Cap\(Eff\|Bnd\):[[:space:]]*//p' /proc/self/status)"
  check 'system calls are filtered' '2' "sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status"
}

check_files() {
  check 'the root file system is read-only' '*Read-only file system*Read-only file system*' 'touch /etc/x; touch /usr/x'
  check '/tmp is writable, up to its size' '*No space left*' 'echo x >/tmp/file && head -c 100000000 /dev/zero >/tmp/fill; rm /tmp/*'
  check 'other writable directories are in memory' 'memory' '
    find / -path /proc -prune -o -path /sys -prune -o -type d -writable -print 2>/dev/null | while read -r directory; do
      df --output=fstype "$directory" | tail -n 1
    done | grep -Evx "tmpfs|mqueue" || echo memory'
}

check_network() {
  check 'loopback is the only network interface' 'lo' 'ls /sys/class/net'
  check 'the outside is unreachable' '*Network is unreachable*' 'bash -c "exec 3<>/dev/tcp/192.0.2.1/53"'
}

check_limits() {
  local period=100000 core='0 nothing'
  check 'memory is limited, including swap' "$((${MEMORY%m} * 1024 * 1024))" 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'
  check 'CPU time is limited' "$(awk "BEGIN { print $CPUS * $period }") $period" \
    'cd /sys/fs/cgroup; cat cpu.max 2>/dev/null || echo "$(cat cpu/cpu.cfs_quota_us)" "$(cat cpu/cpu.cfs_period_us)"'
  check 'processes are limited' "$PIDS" 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null'
  check 'open files are limited' "$(limit SANDBOX_NOFILE)" 'ulimit -Hn'
  check 'core dumps are off' "$core" 'cd /tmp; sh -c "kill -ABRT \$\$" 2>/dev/null; echo "$(ulimit -Hc) $(ls | grep . || echo nothing)"'
}

check_ends() {
  local status=0 begun=$SECONDS container
  judge 'a fork bomb hits the limit' '*ork*' "$(sandbox -- sh -c 'for i in $(seq 200); do sleep 5 & done; true' 2>&1 || true)"
  sandbox -- sh -c 'head -c 700000000 /dev/zero | tail' >/dev/null 2>&1 || status=$?
  judge 'a program that exceeds the memory limit is killed' '@(1|137)' "$status"
  status=0
  sandbox --env SANDBOX_TIMEOUT=2 -- sh -c 'trap "" TERM; sleep 60 & wait; sleep 60' >/dev/null 2>&1 || status=$?
  judge 'a deadline kills a command that ignores SIGTERM' '@(124|137)' "$status"
  judge 'the deadline is kept' yes "$( ((SECONDS - begun < 50)) && echo yes || echo "after $((SECONDS - begun)) s")"
  status=0
  sandbox -- sh -c 'exit 7' || status=$?
  judge 'the exit code is the command’s' 7 "$status"
  container=$(docker run --detach "${HARDENED[@]}" "${READ_ONLY[@]}" "$IMAGE" sh -c 'head -c 10000000 /dev/zero')
  timeout 60 docker wait "$container" >/dev/null || true
  judge 'output fills no log on the host' '' "$(docker inspect --format '{{.LogPath}}' "$container")"
}

# With a writable root file system, as in a conversation's sandbox.
check_programs() {
  local programs output
  programs=$(docker image inspect --format '{{index .Config.Labels "cofferdam.programs"}}' "$IMAGE")
  [[ -n $programs ]] || return 0
  # shellcheck disable=SC2086 # names, one word each
  output=$(timeout --kill-after=5 600 docker run --rm --interactive --env VERBOSE=1 "${HARDENED[@]}" "$IMAGE" bash -s -- $programs \
    <"$HERE/programs.sh" 2>&1) || true
  printf '%s\n' "$output" | sed 's/^ok  /ok     /; s/^FAIL/FAILED /'
  passed=$((passed + $(grep -c '^ok ' <<<"$output")))
  [[ $output == *': 0 failed' ]] || failed=$((failed + 1))
}

trap cleanup EXIT
for IMAGE in "${@:-ai-sandbox:latest}"; do
  docker image inspect "$IMAGE" >/dev/null 2>&1 || {
    printf 'test-sandbox: image %s not found; build it with docker/build-sandbox.sh\n' "$IMAGE" >&2
    exit 1
  }
  printf '%s\n' "$IMAGE"
  WHATS=() PATTERNS=() COMMANDS=()
  check_user
  check_files
  check_network
  check_limits
  run_checks
  check_ends
  check_programs
done

printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
