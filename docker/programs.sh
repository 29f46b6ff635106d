#!/usr/bin/env bash
# Exercises the programs of an image: they need threads, child processes, sockets, terminals and their own files.
# Runs inside the image, without a network:
#
#   docker run --rm -i --network none <image> bash -s -- <program>... < programs.sh
#
# The image's label cofferdam.programs names its programs. VERBOSE=1 also prints checks that pass.
set -uo pipefail

failed=0
directory=$(mktemp -d) && cd "$directory" || exit 1

# Each check runs in its own directory.
check() { # <what> <command...>
  local output
  mkdir "$directory/work" && cd "$directory/work" || exit 1
  if output=$(timeout 120 "${@:2}" 2>&1 </dev/null); then
    [[ -z ${VERBOSE:-} ]] || printf 'ok   %s\n' "$1"
  else
    printf 'FAIL %s\n%s\n' "$1" "$output"
    failed=$((failed + 1))
  fi
  cd "$directory" && rm -rf work
}

# bash web.sh <http|https> <commands>: serves the current directory at $WEB while the commands run; the certificate for https is
# tls.pem.
cat >web.sh <<'WEB'
set -e
[[ $1 == http ]] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out tls.pem \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
coproc node -e '
  const { createServer } = require(process.argv[1]), { readFileSync } = require("node:fs")
  const options = process.argv[1] === "https" ? { key: readFileSync("key.pem"), cert: readFileSync("tls.pem") } : {}
  createServer(options, ({ url }, response) => {
    try { response.end(readFileSync("." + url.split("?")[0])) } catch { response.writeHead(404).end() }
  }).listen(0, "127.0.0.1", function () { console.log(this.address().port) })' "$1"
trap "kill $COPROC_PID" EXIT
read -r port <&"${COPROC[0]}"
WEB=$1://localhost:$port
eval "$2"
WEB

program_bash() {
  check 'bash: pipes, jobs, process substitution, here document, fifo' bash -c '
    [[ $(yes | head -n 1000 | sort | uniq | cat <(echo a) - | wc -l) == 2 ]] && { sleep 60 & } && kill %1; wait
    mkfifo f1 && { echo hi > f1 & } && read -r x < f1 && [[ $x == hi ]] && cat <<< "$x"; coproc C { cat; }; kill "$C_PID"'
  check 'tar, flock, timeout, nice, setpriv, find, sed, awk, perl' bash -c '
    echo x > e && tar czf e.tgz e && tar xzf e.tgz && flock e true && timeout 5 true && nice true && setpriv --no-new-privs true &&
    find . -name e | sed s/e/f/ | awk "/f/" && perl -e "fork; exit 0"'
}

