import { SandboxManager, type SandboxManagerOptions } from '../../index.js'
import { cleanUp, newDataDir } from './sandboxes.ts'

/** A manager for a data directory, closed afterwards. */
export function openManager(dataDir: string, options: SandboxManagerOptions = {}): SandboxManager {
  const manager = new SandboxManager({ dataDir, ...options })
  cleanUp(() => manager.close())
  return manager
}

/** A manager for a new data directory, closed afterwards. */
export function newManager(options: SandboxManagerOptions = {}): SandboxManager {
  return openManager(newDataDir(), options)
}

/** Starts a command and waits for its first output. Its promise never causes an unhandled rejection. */
export async function startSessionCommand(manager: SandboxManager, sessionId: string, command: string) {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const result = manager.executeCommand(sessionId, command, { onStdout: begin })
  result.catch(() => {})
  await Promise.race([begun, result])
  return { result }
}
