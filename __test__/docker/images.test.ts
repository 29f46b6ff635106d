import { beforeAll, expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { BUILD_PATIENCE, ensureImages } from '../support/images.ts'
import { runContainer } from '../support/run-container.ts'
import { cleanUp } from '../support/sandboxes.ts'
import { script } from '../support/scripts.ts'

const IMAGES = [
  'ai-sandbox',
  'opencode-sandbox-base',
  'opencode-sandbox-developer',
  'cofferdam-runtime-shell',
  'cofferdam-runtime-node',
  'cofferdam-runtime-python',
  'cofferdam-runtime-gcc',
]

beforeAll(() => ensureImages(), BUILD_PATIENCE)

test.each(IMAGES)('%s is hardened, and its programs work', { timeout: 300_000 }, async (image) => {
  const { code, output } = await script('test-sandbox.sh', image)
  expect(output).not.toContain('FAILED')
  expect(output).toMatch(/\n\d\d passed, 0 failed\n$/)
  expect(code).toBe(0)
})

const DATA = 'ai-sandbox-data'
const hasData = await docker.getImage(DATA).inspect().then(() => true, () => false)

// It is large, so no set-up builds it: docker/build-sandbox.sh ai-sandbox-data
test.skipIf(!hasData)('ai-sandbox-data, if it was built, is hardened, and its libraries work', { timeout: 600_000 }, async () => {
  const { code, output } = await script('test-sandbox.sh', DATA)
  expect(output).not.toContain('FAILED')
  expect(code).toBe(0)
})

test('test-sandbox.sh detects what is wrong with an image', { timeout: 120_000 }, async () => {
  const container = await docker.createContainer({ Image: 'cofferdam-runtime-shell', User: '0:0', Entrypoint: ['sh', '-c', 'chmod u+s /usr/bin/bash; rm /usr/bin/jq'] })
  cleanUp(() => container.remove({ force: true }))
  await container.start()
  await container.wait()
  const { Id } = await container.commit({ repo: `cofferdam-test-${process.pid}`, tag: 'wrong', changes: 'USER sandbox\nENTRYPOINT ["/usr/local/lib/sandbox/entrypoint.sh"]' })
  cleanUp(() => docker.getImage(Id).remove({ force: true }))
  const { code, output } = await script('test-sandbox.sh', `cofferdam-test-${process.pid}:wrong`)
  expect(output).toMatch(/^FAILED {2}sudo and set-uid programs are missing: .*bash/m)
  expect(output).toMatch(/^FAILED {2}jq/m)
  expect(code).toBe(1)
})

test('test-sandbox.sh names a missing image', async () => {
  expect(await script('test-sandbox.sh', 'no-such-image:1')).toMatchObject({ code: 1, output: expect.stringContaining('no-such-image:1') })
})

test('the base is smaller than 200 MB', async () => {
  expect((await docker.getImage('opencode-sandbox-base').inspect()).Size).toBeLessThan(200e6)
})

test('one image has three names', async () => {
  const ids = await Promise.all(['ai-sandbox', 'autocoder-sandbox', 'claude-agent-sandbox'].map(async (name) => (await docker.getImage(name).inspect()).Id))
  expect(new Set(ids).size).toBe(1)
})

test('images can be built on the base: its packages are consistent, and Perl can be installed again', { timeout: 300_000 }, async () => {
  const output = await runContainer({ Image: 'opencode-sandbox-base', Entrypoint: ['bash', '-ec', 'apt-get check; dpkg --audit; apt-get -qq update; apt-get install -qq --no-install-recommends perl >/dev/null 2>&1; perl -MData::Dumper -MEncode::JP -e "print qq(perl works\\n)"; git --version'], HostConfig: {} })
  expect(output.toString()).toMatch(/perl works\ngit version/)
})

test('the base’s git clones from and pushes to an HTTP server', async () => {
  const network = await docker.createNetwork({ Name: `cofferdam-test-${process.pid}`, Internal: true })
  cleanUp(() => network.remove())
  const server = await docker.createContainer({
    Image: 'ai-sandbox',
    Entrypoint: ['bash', '-c', SERVER],
    HostConfig: { NetworkMode: network.id },
    NetworkingConfig: { EndpointsConfig: { [network.id]: { Aliases: ['git'] } } },
  })
  cleanUp(() => server.remove({ force: true }))
  await server.start()
  const output = await runContainer({ Image: 'opencode-sandbox-base', Entrypoint: ['bash', '-ec', CLIENT], HostConfig: { NetworkMode: network.id } })
  expect(output.toString()).toBe('two\nfirst\n')
})

/** An HTTP server for git's CGI program. */
const SERVER = `
git init -q --bare /tmp/r.git && git -C /tmp/r.git config http.receivepack true && exec node -e '
const { spawn } = require("node:child_process")
require("node:http").createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://git")
  const env = { PATH: process.env.PATH, GIT_PROJECT_ROOT: "/tmp", GIT_HTTP_EXPORT_ALL: "1", PATH_INFO: pathname, QUERY_STRING: String(searchParams),
    REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers["content-type"] ?? "", GIT_PROTOCOL: request.headers["git-protocol"] ?? "" }
  if (request.headers["content-encoding"]) env.HTTP_CONTENT_ENCODING = request.headers["content-encoding"]
  const backend = spawn("git", ["http-backend"], { env })
  request.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  backend.stdout.on("data", function begin(data) {
    head = Buffer.concat([head, data])
    const end = head.indexOf("\\r\\n\\r\\n")
    if (end < 0) return
    const headers = head.subarray(0, end).toString().split("\\r\\n").map((line) => line.split(": "))
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200"
    response.writeHead(parseInt(status), Object.fromEntries(headers.filter(([name]) => name !== "Status")))
    response.write(head.subarray(end + 4))
    backend.stdout.off("data", begin).pipe(response)
  })
}).listen(8080)'`

const CLIENT = `
export HOME=/tmp GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
cd /tmp; curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null http://git:8080/
{ git clone http://git:8080/r.git one; cd one; git switch -c main; head -c 3000000 /dev/urandom > big; echo first > f; git add .; git commit -m first; git push origin main; cd ..
git clone --depth 1 -b main http://git:8080/r.git two; cd two; } >/dev/null 2>&1
cmp big ../one/big; basename $PWD; cat f`
