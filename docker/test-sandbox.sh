#!/usr/bin/env bash
# Tests an image of a sandbox against a real engine, started by hand with the limits of sandbox/limits.conf: limits, user, network
# isolation, read-only root, capabilities, core dumps, timeout.
#
#   docker/test-sandbox.sh [image]     ai-sandbox:latest
#
# Exits with 1 when a check fails. Build the image first (docker/build-sandbox.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
IMAGE=${1:-ai-sandbox:latest}
LABEL=cofferdam.test=$$
failed=0
passed=0

limit() { sed -n "s/^$1=\(.*\)\$/\1/p" "$HERE/sandbox/limits.conf"; }

MEMORY=$(limit SANDBOX_MEMORY)
PIDS=$(limit SANDBOX_PIDS)
CPUS=$(limit SANDBOX_CPUS)

# As sandbox/docker-compose.yml does it.
sandbox() { # <options of docker run...> -- <command...>
  local -a options=()
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  timeout --kill-after=5 90 docker run --rm --label "$LABEL" --user 1000:1000 --network none --read-only --cap-drop ALL \
    --security-opt no-new-privileges:true --security-opt "seccomp=$HERE/seccomp.json" \
    --memory "$MEMORY" --memory-swap "$MEMORY" --cpus "$CPUS" --pids-limit "$PIDS" --ulimit core=0 --ulimit nofile=1024 \
    --tmpfs "/tmp:size=$(limit SANDBOX_TMP),nosuid,nodev,mode=1777" --init \
    ${options[@]+"${options[@]}"} "$IMAGE" "$@"
}

# check <what> <expected, a pattern> <command in the sandbox>
check() {
  local output
  output=$(sandbox -- sh -c "$3" 2>&1) || true
  judge "$1" "$2" "$output"
}

judge() { # <what> <pattern> <output>
  # shellcheck disable=SC2053 # it is a pattern
  if [[ $3 == $2 ]]; then
    printf 'ok      %s\n' "$1"
    passed=$((passed + 1))
  else
    printf 'FAILED  %s: expected %q, got %q\n' "$1" "$2" "$3"
    failed=$((failed + 1))
  fi
}

cleanup() {
  local left
  left=$(docker ps --all --quiet --filter "label=$LABEL")
  # shellcheck disable=SC2086 # ids, one word each
  [[ -z $left ]] || docker rm --force $left >/dev/null 2>&1 || true
}
trap cleanup EXIT

docker image inspect "$IMAGE" >/dev/null 2>&1 || {
  printf 'test-sandbox: there is no image %s; run docker/build-sandbox.sh\n' "$IMAGE" >&2
  exit 1
}

check 'commands run as user 1000' '1000:1000' 'echo "$(id -u):$(id -g)"'
check 'sudo and set-uid programs are not there' '' 'find / -xdev -type f -perm /6000 2>/dev/null; command -v sudo'
check 'privileges can not be gained' '*NoNewPrivs:*1*' 'grep NoNewPrivs /proc/self/status'
check 'no capability is held' '0000000000000000' "sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status"
check 'system calls are filtered' '2' "sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status"
check 'the root file system is read-only' '*Read-only file system*' 'touch /etc/x /usr/x'
check '/tmp can be written, up to its size' '*No space left*' 'echo x >/tmp/file && head -c 100000000 /dev/zero >/tmp/fill'
check 'there is no network but loopback' 'lo' 'ls /sys/class/net'
check 'nothing outside can be reached' '*nreachable*' "python3 - <<'PROGRAM' 2>&1 || node -e 'require(\"net\").connect(53, \"192.0.2.1\").on(\"error\", (error) => console.log(\"unreachable\", error.code))'
import socket
socket.create_connection(('192.0.2.1', 53), 5)
PROGRAM"
check 'core dumps are off' '0' 'ulimit -Hc'
check 'open files are limited' "$(limit SANDBOX_NOFILE)" 'ulimit -Hn'
check 'memory is limited' "$((${MEMORY%m} * 1024 * 1024))" 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'
check 'processes are limited' "$PIDS" 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null'
check 'a fork bomb meets the limit' '*ork*' 'for i in $(seq 200); do sleep 5 & done; true'

set +e
sandbox -- sh -c 'head -c 700000000 /dev/zero | tail' >/dev/null 2>&1
judge 'a program that takes more memory is killed' '@(1|137)' $?
sandbox --env SANDBOX_TIMEOUT=2 -- sh -c 'trap "" TERM; sleep 60 & wait; sleep 60' >/dev/null 2>&1
judge 'a deadline ends what ignores it' '@(124|137)' $?
sandbox -- sh -c 'exit 7'
judge 'the exit code is that of the command' 7 $?
set -e

printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))
