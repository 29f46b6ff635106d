#!/usr/bin/env bash
# Removes unused leftovers of sandboxes from an engine: only objects with cofferdam's labels, and never a workspace.
#
#   containers   of sandboxes that stopped more than --older-than days ago; after an hour, those that never ran and stopped
#                ones of tasks and helpers
#   images       of this project that have no name left, after an hour
#   volumes      with an agent that no container uses, after an hour
#   networks     older than --older-than days that no container uses, running or not
#
#   cleanup.sh [--dry-run] [--older-than DAYS] [--label LABEL] [--log FILE]
#
#   --dry-run      only prints what would be removed
#   --older-than   age in days (7)
#   --label        only objects that also have this label, such as cofferdam.namespace=…
#   --log          the file that a log is appended to (cleanup.log in the current directory)
#
# Environment: CLEANUP_FRESH   how long objects that may still be in the making are kept, in seconds (3600)
#
# Exits with 1 if something could not be removed. Safe while programs use cofferdam: they recreate what they need.
set -euo pipefail

DRY_RUN=false
DAYS=7
FRESH=${CLEANUP_FRESH:-3600}
LOG=cleanup.log
FILTER=()
removed=0
failed=0

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

wrong() {
  printf 'cleanup: %s\n' "$1" >&2
  exit 2
}

note() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" | tee -a "$LOG"
}

# remove <kind> <id> <why>
remove() {
  local answer
  if $DRY_RUN; then
    note "would remove $1 $2: $3"
    return
  fi
  # Without --force, so that objects that are in use by now stay.
  if answer=$(docker "$1" rm "$2" 2>&1); then
    removed=$((removed + 1))
    note "removed $1 $2: $3"
  else
    note "could not remove $1 $2: ${answer##*$'\n'}"
    failed=$((failed + 1))
  fi
}

# age <time>: seconds since a time in the engine's format.
age() { printf '%s' "$(($(date +%s) - $(date -d "$1" +%s)))"; }

clean_containers() {
  local id state created finished profile helper since limit
  while read -r id; do
    IFS=$'\t' read -r state created finished profile helper < <(
      docker container inspect --format \
        '{{.State.Status}}{{"\t"}}{{.Created}}{{"\t"}}{{.State.FinishedAt}}{{"\t"}}{{or (index .Config.Labels "cofferdam.profile") "-"}}{{"\t"}}{{or (index .Config.Labels "cofferdam.helper") "-"}}' \
        "$id" 2>/dev/null || printf 'gone\n'
    )
    case $state in created | exited | dead) ;; *) continue ;; esac
    # For containers that never ran, FinishedAt is in the year 1.
    since=$finished
    [[ $finished != 0001-* ]] || since=$created
    limit=$((DAYS * 86400))
    if [[ $state == created || $profile == task || $helper != - ]]; then limit=$FRESH; fi
    (($(age "$since") < limit)) || remove container "$id" "$state since $since"
  done < <(
    for label in cofferdam.sandbox cofferdam.helper; do
      docker container ls --all --quiet --no-trunc --filter "label=$label" ${FILTER[@]+"${FILTER[@]}"}
    done | sort -u
  )
}

# Images built on ours inherit the label: in our own, it is the last step.
clean_images() {
  local id created
  while read -r id; do
    [[ $(docker image history --no-trunc --format '{{.CreatedBy}}' "$id" 2>/dev/null | head -n 1) == *LABEL\ cofferdam.image=* ]] || continue
    created=$(docker image inspect --format '{{.Created}}' "$id" 2>/dev/null) || continue
    (($(age "$created") < FRESH)) || remove image "$id" "it has no name"
  done < <(docker image ls --quiet --no-trunc --filter dangling=true --filter label=cofferdam.image ${FILTER[@]+"${FILTER[@]}"} | sort -u)
}

clean_volumes() {
  local name created
  while read -r name; do
    created=$(docker volume inspect --format '{{.CreatedAt}}' "$name" 2>/dev/null) || continue
    (($(age "$created") < FRESH)) || remove volume "$name" "no container uses this agent"
  done < <(docker volume ls --quiet --filter dangling=true --filter label=cofferdam.agent ${FILTER[@]+"${FILTER[@]}"})
}

clean_networks() {
  local id name created
  while read -r id name; do
    # Also check stopped containers, which need the network for their next start; the engine would remove it. Containers that
    # never ran refer to it by name only.
    [[ -z $(docker container ls --all --quiet --filter "network=$id" --filter "network=$name") ]] || continue
    created=$(docker network inspect --format '{{.Created.Format "2006-01-02T15:04:05Z07:00"}}' "$id" 2>/dev/null) || continue
    (($(age "$created") < DAYS * 86400)) || remove network "$id" "no container is on it"
  done < <(
    for label in cofferdam.network cofferdam.task; do
      docker network ls --no-trunc --format '{{.ID}} {{.Name}}' --filter "label=$label" ${FILTER[@]+"${FILTER[@]}"}
    done | sort -u
  )
}

while (($#)); do
  case $1 in
    --dry-run) DRY_RUN=true ;;
    --older-than)
      [[ ${2:-} =~ ^[0-9]{1,5}$ ]] || wrong "--older-than takes a number of days"
      DAYS=$2
      shift
      ;;
    --label)
      [[ -n ${2:-} ]] || wrong "--label takes a label"
      FILTER=(--filter "label=$2")
      shift
      ;;
    --log)
      [[ -n ${2:-} ]] || wrong "--log takes a file"
      LOG=$2
      shift
      ;;
    -h | --help) usage; exit ;;
    *) wrong "unknown option $1" ;;
  esac
  shift
done

timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || {
  printf 'cleanup: no Docker engine answers; start it, or set DOCKER_HOST\n' >&2
  exit 1
}
clean_containers
clean_images
clean_volumes
clean_networks
$DRY_RUN || note "$removed removed, $failed failed"
((failed == 0))
