import { randomUUID } from 'node:crypto'
import { NetworkManager, VolumeManager, type DockerManagerOptions } from '../../index.js'
import { docker } from './docker.ts'
import { cleanUp } from './sandboxes.ts'

/** A manager that is closed afterwards. */
export function newNetworks(options: DockerManagerOptions = {}): NetworkManager {
  const networks = new NetworkManager(options)
  cleanUp(() => networks.close())
  return networks
}

/** A manager that is closed afterwards. */
export function newVolumes(options: DockerManagerOptions = {}): VolumeManager {
  const volumes = new VolumeManager(options)
  cleanUp(() => volumes.close())
  return volumes
}

/** The id of a task whose containers, networks and volumes are removed afterwards. Call it before creating them. */
export function newTask(): string {
  const task = `test-${randomUUID()}`
  cleanUp(async () => {
    const filters = { label: [`cofferdam.task=${task}`] }
    for (const { Id } of await docker.listNetworks({ filters })) {
      const { Containers } = await docker.getNetwork(Id).inspect()
      for (const id of Object.keys(Containers ?? {})) await docker.getContainer(id).remove({ force: true }).catch(() => {})
      await docker.getNetwork(Id).remove().catch(() => {})
    }
    const { Volumes } = await docker.listVolumes({ filters })
    for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove().catch(() => {})
  })
  return task
}
