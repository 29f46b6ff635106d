import type { Process } from 'cofferdam'

/** The name by which the terminal of a conversation is found again, also after a restart of this server. */
const NAME = 'terminal'

declare global {
  var terminals: Map<string, Promise<Process>> | undefined
}

/** The terminal of a conversation: the one that runs, or a new one. It outlives a reload of the page and this server. */
export async function terminalOf(id: string): Promise<Process> {
  const terminals: Map<string, Promise<Process>> = (globalThis.terminals ??= new Map())
  const found = terminals.get(id) ?? open(id)
  terminals.set(id, found)
  found.then((terminal) => terminal.wait()).then(
    () => terminals.delete(id),
    () => terminals.delete(id),
  )
  return found
}

async function open(id: string): Promise<Process> {
  const docker = useDocker()
  const running = (await docker.processes(id)).find(({ name, result }) => name === NAME && !result)
  // A handle for keys and sizes. Each page gets one of its own for the output.
  if (running) return docker.attach(id, running.id, { from: 'now' })
  return docker.spawn(id, ['bash', '-l'], { pty: {}, detached: true, name: NAME, log: '1m' })
}
