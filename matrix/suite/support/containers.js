/** Containers of DockerManager that are removed after the tests of a file. */
import { DockerManager, NetworkManager, VolumeManager } from '../../../index.js'
import { IMAGE, OPTIONS } from './environment.js'
import { cleanUp } from './sandboxes.js'

function open(Class) {
  const manager = new Class({ engineTimeout: OPTIONS.engineTimeout })
  cleanUp(() => manager.close())
  return manager
}

export const newManager = () => open(DockerManager)
export const newNetworks = () => open(NetworkManager)
export const newVolumes = () => open(VolumeManager)

let last = 0

/** A name that no other container, network, volume or task has. */
export function newName(what) {
  last += 1
  return `matrix-${what}-${process.pid}-${last}`
}

/** Creates a container that runs as root, started unless `start` is false, and returns its id. */
export async function run(manager, config = {}, start = true) {
  const id = await manager.createContainer({ name: newName('container'), image: IMAGE, command: ['sleep', '100000'], user: '0:0', ...config })
  cleanUp(() => manager.removeContainer(id, true))
  if (start) await manager.startContainer(id)
  return id
}
