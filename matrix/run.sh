#!/usr/bin/env bash
# Runs the suite of this folder on real engines, each in a virtual machine of its own, and prints a table.
#
#   npm run matrix                       every environment
#   npm run matrix podman docker-26      these
#
#   docker-26         Docker 26.1 of Debian 13, by root            docker-containerd  Docker 28.5 with containerd's image store
#   docker-group      the same, by a member of the group docker    podman             Podman 5.4 of Debian 13, by root
#   docker-userns     the same, with userns-remap                  podman-rootless    the same, by an ordinary user
#   docker-rootless   the same, rootless                           podman-58          Podman 5.8 of Debian's sid, by root
#   docker-28         Docker 28.5 of Debian's sid, by root         runsc              Docker 26.1 with gVisor of Debian 13
#
# Needs: root, Debian or Ubuntu (qemu-system-x86, mmdebstrap and openssh-client are installed if they are missing), the addon (npm run
# build), and a Docker engine with cofferdam-runtime-python (docker/build-sandbox.sh cofferdam-runtime-python), which is only asked for it.
# With /dev/kvm, an environment takes minutes; emulated, up to an hour. The first run also makes the machines' disks, 1 GB each.
#
# Environment: COFFERDAM_MATRIX_DIR     where disks and logs are kept ($HOME/.cache/cofferdam-matrix)
#              COFFERDAM_MATRIX_TESTS   only these files of the suite, such as "posture limits"
#              COFFERDAM_MATRIX_BENCH   runs npm run bench in the machine as well, with these arguments, such as "--quick --only exec". By
#                                       itself it runs, without arguments, where the machine is not emulated; "no" prevents it.
#              COFFERDAM_MATRIX_CHECKOUT   the checkout whose addon is tested (this one)
#              COFFERDAM_MATRIX_KEEP=1  does not halt the last machine: log in with matrix/machine.sh run root bash
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export COFFERDAM_MATRIX_DIR=${COFFERDAM_MATRIX_DIR:-$HOME/.cache/cofferdam-matrix}
DIR=$COFFERDAM_MATRIX_DIR
ALL=(docker-26 podman docker-28 docker-rootless docker-userns docker-group podman-rootless docker-containerd runsc podman-58)
# Small, because an emulated machine loads 2 MB a second.
IMAGE=cofferdam-runtime-python:latest
CHECKOUT=${COFFERDAM_MATRIX_CHECKOUT:-.}
# Much more than an emulated environment takes: only what hangs is ended by it.
PATIENCE=${COFFERDAM_MATRIX_PATIENCE:-5400}

say() { printf 'matrix: %s\n' "$*"; }

# fail <message> [command...]: prints the message and the commands that fix it, one per argument.
fail() {
  printf 'matrix: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'matrix: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

has() { command -v "$1" >/dev/null; }

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

# The Debian suite of an environment's machine.
suite_of() { # <environment>
  case $1 in
    docker-28 | docker-containerd | podman-58) printf sid ;;
    *) printf trixie ;;
  esac
}

