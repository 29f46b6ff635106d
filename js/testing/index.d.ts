/**
 * `DockerSandbox` for unit tests: files are in memory, and commands are answered by handlers. Needs no Docker.
 *
 * Arguments are checked, and calls end with the errors, as in the real one: the same code does it.
 */

import { DockerSandbox as RealDockerSandbox } from 'cofferdam'

export { Sandbox, SandboxError } from 'cofferdam'

/** A command that is to be answered. */
export interface ExecCall {
  /** The sandbox's id. */
  readonly id: string
  readonly command: string | string[]
  /** The working directory, absolute. */
  readonly cwd: string
  /** What `env` of the sandboxes and of the command set; nothing of an image. */
  readonly env: Record<string, string>
  /** Standard input; empty when none was given. */
  readonly stdin: Buffer
  /** The deadline that holds, in milliseconds. */
  readonly timeout: number
  /** What a regular expression matched; `null` for other patterns. */
  readonly match: RegExpMatchArray | null
  /** Aborts when the command is ended: by its deadline, the caller's signal, `stop`, `remove` or `close`. */
  readonly signal: AbortSignal
  /** Writes output before the end. Resolves when a listener has room for more. */
  stdout(data: string | Uint8Array): Promise<void>
  /** The same for standard error. */
  stderr(data: string | Uint8Array): Promise<void>
}

/** How a command ends. */
export interface ExecAnswer {
  /** What it writes at the end. @default '' */
  stdout?: string | Uint8Array
  /** The same to standard error. @default '' */
  stderr?: string | Uint8Array
  /** 0 to 255. Default: 0, or 128+n for `signal` n. */
  exitCode?: number
  /** The signal that ended it, such as `'SIGTERM'`. */
  signal?: NodeJS.Signals
  /** As if its deadline had passed, without the wait. @default false */
  timedOut?: boolean
  /** As if the kernel had killed it for memory. @default false */
  oomKilled?: boolean
}

/** Answers a command: text is standard output, nothing is success. */
export type ExecHandler = (call: ExecCall) => ExecAnswer | string | Uint8Array | void | Promise<ExecAnswer | string | Uint8Array | void>

/**
 * The real class, but for where its sandboxes are. Each object has its own; what is written is gone with it.
 *
 * `/workspace`, `/home/sandbox`, `/tmp` and what `tmpfs` and `mounts` name can be written, as the user can in a container.
 * `upload` and `download` copy contents; rights and times are not kept, and every symbolic link is refused.
 * `info` and `list` say what the options say; the directory that `workspace.location` names is not made.
 */
export class DockerSandbox extends RealDockerSandbox {
  /**
   * Answers commands, the last handler that was added first. Of the rest, `true`, `false`, `echo`, `cat` and `exit` work, with plain words
   * as arguments. What is left is not found: exit code 127, or `COMMAND_NOT_STARTED` for an array.
   *
   * What a handler throws is what the call rejects with: a {@link SandboxError} as it is, anything else as the `cause` of an `INTERNAL`.
   *
   * @param pattern the whole command, a regular expression or a test; of an array, its words with spaces between them
   * @returns takes the handler away
   * @throws SandboxError `INVALID_ARGUMENT`
   */
  onExec(pattern: string | RegExp | ((call: Omit<ExecCall, 'match'>) => boolean), answer: ExecHandler | ExecAnswer | string | Uint8Array): () => void
  /** Answers every command. */
  onExec(answer: ExecHandler): () => void
}
