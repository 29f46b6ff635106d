import { readFileSync, readdirSync } from 'node:fs'
import { DockerExecutor, type DockerExecutorOptions } from '../../index.js'
import { containersOf, volumesOf } from './docker.ts'
import { startNode, type NodeProcess, type SpawnOptions } from './node.ts'
import { cleanUp, namespace, newDataDir } from './sandboxes.ts'

/** An executor, closed afterwards. By default with a new directory for tasks. */
export function newExecutor(options: DockerExecutorOptions = {}) {
  const tasksDir = options.tasksDir ?? newDataDir()
  const executor = new DockerExecutor({ tasksDir, logLevel: 'silent', ...options })
  cleanUp(() => executor.close())
  return { executor, tasksDir }
}

/** The names of the directories of tasks. */
export function directories(tasksDir: string): string[] {
  return readdirSync(tasksDir).filter((name) => name !== '.cofferdam')
}

/** The containers, volumes and directories left by tasks. */
export async function leftovers(tasksDir: string) {
  const own = namespace(tasksDir)
  return {
    containers: (await containersOf(own)).map(({ Names }) => Names),
    volumes: await volumesOf(own),
    directories: directories(tasksDir),
  }
}

export const NOTHING = { containers: [], volumes: [], directories: [] }

/** Runs a task in a new process, which prints the output as it arrives and then the result as JSON. */
export function startTask(options: DockerExecutorOptions, command: string, process?: SpawnOptions): NodeProcess {
  return startNode('task.js', { options: { logLevel: 'silent', ...options }, command }, process)
}

/** The command lines on this machine that contain a text. Read from threads, because a process whose first thread has ended has none. */
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
