import Docker from 'dockerode'
import { DockerManager } from '../../index.js'
import { IMAGE } from './profile.js'

/** Marks the containers, so that they can be found after a `kill -9`. */
export const LABELS = { 'cofferdam.bench': String(process.pid) }

/** This package's manager and dockerode on one engine. */
export function clients(address, cleanup) {
  const manager = new DockerManager({ engine: address })
  cleanup.defer(() => manager.close())
  const docker = address.startsWith('unix://') ? new Docker({ socketPath: address.slice('unix://'.length) }) : new Docker()
  return { manager, docker }
}

/** A container that runs a command. `remove` removes it. */
export async function container(docker, cleanup, command, { log = 'none' } = {}) {
  const made = await docker.createContainer({
    Image: IMAGE,
    Cmd: command,
    Labels: LABELS,
    HostConfig: { NetworkMode: 'none', Init: true, LogConfig: { Type: log, Config: {} } },
  })
  const remove = cleanup.defer(() => made.remove({ force: true }))
  await made.start()
  return { id: made.id, made, remove }
}
