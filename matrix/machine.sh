#!/usr/bin/env bash
# One virtual machine of the matrix. It is thrown away when it is halted.
#
#   matrix/machine.sh boot <suite>              returns when it can be logged in to
#   matrix/machine.sh run <user> <command>      with the caller's standard input
#   matrix/machine.sh halt
#
# Nothing outside of the machine can be reached from it. Its second disk is the archive of images (docker save).
#
# Environment: COFFERDAM_MATRIX_DIR      where disks are ($HOME/.cache/cofferdam-matrix)
#              COFFERDAM_MATRIX_ACCEL    QEMU's accelerator (kvm where it works, otherwise tcg: emulation)
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DIR=${COFFERDAM_MATRIX_DIR:-$HOME/.cache/cofferdam-matrix}
MEMORY=4096
FIRST_PORT=2201
TCG=tcg,thread=multi,tb-size=1024

say() { printf 'matrix: %s\n' "$*"; }

alive() { [[ -f $DIR/machine.pid ]] && kill -0 "$(cat "$DIR/machine.pid")" 2>/dev/null; }

free_port() {
  local port=$FIRST_PORT
  while ss -Hltn "sport = :$port" | grep -q .; do port=$((port + 1)); done
  printf '%s' "$port"
}

# Prints "<accelerator> <processor> <patience in seconds>".
accelerator() { # <suite>
  local accel=${COFFERDAM_MATRIX_ACCEL:-}
  if [[ -z $accel ]]; then
    if "$HERE/kvm-works.sh" "$DIR/$1.vmlinuz"; then accel=kvm; else accel=$TCG; fi
  fi
  case $accel in
    kvm*) printf '%s host 90\n' "$accel" ;;
    *) printf '%s max 900\n' "$accel" ;;
  esac
}

# An emulated machine may not answer for a minute; only a halted one never does.
run() { # <user> <command>
  ssh -i "$DIR/key" -p "$(cat "$DIR/machine.port")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o LogLevel=ERROR -o ConnectTimeout="${PATIENCE:-60}" -o ServerAliveInterval=15 -o ServerAliveCountMax=40 "$1@127.0.0.1" "$2"
}

# The addresses are none of slirp4netns's, which rootless engines use. Everything that the machine writes is in a temporary file that QEMU has already unlinked.
start() { # <suite> <accelerator> <processor>
  local port
  port=$(free_port)
  printf '%s\n' "$port" >"$DIR/machine.port"
  printf '%s\n' "${2%%,*}" >"$DIR/machine.accel"
  TMPDIR=$DIR qemu-system-x86_64 -accel "$2" -cpu "$3" -m "$MEMORY" -smp 2 -nodefaults -no-user-config \
    -display none -serial "file:$DIR/machine.console" -daemonize -pidfile "$DIR/machine.pid" -snapshot \
    -kernel "$DIR/$1.vmlinuz" -initrd "$DIR/$1.initrd" -append "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0" \
    -drive "file=$DIR/$1.img,if=virtio,format=raw,cache=unsafe,discard=unmap" \
    -drive "file=$DIR/images.tar,if=virtio,format=raw,cache=unsafe" \
    -device virtio-rng-pci -netdev "user,id=net,net=10.91.0.0/24,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net
}

give_up() { # <message>
  tail -n 30 "$DIR/machine.console" >&2
  say "$1; the end of the machine's console is above" >&2
  halt
  exit 1
}

boot() { # <suite>
  local accel processor patience begun=$SECONDS
  ! alive || halt
  read -r accel processor patience < <(accelerator "$1")
  start "$1" "$accel" "$processor"
  until PATIENCE=5 run root true 2>/dev/null; do
    if ! alive; then give_up "QEMU ended after $((SECONDS - begun)) s"; fi
    if ((SECONDS - begun > patience)); then give_up "the machine cannot be logged in to after $patience s"; fi
    sleep 0.3
  done
  say "Debian $1 is up with ${accel%%,*} after $((SECONDS - begun)) s"
}

# QEMU itself has been seen to hang, so it is not asked for ever.
halt() {
  local try signal
  for signal in TERM KILL; do
    ! alive || kill -s "$signal" "$(cat "$DIR/machine.pid")"
    for ((try = 0; try < 100; try++)); do
      alive || break 2
      sleep 0.1
    done
  done
  rm -f "$DIR"/machine.{pid,port,accel}
}

case ${1:-} in
  boot) boot "${2:?suite}" ;;
  run) run "${2:?user}" "${3:?command}" ;;
  halt) halt ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
