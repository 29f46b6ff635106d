#!/usr/bin/env bash
# Tests docker/seccomp.json against a real engine: what must be refused is refused, what must work works.
#
#   docker/test-seccomp.sh [-v] [profile] [image]     -v prints every check, not only those that failed
#
# Exits with 1 when a check fails. Needs ai-sandbox:latest (docker/build-sandbox.sh).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VERBOSE=
if [[ ${1:-} == -v ]]; then
  VERBOSE=-v
  shift
fi
PROFILE=${1:-$HERE/seccomp.json}
IMAGE=${2:-ai-sandbox:latest}

# Under these the kernel itself refuses next to nothing of what the probe asks for, so an EPERM is the profile's.
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

compile_and_probe() { printf 'gcc -Wall -O1 -x c - -o /tmp/probe && /tmp/probe %s' "$VERBOSE"; }

# Every program that people use in a sandbox, doing what makes it use the kernel: threads, children, sockets, terminals.
programs() {
  cat <<'PROGRAMS'
set -uo pipefail
failed=0
check() { # <what> <command...>
  local output
  if output=$(timeout 60 "${@:2}" 2>&1 </dev/null); then
    [[ -z $VERBOSE ]] || printf 'ok   %s\n' "$1"
  else
    printf 'FAIL %s\n%s\n' "$1" "$output"
    failed=$((failed + 1))
  fi
}
directory=$(mktemp -d) && cd "$directory" || exit 1

check 'node: files, worker, children, HTTP over loopback' node -e '
  const { execFileSync, spawn } = require("node:child_process"), fs = require("node:fs"), os = require("node:os")
  const { Worker } = require("node:worker_threads"), http = require("node:http"), assert = require("node:assert")
  fs.writeFileSync("a", "x"); fs.copyFileSync("a", "b"); fs.watch(".").close(); fs.cpSync("a", "c")
  assert(os.networkInterfaces().lo)
  assert.equal(execFileSync("node", ["-p", "1+1"]).toString(), "2\n")
  spawn("bash", ["-c", "exec sleep 60"]).on("spawn", function () { this.kill() })
  const server = http.createServer((q, r) => r.end("hi")).listen(0, "127.0.0.1", async () => {
    assert.equal(await (await fetch(`http://127.0.0.1:${server.address().port}`)).text(), "hi"); server.close()
  })
  new Worker("require(`node:worker_threads`).parentPort.postMessage(1)", { eval: true }).on("message", m => assert.equal(m, 1))'
check 'python: threads, processes, asyncio, terminal, shared memory' python -c '
import asyncio, concurrent.futures as f, ctypes, multiprocessing as m, os, pty, socket, sqlite3, subprocess, tempfile, time
def main():
    with f.ThreadPoolExecutor(8) as p: assert sum(p.map(abs, range(100))) == 4950
    for way in m.get_all_start_methods():
        with f.ProcessPoolExecutor(2, mp_context=m.get_context(way)) as p: assert sum(p.map(abs, range(10))) == 45
    q = m.Queue(); q.put(1); assert q.get() == 1
    v = m.shared_memory.SharedMemory(create=True, size=4096) if hasattr(m, "shared_memory") else None
    if v: v.close(); v.unlink()
    async def go():
        s = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        r, w = await asyncio.open_connection(*s.sockets[0].getsockname()); assert await r.read() == b""; w.close(); s.close()
        p = await asyncio.create_subprocess_exec("sleep", "60"); p.kill(); assert await p.wait() == -9
    asyncio.run(go())
    assert subprocess.run("echo hi | tr h H", shell=True, capture_output=True).stdout == b"Hi\n"
    assert pty.spawn(["true"], lambda fd: os.read(fd, 1)) == 0
    assert socket.getaddrinfo("localhost", 80)
    sqlite3.connect(tempfile.mkdtemp() + "/d").execute("create table t(x)")
if __name__ == "__main__": from multiprocessing import shared_memory; main()'
check 'python: venv with pip' bash -c 'python3 -m venv v && v/bin/pip --version && pip --version'
check 'git: commit, clone, gc' bash -c '
  git init -q r && cd r && echo x > f && git add f && git -c user.name=a -c user.email=a@b commit -qm x &&
  git clone -q . ../s && git gc -q && git log --oneline | cat'
check 'npm: run, install, pack' bash -c '
  mkdir p q && (cd p && npm init -y && npm pkg set name=local-package scripts.hi="node -p 1 | cat" && npm run hi && npm pack) &&
  (cd q && npm init -y && npm install --offline ../p && npm install --offline -g ../p/*.tgz && npm ls)'
check 'gcc, g++ and make with threads' bash -c '
  printf "#include <thread>\nint main(){std::thread t([]{});t.join();}" > t.cc &&
  printf "all:\n\tg++ -pthread t.cc -o t\n\t./t\n\techo \"int main(){return 0;}\" | gcc -x c - -o u && ./u\n" > Makefile && make -j2'
check 'bash: pipes, jobs, process substitution, here document, fifo' bash -c '
  [[ $(yes | head -n 1000 | sort | uniq | cat <(echo a) - | wc -l) == 2 ]] && { sleep 60 & } && kill %1; wait
  mkfifo f1 && { echo hi > f1 & } && read -r x < f1 && [[ $x == hi ]] && cat <<< "$x"; coproc C { cat; }; kill "$C_PID"'
check 'curl and wget over loopback' bash -c '
  mkdir w && echo hi > w/f && { python -m http.server -b 127.0.0.1 -d w 8000 & } && p=$! && sleep 1 &&
  curl -sSf --retry 5 --retry-connrefused 127.0.0.1:8000/f && wget -qO- 127.0.0.1:8000/f; r=$?; kill $p; exit $r'
check 'jq, ps, vim, nano, tar, xz, perl, flock, timeout, nice' bash -c '
  echo "{\"a\":1}" | jq .a && ps aux && echo x > e && vim -es -c "s/x/y/" -c wq e && grep -q y e && nano --version && htop --version &&
  tar cJf e.tar.xz e && tar xf e.tar.xz && perl -e "fork; exit 0" && flock e true && timeout 5 true && nice true'

printf 'programs as uid %s: %s failed\n' "$(id -u)" "$failed"
exit "$((failed != 0))"
PROGRAMS
}

main() {
  local failed=0 status=0
  docker image inspect "$IMAGE" >/dev/null 2>&1 || {
    printf '%s is missing: run docker/build-sandbox.sh\n' "$IMAGE" >&2
    exit 1
  }
  as_command "$IMAGE" bash -c "$(compile_and_probe)" <"$HERE/seccomp-probe.c" || failed=1

  as_powerful_root "$IMAGE" bash -c "$(compile_and_probe)" <"$HERE/seccomp-probe.c" || status=$?
  case $status in
    0) ;;
    # The container itself could not start: an engine that is confined may not hand these capabilities out.
    125) echo 'seccomp probe as root: skipped, this engine cannot grant the capabilities' ;;
    *) failed=1 ;;
  esac

  # What the supervisor does before each command: another user, one group as a tag, no capability left.
  # shellcheck disable=SC2016 # for the shell in the container
  run --user 0 --security-opt no-new-privileges --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add KILL --cap-add SETPCAP \
    "$IMAGE" setpriv --reuid 1000 --regid 1000 --groups 4200000000 --inh-caps=-all --bounding-set=-all --no-new-privs \
    bash -c '[[ $(id -u) == 1000 && $(id -G) == "1000 4200000000" ]] && grep -q "^CapBnd:.*0000000000000000$" /proc/self/status' ||
    { echo 'FAIL dropping from the supervisor to a command'; failed=1; }

  programs | as_command --env "VERBOSE=$VERBOSE" "$IMAGE" bash -s || failed=1
  exit "$failed"
}

main
