import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** See `ExecOptions`. */
export const EXEC = {
  timeout: kinds.number,
  cwd: kinds.string,
  env: kinds.record,
  stdin: kinds.data,
  outputLimit: kinds.size,
  encoding: kinds.encoding,
  onStdout: kinds.function,
  onStderr: kinds.function,
  ...CALL,
}

/** See `ContainerExecOptions`. */
export const CONTAINER_EXEC = { ...EXEC, user: kinds.string }