install_tools() {
  local -a missing=()
  has qemu-system-x86_64 || missing+=(qemu-system-x86)
  has mmdebstrap || missing+=(mmdebstrap debian-archive-keyring)
  has ssh || missing+=(openssh-client)
  has mke2fs || missing+=(e2fsprogs)
  ((${#missing[@]})) || return 0
  has apt-get || fail "these are missing: ${missing[*]}"
  say "installing ${missing[*]}"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null ||
    fail "could not install ${missing[*]}" "apt-get install --no-install-recommends ${missing[*]}"
}

# The archive of images that every machine loads, made again when the image has changed.
save_images() {
  local id
  id=$(docker image inspect --format '{{.Id}}' "$IMAGE" 2>/dev/null) || fail "there is no $IMAGE" "docker/build-sandbox.sh ${IMAGE%:*}"
  [[ ! -f $DIR/images.tar || $(cat "$DIR/images.id" 2>/dev/null) != "$id" ]] || return 0
  say "saving $IMAGE"
  docker save --output "$DIR/images.tar" "$IMAGE"
  printf '%s\n' "$id" >"$DIR/images.id"
}

check() {
  [[ $(id -u) == 0 ]] || fail "only root can make the machines' disks" "sudo npm run matrix"
  compgen -G "$CHECKOUT/*.node" >/dev/null || fail "the addon is missing" "npm run build"
  install_tools
  mkdir -p "$DIR/log"
  save_images
}

in_machine() { matrix/machine.sh run "$@"; }

# The package as it is built in the checkout, and the suite as it is here.
place_checkout() { # <user>
  (cd "$CHECKOUT" && tar -c index.js package.json native.cjs js docker/seccomp.json ./*.node) | in_machine "$1" 'mkdir -p ~/cofferdam && tar -x -C ~/cofferdam'
  tar -c matrix | in_machine "$1" 'tar -x -C ~/cofferdam'
}

# The table of npm run bench, of the engine in the machine. An emulated machine's would say nothing.
bench() { # <user> <address>
  local arguments=${COFFERDAM_MATRIX_BENCH:-} host=
  if [[ $arguments == no || -z $arguments && $(cat "$DIR/machine.accel") == tcg ]]; then return 0; fi
  [[ $2 == - ]] || host="DOCKER_HOST=$2"
  say "the bench"
  (cd "$CHECKOUT" && tar -c bench node_modules) | in_machine "$1" 'tar -x -C ~/cofferdam'
  # The bench asks for its image by this name.
  in_machine "$1" "$host docker tag $IMAGE ai-sandbox:latest"
  in_machine "$1" "cd ~/cofferdam && $host timeout $PATIENCE node --expose-gc bench/index.js $arguments"
}

# Runs one environment and writes its result, a line of JSON, to log/<environment>.json.
run_environment() { # <environment>
  local environment=$1 suite user address result=/tmp/matrix-result
  suite=$(suite_of "$environment")
  rm -f "$DIR/log/$environment.json"
  [[ -f $DIR/$suite.img ]] || matrix/image.sh "$suite" "$DIR" || fail "could not make the machine of Debian $suite"
  matrix/machine.sh boot "$suite" || fail "the machine did not boot"
  tar -c matrix/machine | in_machine root 'tar -x -C /root'
  read -r user address < <(in_machine root "/root/matrix/machine/prepare.sh $environment") || fail "$environment: its engine did not start"
  say "$environment: its engine is up, the tests run as $user"
  place_checkout "$user" || fail "could not copy the checkout"
  # Tests that fail are in the result.
  in_machine "$user" "timeout $PATIENCE ~/cofferdam/matrix/machine/suite.sh $environment $address $result ${COFFERDAM_MATRIX_TESTS:-}" || true
  in_machine "$user" "cat $result" >"$DIR/log/$environment.json" || fail "$environment: the suite did not come to an end"
  bench "$user" "$address"
}

main() {
  local -a environments=("$@")
  local environment failed=0
  case ${1:-} in -h | --help) usage; exit ;; esac
  ((${#environments[@]})) || environments=("${ALL[@]}")
  for environment in "${environments[@]}"; do
    [[ " ${ALL[*]} " == *" $environment "* ]] || fail "unknown environment $environment; choose from ${ALL[*]}"
  done
  check
  [[ ${COFFERDAM_MATRIX_KEEP:-} == 1 ]] || trap 'matrix/machine.sh halt' EXIT
  for environment in "${environments[@]}"; do
    # In a shell of its own: one that fails does not end the others. The table shows that it has no result.
    (run_environment "$environment") 2>&1 | tee "$DIR/log/$environment.txt" || true
  done
  node matrix/table.js "$DIR/log" "${environments[@]}" || failed=1
  exit "$failed"
}

main "$@"
