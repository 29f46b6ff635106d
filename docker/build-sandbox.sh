#!/usr/bin/env bash
# Builds the project's images. Needs no image registry: all images start from Debian's packages (ensure-debian.sh).
#
#   docker/build-sandbox.sh [option...] [image...]
#
#   ai-sandbox                  the default image of sandboxes; also tagged autocoder-sandbox and claude-agent-sandbox
#   ai-sandbox-data             ai-sandbox with numpy, pandas, scipy, matplotlib, scikit-learn and fonts; only if it is named
#   opencode-sandbox-base       Node.js, git, curl, wget, vim, nano, bash
#   opencode-sandbox-developer  the base with npm, yarn, TypeScript, tsx, jq, the Docker CLI, and the MCP and Anthropic SDKs
#   cofferdam-runtime-shell, -node, -python, -gcc      the images of DockerExecutor's runtimes
#   cofferdam-dind              a Docker engine in a container
#
#   (no image)           builds ai-sandbox
#   --all                builds all images but ai-sandbox-data
#   --if-missing         skips images that exist, unless this script built them from sources that have changed since
#   --force              builds without the engine's cache
#   --version X.Y.Z      tags X.Y.Z, X.Y, X and latest; a pre-release (X.Y.Z-rc.1) gets only its own tag
#   --prefix NAME/       prefixes each name, such as registry.example/team/, for images to be pushed
#
# Environment: COFFERDAM_CA_FILE     the CA certificate of a proxy that re-signs TLS, for npm in the build (NODE_EXTRA_CA_CERTS)
#              NPM_CONFIG_REGISTRY   the npm registry for the build
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ALL=(ai-sandbox opencode-sandbox-base opencode-sandbox-developer
  cofferdam-runtime-shell cofferdam-runtime-node cofferdam-runtime-python cofferdam-runtime-gcc cofferdam-dind)
# Large, and needed by nothing else here.
EXTRA=(ai-sandbox-data)
CA_FILE=${COFFERDAM_CA_FILE:-${NODE_EXTRA_CA_CERTS:-}}
PREFIX=
VERSION=
TAGS=(latest)
IF_MISSING=false
LOCKED=false
FLAGS=()
declare -A DONE=()

say() { printf 'image: %s\n' "$*"; }

# fail <message> [command...]: prints the message and the commands that fix it, one per argument.
fail() {
  printf 'image: %s\n' "$1" >&2
  shift
  if (($#)); then
    printf 'image: run, then try again:\n' >&2
    printf '  %s\n' "$@" >&2
  fi
  exit 1
}

wrong() {
  printf 'image: %s (see --help)\n' "$1" >&2
  exit 2
}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

# How an image is built.
recipe_of() { # <image>: sets CONTEXT, RECIPE, ARGUMENTS, PARENTS, ALIASES
  CONTEXT=$HERE/sandbox RECIPE=Dockerfile ARGUMENTS=() PARENTS=() ALIASES=()
  case $1 in
    ai-sandbox) ALIASES=(autocoder-sandbox claude-agent-sandbox) ;;
    ai-sandbox-data) RECIPE=data.Dockerfile PARENTS=(ai-sandbox) ;;
    opencode-sandbox-base) RECIPE=base.Dockerfile ;;
    opencode-sandbox-developer) RECIPE=developer.Dockerfile PARENTS=(cofferdam-runtime-node) ;;
    cofferdam-runtime-node) RECIPE=node.Dockerfile PARENTS=(ai-sandbox opencode-sandbox-base) ;;
    cofferdam-runtime-*) RECIPE=runtime.Dockerfile ARGUMENTS=("RUNTIME=${1##*-}") ;;
    cofferdam-dind) CONTEXT=$HERE/dind ;;
  esac
}

# The hash of everything that goes into an image, including its parents. The image carries it as a label.
source_of() { # <image>
  local CONTEXT RECIPE ARGUMENTS PARENTS ALIASES parent
  recipe_of "$1"
  {
    cd "$CONTEXT"
    printf '%s\n' "$1"
    # shellcheck disable=SC2046 # names without spaces
    find "$RECIPE" $(sed -n 's/^!//p' .dockerignore) -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum
    for parent in ${PARENTS[@]+"${PARENTS[@]}"}; do source_of "$parent"; done
  } | sha256sum | cut -c -64
}

id_of() { docker image inspect --format '{{.Id}}' "$1" 2>/dev/null; }

# Whether an image exists and is up to date. An image without our label was put there by the user: it counts as up to date.
is_there() { # <image>
  local source
  source=$(docker image inspect --format '{{index .Config.Labels "cofferdam.source"}}' "$PREFIX$1:${TAGS[0]}" 2>/dev/null) || return
  [[ -z $source || $source == "$(source_of "$1")" ]]
}

# The build context, with the proxy's CA certificate if there is one.
context() {
  local -a authority=()
  if [[ -n $CA_FILE && -r $CA_FILE ]]; then
    cp "$CA_FILE" "$WORK/extra-ca.pem"
    authority=(-C "$WORK" extra-ca.pem)
  fi
  # shellcheck disable=SC2046 # names without spaces
  tar -c -C "$CONTEXT" --exclude=node_modules "$RECIPE" $(sed -n 's/^!//p' "$CONTEXT/.dockerignore") \
    ${authority[@]+"${authority[@]}"}
}

