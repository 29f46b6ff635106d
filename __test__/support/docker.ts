import Docker from 'dockerode'

/**
 * The engine, for looking at sandboxes and meddling with them from outside. By itself, dockerode takes another one
 * when the socket is not there for a moment.
 */
export const docker = process.env['DOCKER_HOST'] ? new Docker() : new Docker({ socketPath: '/var/run/docker.sock' })

export interface Process {
  /** As the host counts. */
  pid: number
  /** The state as `ps` has it, such as `S` or `Z`. */
  state: string
  command: string
}

/** All processes of a container, but for PID 1 and bridges; defunct ones as well. */
export async function processes(containerId: string): Promise<Process[]> {
  const { Processes } = await docker.getContainer(containerId).top({ ps_args: '-eo pid,stat,args' })
  return Processes.map(([pid = '', state = '', ...args]) => ({ pid: Number(pid), state, command: args.join(' ') })).filter(
    ({ command }) => !command.startsWith('/.cofferdam/'),
  )
}

/** How many processes a container has whose command line holds a text. */
export async function count(containerId: string, text: string): Promise<number> {
  const found = await processes(containerId)
  return found.filter(({ command }) => command.includes(text)).length
}

/** The containers of a namespace, running or not. */
export function containersOf(namespace: string) {
  return docker.listContainers({ all: true, filters: { label: [`cofferdam.namespace=${namespace}`] } })
}

/** The volumes of a namespace. */
export async function volumesOf(namespace: string) {
  const { Volumes } = await docker.listVolumes({ filters: { label: [`cofferdam.namespace=${namespace}`] } })
  return Volumes ?? []
}

/** The exit code of a command that a person runs with `docker exec`. */
export async function execByHand(containerId: string, user: string, command: string[]): Promise<number | null> {
  const exec = await docker.getContainer(containerId).exec({ Cmd: command, User: user, AttachStdout: true })
  const stream = await exec.start({})
  await new Promise((resolve) => stream.on('end', resolve).resume())
  return (await exec.inspect()).ExitCode
}
