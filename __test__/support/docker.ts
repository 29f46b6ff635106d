import Docker from 'dockerode'

/**
 * The engine, for inspecting and changing sandboxes from outside. The socket is named explicitly, because dockerode would switch
 * to another engine if it was missing for a moment.
 */
export const docker = process.env['DOCKER_HOST'] ? new Docker() : new Docker({ socketPath: '/var/run/docker.sock' })

export interface Process {
  /** The process id on the host. */
  pid: number
  /** The state as in `ps`, such as `S` or `Z`. */
  state: string
  command: string
}

/** All processes of a container, including defunct ones, without PID 1 and bridges. */
export async function processes(containerId: string): Promise<Process[]> {
  const { Processes } = await docker.getContainer(containerId).top({ ps_args: '-eo pid,stat,args' })
  return Processes.map(([pid = '', state = '', ...args]) => ({ pid: Number(pid), state, command: args.join(' ') })).filter(
    ({ command }) => !command.startsWith('/.cofferdam/'),
  )
}

/** The number of a container's processes whose command line contains a text. */
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

/** Runs a command like `docker exec` and returns its exit code. */
export async function execByHand(containerId: string, user: string, command: string[]): Promise<number | null> {
  const exec = await docker.getContainer(containerId).exec({ Cmd: command, User: user, AttachStdout: true })
  const stream = await exec.start({})
  await new Promise((resolve) => stream.on('end', resolve).resume())
  return (await exec.inspect()).ExitCode
}
