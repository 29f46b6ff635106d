#!/usr/bin/env bash
# Tests docker/seccomp.json on a real engine: system calls that must be refused are, and those that programs need work.
#
#   docker/test-seccomp.sh [-v] [profile] [image]     -v prints every check, not only failures
#
# Exits with 1 if a check fails. The image must have gcc, as ai-sandbox:latest has (docker/build-sandbox.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VERBOSE=
if [[ ${1:-} == -v ]]; then
  VERBOSE=-v
  shift
fi
PROFILE=${1:-$HERE/seccomp.json}
IMAGE=${2:-ai-sandbox:latest}

# With these the kernel itself refuses almost none of the probe's calls, so an EPERM comes from the profile.
CAPABILITIES=(SYS_ADMIN SYS_PTRACE SYS_TIME SYS_BOOT SYS_CHROOT NET_RAW NET_ADMIN MKNOD SYS_PACCT SYS_NICE SYS_RAWIO
  SYS_TTY_CONFIG DAC_READ_SEARCH SYSLOG)

run() { docker run --rm --interactive --network none --security-opt "seccomp=$PROFILE" "$@"; }

as_command() { run --security-opt no-new-privileges --cap-drop ALL "$@"; }

as_powerful_root() {
  local -a add=()
  local capability
  for capability in "${CAPABILITIES[@]}"; do add+=(--cap-add "$capability"); done
  run --user 0 "${add[@]}" "$@"
}

# Runs the probe, whose source comes as a tar archive: the engine need not be on this machine.
probe() {
  local commands='mkdir /tmp/source && tar -xC /tmp/source --no-same-owner && gcc -Wall -O1 /tmp/source/*.c -o /tmp/probe && /tmp/probe'
  tar -cC "$HERE/seccomp-probe" . | "$@" "$IMAGE" bash -c "$commands $VERBOSE"
}

main() {
  local failed=0 status=0
  docker image inspect "$IMAGE" >/dev/null 2>&1 || {
    printf 'image %s not found; build it with docker/build-sandbox.sh\n' "$IMAGE" >&2
    exit 1
  }
  probe as_command || failed=1
  probe as_powerful_root || status=$?
  case $status in
    0) ;;
    # The container could not start: a confined engine may be unable to grant these capabilities.
    125) echo 'seccomp probe as root: skipped, this engine cannot grant the capabilities' ;;
    *) failed=1 ;;
  esac

  # What the agent does before each command: switch user, add one group as a tag, drop all capabilities.
  # shellcheck disable=SC2016 # for the shell in the container
  run --user 0 --security-opt no-new-privileges --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add KILL --cap-add SETPCAP \
    "$IMAGE" setpriv --reuid 1000 --regid 1000 --groups 4200000000 --inh-caps=-all --bounding-set=-all --no-new-privs \
    bash -c '[[ $(id -u) == 1000 && $(id -G) == "1000 4200000000" ]] && grep -q "^CapBnd:.*0000000000000000$" /proc/self/status' ||
    { echo 'FAIL dropping privileges from the agent to a command'; failed=1; }

  # shellcheck disable=SC2046 # names, one word each
  as_command --env "VERBOSE=$VERBOSE" "$IMAGE" \
    bash -s -- $(docker image inspect --format '{{index .Config.Labels "cofferdam.programs"}}' "$IMAGE") <"$HERE/programs.sh" || failed=1
  exit "$failed"
}

main
