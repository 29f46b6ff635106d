import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { beforeAll, expect, test } from 'vitest'
import { composeProject } from '../support/compose.ts'
import { docker } from '../support/docker.ts'
import { BUILD_PATIENCE, ensureImages } from '../support/images.ts'

const FILE = 'docker/dind/docker-compose.yml'
/** The image of the sandboxes in the inner engine: small, because it is copied there. */
const SANDBOX = 'cofferdam-runtime-python'

beforeAll(() => ensureImages('ai-sandbox', SANDBOX, 'cofferdam-dind'), BUILD_PATIENCE)

/** Starts the compose file's engine and loads the sandbox image into it; `id` is the engine's container. */
async function dind(env: Record<string, string> = {}) {
  const { compose, project } = await composeProject(FILE, { env })
  const up = await compose('up', '--detach', '--wait', 'docker')
  if (up.code !== 0) throw new Error(up.output + (await compose('logs', 'docker')).output)
  const [container] = await docker.listContainers({ filters: { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.service=docker'] } })
  const id = container?.Id ?? ''
  const save = spawn('docker', ['save', SANDBOX], { stdio: ['ignore', 'pipe', 'inherit'] })
  const load = spawn('docker', ['exec', '--interactive', id, 'docker', 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] })
  expect((await once(load, 'exit'))[0]).toBe(0)
  return { compose, id }
}

const PROGRAM = `
import { DockerSandbox, doctor } from '/app/index.js'
const { engine } = await doctor()
const box = new DockerSandbox({ dataDir: '/tmp/data', image: '${SANDBOX}' })
await box.writeFile('a', 'main.py', 'print(6 * 7)')
const { stdout } = await box.exec('a', 'python3 main.py; id -u; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null')
const bomb = await box.exec('a', ':(){ :|:& };:; sleep 20', { timeout: 1500 })
const { workspace } = await box.info('a')
await box.remove('a', { workspace: true })
await box.close()
console.log(JSON.stringify({ address: engine.address, stdout, timedOut: bomb.timedOut, workspace: workspace.kind }))`

test('a program in a container runs its sandboxes on an engine in another container, over TLS', { timeout: 600_000 }, async () => {
  const { compose, id } = await dind()
  const { code, output } = await compose('run', '--rm', '--no-TTY', 'app', 'node', '--input-type=module', '--eval', PROGRAM)
  expect([code, output]).toEqual([0, expect.stringContaining('{"address":')])
  expect(JSON.parse(output.slice(output.indexOf('{"address":')).split('\n')[0] ?? '')).toEqual({
    address: 'https://docker:2376',
    stdout: '42\n1000\n536870912\n',
    timedOut: true,
    workspace: 'volume',
  })

  // Clients without a certificate, or that do not know the authority, are turned away.
  const client = async (...words: string[]) => compose('run', '--rm', '--no-TTY', '--env', 'DOCKER_TLS_VERIFY=', 'app', 'curl', '-sS', '--max-time', '20', ...words)
  expect((await client('--cacert', '/certs/client/ca.pem', 'https://docker:2376/_ping')).output).toMatch(/certificate required/)
  expect((await client('https://docker:2376/_ping')).output).toMatch(/SSL certificate problem/)
  expect((await client('http://docker:2376/_ping')).output).toMatch(/Client sent an HTTP request to an HTTPS server/)
  const known = ['--cacert', '/certs/client/ca.pem', '--cert', '/certs/client/cert.pem', '--key', '/certs/client/key.pem']
  expect((await client(...known, 'https://docker:2376/_ping')).output).toMatch(/OK$/)

  // The program's container sees neither the authority's key nor the host's socket.
  const seen = await compose('run', '--rm', '--no-TTY', 'app', 'sh', '-c', 'ls /certs /certs/client; ls /var/run/docker.sock')
  expect(seen.output).toMatch(/client\n\n?\/certs\/client:\nca\.pem\ncert\.pem\nkey\.pem\n/)
  expect(seen.output).toMatch(/docker\.sock.*No such file/)

  // Certificates stay valid across a restart, including those that clients already have.
  const before = await serial(id)
  await docker.getContainer(id).restart()
  await expect.poll(async () => (await client(...known, 'https://docker:2376/_ping')).output, { timeout: 60_000 }).toMatch(/OK$/)
  expect(await serial(id)).toBe(before)
  // The loaded image was kept in a volume.
  const images = await compose('run', '--rm', '--no-TTY', 'app', 'curl', '-sS', ...known, 'https://docker:2376/images/json')
  expect(images.output).toContain(SANDBOX)
})

/** The serial number of the clients' certificate. */
async function serial(id: string): Promise<string> {
  const child = spawn('docker', ['exec', id, 'openssl', 'x509', '-noout', '-serial', '-in', '/certs/client/cert.pem'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  await once(child, 'close')
  expect(output).toMatch(/^serial=/)
  return output
}
