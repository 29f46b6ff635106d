#!/usr/bin/env bash
# Builds ai-sandbox:latest, the image that sandboxes run by default; also named autocoder-sandbox and claude-agent-sandbox.
#
#   docker/build-sandbox.sh               build (layers that did not change come from the engine's cache)
#   docker/build-sandbox.sh --if-missing  do nothing when the image is there
#   docker/build-sandbox.sh --force       build anew, without the cache
#
# The base is debian:trixie-slim. Where it is neither present nor pullable, the same is made from Debian's packages.
set -euo pipefail

IMAGE=ai-sandbox:latest
ALIASES=(autocoder-sandbox:latest claude-agent-sandbox:latest)
BASE=debian:trixie-slim
SUITE=trixie
PULL_TIMEOUT=${COFFERDAM_PULL_TIMEOUT:-90}
MIRROR=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${COFFERDAM_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'image: %s\n' "$*"; }

# fail <message> [command...]: each further argument is one command that the reader can run.
fail() {
  printf 'image: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'image: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

# Runs a command whose output matters only when it fails.
logged() {
  "$@" >"$WORK/log" 2>&1 && return
  tail -n 25 "$WORK/log" >&2
  return 1
}

usage() {
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

# Only what is missing: a name that somebody has given to another image stays that image's.
name_aliases() {
  local alias
  for alias in "${ALIASES[@]}"; do has_image "$alias" || docker tag "$IMAGE" "$alias"; done
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

check_engine() {
  command -v docker >/dev/null ||
    fail "the docker command is missing" \
      "apt-get install docker-cli   # Debian 13; the package is docker.io on Debian 12 and Ubuntu"
  timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    fail "no Docker engine answers" "$(dirname "$HERE")/scripts/ensure-engine.sh"
}

# A bounded pull: without a registry the engine may try for minutes.
pull_base() {
  say "pulling $BASE"
  timeout --kill-after=5 "$PULL_TIMEOUT" docker pull --quiet "$BASE" >/dev/null 2>&1
  # Judged by the result: a pull can report an error after the image has arrived.
  has_image "$BASE"
}

ensure_mmdebstrap() {
  command -v mmdebstrap >/dev/null && return
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$BASE cannot be pulled, and mmdebstrap, which would make it, is missing" \
      "sudo apt-get update" \
      "sudo apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
  fi
  say "installing mmdebstrap"
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring; } >/dev/null ||
    fail "mmdebstrap could not be installed" \
      "apt-get update && apt-get install --no-install-recommends mmdebstrap debian-archive-keyring"
}

# What the official slim image is: a minimal Debian without documentation, manuals and translations.
# The exclusions stay in the image, so they hold for what is installed on top.
bootstrap() {
  mmdebstrap --quiet --variant=minbase \
    --components=main \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/groff/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/linda/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-include=/usr/share/locale/locale.alias' \
    "$SUITE" "$1" \
    "deb $MIRROR $SUITE main" \
    "deb $MIRROR $SUITE-updates main" \
    "deb $SECURITY_MIRROR $SUITE-security main"
}

make_base() {
  ensure_mmdebstrap
  say "$BASE cannot be pulled: making it from Debian's packages with mmdebstrap"
  # Through a file: piped into the import, half a system would become the tag when the bootstrap fails.
  logged bootstrap "$WORK/base.tar" || fail "$BASE could not be made from $MIRROR" \
    "COFFERDAM_DEBIAN_MIRROR=http://... docker/build-sandbox.sh   # with a mirror that is reachable from here" \
    "docker load < debian-trixie-slim.tar   # with the image saved elsewhere"
  docker import \
    --change 'CMD ["bash"]' \
    --change 'LABEL org.opencontainers.image.title="debian:trixie-slim (made locally)"' \
    --message "Debian $SUITE minbase from $MIRROR, made by mmdebstrap" \
    "$WORK/base.tar" "$BASE" >/dev/null
}

ensure_base() {
  has_image "$BASE" || pull_base || make_base
}

main() {
  local if_missing=false
  local -a flags=()
  local alias
  while (($#)); do
    case $1 in
      --if-missing) if_missing=true ;;
      --force) flags+=(--no-cache) ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done

  check_engine
  if $if_missing && has_image "$IMAGE"; then
    name_aliases
    say "$IMAGE is there"
    return
  fi
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  # One at a time; who waited may find the work done.
  exec 9<"$HERE/sandbox/Dockerfile"
  flock --timeout 1800 9 || fail "another build has been running for 30 minutes"
  if $if_missing && has_image "$IMAGE"; then
    name_aliases
    say "$IMAGE is there"
    return
  fi
  ensure_base
  say "building $IMAGE"
  # The engine's own builder: one in a container of its own would not see a base that was made here.
  BUILDX_BUILDER=$(docker context show 2>/dev/null || echo default) \
    logged docker build ${flags[@]+"${flags[@]}"} --tag "$IMAGE" "$HERE/sandbox" ||
    fail "$IMAGE could not be built"
  for alias in "${ALIASES[@]}"; do docker tag "$IMAGE" "$alias"; done
  say "$IMAGE is ready ($(docker image inspect --format '{{.Size}}' "$IMAGE" | awk '{printf "%.0f MB", $1 / 1e6}'))"
}

main "$@"
