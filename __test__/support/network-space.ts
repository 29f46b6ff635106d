import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { run } from './packet-filter.ts'
import { cleanUp } from './sandboxes.ts'

/** A network namespace of its own, in which a test may change the packet filter and add addresses. It is removed afterwards. */
export class NetworkSpace {
  readonly #name: string

  constructor(name: string) {
    this.#name = `cofferdam-${name}-${process.pid}`
    run('ip', 'netns', 'add', this.#name)
    cleanUp(() => run('ip', 'netns', 'del', this.#name))
    run('ip', '-n', this.#name, 'link', 'set', 'lo', 'up')
  }

  /** What to write in front of a command so that it runs there. `ip netns exec` would also mount another /sys. */
  get prefix(): string[] {
    return ['nsenter', `--net=/run/netns/${this.#name}`]
  }

  /** Runs a program there; its output. */
  run(program: string, ...words: string[]): string {
    return run('nsenter', ...this.prefix.slice(1), program, ...words)
  }

  /** Starts a host there that answers HTTP on port 8000 and DNS on port 53 of all addresses. */
  async serve(): Promise<void> {
    const [program = '', ...words] = [...this.prefix, process.execPath, fileURLToPath(new URL('../fixtures/outside.js', import.meta.url))]
    const server = spawn(program, words)
    cleanUp(() => server.kill())
    await once(server.stdout, 'data')
  }
}
