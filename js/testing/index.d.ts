/**
 * `DockerSandbox` for unit tests: files are in memory, and handlers answer commands. Does not need Docker.
 *
 * Arguments are checked, and errors are raised, by the same code as in the real class.
 */

import { DockerSandbox as RealDockerSandbox } from 'cofferdam'

export { Sandbox, SandboxError } from 'cofferdam'

/** A command to answer. */
export interface ExecCall {
  /** The sandbox's id. */
  readonly id: string
  readonly command: string | readonly string[]
  /** The working directory, as an absolute path. */
  readonly cwd: string
  /** The `env` options of the sandboxes and of the command; nothing from an image. */
  readonly env: Record<string, string>
  /** Standard input; empty if none was given. */
  readonly stdin: Buffer
  /** The deadline that applies, in milliseconds. */
  readonly timeout: number
  /** The match of a regular expression; `null` for other patterns. */
  readonly match: RegExpMatchArray | null
  /** Aborted when the command is ended by its deadline, the caller's signal, `stop`, `remove` or `close`. */
  readonly signal: AbortSignal
  /** Writes standard output while the command runs. Resolves when the listener is ready for more. */
  stdout(data: string | Uint8Array): Promise<void>
  /** The same for standard error. */
  stderr(data: string | Uint8Array): Promise<void>
}

/** How a command ends. */
export interface ExecAnswer {
  /** Standard output to write at the end. @default '' */
  stdout?: string | Uint8Array
  /** Standard error to write at the end. @default '' */
  stderr?: string | Uint8Array
  /** 0 to 255. Default: 0, or 128+n for `signal` n. */
  exitCode?: number
  /** The signal that ended it, such as `'SIGTERM'`. */
  signal?: NodeJS.Signals
  /** Acts as if the deadline had passed, without waiting for it. @default false */
  timedOut?: boolean
  /** Acts as if the kernel had killed the command because the sandbox ran out of memory. @default false */
  oomKilled?: boolean
}

/** Answers a command. A string or bytes are standard output; nothing is success without output. */
export type ExecHandler = (call: ExecCall) => ExecAnswer | string | Uint8Array | void | Promise<ExecAnswer | string | Uint8Array | void>

/**
 * The real class with sandboxes in memory. Each instance has its own sandboxes and files, which are lost with it.
 *
 * As in a container, `/workspace`, `/home/sandbox`, `/tmp` and the targets of `tmpfs` and `mounts` are writable.
 * `upload` and `download` copy contents; permissions and times are not kept, and every symbolic link is rejected.
 * `fs` has no links and no watches: `symlink` and `watch` reject with `EOPNOTSUPP`. `glob` and `grep` do not read `.gitignore`.
 * `info` and `list` report the options; the directory at `workspace.location` is not created.
 */
export class DockerSandbox extends RealDockerSandbox {
  /**
   * Adds a handler of commands. The last handler added is asked first. Commands without a handler: `true`, `false`, `echo`, `cat` and `exit`
   * work with plain words as arguments; any other is not found, with exit code 127, or `COMMAND_NOT_STARTED` for an array.
   *
   * If a handler throws a {@link SandboxError}, the call rejects with it; any other error becomes the `cause` of an `INTERNAL` error.
   *
   * @param pattern the whole command, a regular expression or a predicate; an array is matched as its words joined by spaces
   * @returns a function that removes the handler
   * @throws SandboxError `INVALID_ARGUMENT`
   */
  onExec(pattern: string | RegExp | ((call: Omit<ExecCall, 'match'>) => boolean), answer: ExecHandler | ExecAnswer | string | Uint8Array): () => void
  /** Adds a handler of all commands. */
  onExec(answer: ExecHandler): () => void
}
