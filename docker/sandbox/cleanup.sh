#!/usr/bin/env bash
# Removes what sandboxes have left on an engine and nobody uses. Only what carries cofferdam's labels, and never a workspace:
#
#   containers   of sandboxes that have not run for --older-than days; of tasks and helpers that are not running, after an hour
#   images       of the project's own that have lost their name
#   volumes      that hold an agent which no container uses
#   networks     of tasks, older than --older-than days, that no container is on
#
#   cleanup.sh [--dry-run] [--older-than DAYS] [--label LABEL] [--log FILE]
#
#   --dry-run      only says what it would remove
#   --older-than   7
#   --label        only what carries this label too, such as cofferdam.namespace=…
#   --log          cleanup.log, in the current directory; what was done is added to it
#
# Exits with 1 when something could not be removed. What a running program of cofferdam is about to use, it makes again.
set -euo pipefail

DRY_RUN=false
DAYS=7
LOG=cleanup.log
FILTER=()
# How long something may lie between its making and its first use.
FRESH=3600
failed=0

usage() { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

wrong() {
  printf 'cleanup: %s\n' "$1" >&2
  exit 2
}

note() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" | tee -a "$LOG"
}

# remove <kind> <id> <why>: says so, and does it.
remove() {
  local answer
  if $DRY_RUN; then
    note "would remove $1 $2: $3"
    return
  fi
  # No force: what runs by now, or is in use, stays.
  if answer=$(docker "$1" rm "$2" 2>&1); then
    note "removed $1 $2: $3"
  else
    note "could not remove $1 $2: ${answer##*$'\n'}"
    failed=1
  fi
}

# The seconds since a time as the engine writes it.
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
    # One that has never run has finished in the year 1.
    since=$finished
    [[ $finished != 0001-* ]] || since=$created
    limit=$((DAYS * 86400))
    if [[ $profile == task || $helper != - ]]; then limit=$FRESH; fi
    (($(age "$since") < limit)) || remove container "$id" "$state since $since"
  done < <(
    for label in cofferdam.sandbox cofferdam.helper; do
      docker container ls --all --quiet --no-trunc --filter "label=$label" ${FILTER[@]+"${FILTER[@]}"}
    done | sort -u
  )
}

clean_images() {
  local id
  while read -r id; do remove image "$id" "it has no name"; done < <(
    docker image ls --quiet --no-trunc --filter dangling=true --filter label=cofferdam.image ${FILTER[@]+"${FILTER[@]}"} | sort -u
  )
}

clean_volumes() {
  local name created
  while read -r name; do
    created=$(docker volume inspect --format '{{.CreatedAt}}' "$name" 2>/dev/null) || continue
    (($(age "$created") < FRESH)) || remove volume "$name" "no container uses this agent"
  done < <(docker volume ls --quiet --filter dangling=true --filter label=cofferdam.agent ${FILTER[@]+"${FILTER[@]}"})
}

clean_networks() {
  local id created
  while read -r id; do
    created=$(docker network inspect --format '{{if not .Containers}}{{.Created.Format "2006-01-02T15:04:05Z07:00"}}{{end}}' "$id" 2>/dev/null) || continue
    [[ -n $created ]] || continue
    (($(age "$created") < DAYS * 86400)) || remove network "$id" "no container is on it"
  done < <(docker network ls --quiet --no-trunc --filter label=cofferdam.task ${FILTER[@]+"${FILTER[@]}"})
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
  printf 'cleanup: no Docker engine answers\n' >&2
  exit 1
}
clean_containers
clean_images
clean_volumes
clean_networks
exit "$failed"
