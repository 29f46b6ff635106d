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

/** The command lines of this machine's processes that hold a text. */
export function processesWith(text: string): string[] {
  const commandLine = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
    } catch {
      return '' // It has ended.
    }
  }
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(commandLine).filter((line) => line.includes(text))
}
