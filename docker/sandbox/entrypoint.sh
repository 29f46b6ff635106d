#!/bin/sh
# What the image runs by hand: docker run -it --rm ai-sandbox [command...]
#
# Sets the limits that a process can set for itself (limits.conf), finds a home that is writable, and becomes the command.
#
#   SANDBOX_TIMEOUT   seconds after which the command, and with it the container, ends with 124; without it, never
#
# cofferdam's own sandboxes don't come by here: their supervisor sees to the same.
set -eu

HERE=$(dirname "$0")

# <name>: a limit's value. The file is data, not a program.
limit() { sed -n "s/^$1=\([0-9]*\)\$/\1/p" "$HERE/limits.conf"; }

# Lowers soft and hard limit. One that is lower already stays as it is.
lower() { # <option of ulimit> <value>
  now=$(ulimit -H "$1")
  if [ "$now" = unlimited ] || [ "$now" -gt "$2" ]; then
    # The soft limit first: it may not be above the hard one.
    ulimit -S "$1" "$2"
    ulimit -H "$1" "$2"
  fi
}

lower -c "$(limit SANDBOX_CORE)"
lower -n "$(limit SANDBOX_NOFILE)"

# A read-only root filesystem, or a user whom the image does not know.
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
    echo "entrypoint: SANDBOX_TIMEOUT is a number of seconds, not '$timeout'" >&2
    exit 2
    ;;
esac
# With a terminal, the command has to stay in the foreground to read from it. It is PID 1 (or its child) that ends here,
# so the kernel ends everything else in the container too, whatever session or group it is in.
if [ -t 0 ]; then exec timeout --foreground --kill-after=2 "$timeout" "$@"; fi
exec timeout --kill-after=2 "$timeout" "$@"
