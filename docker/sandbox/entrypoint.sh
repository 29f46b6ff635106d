#!/bin/sh
# The image's entry point for manual use: docker run -it --rm ai-sandbox [command...]
#
# Sets the limits that a process can set for itself (limits.conf), finds a writable home, and executes the command.
#
#   SANDBOX_TIMEOUT   seconds after which the command, and with it the container, ends with 124 (0: no timeout)
#
# cofferdam's own sandboxes do not use it: their agent does the same.
set -eu

HERE=$(dirname "$0")

# limit <name>: the value of a limit. The file is read as data, not executed.
limit() { sed -n "s/^$1=\([0-9]*\)\$/\1/p" "$HERE/limits.conf"; }

# Lowers a soft and hard limit; never raises one.
lower() { # <option of ulimit> <value>
  now=$(ulimit -H "$1")
  if [ "$now" = unlimited ] || [ "$now" -gt "$2" ]; then
    # The soft limit first, because it must not exceed the hard one.
    ulimit -S "$1" "$2"
    ulimit -H "$1" "$2"
  fi
}

lower -c "$(limit SANDBOX_CORE)"
lower -n "$(limit SANDBOX_NOFILE)"

# The root file system is read-only, or the image does not know the user.
if [ ! -w "${HOME:-/}" ] || [ "${HOME:-/}" = / ]; then
  for directory in /workspace/.home /tmp/.home; do
    if mkdir -p "$directory" 2>/dev/null && [ -w "$directory" ]; then
      export HOME="$directory"
      break
    fi
  done
fi

[ $# -gt 0 ] || set -- bash

timeout=${SANDBOX_TIMEOUT:-0}
unset SANDBOX_TIMEOUT
case $timeout in
  0) exec "$@" ;;
  *[!0-9]* | '')
    echo "entrypoint: SANDBOX_TIMEOUT must be a number of seconds, not '$timeout'" >&2
    exit 2
    ;;
esac
# With a terminal, the command must stay in the foreground to read from it. When PID 1 (or its child) ends, the kernel kills
# everything else in the container, whatever session or process group it is in.
if [ -t 0 ]; then exec timeout --foreground --kill-after=2 "$timeout" "$@"; fi
exec timeout --kill-after=2 "$timeout" "$@"
