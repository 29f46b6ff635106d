import { readFileSync, readdirSync } from 'node:fs'
import { DockerExecutor, type DockerExecutorOptions } from '../../index.js'
import { containersOf, volumesOf } from './docker.ts'
import { startNode, type NodeProcess, type SpawnOptions } from './node.ts'
import { cleanUp, namespace, newDataDir } from './sandboxes.ts'

/** An executor with a directory of its own, closed afterwards. */
export function newExecutor(options: DockerExecutorOptions = {}) {
  const tasksDir = options.tasksDir ?? newDataDir()
  const executor = new DockerExecutor({ tasksDir, logLevel: 'silent', ...options })
  cleanUp(() => executor.close())
  return { executor, tasksDir }
}

/** The directories of tasks. */
export function directories(tasksDir: string): string[] {
  return readdirSync(tasksDir).filter((name) => name !== '.cofferdam')
}

/** What is left of tasks. */
export async function leftovers(tasksDir: string) {
  const own = namespace(tasksDir)
  return {
    containers: (await containersOf(own)).map(({ Names }) => Names),
    volumes: await volumesOf(own),
    directories: directories(tasksDir),
  }
}

export const NOTHING = { containers: [], volumes: [], directories: [] }

/** Runs one task in a process of its own, which writes the output as it comes and then the result as JSON. */
export function startTask(options: DockerExecutorOptions, command: string, process?: SpawnOptions): NodeProcess {
  return startNode('task.js', { options: { logLevel: 'silent', ...options }, command }, process)
}

/** The command lines of this machine's threads that hold a text: a process whose first thread has ended has none itself. */
export function processesWith(text: string): string[] {
  const unlessEnded = <T>(read: () => T, otherwise: T): T => {
    try {
      return read()
    } catch {
      return otherwise
    }
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const threads = pids.flatMap((pid) => unlessEnded(() => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`), []))
  const lines = threads.map((thread) => unlessEnded(() => readFileSync(`${thread}/cmdline`, 'latin1').replaceAll('\0', ' '), ''))
  return lines.filter((line) => line.includes(text))
}
