import { DockerManager, type ContainerConfig, type DockerManagerOptions } from '../../index.js'
import { docker } from './docker.ts'
import { cleanUp } from './sandboxes.ts'

/** A manager, closed afterwards. */
export function newManager(options: DockerManagerOptions = {}): DockerManager {
  const manager = new DockerManager(options)
  cleanUp(() => manager.close())
  return manager
}

/** Creates a container, removed afterwards. */
export async function create(manager: DockerManager, config: Partial<ContainerConfig> = {}): Promise<string> {
  const id = await manager.createContainer({ image: 'ai-sandbox:latest', command: ['sleep', '300'], init: true, ...config })
  cleanUp(() => docker.getContainer(id).remove({ force: true, v: true }).catch(() => {}))
  return id
}

/** Creates and starts a container, removed afterwards. */
export async function run(manager: DockerManager, config: Partial<ContainerConfig> = {}): Promise<string> {
  const id = await create(manager, config)
  await manager.startContainer(id)
  return id
}

/** Collects all items of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