build() { # <image>
  local CONTEXT RECIPE ARGUMENTS PARENTS ALIASES parent former begun
  [[ -z ${DONE[$1]:-} ]] || return 0
  DONE[$1]=true
  recipe_of "$1"
  if $IF_MISSING && { is_there "$1" || { lock && is_there "$1"; }; }; then
    name "$1" missing
    say "$PREFIX$1:${TAGS[0]} is up to date"
    return
  fi
  lock
  "$HERE/ensure-debian.sh"
  for parent in ${PARENTS[@]+"${PARENTS[@]}"}; do build "$parent"; done
  begun=$SECONDS
  say "building $PREFIX$1:${TAGS[0]}"
  former=$(id_of "$PREFIX$1:${TAGS[0]}") || former=
  ARGUMENTS+=("SOURCE=$(source_of "$1")" "VERSION=$VERSION")
  if ((${#PARENTS[@]})); then ARGUMENTS+=("PREFIX=$PREFIX" "TAG=${TAGS[0]}"); fi
  [[ -z ${NPM_CONFIG_REGISTRY:-} || ${#PARENTS[@]} == 0 ]] || ARGUMENTS+=("NPM_CONFIG_REGISTRY=$NPM_CONFIG_REGISTRY")
  # The engine's own builder: one that runs in a container would not see a base image made locally.
  context | BUILDX_BUILDER=$(docker context show 2>/dev/null || echo default) \
    docker build ${FLAGS[@]+"${FLAGS[@]}"} --file "$RECIPE" --tag "$PREFIX$1:${TAGS[0]}" "${ARGUMENTS[@]/#/--build-arg=}" - \
    >"$WORK/log" 2>&1 || {
    tail -n 25 "$WORK/log" >&2
    fail "could not build $1; the end of the build log is above"
  }
  name "$1" all
  # Remove the previous image if it has lost its last name and nothing uses it.
  if [[ $(docker image inspect --format '{{len .RepoTags}}' "$former" 2>/dev/null) == 0 ]]; then
    docker image rm "$former" >/dev/null 2>&1 || true
  fi
  say "$PREFIX$1:${TAGS[0]} is ready ($(docker image inspect --format '{{.Size}}' "$PREFIX$1:${TAGS[0]}" | awk '{printf "%.0f MB", $1 / 1e6}'), $((SECONDS - begun)) s)"
}

# Gives an image its other names. With "missing", only names that are free: the user may have given them to another image.
name() { # <image> <all|missing>
  local other tag
  for other in "$1" ${ALIASES[@]+"${ALIASES[@]}"}; do
    for tag in "${TAGS[@]}"; do
      if [[ $2 == all ]] || ! id_of "$PREFIX$other:$tag" >/dev/null; then docker tag "$PREFIX$1:${TAGS[0]}" "$PREFIX$other:$tag"; fi
    done
  done
}

# One build at a time. Locks only once, because reopening the file would release the lock for a moment.
lock() {
  ! $LOCKED || return 0
  LOCKED=true
  exec 9<"$HERE/sandbox/Dockerfile"
  flock --timeout 1800 9 || fail "another build has been running for 30 minutes"
}

set_version() {
  local number='(0|[1-9][0-9]*)' identifier='[0-9A-Za-z-]+'
  [[ $1 =~ ^$number\.$number\.$number(-$identifier(\.$identifier)*)?$ ]] ||
    wrong "--version takes a semantic version without build metadata, such as 1.2.3 or 1.2.3-rc.1, not '$1'"
  VERSION=$1
  TAGS=("$1")
  [[ -n ${BASH_REMATCH[4]} ]] || TAGS+=("${BASH_REMATCH[1]}.${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" latest)
}

main() {
  local -a wanted=()
  while (($#)); do
    case $1 in
      --all) wanted=("${ALL[@]}") ;;
      --if-missing) IF_MISSING=true ;;
      --force) FLAGS=(--no-cache) ;;
      --version)
        set_version "${2:-}"
        shift
        ;;
      --prefix)
        [[ ${2:-} =~ ^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?/$ ]] || wrong "--prefix takes a lower-case name that ends with a slash, such as registry.example/team/, not '${2:-}'"
        PREFIX=$2
        shift
        ;;
      -h | --help) usage; exit ;;
      -*) wrong "unknown option $1" ;;
      *)
        [[ " ${ALL[*]} ${EXTRA[*]} " == *" $1 "* ]] || wrong "unknown image $1; choose from ${ALL[*]} ${EXTRA[*]}"
        wanted+=("$1")
        ;;
    esac
    shift
  done
  ((${#wanted[@]})) || wanted=(ai-sandbox)

  command -v docker >/dev/null ||
    fail "the docker command is missing" \
      "apt-get install docker-cli   # Debian 13; the package is docker.io on Debian 12 and Ubuntu"
  timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    fail "no Docker engine answers" "$(dirname "$HERE")/scripts/ensure-engine.sh"

  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  local image
  for image in "${wanted[@]}"; do build "$image"; done
}

main "$@"
