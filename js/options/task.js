import { CALL } from './call.js'
import { ENGINE } from './engine.js'
import { EXEC } from './exec.js'
import { kinds } from './kinds.js'
import { SANDBOX } from './sandbox.js'

const { profile: _profile, workspace: _workspace, ...LIMITS } = SANDBOX

/** See `DockerExecutorOptions`. */
export const EXECUTOR = {
  ...LIMITS,
  ...ENGINE,
  isolation: kinds.string,
  tasksDir: kinds.string,
  images: kinds.record,
  log: kinds.function,
  logLevel: kinds.string,
}

/** See `TaskOptions`. */
export const TASK = { ...EXEC, image: kinds.string, runtime: kinds.string, archive: kinds.data, files: kinds.files, chownWorkspace: kinds.boolean }

/** Options of `executeBatch`. */
export const BATCH = { concurrency: kinds.number, ...CALL }