program_node() {
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
  check 'node: ES modules, JSON, top-level await, crypto, compression, test runner' bash -c '
    echo "export const half = (x) => x / 2" > half.mjs && echo "{\"six\":6}" > six.json && cat > main.test.mjs <<END
import test from "node:test"
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { createHash, generateKeyPairSync } from "node:crypto"
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib"
import { half } from "./half.mjs"
const { six } = createRequire(import.meta.url)("./six.json")
const { half: again } = await import("./half.mjs")
test("works", async () => {
  assert.equal(half(six), again(6))
  assert.equal(createHash("sha256").update("").digest("hex").slice(0, 8), "e3b0c442")
  generateKeyPairSync("ed25519")
  assert.equal(String(gunzipSync(gzipSync("x"))) + brotliDecompressSync(brotliCompressSync("y")), "xy")
})
END
    node --test main.test.mjs'
  check 'node: Intl in many languages, time zones, TextDecoder for many encodings, segmentation, Unicode' node -e '
    const assert = require("node:assert/strict"), at = new Date(0)
    const day = (locale) => at.toLocaleDateString(locale, { dateStyle: "full", timeZone: "Europe/Berlin" })
    assert.deepEqual(["en", "de", "fr", "ja", "pt-BR", "he"].map(day), ["Thursday, January 1, 1970", "Donnerstag, 1. Januar 1970",
      "jeudi 1 janvier 1970", "1970年1月1日木曜日", "quinta-feira, 1 de janeiro de 1970", "יום חמישי, 1 בינואר 1970"])
    assert.equal(new Intl.NumberFormat("hi", { style: "currency", currency: "INR" }).format(123456.7), "₹1,23,456.70")
    assert.equal(new Intl.PluralRules("ar").select(3), "few")
    assert.equal(new Intl.DisplayNames("es", { type: "region" }).of("DE"), "Alemania")
    assert.equal(["z", "ä", "a"].sort(new Intl.Collator("sv").compare).join(""), "azä")
    assert.equal(new Intl.RelativeTimeFormat("it").format(-3, "day"), "3 giorni fa")
    assert.equal(at.toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata" }), "05:30:00")
    assert.equal([...new Intl.Segmenter("ja", { granularity: "word" }).segment("吾輩は猫である")].length, 5)
    assert.equal("I".toLocaleLowerCase("tr") + "é".normalize("NFD").length, "ı2")
    assert(/\p{Script=Greek}/u.test("α"))
    assert.equal(new URL("http://bücher.example").host, "xn--bcher-kva.example")
    for (const [label, bytes, text] of [["gbk", "c4e3", "你"], ["gb18030", "c4e3", "你"], ["big5", "a741", "你"], ["euc-jp", "b0a1", "亜"],
      ["shift_jis", "88ea", "一"], ["iso-2022-jp", "1b2442306c1b2842", "一"], ["euc-kr", "b0a1", "가"], ["windows-1251", "df", "Я"], ["koi8-r", "f1", "Я"], ["iso-8859-15", "a4", "€"], ["utf-16le", "ac20", "€"]])
      assert.equal(new TextDecoder(label).decode(Buffer.from(bytes, "hex")), text, label)'
}

program_git() {
  export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_COUNT=1
  export GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always
  check 'git: commit, log, diff, branch, merge, rebase, stash, blame, bisect, patches, archive, gc' bash -ec '
    git init -qb main r; cd r; seq 9 > f; git add f; git commit -qm first; git tag -a v1 -m one
    git switch -qc topic; sed -i s/2/two/ f; git commit -qam topic; git switch -q main; sed -i s/8/eight/ f; git commit -qam main
    git rebase -q main topic; git switch -q main; git merge -q --no-ff -m merged topic; [[ $(git log --oneline | wc -l) == 4 ]]
    git diff --stat v1 | grep -q "1 file changed"; git blame f | grep -q two
    echo more >> f; git stash -q; git stash pop -q; printf "y\n" | git add -p f; git commit -qm more; git describe | grep -q ^v1-
    GIT_SEQUENCE_EDITOR="sed -i 1s/^pick/reword/" GIT_EDITOR="sed -i 1s/.*/new/" git rebase -qi HEAD~1; [[ $(git log -1 --format=%s) == new ]]
    git format-patch -q -1; git reset -q --hard HEAD~1; git am -q 0001-new.patch; git archive HEAD | tar t | grep -qx f
    git bisect start HEAD v1; git bisect run grep -qx 2 f; git bisect reset; git worktree add -q ../w topic; git notes add -m n
    git gc -q; git fsck --strict; git -c core.pager=less log -p --color | cat'
  check 'git: clone, push, fetch, pull, submodule between directories' bash -ec '
    git init -qb main r; cd r; echo x > f; git add f; git commit -qm first; cd ..
    git clone -q --bare r b.git; git clone -q b.git s; cd s; echo x > g; git add g; git commit -qm g; git push -q; cd ../r
    git pull -q ../b.git main; [[ -e g ]]; git submodule add -q ../b.git sub; git commit -qm sub; cd ..; git clone -q --recurse-submodules r t; [[ -e t/sub/g ]]'
}

program_web() {
  check 'curl, wget and git over HTTP' bash ../web.sh http '
    echo hi > f; git init -q h; cd h; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; git update-server-info; cd ..
    [[ $(curl -sSf $WEB/f) == hi ]]; wget -q $WEB/f -O g; cmp f g; git clone -q $WEB/h/.git k; git -C k log --oneline | grep -q x
    [[ $(curl -s -o /dev/null -w "%{http_code}" $WEB/none) == 404 ]]'
  check 'curl, wget, git and fetch over HTTPS, which must trust the server’s authority' bash ../web.sh https '
    echo hi > f; git init -q i; cd i; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; git update-server-info; cd ..
    [[ $(curl -sSf --cacert tls.pem $WEB/f) == hi ]]; wget -q --ca-certificate=tls.pem $WEB/f -O g; cmp f g
    git -c http.sslCAInfo=$PWD/tls.pem clone -q $WEB/i/.git l
    NODE_EXTRA_CA_CERTS=tls.pem node -e "fetch(process.argv[1]).then((r) => r.text()).then((t) => process.exit(t === \"hi\\n\" ? 0 : 1))" $WEB/f
    ! curl -s $WEB/f; ! wget -q $WEB/f -O -; ! git clone -q $WEB/i/.git m; ! node -e "fetch(process.argv[1]).catch(() => process.exit(1))" $WEB/f'
  check 'public certificate authorities are installed' bash -c '(($(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt) > 100)) && openssl version'
}

program_editors() {
  check 'vim: edits a file, with syntax and indentation' bash -ec '
    printf "function f() {\nreturn x\n}\n" > e.js; vim -es -u /usr/share/vim/vim*/defaults.vim -c "filetype indent on" -c "set sw=2 expandtab" -c "%s/x/y/" -c "normal gg=G" -c "syntax on" \
      -c "redir! > syntax.txt" -c "echo synIDattr(synID(1, 1, 1), \"name\")" -c "redir END" -c wq e.js
    grep -qx "  return y" e.js; grep -qi javascript syntax.txt'
  check 'nano: starts' nano --version
  check 'terminfo knows common terminals' bash -c 'for TERM in xterm-256color linux screen; do export TERM; tput cols && tput setaf 1; done'
}

program_jq() { check 'jq' bash -c '[[ $(echo "{\"a\":[1,2]}" | jq -c ".a|map(.+1)") == "[2,3]" ]]'; }

program_tools() { check 'ps, htop, less' bash -c 'ps aux | grep -q "ps aux" && htop --version && echo x | less'; }

program_agents() {
  check 'rg, tree, file, lsof: look for things' bash -ec '
    mkdir d; echo needle > d/hay; [[ $(rg -l needle) == d/hay ]]; tree | grep -q hay; file d/hay | grep -q ASCII
    exec 3> d/open; lsof -p $$ | grep -q d/open'
  check 'zip, unzip, rsync, patch: move things' bash -ec '
    echo a > a; zip -q a.zip a; unzip -qo a.zip; rsync -a a b/; cmp a b/a; sed s/a/c/ a > c; ! diff -u a c > p; patch -s a p; cmp a c'
  check 'sqlite3, ssh, ping, git-lfs' bash -ec '
    [[ $(sqlite3 f.db "create table t(x); insert into t values(42); select x from t") == 42 ]]; ssh -V; ssh-keygen -qt ed25519 -N "" -f k; ping -c 1 -w 5 127.0.0.1
    git init -q r; cd r; git lfs install --local; git lfs track "*.bin"; head -c 1000 /dev/urandom > x.bin; git add .
    git -c user.name=a -c user.email=a@b commit -qm x; git lfs ls-files | grep -q x.bin'
}

program_shell() {
  program_jq
  check 'zip, unzip, xz, file, bc, ps, less' bash -ec '
    echo x > e; zip -q e.zip e; unzip -qo e.zip; xz -k e; xz -t e.xz; file e | grep -q ASCII; [[ $(echo 2^10 | bc) == 1024 ]]; ps aux | less | grep -q less'
  check 'curl' bash -c 'echo hi > f && [[ $(curl -sSf "file://$PWD/f") == hi ]] && curl --version | grep -q https'
}

program_python() {
  check 'python: threads, processes, asyncio, terminal, shared memory' python -c '
import asyncio, concurrent.futures as f, ctypes, multiprocessing as m, os, pty, socket, sqlite3, ssl, subprocess, tempfile, zoneinfo
def main():
    with f.ThreadPoolExecutor(8) as p: assert sum(p.map(abs, range(100))) == 4950
    for way in m.get_all_start_methods():
        with f.ProcessPoolExecutor(2, mp_context=m.get_context(way)) as p: assert sum(p.map(abs, range(10))) == 45
    q = m.Queue(); q.put(1); assert q.get() == 1
    v = shared_memory.SharedMemory(create=True, size=4096); v.close(); v.unlink()
    async def go():
        s = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        r, w = await asyncio.open_connection(*s.sockets[0].getsockname()); assert await r.read() == b""; w.close(); s.close()
        p = await asyncio.create_subprocess_exec("sleep", "60"); p.kill(); assert await p.wait() == -9
    asyncio.run(go())
    assert subprocess.run("echo hi | tr h H", shell=True, capture_output=True).stdout == b"Hi\n"
    assert pty.spawn(["true"], lambda fd: os.read(fd, 1)) == 0
    assert socket.getaddrinfo("localhost", 80)
    assert len(ssl.create_default_context().get_ca_certs()) > 100
    sqlite3.connect(tempfile.mkdtemp() + "/d").execute("create table t(x)")
if __name__ == "__main__": from multiprocessing import shared_memory; main()'
  check 'python: venv with pip, a package built and installed for the user' bash -ec '
    python3 -m venv v; v/bin/pip --version; pip --version; mkdir -p k/own_package; echo "answer = 42" > k/own_package/__init__.py
    [[ $(PYTHONPATH=k python -c "import own_package; print(own_package.answer)") == 42 ]]'
}

program_data() {
  check 'python: numpy, scipy, pandas, scikit-learn, openpyxl, pillow, requests' python -c '
import numpy as n, openpyxl, pandas as p, requests, scipy.optimize, sklearn.linear_model as l
from PIL import Image
assert abs(scipy.optimize.brentq(lambda x: x * x - 2, 0, 2) - 2 ** 0.5) < 1e-9 and n.linalg.det(n.eye(3)) == 1
frame = p.DataFrame({"x": range(10), "y": [2 * x + 1 for x in range(10)]})
frame.to_excel("f.xlsx"); assert openpyxl.load_workbook("f.xlsx").active["C3"].value == 3
assert abs(l.LinearRegression().fit(frame[["x"]], frame["y"]).predict(p.DataFrame({"x": [20]}))[0] - 41) < 1e-9
Image.new("RGB", (8, 8)).save("i.png"); assert Image.open("i.png").size == (8, 8) and requests.__version__'
  check 'python: a chart with text, without a screen' python -c '
import matplotlib.pyplot as plot
plot.plot([1, 4, 9]); plot.title("äöü €"); plot.savefig("c.png"); plot.savefig("c.pdf")'
  check 'fonts' bash -c 'fc-list | grep -q DejaVu && fc-match Arial | grep -q Liberation'
}

program_npm() {
  check 'npm: run, install, pack' bash -c '
    mkdir p q && (cd p && npm init -y && npm pkg set name=local-package scripts.hi="node -p 1 | cat" && npm run hi && npm pack) &&
    (cd q && npm init -y && npm install --offline ../p && npm install --offline -g ../p/*.tgz && npm ls && npm exec --offline -c "node -v")'
}

program_gcc() {
  check 'gcc, g++ and make with threads, mathematics, sanitizers' bash -c '
    printf "#include <thread>\n#include <cmath>\nint main(){std::thread t([]{});t.join();return std::sqrt(4.0)!=2;}" > t.cc &&
    printf "all:\n\tg++ -pthread t.cc -o t -lm\n\t./t\n\techo \"int main(){return 0;}\" | gcc -Wall -O2 -fsanitize=undefined -x c - -o u && ./u\n" > Makefile && make -j2'
}

program_typescript() {
  check 'tsc checks and compiles, tsx runs' bash -ec '
    mkdir ts; cd ts; echo "const twice = (x: number): number => 2 * x; console.log(twice(21))" > a.ts; echo "const n: number = \"x\"" > wrong.ts
    tsc --ignoreConfig --target es2022 --module esnext a.ts || tsc --target es2022 --module esnext a.ts; [[ $(node a.js) == 42 && $(tsx a.ts) == 42 ]]; ! tsc --noEmit wrong.ts'
}

program_yarn() {
  check 'yarn runs a script' bash -ec 'echo "{\"scripts\":{\"hi\":\"node -p 6*7\"}}" > package.json; [[ $(yarn --silent run hi) == 42 ]]'
}

program_docker() {
  check 'the Docker CLI, without an engine' bash -c 'docker --version && { docker -H unix:///none version 2>&1 || true; } | grep -q "Cannot connect"'
}

program_mcp() {
  check 'MCP SDK: a client calls a server’s tool' bash -ec '
    cat > mcp.mjs <<END
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import { z } from "zod"
const server = new McpServer({ name: "s", version: "1.0.0" }), client = new Client({ name: "c", version: "1.0.0" })
server.registerTool("add", { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }] }))
const [one, other] = InMemoryTransport.createLinkedPair()
await Promise.all([server.connect(one), client.connect(other)])
const { content } = await client.callTool({ name: "add", arguments: { a: 40, b: 2 } })
process.exit(content[0].text === "42" ? 0 : 1)
END
    node mcp.mjs'
}

program_anthropic() {
  check 'Anthropic SDK: sends a message to a local server' bash -ec '
    cat > anthropic.mjs <<END
import { createServer } from "node:http"
import Anthropic from "@anthropic-ai/sdk"
const message = { id: "m", type: "message", role: "assistant", model: "x", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn", usage: {} }
const server = createServer((request, response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(message)))
server.listen(0, "127.0.0.1", async () => {
  const client = new Anthropic({ apiKey: "none", baseURL: "http://127.0.0.1:" + server.address().port })
  const { content } = await client.messages.create({ model: "x", max_tokens: 1, messages: [{ role: "user", content: "hi" }] })
  process.exit(content[0].text === "hello" ? 0 : 1)
})
END
    node anthropic.mjs'
}

(($#)) || {
  echo 'FAIL name at least one program'
  exit 1
}
for program in "$@"; do
  declare -F "program_$program" >/dev/null || {
    printf 'FAIL no check for %s\n' "$program"
    failed=$((failed + 1))
    continue
  }
  "program_$program"
done
printf 'programs as uid %s: %s failed\n' "$(id -u)" "$failed"
exit "$((failed != 0))"
