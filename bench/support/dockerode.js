import Docker from 'dockerode'
import { execFileSync, spawn } from 'node:child_process'
import { chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { dockerodeExec } from './dockerode-exec.js'
import { hostConfig, IMAGE, NETWORK_LABEL, USER } from './profile.js'
import { sleep } from './sleep.js'
import { pack, unpack } from './tar.js'

/** Marks the containers of the bench, so that they can be found after a `kill -9`. */
const LABELS = { 'cofferdam.bench': String(process.pid) }

/** The contender based on dockerode: one container, with `docker exec` for each command. */
export class Dockerode {
  #docker
  #directory
  #cleanup
  #made = 0

  /**
   * @param address the engine that cofferdam uses
   * @param directory the parent directory of workspaces
   */
  constructor(address, directory, cleanup) {
    // Any address other than a socket comes from the environment, which both contenders read.
    this.#docker = address.startsWith('unix://') ? new Docker({ socketPath: address.slice('unix://'.length) }) : new Docker()
    this.#directory = directory
    this.#cleanup = cleanup
  }

  /** A new running container; a port of it can be published on loopback. `remove` removes it. */
  async create({ period, port } = {}) {
    const workspace = join(this.#directory, `dockerode-${++this.#made}`)
    await mkdir(workspace)
    await chown(workspace, ...USER.split(':').map(Number))
    const container = await this.#docker.createContainer({
      Image: IMAGE,
      Cmd: ['sleep', 'infinity'],
      User: USER,
      WorkingDir: '/workspace',
      Labels: LABELS,
      ExposedPorts: port && { [`${port}/tcp`]: {} },
      HostConfig: { ...hostConfig({ workspace, network: await this.#network(), period }), PortBindings: port && { [`${port}/tcp`]: [{ HostIp: '127.0.0.1' }] } },
    })
    const remove = this.#cleanup.defer(() => container.remove({ force: true }))
    await container.start()
    return { ...this.open(container.id), remove }
  }

  /** The network of sandboxes, which both contenders use. */
  async #network() {
    const [network] = await this.#docker.listNetworks({ filters: { label: [NETWORK_LABEL] } })
    if (!network) throw new Error('cofferdam’s network is missing; create a sandbox first')
    return network.Id
  }

  /** The calls for an existing container. */
  open(id) {
    const container = this.#docker.getContainer(id)
    return {
      id,
      exec: (command) => dockerodeExec(container, command),
      /** A terminal with `cat` in it, as one stream. */
      terminal: async () => {
        const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true })
        return exec.start({ hijack: true, stdin: true, Tty: true })
      },
      /** Starts a server and returns the port of this host that leads to it. */
      serve: async (command) => {
        execFileSync('docker', ['exec', '--detach', id, ...command])
        const { NetworkSettings } = await container.inspect()
        const port = Number(Object.values(NetworkSettings.Ports)[0][0].HostPort)
        await reachable(port)
        return port
      },
      writeFile: (name, data) => container.putArchive(pack(name, data), { path: '/workspace' }),
      readFile: async (name) => unpack(await collect(await container.getArchive({ path: `/workspace/${name}` }))),
      copyTo: (hostPath, name) => putTree(container, hostPath, name),
      copyFrom: (name, hostPath) => getTree(container, name, hostPath),
    }
  }

  /** The host's process id of a container's first process. */
  async pid(id) {
    const { State } = await this.#docker.getContainer(id).inspect()
    return State.Pid
  }

  /** Changes the period of a container's CPU quota. */
  async setPeriod(id, period) {
    const { CpuPeriod, CpuQuota } = hostConfig({ workspace: '', network: 'none', period })
    await this.#docker.getContainer(id).update({ CpuPeriod, CpuQuota })
  }
}

/** Copies a directory in like `docker cp`, with `tar` for the archive. */
async function putTree(container, hostPath, name) {
  const tar = spawn('tar', ['-c', '--owner=1000', '--group=1000', '--transform', `s,^\\.,${name},`, '-C', hostPath, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = succeeded(tar)
  await container.putArchive(tar.stdout, { path: '/workspace' })
  await ended
}

/** Copies a directory out to a path that does not exist. */
async function getTree(container, name, hostPath) {
  await mkdir(hostPath)
  const tar = spawn('tar', ['-x', '--strip-components=1', '-C', hostPath], { stdio: ['pipe', 'ignore', 'inherit'] })
  const ended = succeeded(tar)
  await pipeline(await container.getArchive({ path: `/workspace/${name}` }), tar.stdin)
  await ended
}

function succeeded(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar exited with code ${code}`))))
  })
}

/** Waits until a server answers on a port of this host. */
async function reachable(port) {
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
    if (answer) return answer.arrayBuffer()
    if (Date.now() > end) throw new Error(`no server answers on port ${port}`)
  }
}

async function collect(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
