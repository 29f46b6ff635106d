import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Docker from 'dockerode'
import type { Authority } from './certificates.ts'
import { ROOT } from './data-dir.ts'
import { unmountBelow } from './disks.ts'
import { cleanUp } from './sandboxes.ts'

const IMAGE = 'ai-sandbox:latest'

/** The user whose subordinate ids the containers of an engine with mapped users get. */
const REMAPPED = 'cofferdam-remapped'

/** How long a daemon may take to answer after its start, in milliseconds. */
const PATIENCE = 60_000

/**
 * An engine that a test may stop and kill. It has its own data root, exec root, socket, containerd and bridge, so that the main
 * engine is unaffected. It sets no iptables rules, because both engines would share them.
 */
export class SecondEngine {
  // Below the root of the run, whose end fails if something is still mounted there.
  readonly #directory = mkdtempSync(path.join(process.env[ROOT] as string, 'second-'))
  readonly #name = `cft-${path.basename(this.#directory).slice(-6).toLowerCase()}`
  readonly #log = path.join(this.#directory, 'log')
  readonly #overTls: string[]
  readonly #remap: boolean
  #daemon: ChildProcess | undefined

  /**
   * With `tls`, it also listens on that port of 127.0.0.1, for clients with a certificate of that authority. With `remap`, the user ids of
   * its containers from 0 to 65535 are those from 300000 on of this machine.
   */
  constructor({ tls, remap = false }: { tls?: { port: number; authority: Authority }; remap?: boolean } = {}) {
    this.#remap = remap
    if (!tls) this.#overTls = []
    else {
      const { ca, server } = tls.authority
      this.#overTls = ['--host', `tcp://127.0.0.1:${tls.port}`, '--tlsverify', '--tlscacert', ca, '--tlscert', server.cert, '--tlskey', server.key]
    }
  }

  /** The path of the socket. */
  readonly socket = path.join(this.#directory, 'docker.sock')
  /** The address of the socket. */
  readonly address = `unix://${this.socket}`
  /** A client for inspecting and changing its objects. */
  readonly docker = new Docker({ socketPath: this.socket })

  /** Whether a second engine can be started on this machine. */
  static readonly possible = process.getuid?.() === 0 && ['dockerd', 'ip'].every((name) => spawnSync('which', [name]).status === 0)

  /** Starts the engine with the sandbox image. It is removed after the tests of the file. */
  async prepare(): Promise<void> {
    cleanUp(() => this.#remove())
    ip('link', 'add', 'name', this.#name, 'type', 'bridge')
    ip('address', 'add', `10.${200 + (process.pid % 50)}.${(process.pid >> 8) % 250}.1/24`, 'dev', this.#name)
    ip('link', 'set', this.#name, 'up')
    await this.start()
    await this.#loadImage()
  }

  /** Starts the daemon and waits until it answers. With `liveRestore`, its containers outlive it. */
  async start({ liveRestore = false } = {}): Promise<void> {
    const at = (name: string) => path.join(this.#directory, name)
    const output = openSync(this.#log, 'a')
    const flags = [
      ['--data-root', at('data')],
      ['--exec-root', at('exec')],
      ['--pidfile', at('pid')],
      ['--host', this.address],
      ['--bridge', this.#name],
      ['--containerd-namespace', this.#name],
      ['--containerd-plugins-namespace', `${this.#name}-plugins`],
      ['--iptables=false', '--ip-masq=false', '--shutdown-timeout=3'],
      this.#overTls,
      liveRestore ? ['--live-restore'] : [],
      this.#remap ? [`--userns-remap=${REMAPPED}`] : [],
    ]
    const [program = '', ...words] = [...(this.#remap ? this.#withUser() : []), 'dockerd', ...flags.flat()]
    this.#daemon = spawn(program, words, { stdio: ['ignore', output, output] })
    for (const end = Date.now() + PATIENCE; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (await this.docker.listContainers().then(() => true, () => false)) return
      if (this.#daemon.exitCode !== null || Date.now() > end) throw new Error(`the second dockerd does not answer:\n${readFileSync(this.#log, 'utf8').slice(-2000)}`)
    }
  }

  /** Ends the daemon with a signal and waits for its exit. Its containers may keep running. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return
    appendFileSync(this.#log, `the test sends ${signal}\n`)
    daemon.kill(signal)
    await once(daemon, 'exit')
    this.#endContainerd()
  }

  /** What to write in front of a command that is to find the user whose ids containers get: files of its own in the place of four of /etc. */
  #withUser(): string[] {
    // The root of its containers is nobody on this machine, and goes this way.
    for (const directory of [process.env[ROOT] as string, this.#directory]) chmodSync(directory, 0o711)
    const lines = { passwd: `${REMAPPED}:x:299999:299999::/:/bin/false`, group: `${REMAPPED}:x:299999:`, subuid: `${REMAPPED}:300000:65536`, subgid: `${REMAPPED}:300000:65536` }
    const script = Object.entries(lines).map(([name, line]) => {
      const own = path.join(this.#directory, name)
      writeFileSync(own, `${existsSync(`/etc/${name}`) ? readFileSync(`/etc/${name}`, 'utf8') : ''}${line}\n`)
      return `mount --bind ${own} /etc/${name}`
    })
    return ['unshare', '--mount', '--propagation', 'slave', 'sh', '-ec', [...script, 'exec "$@"'].join('\n'), 'sh']
  }

  async #loadImage(): Promise<void> {
    const save = spawn('docker', ['save', IMAGE], { stdio: ['ignore', 'pipe', 'inherit'] })
    const load = spawn('docker', ['--host', this.address, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] })
    const [code] = (await once(load, 'exit')) as [number]
    if (code !== 0) throw new Error('could not copy the sandbox image to the second engine')
  }

  /** Removes everything: containers, processes, mounts and the bridge. */
  async #remove(): Promise<void> {
    try {
      if (!this.#daemon) await this.start()
      for (const { Id } of await this.docker.listContainers({ all: true })) await this.docker.getContainer(Id).remove({ force: true, v: true })
    } finally {
      await this.end('SIGTERM')
      this.#endContainerd()
      unmountBelow(this.#directory)
      ip('link', 'delete', this.#name)
      rmSync(this.#directory, { recursive: true, force: true })
    }
  }

  /** Ends what a killed dockerd leaves: a containerd, or just its stale pid file, which would mislead the next dockerd. */
  #endContainerd(): void {
    const file = path.join(this.#directory, 'exec/containerd/containerd.pid')
    if (!existsSync(file)) return
    const pid = Number(readFileSync(file, 'utf8'))
    try {
      // The pid may belong to another program by now. A zombie has an empty command line.
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.#directory)) process.kill(pid, 'SIGKILL')
    } catch {
      // The process has ended.
    }
    rmSync(file)
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words)
}
