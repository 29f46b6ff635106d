import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Docker from 'dockerode'
import { ROOT } from './data-dir.ts'
import { unmountBelow } from './disks.ts'
import { NetworkSpace } from './network-space.ts'
import { cleanUp } from './sandboxes.ts'

const IMAGE = 'ai-sandbox:latest'

/** How long the service may take to answer after its start, in milliseconds. */
const PATIENCE = 30_000

/** Whether a program is installed. */
export function isInstalled(name: string): boolean {
  return spawnSync('which', [name]).status === 0
}

/** Why there is no Podman to test with, if so. `scripts/ensure-podman.sh` installs it. */
export const noPodman = process.getuid?.() !== 0 ? 'needs root' : isInstalled('podman') ? undefined : 'podman is missing: run scripts/ensure-podman.sh'

/** Why there is no Podman with networks to test with, if so. */
export const noPodmanNetworks = noPodman ?? (['ip', 'nsenter'].every(isInstalled) && existsSync('/usr/lib/podman/netavark') ? undefined : 'netavark is missing: run scripts/ensure-podman.sh')

/**
 * Podman's service, with its own storage, socket and configuration. With `networks`, it runs in a network namespace of its own, because
 * it changes the packet filter. Without, sandboxes on it need `network: 'none'`.
 */
export class Podman {
  // Below the root of the run, whose end fails if something is still mounted there.
  readonly #directory = mkdtempSync(path.join(process.env[ROOT] as string, 'podman-'))
  readonly #runtimes: readonly string[]
  readonly #networks: boolean
  #service: ChildProcess | undefined
  #space: NetworkSpace | undefined

  /** `runtimes`: its runtime and that runtime's options, as a list of command lines of which the first installed one is used. */
  constructor({ runtimes = ['runc', 'crun'], networks = false } = {}) {
    this.#runtimes = runtimes
    this.#networks = networks
  }

  /** The network namespace that it runs in. */
  get space(): NetworkSpace {
    if (!this.#space) throw new Error('this Podman has no networks')
    return this.#space
  }

  /** The path of the socket. */
  readonly socket = path.join(this.#directory, 'podman.sock')
  /** The address of the socket. */
  readonly address = `unix://${this.socket}`
  /** A client for inspecting its objects. */
  readonly docker = new Docker({ socketPath: this.socket })

  /** Starts the service with the sandbox image. It is removed after the tests of the file. */
  async prepare(): Promise<void> {
    if (this.#networks) this.#space = new NetworkSpace('podman')
    cleanUp(() => this.#remove())
    const at = (name: string) => path.join(this.#directory, name)
    for (const name of ['root', 'run', 'tmp', 'net']) mkdirSync(at(name))
    const flags = ['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp'), '--network-config-dir', at('net'), '--runtime', this.#runtime(), '--cgroup-manager', 'cgroupfs', '--events-backend', 'file']
    const output = openSync(at('log'), 'a')
    const [program = '', ...words] = [...(this.#space?.prefix ?? []), 'podman', ...flags, 'system', 'service', '--time=0', this.address]
    this.#service = spawn(program, words, { stdio: ['ignore', output, output] })
    for (const end = Date.now() + PATIENCE; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (await this.docker.listContainers().then(() => true, () => false)) break
      if (this.#service.exitCode !== null || Date.now() > end) throw new Error(`podman does not answer:\n${readFileSync(at('log'), 'utf8').slice(-2000)}`)
    }
    const save = spawn('docker', ['save', IMAGE], { stdio: ['ignore', 'pipe', 'inherit'] })
    await this.docker.loadImage(save.stdout as never).then((answer) => once(answer.resume(), 'end'))
  }

  /**
   * The runtime. crun refuses a host with both versions of cgroups, runc does not. Podman raises limits, to 1048576,
   * that the root of some machines may not raise; the tests do not depend on them.
   */
  #runtime(): string {
    const runtime = this.#runtimes.find((line) => isInstalled(line.split(' ')[0] ?? '')) ?? 'crun'
    const file = path.join(this.#directory, 'runtime')
    const edit = "const [file] = process.argv.slice(1), fs = require('fs'), spec = JSON.parse(fs.readFileSync(file)), started = spec.process ?? spec; started.rlimits = started.rlimits?.filter(({ hard }) => hard < 1048576); fs.writeFileSync(file, JSON.stringify(spec))"
    // The settings of a container are in its bundle, those of a process in a file of its own.
    const script = `#!/bin/bash
words=("$@")
for ((i = 0; i + 1 < $#; i++)); do
  case \${words[i]} in
    --bundle) file=\${words[i + 1]}/config.json ;;
    --process) file=\${words[i + 1]} ;;
  esac
done
[[ -z \${file:-} ]] || '${process.execPath}' -e "${edit}" "$file"
exec ${runtime} "$@"
`
    writeFileSync(file, script)
    chmodSync(file, 0o755)
    return file
  }

  /** Deletes a network that a container may still refer to, as somebody may by hand. */
  forgetNetwork(name: string): void {
    rmSync(path.join(this.#directory, 'net', `${name}.json`))
  }

  /** Removes everything: containers, the service, mounts and files. */
  async #remove(): Promise<void> {
    const service = this.#service
    try {
      for (const { Id } of service ? await this.docker.listContainers({ all: true }) : []) {
        const container = this.docker.getContainer(Id)
        // Removal alone would give its process ten seconds to end.
        await container.kill().catch(() => {})
        await container.remove({ force: true, v: true })
      }
    } finally {
      if (service && service.exitCode === null) {
        service.kill('SIGTERM')
        await once(service, 'exit')
      }
      await this.#delete()
    }
  }

  /**
   * Deletes its files, after the end of what Podman starts to clean up after a container: it mounts the storage once more. The
   * monitor of a process in a container would do so five minutes after that process's end, so it is killed.
   */
  async #delete(): Promise<void> {
    for (const { pid, command } of this.#processes()) if (command.startsWith('/usr/bin/conmon')) kill(pid)
    for (const end = Date.now() + PATIENCE; existsSync(this.#directory); await new Promise((resolve) => setTimeout(resolve, 200))) {
      if (Date.now() < end && this.#processes().length > 0) continue
      unmountBelow(this.#directory)
      try {
        rmSync(this.#directory, { recursive: true, force: true })
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
  }

  /** The processes that have its directory in their arguments. */
  #processes(): { pid: number; command: string }[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
    return pids.map((pid) => ({ pid, command: commandOf(pid) })).filter(({ command }) => command.includes(this.#directory))
  }
}

/** The command line of a process; empty if it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/** Kills a process that may have ended. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
