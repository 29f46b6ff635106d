/**
 * Sandboxes for AI-written code: Docker containers controlled from Node.js through an agent inside the container,
 * not through `docker exec`.
 *
 * Times are in milliseconds. Sizes are bytes, or strings such as `'512m'` and `'1g'` (powers of 1024).
 */

import { EventEmitter } from 'node:events'
import { Duplex, Readable, Writable } from 'node:stream'

/** A number of bytes, or a string of a number and `k`, `m`, `g` or `t` (powers of 1024), such as `'512m'` or `'1.5g'`. */
export type Size = number | string

/** `'utf8'` for text; `'buffer'` or `null` for bytes. */
export type Encoding = 'utf8' | 'utf-8' | 'buffer' | null

/** How to reach the engine. */
export interface EngineOptions {
  /** `unix:///…`, `tcp://…`, `http://…`, `https://…`, `npipe://…`, or the absolute path of a socket. */
  host: string
  /** Certificates, each as PEM text or as a path. Setting this makes `tcp://` use TLS. */
  tls?: {
    /** The only certificate authorities to trust. Default: the system's. */
    ca?: string
    /** The client certificate, followed by its intermediate certificates, if any. */
    cert?: string
    /** The unencrypted private key of `cert`. */
    key?: string
  }
}

/** A mount in addition to the workspace. */
export interface MountOptions {
  type: 'bind' | 'volume'
  /**
   * An absolute path on the engine's host, or the name of a volume. Directories of the system, of the engine and of sandboxes, whatever
   * contains them, and sockets are `INVALID_ARGUMENT`, under any name; so is a volume whose driver options name such a directory. Symbolic
   * links in the path are followed only if they belong to root. The path is checked when it is used; if something else was mounted in the
   * end, the call fails with `CONFLICT`.
   */
  source: string
  /** An absolute path in the sandbox. */
  target: string
  /** @default false */
  readOnly?: boolean
}

/**
 * Settings of every sandbox in a data directory. If the image, mounts, user, network or security settings change, the container
 * is replaced on next use; its workspace is kept. Changed limits are applied to the existing container.
 */
export interface SandboxOptions {
  /**
   * The preset that supplies the defaults of the other options. The defaults documented below are those of `'conversation'`.
   * `'session'`: 1 CPU, 20 processes, 5 minutes per command, no network, a read-only root file system with in-memory `/tmp` (50 MiB)
   * and `/run` (10 MiB), both noexec, `TMPDIR` on the workspace's disk, a 1 GiB disk, and `dataDir` `./data/sessions`. `'task'`: the same with 2 CPUs, 32 processes,
   * 30 seconds per command, and the `dataDir` of {@link DockerExecutorOptions.tasksDir}. @default 'conversation'
   */
  profile?: 'conversation' | 'session' | 'task'
  /** The image. It must already exist on the engine. @default 'ai-sandbox:latest' */
  image?: string
  /**
   * What becomes of a stopped sandbox whose image was rebuilt under its name, when it is next started: `'keep'` keeps its container, with what was installed in
   * it, on the image that it was made from; `'replace'` makes a new one from the new image. Files in the workspace stay. @default 'keep'
   */
  onImageChange?: 'keep' | 'replace'
  /** Memory limit, at least `'16m'`. Swap is disabled. @default '512m' */
  memory?: Size
  /** CPU limit, 0.05 to 1024; 0.5 is half of one CPU. @default 0.5 */
  cpus?: number
  /**
   * Limit on the processes and threads of commands, at least 4. Node.js alone has 11 threads, and an `npm` script that runs another one needs 36.
   * @default 100
   */
  pids?: number
  /**
   * Disk limit of the workspace, `'1m'` to `'8t'`, or `'unlimited'`. If this process is root on the engine's machine, the limit is hard:
   * the workspace is a disk of its own (a sparse file in `dataDir/.cofferdam/disks`, mounted on the workspace directory while the
   * container runs). Writes beyond the limit fail, deleted data is returned to the host, and deleting the disk is instant. Otherwise,
   * and for a workspace that already had files before it had a limit, the limit is soft. `info().disk.enforcement` tells which one
   * applies. Raising the limit takes effect on the next start; an existing disk never shrinks. In a `dataDir` on a tmpfs, files take the
   * sandbox's memory, and the limit is at most half of `memory`.
   * Default: `'unlimited'`; `'1g'` with the profiles `'session'` and `'task'`.
   */
  disk?: Size | 'unlimited'
  /** Deadline of a command that sets no `timeout`. @default 30000 */
  timeout?: number
  /** The longest `timeout` that a command may set, up to 24 hours. @default 300000 */
  maxTimeout?: number
  /**
   * How long processes may take to end when the sandbox is stopped, up to 60000, rounded up to seconds: they get SIGTERM, and SIGKILL after this
   * long. The stop is over as soon as all have ended. @default 10000
   */
  stopTimeout?: number
  /** The most of each output stream that a result holds, up to `'64m'`. @default 102400 */
  outputLimit?: Size
  /** `'enabled'`: access to the outside, but not to other sandboxes. `'none'`: no network. @default 'enabled' */
  network?: 'enabled' | 'none'
  /**
   * Whether commands with a network reach the services of the engine's machine, at any of its addresses: `'deny'`, no; `'allow'`,
   * those that listen on more than 127.0.0.1. The metadata addresses of clouds, which serve credentials, are out of reach either way.
   * Both hold if this process may change the packet filter of the engine's machine, which takes root there; `info().isolation` and
   * {@link doctor} tell. @default 'deny'
   */
  host?: 'deny' | 'allow'
  /** IP addresses of DNS servers. Default: the engine's. */
  dns?: readonly string[]
  /** Whether the root file system is read-only. @default false */
  readOnly?: boolean
  /** In-memory directories that commands may write to: path to size, each at most half of `memory`. Programs can't be started from them. */
  tmpfs?: Record<string, Size>
  /** Size of `/dev/shm`, up to half of `memory`. What is in it counts as memory. Default: a quarter of `memory`. */
  shmSize?: Size
  /**
   * Limits of each process of a command, such as `{ nofile: 65536 }` or `{ stack: { soft: 8388608, hard: -1 } }`; -1 means unlimited. The names are those of
   * `ulimit` in Docker: `as`, `core`, `cpu`, `data`, `fsize`, `locks`, `memlock`, `msgqueue`, `nofile`, `nproc`, `rss`, `sigpending` and `stack`. The kernel counts
   * `nproc` for the user, whatever sandbox it is in; `pids` limits the sandbox. With `core`, the machine's handler of core dumps gets those of sandboxes.
   * Default: `nofile` 1024, `core` 0, `msgqueue` 819200, `sigpending` 8192; otherwise the engine's.
   */
  ulimits?: Record<string, number | { soft: number; hard: number }>
  /**
   * The user that commands run as, never root. `'auto'` is the user of this process, or 1000:1000 if this process is root. `'uid:gid'` is
   * the same for all sandboxes.
   *
   * `'unique'` gives each sandbox a user of its own, so that sandboxes share no limit of the kernel on each user and cannot read
   * each other's files where they meet them. The id is kept until the sandbox is removed with its workspace. It comes from
   * 1900000000 to 1900065535, or from 20000 to 59999 on an engine with a user namespace, or from your own range of user ids:
   * `'unique:FIRST-LAST'`. Ids are unique within a data directory; give each data directory a range of its own if that matters. Once the
   * range is used up, calls reject with `CONFLICT`. A process that is not root can use it only with workspaces in volumes.
   *
   * If an existing workspace gets another user, its files change hands. Where the image has no name for an id, the sandbox has one:
   * `sandbox`. @default 'auto'
   */
  user?: 'auto' | 'unique' | (string & {})
  /** Environment variables of every command. They are sent with each command and do not appear in the container's configuration. */
  env?: Record<string, string>
  /** The container runtime, such as `'runsc'`. Podman can't be asked for one (`ENGINE_UNSUPPORTED`). Default: the engine's. */
  runtime?: string
  /** Labels of the container. Names that start with `cofferdam.` are reserved. */
  labels?: Record<string, string>
  /** Mounts in addition to the workspace. */
  mounts?: readonly MountOptions[]
  /**
   * Where workspaces are stored: `'bind'` in directories on this host, `'volume'` in volumes of the engine. `'auto'` uses
   * directories if the engine can see them (probed once) and does not label files for SELinux, otherwise volumes. @default 'auto'
   */
  workspace?: 'auto' | 'bind' | 'volume'
}

/** {@link SandboxOptions}, the engine, the data directory, and when idle sandboxes are stopped. */
export interface SandboxesOptions extends SandboxOptions {
  /**
   * The engine. Default: the first of `DOCKER_HOST`, `DOCKER_CONTEXT` and the current context of the Docker configuration that is
   * set; otherwise the first of the usual sockets that responds.
   */
  engine?: string | EngineOptions
  /** Deadline of one engine request, after which the call fails with `TIMEOUT`. @default 10000 */
  engineTimeout?: number
  /**
   * The directory of the workspaces, one subdirectory per id. Created with mode 0700 if missing. It must belong to this process's user
   * (`FILE_ERROR`), and a directory of the system is `INVALID_ARGUMENT`. @default './data/sandboxes'
   */
  dataDir?: string
  /**
   * Stops a sandbox after this long without a call; 0 disables it. A sandbox that another process is using is left running.
   * @default 1800000 (30 minutes)
   */
  idleTimeout?: number
  /**
   * How long a detached process keeps its sandbox from being idle, in milliseconds since it was started; with 0, it does not.
   * @default 86400000 (24 hours)
   */
  detachedGrace?: number
  /** How often idle sandboxes are stopped, starting with the first call; 0 disables it. Does not keep the process alive. @default 60000 */
  cleanupInterval?: number
}

export interface DockerSandboxOptions extends SandboxesOptions {
  /**
   * Removes the container of a stopped sandbox after this long without a call; 0 disables it. Software installed in the
   * container is lost; the workspace is kept. @default 604800000 (7 days)
   */
  removeAfter?: number
}

/** Options of every call. */
export interface CallOptions {
  /** Aborting this signal rejects the call with `ABORTED`. */
  signal?: AbortSignal
}

export interface ExecOptions extends CallOptions {
  /**
   * Deadline in milliseconds, up to `maxTimeout`. At the deadline, the command and every process it started are killed, even
   * if they daemonized; see `killGrace`. The result then has `timedOut: true`, exit code 124 and the output so far.
   * Default: the sandbox's `timeout`.
   */
  timeout?: number
  /**
   * How long the command's processes may take to end at the deadline, and when the call is aborted, in milliseconds, up to 60000: they get
   * `killSignal`, and are killed after this long. What they write meanwhile is part of the output. The call settles as soon as all have ended.
   * 0: they are killed at once. @default 0
   */
  killGrace?: number
  /** The name or the number of the signal that asks processes to end. It needs a `killGrace`. @default 'SIGTERM' */
  killSignal?: NodeJS.Signals | number
  /** Working directory; relative paths start at `/workspace`. Default: `/workspace`. */
  cwd?: string
  /** Environment variables, added to the image's and the sandbox's. */
  env?: Record<string, string>
  /** Standard input. Default: empty. */
  stdin?: string | Uint8Array
  /**
   * The most of each output stream that the result holds, up to `'64m'`. Longer output keeps its first and last half, joined by
   * a line that gives the number of missing bytes. Default: the sandbox's `outputLimit`.
   */
  outputLimit?: Size
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
  /**
   * Receives all standard output as it is written: as text (characters are never split), or as bytes with `encoding: 'buffer'`.
   * A returned promise is awaited, so a slow listener slows the command down. If the listener throws, the command
   * is killed and the call rejects with that error. A promise that does not settle does not keep the call waiting for ever. It has 30 seconds after the
   * command has ended by itself, about 11 seconds after the deadline, and about 2 seconds after an error or an abort. Output that the listener
   * has not received by then is not passed on.
   */
  onStdout?: (chunk: any) => unknown
  /** The same for standard error. */
  onStderr?: (chunk: any) => unknown
}

export interface SpawnOptions extends CallOptions {
  /** Working directory; relative paths start at `/workspace`. Default: `/workspace`. */
  cwd?: string
  /** Environment variables, added to the image's and the sandbox's. */
  env?: Record<string, string>
  /** `'pipe'` for a process that gets input through `stdin`. A terminal always does. @default 'none' */
  stdin?: 'pipe' | 'none'
  /** Run the process in a terminal. It has one output stream then, `stdout`. */
  pty?: PtyOptions
  /** Deadline in milliseconds, at which the process and everything it started are killed; 0 is none. @default 0 */
  timeout?: number
  /** As in {@link ExecOptions.killGrace}, for the deadline. @default 0 */
  killGrace?: number
  /** As in {@link ExecOptions.killSignal}. @default 'SIGTERM' */
  killSignal?: string | number
  /**
   * Let the process outlive its handle, its connection and this Node process. It ends with its container, at the latest. Find it again with
   * `processes()` and `attach()`. It never waits for a reader. @default false
   */
  detached?: boolean
  /** How much of each output stream of a detached process is kept, up to `'4m'`. It counts as memory of the sandbox. @default '256k' */
  log?: Size
  /** A name for people, up to 256 bytes. */
  name?: string
  /** Kills the process. `wait()` then rejects with `ABORTED`. Does nothing to a detached process once it has started. */
  signal?: AbortSignal
}

/** A terminal. */
export interface PtyOptions {
  /** Characters in a row, from 1 to 65535. @default 80 */
  cols?: number
  /** Rows, from 1 to 65535. @default 24 */
  rows?: number
  /** The variable `TERM`. @default 'xterm-256color' */
  term?: string
}

export interface AttachOptions extends CallOptions {
  /**
   * Where output begins: with the oldest that is kept, with what is written from now on, or at offsets in bytes, such as the end of what another
   * handle received. @default 'start'
   */
  from?: 'start' | 'now' | { stdout?: number; stderr?: number }
}

/** What a sandbox uses, as its own kernel counts it. What the kernel does not count is `null`. */
export interface SandboxStats {
  /** Processor time since the container started, and how long the limit `cpus` kept processes from running, in milliseconds. */
  cpu: { used: number | null; throttled: number | null }
  /**
   * Bytes: `used` without the page cache that the kernel could take back at once, the page cache, the most that was in use (page cache included), and the
   * limit. `oomKills` is how many processes the kernel has killed because memory ran out.
   */
  memory: { used: number | null; cache: number | null; peak: number | null; limit: number | null; oomKills: number | null }
  /** Processes and threads, those of the agent included. */
  pids: { used: number | null; limit: number | null }
  /** Bytes of the file system that holds the workspace: the sandbox's own with a hard limit (`disk`), otherwise the host's. */
  disk: { used: number | null; total: number | null }
  /** Bytes read from and written to block devices. */
  io: { read: number | null; written: number | null }
  /** Bytes received and sent over the network, loopback excluded. */
  network: { received: number | null; sent: number | null }
  /** How many commands and spawned processes run. */
  processes: number
}

/** A TCP port on which somebody listens. */
export interface ListeningPort {
  port: number
  /** The address that it is bound to. */
  address: string
  /** The process id in the container; `null` if it is not known. */
  pid: number | null
  /** The command line of that process, up to 1,024 characters. */
  command: string | null
}

/** A port of this host that leads into a sandbox. */
export interface Tunnel {
  /** The port on 127.0.0.1. */
  readonly port: number
  /** `http://127.0.0.1:` and the port. */
  readonly url: string
  /** Closes it, with every connection of it. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A process of a sandbox. */
export interface ProcessInfo {
  /** 16 hexadecimal digits, unique to this run of the container. */
  id: string
  /** The process id in the container. */
  pid: number
  /** The option `name`. */
  name: string | null
  /** The command line, up to 1,024 characters. */
  command: string
  /** What started it: `exec` (and `executeCommand`) or `spawn`. */
  origin: 'exec' | 'spawn'
  /** When it was started (ISO 8601), by the clock of the sandbox. */
  startedAt: string
  detached: boolean
  /** Whether it runs in a terminal. */
  pty: boolean
  /** How it ended; `null` while it runs. */
  result: ProcessResult | null
}

/** How a process ended. */
export interface ProcessResult {
  /** As in a shell: 128+n if signal n ended the process. 124 if the deadline did. */
  exitCode: number
  /** The signal that ended it, such as `'SIGTERM'`. */
  signal: string | null
  /** How long it ran, in milliseconds. */
  executionTime: number
  /** Whether the deadline passed. */
  timedOut: boolean
  /** See {@link ExecResult.oomKilled}. */
  oomKilled: boolean
  /** See {@link ExecResult.limits}. */
  limits: ('memory' | 'pids' | 'disk')[]
  /** See {@link ExecResult.outputOpen}. */
  outputOpen: boolean
  /** Total size of standard output in bytes. */
  stdoutBytes: number
  /** Total size of standard error in bytes. */
  stderrBytes: number
}

/**
 * A piece of output. `offset` is that of its first byte in its stream. A piece with `gap` instead of `data` says how many bytes of a detached process
 * were no longer kept when this handle came to read them.
 */
export type ProcessOutput<Output = string> =
  | { stream: 'stdout' | 'stderr'; offset: number; data: Output; gap?: undefined }
  | { stream: 'stdout' | 'stderr'; offset: number; data?: undefined; gap: number }

/**
 * A handle on a process. Output is read on demand: a slow reader slows the process down, unless it is detached. Who calls `wait` or
 * `waitForOutput` without having asked for output need not read it.
 *
 * A process that is not detached is killed, with everything it started, when its handle is closed, when this Node process ends and when its
 * container stops.
 */
export class Process {
  private constructor()
  /** 16 hexadecimal digits, unique to this run of the container. */
  readonly id: string
  /** The process id in the container. */
  readonly pid: number
  readonly name: string | null
  /** The command line, up to 1,024 characters. */
  readonly command: string
  /** When it was started (ISO 8601), by the clock of the sandbox. */
  readonly startedAt: string
  readonly detached: boolean
  /** Whether it runs in a terminal. */
  readonly pty: boolean
  /**
   * Standard input; `null` without `stdin: 'pipe'` or a terminal. Back-pressure reaches the writer. `end()` is the end of the input; a terminal gets
   * Ctrl-D. After the end of the process, writing fails with `EPIPE`, which is passed to the callback of `write`.
   */
  readonly stdin: Writable | null
  /** Standard output, or that of the terminal. Gaps of a detached process are left out; see {@link Process.output}. */
  readonly stdout: Readable
  /** Standard error; `null` in a terminal. As with a child process of Node, read it too, or the process waits when about 256 KiB are unread. */
  readonly stderr: Readable | null
  /** Both streams from now on, in order of arrival. Each caller gets everything. With `encoding: 'buffer'`, as bytes. */
  output(options: CallOptions & { encoding: 'buffer' | null }): AsyncIterableIterator<ProcessOutput<Buffer>>
  output(options?: CallOptions & { encoding?: 'utf8' | 'utf-8' }): AsyncIterableIterator<ProcessOutput>
  /**
   * Waits for the end of the process, after all its output was handed over. Any number of callers get the same result.
   * @throws SandboxError `SANDBOX_LOST` if the container ended, `CLOSED` if the handle was closed, `ABORTED`.
   */
  wait(options?: CallOptions): Promise<ProcessResult>
  /**
   * Sends a signal to the process and to every process that it started, daemons included.
   * @param signal a name or a number from 1 to 64. Default: `'SIGTERM'`
   * @returns false if it has ended
   */
  kill(signal?: string | number): Promise<boolean>
  /** Changes the size of the terminal. @returns false if the process has ended. @throws SandboxError `CONFLICT` without a terminal. */
  resize(size: { cols: number; rows: number }): Promise<boolean>
  /** As {@link DockerSandbox.waitForPort}; fails with `CONFLICT` if the process ends first. */
  waitForPort(port: number, options?: CallOptions & { timeout?: number }): Promise<ListeningPort>
  /**
   * Waits until the output, both streams together, contains a text or matches an expression; the last 64 KiB that were received before count.
   * @param options `timeout` in milliseconds, 0 for none; default 30000
   * @returns what was found
   * @throws SandboxError `TIMEOUT`; `CONFLICT` if the process ends first. `details.output` has the last output.
   */
  waitForOutput(pattern: string | RegExp, options?: CallOptions & { timeout?: number }): Promise<string>
  /** Lets go of the process: kills one that is not detached. */
  close(): Promise<void>
  /** Calls `close`: `await using process = await box.spawn(…)`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface ShellOptions extends CallOptions {
  /** The directory that the shell starts in. Default: `/workspace`. */
  cwd?: string
  /** Environment variables, added to the image's and the sandbox's. */
  env?: Record<string, string>
  /** A name for people, up to 256 bytes. @default 'shell' */
  name?: string
}

export interface ShellRunOptions extends CallOptions {
  /** Deadline in milliseconds; 0 is none. @default 120000 */
  timeout?: number
  /** The most of each output stream that the result holds; see {@link ExecOptions.outputLimit}. @default '1m' */
  outputLimit?: Size
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
  /** Receives standard output as it is written. A returned promise is awaited, so a slow listener slows the command down. */
  onStdout?: (chunk: any) => unknown
  /** The same for standard error. */
  onStderr?: (chunk: any) => unknown
}

/** The result of one command line of a shell. */
export interface ShellResult<Output = string> {
  stdout: Output
  stderr: Output
  /** The value of `$?`; 124 at the deadline. */
  exitCode: number
  /** The signal that ended the shell; `null` if it lives on. */
  signal: string | null
  /** Duration in milliseconds. */
  executionTime: number
  /** Whether the deadline passed. */
  timedOut: boolean
  /** Whether `stdout` or `stderr` is incomplete. */
  truncated: boolean
  stdoutBytes: number
  stderrBytes: number
  /** The working directory of the shell afterwards; `null` if it has ended. */
  cwd: string | null
  /** Whether the shell has ended, such as by `exit`: the next command gets a new one, without the state of this one. */
  restarted: boolean
}

/**
 * One bash that keeps its state: directory, variables, functions, aliases and background jobs stay from one command line to the next. Command lines take
 * turns. Their input is empty.
 *
 * At a deadline or an abort, everything that the shell has started is killed, background jobs included. If the shell itself does not go on within a second,
 * it is killed, too. The shell ends with its container and with this Node process.
 */
export class Shell {
  private constructor()
  /**
   * Runs a command line of bash. Output of background jobs that is written meanwhile is part of the result.
   * @throws SandboxError `ABORTED` with the output so far in `details`, `SANDBOX_LOST`, `CLOSED`
   */
  run(line: string, options: ShellRunOptions & { encoding: 'buffer' | null }): Promise<ShellResult<Buffer>>
  run(line: string, options?: ShellRunOptions): Promise<ShellResult>
  /** Replaces the shell by a new one, without the state of this one. */
  restart(): Promise<void>
  /** Ends the shell, and everything that it started. */
  close(): Promise<void>
  /** Calls `close`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A path in a sandbox. Relative ones start at `/workspace`. Bytes are for names that are not valid UTF-8. */
export type FsPath = string | Uint8Array

/** A mode, as a number or in octal digits. */
export type FsMode = number | string

/** What a file is, as in `node:fs`. */
export interface FsStats {
  readonly dev: number
  readonly ino: number
  /** Mode with file type. */
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  /** In bytes. */
  readonly size: number
  readonly blksize: number
  /** What it takes on disk, in units of 512 bytes. */
  readonly blocks: number
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** Where the file system does not know when the file was created: `ctimeMs`. */
  readonly birthtimeMs: number
  readonly atime: Date
  readonly mtime: Date
  readonly ctime: Date
  readonly birthtime: Date
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isBlockDevice(): boolean
  isCharacterDevice(): boolean
}

/** A file system, as in `node:fs`. Sizes are in blocks of `bsize` bytes. */
export interface FsStatFs {
  readonly type: number
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}

/** An entry of a directory, as in `node:fs`. */
export interface FsDirent<Name = string> {
  readonly name: Name
  /** The directory that it is in. */
  readonly parentPath: string
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isBlockDevice(): boolean
  isCharacterDevice(): boolean
}

/**
 * An error of a file operation, as `node:fs` has it: `code` is the system's name, such as `'ENOENT'`. It is a `SandboxError`, too. Errors that are not
 * about files, such as `SANDBOX_LOST`, are those of every call.
 */
export interface FsError extends Omit<SandboxError, 'code'> {
  readonly code: string
  /** The number of the error, negative. */
  readonly errno: number
  /** The function that failed, such as `'stat'`. */
  readonly syscall: string
  readonly path?: string
  readonly dest?: string
}

export interface FsEncodingOptions extends CallOptions {
  /** How a path is returned. @default 'utf8' */
  encoding?: BufferEncoding | 'buffer' | null
}

export interface FsReadFileOptions extends CallOptions {
  /** Without one, the content is a `Buffer`. */
  encoding?: BufferEncoding | 'buffer' | null
}

export interface FsWriteFileOptions extends CallOptions {
  /** The encoding of text. @default 'utf8' */
  encoding?: BufferEncoding | 'buffer' | null
  /** The mode of a new file, before the umask, which is 022. @default 0o666 */
  mode?: FsMode
  /** How the file is opened. @default 'w' */
  flag?: string | number
}

export interface FsReaddirOptions extends CallOptions {
  /** How names are returned. @default 'utf8' */
  encoding?: BufferEncoding | 'buffer' | null
  /** Returns entries with their types. @default false */
  withFileTypes?: boolean
  /** Also lists all directories below. Links are not followed. At most 1,000,000 names. @default false */
  recursive?: boolean
}

export interface FsMkdirOptions extends CallOptions {
  /** Creates what is missing above it, too; one that exists is fine. @default false */
  recursive?: boolean
  /** The mode of new directories, before the umask. @default 0o777 */
  mode?: FsMode
}

export interface FsRmOptions extends CallOptions {
  /** Deletes a directory with everything in it. @default false */
  recursive?: boolean
  /** What does not exist is fine. @default false */
  force?: boolean
}

export interface FsCpOptions extends CallOptions {
  /** Copies directories, with everything in them. @default false */
  recursive?: boolean
  /** Replaces files that exist. @default true */
  force?: boolean
  /** Without `force`: rejects if a file exists, instead of keeping it. @default false */
  errorOnExist?: boolean
  /** Keeps the times. @default false */
  preserveTimestamps?: boolean
  /** Copies what links point to. Otherwise links are copied as they are. @default false */
  dereference?: boolean
}

export interface FsReadStreamOptions extends CallOptions {
  encoding?: BufferEncoding | 'buffer' | null
  /** The first byte. @default 0 */
  start?: number
  /** The last byte, inclusive. Default: the end of the file. */
  end?: number
  /** How much is read ahead, in bytes. @default 131072 */
  highWaterMark?: number
}

export interface FsWriteStreamOptions extends CallOptions {
  /** The encoding of text. @default 'utf8' */
  encoding?: BufferEncoding | 'buffer' | null
  /** How the file is opened. Default: `'w'`; with `start`, `'r+'`. */
  flags?: string | number
  /** The mode of a new file, before the umask. @default 0o666 */
  mode?: FsMode
  /** Where the first byte goes. */
  start?: number
  /** How much waits to be written before `write` returns false, in bytes. @default 131072 */
  highWaterMark?: number
}

export interface ReadLinesOptions extends CallOptions {
  /** The first line; lines are counted from 1. @default 1 */
  start?: number
  /** The last line, inclusive. Default: the last of the file. */
  end?: number
}

/** Some lines of a file. */
export interface FileLines {
  /** The lines without `\n`. Empty past the end of the file. */
  lines: string[]
  /** The same as they are in the file. */
  text: string
  /** How many lines the whole file has. */
  total: number
}

/** A change of a text file. */
export interface FileEdit extends CallOptions {
  /** What is replaced; not empty. It must match exactly. With `newText` at most 1,024,000 bytes. */
  oldText: string | Uint8Array
  /** What takes its place. */
  newText: string | Uint8Array
  /** Replaces it everywhere. Otherwise it must be there exactly once. @default false */
  all?: boolean
  /** Rejects if the file is not as it was: by `mtimeMs` of its `stat`, or by the SHA-256 of its content in hexadecimal. */
  expected?: { mtimeMs?: number; sha256?: string }
}

/** A file to write. */
export interface FileToWrite {
  path: FsPath
  /** At most 64 MiB. */
  data: string | Uint8Array
  /** Permission bits. Default: a file that exists keeps its own; new ones get 0o644. */
  mode?: FsMode
}

export interface GlobOptions extends CallOptions {
  /** The directory to search. @default '.' */
  cwd?: FsPath
  /** Patterns of what is left out; of a directory, everything in it. @default [] */
  ignore?: string | string[]
  /** Leaves out what `.gitignore` files name, and `.git`. @default true */
  gitignore?: boolean
  /** The most files. @default 10000 */
  limit?: number
  /** When the search is ended, in milliseconds. Default: the sandbox's `timeout`. */
  timeout?: number
}

export interface GrepOptions extends CallOptions {
  /** The directory or file to search. @default '.' */
  path?: FsPath
  /** Only files that match, as with ripgrep's `--glob`: `'*.ts'`, `'!test/**'`. @default [] */
  glob?: string | string[]
  /** The pattern is text, not a regular expression. @default false */
  literal?: boolean
  /** Upper and lower case are the same. @default false */
  ignoreCase?: boolean
  /** How many lines before and after each match are returned. @default 0 */
  context?: number
  /** Leaves out what `.gitignore` files name, and `.git`. @default true */
  gitignore?: boolean
  /** The most matching lines of one file. */
  maxPerFile?: number
  /** The most matching lines. @default 1000 */
  limit?: number
  /** When the search is ended, in milliseconds. Default: the sandbox's `timeout`. */
  timeout?: number
}

/** Files that were found. */
export interface FoundFiles {
  /** Relative to `cwd`, sorted. */
  paths: string[]
  /** Whether there are more. Which ones were found is not defined then. */
  truncated: boolean
}

/** A line that was found. */
export interface FoundLine {
  /** The file: below `path`, and beginning with it. */
  path: string
  /** The number of the line, counted from 1. */
  line: number
  /** Where the match begins, in bytes, counted from 1. */
  column: number
  /** The line without its newline; cut at 2,000 bytes. */
  text: string
  /** With `context`: the lines before it. */
  before?: string[]
  /** With `context`: the lines after it. */
  after?: string[]
}

/** Lines that were found. */
export interface FoundLines {
  /** Sorted by file and line. */
  matches: FoundLine[]
  /** Whether there are more. Which ones were found is not defined then. */
  truncated: boolean
}

export interface FsWatchOptions extends CallOptions {
  /** Watches all directories below, too, and those that are made later. Links are not followed. @default false */
  recursive?: boolean
}

/**
 * A change of a file. Paths begin with the one that is watched.
 *
 * - `change`: content or attributes. Several at once are reported as one.
 * - `rename`: from one place in what is watched to another. A file that comes from elsewhere is a `create`, one that goes elsewhere a `delete`.
 * - `overflow`: changes were lost; look at everything again.
 * - `polling`: the first event where the system has no watches left. The agent then looks once a second, and sees less.
 */
export type FileChange =
  | { type: 'create' | 'change' | 'delete'; path: string }
  | { type: 'rename'; path: string; from: string }
  | { type: 'overflow' | 'polling' }

/** The changes of files. It is an async iterable; `return` and leaving a `for await` end the watch. */
export interface FileWatch extends AsyncIterableIterator<FileChange> {
  /** Resolves when everything that happens from then on is reported. */
  readonly ready: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A file that is open in a sandbox, as in `node:fs/promises`. It ends with its container. At most 384 files, process handles and connections are open at once. */
export class FsFileHandle {
  private constructor()
  /** Reads at most 128 KiB at once. A `position` of null or -1, and none: from where the last read or write ended. */
  read<T extends Uint8Array>(buffer: T, offset?: number, length?: number, position?: number | null): Promise<{ bytesRead: number; buffer: T }>
  read<T extends Uint8Array>(buffer: T, options: { offset?: number; length?: number; position?: number | null }): Promise<{ bytesRead: number; buffer: T }>
  read<T extends Uint8Array = Buffer>(options?: { buffer?: T; offset?: number; length?: number; position?: number | null }): Promise<{ bytesRead: number; buffer: T }>
  write<T extends Uint8Array>(buffer: T, offset?: number, length?: number, position?: number | null): Promise<{ bytesWritten: number; buffer: T }>
  write<T extends Uint8Array>(buffer: T, options: { offset?: number; length?: number; position?: number | null }): Promise<{ bytesWritten: number; buffer: T }>
  write(data: string, position?: number | null, encoding?: BufferEncoding): Promise<{ bytesWritten: number; buffer: string }>
  /** Reads from where the last read or write ended to the end of the file. */
  readFile(options: BufferEncoding | (FsReadFileOptions & { encoding: BufferEncoding })): Promise<string>
  readFile(options?: null | FsReadFileOptions): Promise<Buffer>
  writeFile(data: string | NodeJS.ArrayBufferView | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>, options?: BufferEncoding | FsWriteFileOptions): Promise<void>
  appendFile(data: string | NodeJS.ArrayBufferView | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>, options?: BufferEncoding | FsWriteFileOptions): Promise<void>
  stat(): Promise<FsStats>
  truncate(length?: number): Promise<void>
  sync(): Promise<void>
  datasync(): Promise<void>
  chmod(mode: FsMode): Promise<void>
  /** Times in seconds, or as dates. */
  utimes(atime: number | string | Date, mtime: number | string | Date): Promise<void>
  createReadStream(options?: BufferEncoding | FsReadStreamOptions): Readable
  createWriteStream(options?: BufferEncoding | FsWriteStreamOptions): Writable
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The file system of a sandbox, in the shape of `node:fs/promises`; the sandbox is created or started if needed. Everything happens as the sandbox's
 * user: paths are resolved in the container, and links cannot lead out of it. Only regular files can be read and written.
 *
 * Errors of the system have the shape of those of `node:fs`; see {@link FsError}. Options of functions of `node:fs` that are not listed here are ignored.
 *
 * If the sandbox is lost during a call that must not be made twice, such as `rename`, it rejects with `SANDBOX_LOST`; other calls are repeated.
 */
export class SandboxFs {
  private constructor()
  /** This object: programs that take an `fs` look for its promises. */
  readonly promises: this
  /** Constants of Linux, such as `R_OK` and `COPYFILE_EXCL`. */
  readonly constants: Readonly<Record<string, number>>
  access(path: FsPath, mode?: number, options?: CallOptions): Promise<void>
  appendFile(path: FsPath, data: string | NodeJS.ArrayBufferView, options?: BufferEncoding | FsWriteFileOptions): Promise<void>
  chmod(path: FsPath, mode: FsMode, options?: CallOptions): Promise<void>
  /** Replaces the file at `dest` at once. With `constants.COPYFILE_EXCL`, one that exists is kept and the call rejects. */
  copyFile(path: FsPath, dest: FsPath, mode?: number, options?: CallOptions): Promise<void>
  /** Copies within the sandbox. A directory merges into one that exists. If the call fails, what was copied stays. */
  cp(path: FsPath, dest: FsPath, options?: FsCpOptions): Promise<void>
  /** Whether a path leads to something. */
  exists(path: FsPath, options?: CallOptions): Promise<boolean>
  lstat(path: FsPath, options?: CallOptions): Promise<FsStats>
  /** Resolves to the first directory created, with `recursive`. */
  mkdir(path: FsPath, options?: FsMode | FsMkdirOptions): Promise<string | undefined>
  /** Creates a directory whose name is `prefix` and six random characters. */
  mkdtemp(prefix: string, options?: BufferEncoding | FsEncodingOptions): Promise<string>
  open(path: FsPath, flags?: string | number, mode?: FsMode, options?: CallOptions): Promise<FsFileHandle>
  /** Reads a whole file into memory, whatever its size. */
  readFile(path: FsPath, options: BufferEncoding | (FsReadFileOptions & { encoding: BufferEncoding })): Promise<string>
  readFile(path: FsPath, options?: null | FsReadFileOptions): Promise<Buffer>
  /** The names in a directory, sorted. */
  readdir(path: FsPath, options: FsReaddirOptions & { withFileTypes: true; encoding: 'buffer' }): Promise<FsDirent<Buffer>[]>
  readdir(path: FsPath, options: FsReaddirOptions & { withFileTypes: true }): Promise<FsDirent[]>
  readdir(path: FsPath, options: 'buffer' | (FsReaddirOptions & { encoding: 'buffer' })): Promise<Buffer[]>
  readdir(path: FsPath, options?: BufferEncoding | null | FsReaddirOptions): Promise<string[]>
  readlink(path: FsPath, options: 'buffer' | (FsEncodingOptions & { encoding: 'buffer' })): Promise<Buffer>
  readlink(path: FsPath, options?: BufferEncoding | null | FsEncodingOptions): Promise<string>
  realpath(path: FsPath, options: 'buffer' | (FsEncodingOptions & { encoding: 'buffer' })): Promise<Buffer>
  realpath(path: FsPath, options?: BufferEncoding | null | FsEncodingOptions): Promise<string>
  rename(path: FsPath, dest: FsPath, options?: CallOptions): Promise<void>
  rm(path: FsPath, options?: FsRmOptions): Promise<void>
  rmdir(path: FsPath, options?: CallOptions): Promise<void>
  stat(path: FsPath, options?: CallOptions): Promise<FsStats>
  statfs(path: FsPath, options?: CallOptions): Promise<FsStatFs>
  /** `type` is ignored. */
  symlink(target: FsPath, path: FsPath, type?: string | null, options?: CallOptions): Promise<void>
  truncate(path: FsPath, length?: number, options?: CallOptions): Promise<void>
  unlink(path: FsPath, options?: CallOptions): Promise<void>
  /** Times in seconds, or as dates. */
  utimes(path: FsPath, atime: number | string | Date, mtime: number | string | Date, options?: CallOptions): Promise<void>
  /**
   * Writes a file. Up to about 20 MiB of data with the flag `'w'` replace it at once: a reader sees either the old or the new content. More, a stream and
   * other flags are written piece by piece. Missing directories are an error, unlike in {@link DockerSandbox.writeFile}.
   */
  writeFile(path: FsPath, data: string | NodeJS.ArrayBufferView | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>, options?: BufferEncoding | FsWriteFileOptions): Promise<void>
  /** The content of a file as a stream, of any size. */
  createReadStream(path: FsPath, options?: BufferEncoding | FsReadStreamOptions): Readable
  /** A stream that writes a file of any size. */
  createWriteStream(path: FsPath, options?: BufferEncoding | FsWriteStreamOptions): Writable

  /** Reads lines of a file of any size; together they have at most 64 MiB. The text is decoded as UTF-8. */
  readLines(path: FsPath, options?: ReadLinesOptions): Promise<FileLines>
  /**
   * Replaces text in a file of at most 16 MiB, at once: a reader sees either the old or the new content.
   *
   * In addition to errors of the system, rejects with `CONFLICT` and leaves the file as it is: with `details.matches` when `oldText` is not there exactly
   * once, with `details.changed` when the file is not the `expected` one or somebody wrote to it meanwhile.
   */
  edit(path: FsPath, change: FileEdit): Promise<{ replaced: number }>
  /**
   * Writes several files in one round trip, each at once, and creates missing directories. At most 10,000 files. Stops at the first that can't be written:
   * `details.written` says how many were.
   */
  writeFiles(files: FileToWrite[], options?: CallOptions): Promise<void>
  /**
   * Finds files whose paths match, such as `'src/**'` or `'*.{js,ts}'`; `**` stands for any number of directories, and names that begin with a dot match, too. Directories are not returned, links not
   * followed. The search runs as a command of its own, beside others.
   *
   * In addition to errors of the system: `INVALID_ARGUMENT` for a wrong pattern, `TIMEOUT`, and `CONFLICT` when something in the sandbox ended the search.
   */
  glob(pattern: string | string[], options?: GlobOptions): Promise<FoundFiles>
  /**
   * Finds lines that match a regular expression, with the engine and the syntax of ripgrep: no look-around and no back-references, and no pattern takes more than linear
   * time. Of a `RegExp`, the source and the flag `i` count. Files with NUL bytes are skipped, and what the user may not read.
   *
   * In addition to errors of the system: as {@link SandboxFs.glob}.
   */
  grep(pattern: string | RegExp, options?: GrepOptions): Promise<FoundLines>
  /**
   * Reports changes to a file, or to a directory and the names in it, from the call on. It ends with an error when what is watched is deleted or renamed (`ENOENT`), and when
   * the sandbox stops (`SANDBOX_LOST`). It does not keep an idle sandbox from being stopped.
   */
  watch(path: FsPath, options?: FsWatchOptions): FileWatch
}

/** How a command ended. A failed or timed-out command is a result, not an error. */
export interface ExecResult<Output = string> {
  stdout: Output
  stderr: Output
  /** As in a shell: 128+n if signal n ended the command. 124 if the deadline did. */
  exitCode: number
  /** The signal that ended the command, such as `'SIGKILL'`. */
  signal: string | null
  /** Duration in milliseconds, not counting the time to create or start the container. */
  executionTime: number
  /** Whether the deadline passed. */
  timedOut: boolean
  /** Whether `stdout` or `stderr` is incomplete. */
  truncated: boolean
  /** Total size of standard output in bytes. */
  stdoutBytes: number
  /** Total size of standard error in bytes. */
  stderrBytes: number
  /**
   * Whether the kernel killed the command because the sandbox ran out of memory, or a child of it whose death it reports by exit code 137.
   *
   * The kernel tells that it has killed a process, but not which one. It kills the largest. So this is `false` for a command that ended by SIGKILL
   * after it had waited for a larger child, and for exit code 137 if no process of the command used an eighth of `memory`. After three results in a
   * row with `oomKilled`, the sandbox is stopped before the next command, which starts it again: something left behind holds its memory.
   */
  oomKilled: boolean
  /**
   * The limits that the sandbox met while the command ran: `'memory'` if the kernel killed a process of it, of whatever command, `'pids'` if it refused to
   * start one, `'disk'` if the file system of the workspace is full. Raise the option of that name. A command may have coped, and then ends with code 0.
   */
  limits: ('memory' | 'pids' | 'disk')[]
  /**
   * Whether a process that the command left running still had its output open. Output after the command's end is part of the result while it comes
   * without a pause of 100 ms, for up to 2 seconds; what comes later is not.
   */
  outputOpen: boolean
}

/** Where the files of a sandbox are stored. */
export interface Workspace {
  kind: 'bind' | 'volume'
  /** The directory on this host, or the name of the volume. */
  location: string
}

/** Disk limit and usage of a workspace. */
export interface DiskInfo {
  /** The `disk` option in bytes; `null` if unlimited. */
  limit: number | null
  /** In bytes; `null` without a limit, while the sandbox is not running, and if counting takes longer than 2 seconds. */
  used: number | null
  /** `'hard'`: writes beyond the limit fail. `'soft'`: a command that exceeds the limit is killed, with some delay. */
  enforcement: 'hard' | 'soft' | 'none'
}

/** State of a container. `'gone'`: it is being removed or is broken, and will be replaced. */
export type ContainerState = 'created' | 'running' | 'paused' | 'exited' | 'gone'

/** A snapshot of a sandbox. */
export interface SandboxInfo {
  id: string
  containerId: string
  state: ContainerState
  image: string
  /** The id of the image that the container was made from. The name may stand for another one by now. */
  imageId: string
  /** When the container was created (RFC 3339). */
  created: string
  workspace: Workspace
  /** In bytes. */
  memory: number
  cpus: number
  pids: number
  disk: DiskInfo
  /** The user of commands, as `uid:gid`. */
  user: string
  network: 'enabled' | 'none'
  /**
   * Whether the packet filter keeps commands from what they should not reach, at this moment: the metadata addresses of clouds, and
   * the services of the engine's machine. `'open'` if it does not, or if this process can't tell. Rules that somebody deleted are
   * made again when a sandbox is next brought up. Without a network, both are `'blocked'`.
   */
  isolation: { metadata: 'blocked' | 'open'; host: 'blocked' | 'open' }
  /**
   * The seccomp profile of commands: `'cofferdam'` (`docker/seccomp.json`), or `'engine'`, which allows more. Podman takes a profile only
   * as a file in `dataDir`; the engine's own applies if it can't open that, for example because it runs on another machine.
   */
  seccomp: 'cofferdam' | 'engine'
  /** The build of the agent in the container. */
  agent: string
}

/** A sandbox in a list. */
export interface SandboxSummary {
  id: string
  containerId: string
  state: ContainerState
  /** Whether the container is running or paused. */
  running: boolean
  image: string
  /** When the container was created (RFC 3339). */
  created: string
}

/**
 * One container per conversation, created on first use, with `{dataDir}/{id}` mounted at `/workspace`.
 *
 * Connects to the engine on first use: a missing engine rejects that call; the constructor never fails for it. An id is
 * 1 to 128 characters from `A-Z a-z 0-9 . _ -` and does not start with a dot.
 *
 * Every call can reject with a {@link SandboxError}: `INVALID_ARGUMENT`, `ENGINE_UNREACHABLE`,
 * `ENGINE_PERMISSION_DENIED`, `ENGINE_UNSUPPORTED`, `ENGINE_ERROR`, `IMAGE_NOT_FOUND`, `CONFLICT`, `TIMEOUT`,
 * `ABORTED`, `CLOSED`.
 */
export class DockerSandbox {
  /** @throws SandboxError `INVALID_ARGUMENT` for an unknown or out-of-range option. */
  constructor(options?: DockerSandboxOptions)

  /** Ensures that the sandbox is running. Concurrent calls create one container, even from several processes. */
  getOrCreate(id: string, options?: CallOptions): Promise<Sandbox>

  /**
   * Runs a command; creates or starts the sandbox if needed. A string runs under `bash -c` (`sh -c` if the
   * image has no bash); an array runs directly, without a shell.
   *
   * Background processes neither delay the result nor end with the command. In addition to the errors of every
   * call: `COMMAND_NOT_STARTED`, `SANDBOX_LOST` if the container ends while the command runs, and `DISK_LIMIT` if a soft disk limit
   * ended the command (at a hard limit, the command sees a full disk). The last two and `ABORTED` carry the output so far in
   * `details.stdout` and `details.stderr`, as text or bytes like the result; before the start, they are empty.
   */
  exec(id: string, command: string | readonly string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  exec(id: string, command: string | readonly string[], options?: ExecOptions): Promise<ExecResult>

  /**
   * Starts a process and returns a handle on it once its program runs; creates or starts the sandbox if needed. Takes commands as `exec` does.
   *
   * In addition to the errors of every call: `COMMAND_NOT_STARTED`, `SANDBOX_LOST`.
   */
  spawn(id: string, command: string | readonly string[], options?: SpawnOptions): Promise<Process>

  /**
   * Returns a handle on a detached process: of another handle, another Node process, or one before a crash. Its output from `from` on follows. Several
   * handles may be attached, and each gets all of it. Does not start the sandbox.
   *
   * In addition to the errors of every call: `NOT_FOUND` (also when the container has been restarted), `CONFLICT` for a process that is not detached.
   */
  attach(id: string, processId: string, options?: AttachOptions): Promise<Process>

  /**
   * Lists the processes of `exec` and `spawn` that run, and the last 64 of `spawn` that have ended since the container started; oldest first. Does not
   * start the sandbox: if it does not run, the list is empty.
   */
  processes(id: string, options?: CallOptions): Promise<ProcessInfo[]>

  /**
   * What the sandbox uses at the moment. Takes less than a millisecond. Does not start the sandbox and does not count as a use of it.
   *
   * In addition to the errors of every call: `NOT_FOUND` if it is not running.
   */
  stats(id: string, options?: CallOptions): Promise<SandboxStats>

  /**
   * What the sandbox uses, again and again until it stops: then `NOT_FOUND` or `SANDBOX_LOST`. `cpu.load` is how many processors were busy since the last
   * look; `null` at the first.
   * @param options `interval` in milliseconds, at least 50; default 1000
   */
  watchStats(id: string, options?: CallOptions & { interval?: number }): AsyncIterableIterator<SandboxStats & { cpu: { load: number | null } }>

  /**
   * Starts a shell that keeps its state; see {@link Shell}. Creates or starts the sandbox if needed. The image needs bash.
   *
   * In addition to the errors of every call: `COMMAND_NOT_STARTED`.
   */
  shell(id: string, options?: ShellOptions): Promise<Shell>

  /** Lists the TCP ports on which somebody listens in the sandbox. Does not start the sandbox: if it does not run, the list is empty. */
  ports(id: string, options?: CallOptions): Promise<ListeningPort[]>

  /**
   * Waits until somebody listens on a port.
   * @param options `timeout` in milliseconds, 0 for none; default 30000
   * @throws SandboxError `TIMEOUT`
   */
  waitForPort(id: string, port: number, options?: CallOptions & { timeout?: number }): Promise<ListeningPort>

  /**
   * Connects to a port of the sandbox, over the connection to its agent: no port is published, and it works with `network: 'none'` and with an engine
   * elsewhere, too. Tries the loopback address first. Does not start the sandbox.
   *
   * In addition to the errors of every call: `NOT_FOUND` when nobody listens there or the sandbox does not run, `CONFLICT` when 384 process handles and
   * connections of the sandbox are open. Like a socket of `node:net`, it ends when the server ends it. A connection that is lost ends, too: its data may be
   * incomplete.
   */
  connect(id: string, port: number, options?: CallOptions): Promise<Duplex>

  /**
   * Opens a port on 127.0.0.1 of this host that leads to a port of the sandbox, for a browser or any other client, WebSockets included. It works
   * as long as this object is open, also when the server or the sandbox restarts meanwhile.
   * @param options `hostPort` 0 (default) chooses one that is free
   * @throws SandboxError `CONFLICT` if the port of the host is in use
   */
  tunnel(id: string, port: number, options?: CallOptions & { hostPort?: number }): Promise<Tunnel>

  /**
   * Sends one HTTP request to a port of the sandbox. Redirects are not followed.
   * @param request a path such as `'/api'`, a URL of which the path and host count, or a `Request`. Default: `'/'`
   */
  fetch(id: string, port: number, request?: string | URL | Request, init?: RequestInit): Promise<Response>

  /** The file system of a sandbox. Nothing is created or started before its first use. */
  fs(id: string): SandboxFs

  /**
   * Reads a regular file of up to 64 MiB as the sandbox's user; creates or starts the sandbox if needed. Relative paths
   * start at `/workspace`; absolute paths are those of the container.
   *
   * In addition to the errors of every call: `FILE_ERROR` (with `details.errno`), `FILE_TOO_LARGE`.
   */
  readFile(id: string, path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(id: string, path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>

  /**
   * Writes a file of up to 64 MiB as the sandbox's user, as a whole or not at all, except a file that is mounted or whose directory may not be
   * changed: that is written in place; creates or starts the sandbox if needed. Missing
   * parent directories are created. The file is replaced atomically: a reader sees either the old or the new content. An
   * existing file keeps its mode unless `mode` is given.
   *
   * In addition to the errors of every call: `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`.
   */
  writeFile(id: string, path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>

  /** Copies a file or directory from this host into the sandbox; see {@link SandboxManager.copyTo}. */
  upload(id: string, hostPath: string, path: string, options?: CopyOptions): Promise<CopyResult>

  /** Copies a file or directory from the sandbox to this host; see {@link SandboxManager.copyFrom}. */
  download(id: string, path: string, hostPath: string, options?: CopyOptions): Promise<CopyResult>

  /** Stops the container; installed software is kept for the next use. Does nothing if it is not running. */
  stop(id: string, options?: CallOptions): Promise<void>

  /** Removes the container and, with `workspace: true`, the workspace. Does nothing if they do not exist. */
  remove(id: string, options?: CallOptions & { workspace?: boolean }): Promise<void>

  /** Whether the container is running or paused. Asks the engine and changes nothing. */
  isRunning(id: string, options?: CallOptions): Promise<boolean>

  /** Describes the sandbox as it is now. @throws SandboxError `NOT_FOUND` if it has no container. */
  info(id: string, options?: CallOptions): Promise<SandboxInfo>

  /** Lists the sandboxes of this data directory that have a container, running or not. */
  list(options?: CallOptions): Promise<SandboxSummary[]>

  /**
   * Releases the sandboxes: pending calls reject with `CLOSED`, and their commands are killed. Containers keep
   * running, unless `stopAll` is set: then those that no other process uses are stopped.
   */
  close(options?: { stopAll?: boolean }): Promise<void>

  [Symbol.asyncDispose](): Promise<void>
}

/** One sandbox of a {@link DockerSandbox}: the same methods without the id. */
export class Sandbox {
  private constructor()
  readonly id: string
  /** The container at the time of `getOrCreate`; later calls may use another one. */
  readonly containerId: string
  readonly workspace: Workspace
  /** Its file system. */
  readonly fs: SandboxFs
  /** See {@link DockerSandbox.exec}. */
  exec(command: string | readonly string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  exec(command: string | readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** See {@link DockerSandbox.spawn}. */
  spawn(command: string | readonly string[], options?: SpawnOptions): Promise<Process>
  /** See {@link DockerSandbox.attach}. */
  attach(processId: string, options?: AttachOptions): Promise<Process>
  /** See {@link DockerSandbox.processes}. */
  processes(options?: CallOptions): Promise<ProcessInfo[]>
  /** See {@link DockerSandbox.stats}. */
  stats(options?: CallOptions): Promise<SandboxStats>
  /** See {@link DockerSandbox.watchStats}. */
  watchStats(options?: CallOptions & { interval?: number }): AsyncIterableIterator<SandboxStats & { cpu: { load: number | null } }>
  /** See {@link DockerSandbox.shell}. */
  shell(options?: ShellOptions): Promise<Shell>
  /** See {@link DockerSandbox.ports}. */
  ports(options?: CallOptions): Promise<ListeningPort[]>
  /** See {@link DockerSandbox.waitForPort}. */
  waitForPort(port: number, options?: CallOptions & { timeout?: number }): Promise<ListeningPort>
  /** See {@link DockerSandbox.connect}. */
  connect(port: number, options?: CallOptions): Promise<Duplex>
  /** See {@link DockerSandbox.tunnel}. */
  tunnel(port: number, options?: CallOptions & { hostPort?: number }): Promise<Tunnel>
  /** See {@link DockerSandbox.fetch}. */
  fetch(port: number, request?: string | URL | Request, init?: RequestInit): Promise<Response>
  /** See {@link DockerSandbox.readFile}. */
  readFile(path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>
  /** See {@link DockerSandbox.writeFile}. */
  writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>
  /** See {@link SandboxManager.copyTo}. */
  upload(hostPath: string, path: string, options?: CopyOptions): Promise<CopyResult>
  /** See {@link SandboxManager.copyFrom}. */
  download(path: string, hostPath: string, options?: CopyOptions): Promise<CopyResult>
  /** See {@link DockerSandbox.stop}. */
  stop(options?: CallOptions): Promise<void>
  /** See {@link DockerSandbox.remove}. */
  remove(options?: CallOptions & { workspace?: boolean }): Promise<void>
  /** See {@link DockerSandbox.isRunning}. */
  isRunning(options?: CallOptions): Promise<boolean>
  /** See {@link DockerSandbox.info}. */
  info(options?: CallOptions): Promise<SandboxInfo>
}

/** Options of a {@link SandboxManager}, and defaults of its sessions. The default profile is `'session'`. */
export interface SandboxManagerOptions extends SandboxesOptions {}

export interface CreateSessionOptions extends SandboxOptions, CallOptions {
  /** 1 to 128 characters from `A-Z a-z 0-9 . _ -`, not starting with a dot. Default: a random id. */
  sessionId?: string
  /** Your own data about the session, up to 1 MiB as JSON. @default {} */
  metadata?: Record<string, unknown>
}

/** A snapshot of a session. */
export interface SessionInfo {
  id: string
  profile: 'conversation' | 'session' | 'task'
  image: string
  /** The container's state; `'removed'` if there is none. The next use creates it again. */
  state: 'created' | 'running' | 'paused' | 'exited' | 'gone' | 'removed'
  containerId: string | null
  disk: DiskInfo
  metadata: Record<string, unknown>
  /** When the session was created (ISO 8601). */
  created: string
  /** When any process last used the session (ISO 8601). */
  lastActivity: string
}

/** Current usage of a limited resource. */
export interface Usage {
  used: number
  limit: number
}

/** Health of a session. A session that is not running counts as healthy. */
export interface SessionHealth {
  sessionId: string
  healthy: boolean
  state: SessionInfo['state']
  /**
   * `'agent'`: the agent did not answer within 2 seconds. `'paused'`: the container is paused. `'memory'`, `'pids'`, `'disk'`: at least
   * 95 % of the limit is used. The next call resumes a paused container. A container whose agent does not answer is replaced when
   * a command's deadline passes.
   */
  problems: ('agent' | 'paused' | 'memory' | 'pids' | 'disk')[]
  /** Response time of the agent in milliseconds. */
  agentLatency: number | null
  /** In bytes, not counting memory that the kernel can reclaim at once. */
  memory: Usage | null
  /** Processes and threads, including the agent's. */
  pids: Usage | null
  /** Size of the files in the workspace in bytes; `null` without a limit. */
  disk: Usage | null
}

/** Health of the engine and of all sessions. */
export interface ManagerHealth {
  healthy: boolean
  /** Response time of the engine in milliseconds, or why it did not answer. */
  engine: { latency: number; error?: undefined } | { latency?: undefined; error: SandboxError }
  sessions: SessionHealth[]
}

/** What one cleanup pass did. */
export interface CleanupReport {
  /** Ids of idle sandboxes that were stopped. */
  stopped: string[]
  /** Ids of stopped sandboxes whose container was removed. */
  removed: string[]
  /** Names of half-made containers left by processes that died. */
  leftovers: string[]
  /** Ids of images built by this project's scripts that lost their name to a newer build more than an hour ago. */
  images: string[]
  /** Names of volumes with another build of the agent that no container used. */
  volumes: string[]
  /**
   * Names of task networks without a container for a week, and on Podman of sandboxes' networks without a container. Task volumes and
   * workspaces are never removed.
   */
  networks: string[]
  /** Ids of sandboxes that no longer exist, whose records were deleted from the data directory. */
  files: string[]
  /** What could not be cleaned up. */
  failures: { id: string; code: ErrorCode; message: string }[]
}

export interface FileEntry {
  name: string
  /** The name's bytes if they are not valid UTF-8; `name` is then for display only and does not name a file. */
  nameBytes?: Buffer
  /** `'other'` is a named pipe, a socket or a device. */
  type: 'file' | 'directory' | 'symlink' | 'other'
  /** In bytes. A sparse file occupies less than this. */
  size: number
  /** The permission bits, such as `0o644`. */
  mode: number
  /** When the content last changed (ISO 8601). The sandbox can set it to any time. */
  modified: string
}

export interface WriteOptions extends CallOptions {
  /** The permission bits of the file, 0 to 0o777. Default: those that it has; 0o644 for a new one. */
  mode?: number
}

export interface DeleteOptions extends CallOptions {
  /** Deletes a directory with its contents; without it, a directory is a `FILE_ERROR`. @default false */
  recursive?: boolean
  /** Ignores a missing file. @default false */
  force?: boolean
}

export interface CopyOptions extends CallOptions {
  /** Limit on the total size of all files; sparse files count with their full size. @default '16g' */
  maxBytes?: Size
  /** Limit on the number of files, directories and links. @default 500000 */
  maxEntries?: number
}

/** What was copied. */
export interface CopyResult {
  /** Number of files, directories and links, not counting the copied directory itself. */
  entries: number
  /** Total size of all files. */
  bytes: number
}

export interface SandboxManagerEvents {
  'session:created': [{ sessionId: string; metadata: Record<string, unknown> }]
  /** This process started the session's container, for any call. Emitted once per start, before that call settles. */
  'session:started': [{ sessionId: string; containerId: string }]
  'session:stopped': [{ sessionId: string }]
  'session:destroyed': [{ sessionId: string }]
  /** The session was unused for `idleTimeout`; `session:stopped` follows. */
  'session:idle': [{ sessionId: string }]
  /** A health check found problems, or the container ended during a command (`'lost'`). */
  'session:unhealthy': [{ sessionId: string; problems: string[] }]
  'command:started': [{ sessionId: string; command: string | readonly string[] }]
  'command:finished': [{ sessionId: string; command: string | readonly string[]; result?: ExecResult<any>; error?: unknown }]
  'cleanup:finished': [CleanupReport]
  /** A background failure, or an error thrown by a listener. Dropped if there is no `error` listener. */
  error: [unknown]
}

/**
 * Sessions: sandboxes with their own id, options and metadata, which exist until they are destroyed. They are recorded
 * in `dataDir`, so another process can list and continue them, even after this one crashed.
 *
 * By default a session has no network, a read-only root file system and 5 minutes per command; see the profile
 * `'session'`. Methods that need the sandbox start it if it is stopped. An unknown session is `NOT_FOUND`.
 */
export class SandboxManager extends EventEmitter<SandboxManagerEvents> {
  /** Does not connect to the engine yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: SandboxManagerOptions)

  /**
   * Creates a session and its sandbox, and returns its id. Options override those of the manager and are fixed for the
   * lifetime of the session. @throws SandboxError `ALREADY_EXISTS`, in addition to the errors of every call
   */
  createSession(options?: CreateSessionOptions): Promise<string>

  /** Like {@link DockerSandbox.exec}. */
  executeCommand(sessionId: string, command: string | readonly string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  executeCommand(sessionId: string, command: string | readonly string[], options?: ExecOptions): Promise<ExecResult>

  /** See {@link DockerSandbox.spawn}. */
  spawn(sessionId: string, command: string | readonly string[], options?: SpawnOptions): Promise<Process>

  /** See {@link DockerSandbox.attach}. */
  attach(sessionId: string, processId: string, options?: AttachOptions): Promise<Process>

  /** See {@link DockerSandbox.processes}. */
  processes(sessionId: string, options?: CallOptions): Promise<ProcessInfo[]>

  /** See {@link DockerSandbox.stats}. */
  stats(sessionId: string, options?: CallOptions): Promise<SandboxStats>

  /** See {@link DockerSandbox.watchStats}. */
  watchStats(sessionId: string, options?: CallOptions & { interval?: number }): AsyncIterableIterator<SandboxStats & { cpu: { load: number | null } }>

  /** See {@link DockerSandbox.shell}. */
  shell(sessionId: string, options?: ShellOptions): Promise<Shell>

  /** See {@link DockerSandbox.ports}. */
  ports(sessionId: string, options?: CallOptions): Promise<ListeningPort[]>

  /** See {@link DockerSandbox.waitForPort}. */
  waitForPort(sessionId: string, port: number, options?: CallOptions & { timeout?: number }): Promise<ListeningPort>

  /** See {@link DockerSandbox.connect}. */
  connect(sessionId: string, port: number, options?: CallOptions): Promise<Duplex>

  /** See {@link DockerSandbox.tunnel}. */
  tunnel(sessionId: string, port: number, options?: CallOptions & { hostPort?: number }): Promise<Tunnel>

  /** See {@link DockerSandbox.fetch}. */
  fetch(sessionId: string, port: number, request?: string | URL | Request, init?: RequestInit): Promise<Response>

  /** The file system of a session. */
  fs(sessionId: string): SandboxFs

  /** Like {@link DockerSandbox.readFile}. */
  readFile(sessionId: string, path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(sessionId: string, path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>

  /** Like {@link DockerSandbox.writeFile}. */
  writeFile(sessionId: string, path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>

  /**
   * Lists a directory (default: the workspace), sorted by name. Symbolic links are listed, not followed. Up to
   * 100,000 entries. @throws SandboxError `FILE_ERROR` (`details.errno`, such as `ENOENT`, `ENOTDIR`), `FILE_TOO_LARGE`
   */
  listFiles(sessionId: string, path?: string, options?: CallOptions): Promise<FileEntry[]>

  /**
   * Deletes a file or a symbolic link, or with `recursive` a directory and its contents, with the permissions of the sandbox's
   * user. Not atomic: a failure may leave a directory partly deleted.
   * @throws SandboxError `FILE_ERROR` (`details.errno`, such as `ENOENT`, `EISDIR`, `EACCES`; `EBUSY` for the workspace itself)
   */
  deleteFile(sessionId: string, path: string, options?: DeleteOptions): Promise<void>

  /**
   * Copies a file, or a directory with its contents, from this host into the sandbox, as the sandbox's user. As with `fs.cp`, `path` is
   * the name of the copy, not the directory to put it in. Trees of any depth can be copied. Permissions (`rwx`), times and empty
   * directories are kept; hard links become separate files.
   *
   * Missing parent directories of `path` are created. A new target appears as a whole or not at all. In an existing directory,
   * each entry appears as a whole: existing files and links are replaced, directories are merged, and everything else is left alone.
   * A failed copy leaves no partial files, and `details.copied` counts what was copied. Drafts left beside the target by a process
   * that was killed (`.cofferdam-draft-` and 32 random digits) are deleted by the next copy into that directory.
   *
   * Symbolic links are kept if they are relative and cannot leave the copied directory: `a/b`, and `../a` if the link
   * is at least one directory deep, but not `a/../b`, because `a` may be a link too. `FILE_ERROR` with `details.path` and `details.reason` for any other link (`'link'`), for a
   * named pipe, a socket or a device (`'kind'`), and for a file that changed while it was read (`'changed'`). `hostPath` itself must not
   * be a link. Links are never followed and never written through. Drafts that are being written are not copied. Holes in
   * files stay holes.
   *
   * @throws SandboxError `FILE_ERROR` (`details.errno`, `details.path`), `FILE_TOO_LARGE` beyond a limit (`details.limit`), `DISK_LIMIT`,
   * `SANDBOX_LOST`, and `TIMEOUT` after 30 seconds without progress; the copy as a whole has no deadline
   */
  copyTo(sessionId: string, hostPath: string, path: string, options?: CopyOptions): Promise<CopyResult>

  /**
   * Copies a file, or a directory with its contents, from the sandbox to this host. The copy belongs to the user of this process.
   * Otherwise like {@link SandboxManager.copyTo}. Nothing in the sandbox can make it write outside `hostPath`.
   */
  copyFrom(sessionId: string, path: string, hostPath: string, options?: CopyOptions): Promise<CopyResult>

  /** Starts the session's sandbox. Does nothing if it is running. */
  startSession(sessionId: string, options?: CallOptions): Promise<void>

  /** Stops the session's sandbox; its files are kept. Does nothing if it is not running. */
  stopSession(sessionId: string, options?: CallOptions): Promise<void>

  /** Removes the session, its container and its files. Returns `false` if the session did not exist. */
  destroySession(sessionId: string, options?: CallOptions): Promise<boolean>

  getSession(sessionId: string, options?: CallOptions): Promise<SessionInfo>

  /** Lists all sessions of `dataDir`, whichever process created them, oldest first. */
  listSessions(options?: CallOptions): Promise<SessionInfo[]>

  /** Checks one session, or the engine and all sessions. Does not start anything. */
  health(sessionId: string, options?: CallOptions): Promise<SessionHealth>
  health(options?: CallOptions): Promise<ManagerHealth>

  /** Runs one cleanup pass now. Only touches objects with this package's labels, and none that a live process is using. */
  cleanup(options?: CallOptions): Promise<CleanupReport>

  /** Like {@link DockerSandbox.close}. The sessions still exist afterwards. */
  close(options?: { stopAll?: boolean }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface DockerManagerOptions {
  /** The engine; see {@link SandboxesOptions.engine}. */
  engine?: string | EngineOptions
  /**
   * How long the engine may be silent during one request, after which the call fails with `TIMEOUT`; 2 minutes for start, stop, remove and
   * the like, and for a stop the time that the container is given on top. @default 10000
   */
  engineTimeout?: number
}

/** A container to create. Unknown fields are rejected with `INVALID_ARGUMENT`; the message suggests the closest known one. */
export interface ContainerConfig {
  /** Default: chosen by the engine. */
  name?: string
  image: string
  /** A string runs under `/bin/sh -c`; an array runs directly, without a shell. Default: the image's. */
  command?: string | readonly string[]
  /** As `command`, whose words follow those of an array. With a command, a string must be the name of a program. Default: the image's. */
  entrypoint?: string | readonly string[]
  env?: Record<string, string>
  /** An absolute path. Default: the image's. */
  workingDir?: string
  mounts?: ContainerMount[]
  /** A network's name or id, `'none'`, `'host'` or `'container:<id>'`. Default: the engine's bridge. */
  network?: string
  /**
   * Container ports (`'8080'`, `'53/udp'`) to ports of the engine's machine; 0 picks a free one. A port alone listens on 127.0.0.1. With an
   * address, as in `'0.0.0.0:8080'` or `{ host: '::', port: 8080 }`, it listens there. The address must be an IP address. An array gives several places.
   */
  ports?: Record<string, PublishedPort | PublishedPort[]>
  resourceLimits?: ResourceLimits
  /** @default 'no' */
  restartPolicy?: RestartPolicy | { name: RestartPolicy; maximumRetryCount?: number }
  /** A user name or `'uid:gid'`. Default: the image's. */
  user?: string
  /** The label `cofferdam.managed` is added. */
  labels?: Record<string, string>
  security?: ContainerSecurity
  hostname?: string
  /** IP addresses of DNS servers. Default: the engine's. */
  dns?: readonly string[]
  /** Allocates a terminal, which has one output stream instead of two. @default false */
  tty?: boolean
  /** Keeps standard input open. @default false */
  openStdin?: boolean
  /** Ends standard input once the first one attached to it has ended it; see {@link Attachment.end}. @default false */
  stdinOnce?: boolean
  /** Runs the command under an init process that reaps zombies. Default: the engine's setting. */
  init?: boolean
  /** Removes the container when it exits. @default false */
  autoRemove?: boolean
  /** A name or a number. Default: the image's, usually `'SIGTERM'`. */
  stopSignal?: string | number
  /** `'json-file'` replaces bytes that are not valid UTF-8, `'local'` keeps all bytes, `'none'` keeps no log. Default: the engine's. */
  logDriver?: string
  /** Options of the log driver, such as `{ 'max-size': '10m' }`. */
  logOptions?: Record<string, string>
  /** Default: the image's. */
  healthCheck?: ContainerHealthCheck
  /** Limits of each process, such as `{ nofile: 4096 }` or `{ core: { soft: 0, hard: -1 } }`; -1 means unlimited. */
  ulimits?: Record<string, number | { soft: number; hard: number }>
  /** Size of `/dev/shm`. Default: the engine's, usually 64 MiB. */
  shmSize?: Size
  /** More names for `/etc/hosts`: host name to IP address, or to `'host-gateway'` for the engine's machine. */
  extraHosts?: Record<string, string>
  /** Kernel parameters of the container's namespaces, such as `{ 'net.core.somaxconn': '1024' }`. */
  sysctls?: Record<string, string>
  /** How long a stop waits before `SIGKILL`, in milliseconds, rounded up to seconds, at most 24 hours. Default: the engine's 10 s. */
  stopTimeout?: number
  /** The image's platform, such as `'linux/arm64'`. Default: the engine's. */
  platform?: string
  /** The OCI runtime, such as `'runsc'`. Default: the engine's. */
  runtime?: string
  /** Devices of the engine's machine. `permissions` are of `r`, `w` and `m` (create): all of them if not set. */
  devices?: (string | { source: string; target?: string; permissions?: string })[]
  /** Graphics processors: all, a number of them, or those with these ids. */
  gpus?: 'all' | number | string[]
  /** More names for the container on `network`, which must be one that was created. */
  aliases?: string[]
  /** The container's address on `network`, which must have a subnet of its own. */
  ipv4Address?: string
  ipv6Address?: string
}

/** How the engine checks whether a container works. Times are in milliseconds, up to 24 hours; what is not set is the image's. */
export interface ContainerHealthCheck {
  /** A string runs in the container's shell; an array runs directly. It exits with 0 if all is well. */
  command?: string | readonly string[]
  /** Whether there is no check, not even the image's. */
  disabled?: boolean
  interval?: number
  timeout?: number
  /** How long failures do not count after the start. */
  startPeriod?: number
  /** How many failures in a row make it unhealthy, 1 to 1000. */
  retries?: number
}

/** A port of the engine's machine, on 127.0.0.1 unless it names another address; see {@link ContainerConfig.ports}. */
export type PublishedPort = number | string | { host?: string; port?: number | string }

export interface ContainerMount {
  type: 'bind' | 'volume' | 'tmpfs'
  /** An absolute path on the engine's host, or the name of a volume. Not for a tmpfs. */
  source?: string
  /** An absolute path in the container. */
  target: string
  /** @default false */
  readOnly?: boolean
  /** Size of a tmpfs. */
  size?: Size
}

/** Limits of a container. A missing limit means unlimited, unless an environment variable of this process sets a default. */
export interface ResourceLimits {
  /** At least `'6m'`. Swap is disabled. Default: the environment variable `CONTAINER_MEMORY_MB`, in MiB. */
  memory?: Size
  /** CPU limit, at least 0.01; 0.5 is half of one CPU. */
  cpus?: number
  /** CPU weight relative to other containers, 2 to 262144; the engine's default is 1024. Default: the environment variable `CONTAINER_CPU_SHARES`. */
  cpuShares?: number
  /** Limit on processes and threads. Default: the environment variable `CONTAINER_PIDS_LIMIT`. */
  pids?: number
  /** Block I/O weight, 10 to 1000. */
  blkioWeight?: number
  /** Size of the root file system. Few engines support it: overlay2 needs xfs with project quotas. */
  disk?: Size
}

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure'

export interface ContainerSecurity {
  /** Makes the root file system read-only. @default false */
  readOnly?: boolean
  /** Capabilities to drop, such as `['ALL']`. */
  capDrop?: string[]
  /** Capabilities to add. */
  capAdd?: string[]
  /** Prevents processes from gaining privileges, such as through setuid programs. @default false */
  noNewPrivileges?: boolean
  /** Grants all capabilities and devices, and thereby full control of the host. @default false */
  privileged?: boolean
  /**
   * A seccomp profile as JSON, or `'unconfined'`. Podman gets it as a temporary file; one that can't open that is `ENGINE_UNSUPPORTED`.
   * Default: the engine's.
   */
  seccomp?: string
}

/** A short snapshot of a container. */
export interface ContainerStatus {
  id: string
  name: string
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  running: boolean
  paused: boolean
  /** `null` while the container is running, and before its first start. */
  exitCode: number | null
  /** Whether the kernel killed the first process because the container ran out of memory. */
  oomKilled: boolean
  /** Why the container did not start. */
  error: string | null
  /** Process id of the first process on the engine's host. */
  pid: number | null
  /** In ISO 8601. */
  startedAt: string | null
  /** In ISO 8601. */
  finishedAt: string | null
  restarts: number
  /** Result of the health check; `'none'` or `null`, depending on the engine, if there is none. */
  health: 'none' | 'starting' | 'healthy' | 'unhealthy' | null
}

/** A container in a list. */
export interface ContainerSummary {
  id: string
  name: string
  image: string
  imageId: string
  command: string
  /** In ISO 8601. */
  created: string
  state: ContainerStatus['state']
  /** A human-readable state, such as `'Up 5 minutes'`. */
  status: string
  labels: Record<string, string>
  ports: { host: string | null; container: number; public: number | null; protocol: string }[]
  mounts: { type: string; source: string; target: string; readOnly: boolean }[]
  networks: string[]
}

/** Filters of the engine's API, such as `{ label: ['a=b'], status: 'running' }`. */
export type Filters = Record<string, string | number | boolean | (string | number | boolean)[]>

export interface ListOptions extends CallOptions {
  /** Includes containers that are not running, or intermediate images. @default false */
  all?: boolean
  filters?: Filters
}

export interface LogOptions extends CallOptions {
  /** Also yields new output until the container ends. @default false */
  follow?: boolean
  /** @default true */
  stdout?: boolean
  /** @default true */
  stderr?: boolean
  /** Only this many of the last lines. Default: all. */
  tail?: number
  /** Only output written then or later: a `Date`, milliseconds since 1970, or a {@link LogEntry.timestamp}, which is exact to the nanosecond. */
  since?: Date | number | string
  /**
   * Only output written after this {@link LogEntry.timestamp}: a log that is read on after the last line of before neither repeats a line nor
   * leaves one out. Not together with `since`.
   */
  after?: string
  /** Only output written before then; as `since`. */
  until?: Date | number | string
  /**
   * Yields each line separately, with the time when it was written. A line of more than 64 KiB comes in parts, and only the first has the
   * time.
   * @default false
   */
  timestamps?: boolean
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
}

/** A chunk of a log: not necessarily a line, but never part of a character. A container with a terminal only has `stdout`. */
export interface LogEntry<Data = string> {
  stream: 'stdout' | 'stderr'
  data: Data
  /** As the engine reports it, in nanoseconds. */
  timestamp?: string
}

/** Current resource usage of a container. */
export interface ContainerStats {
  /** In percent of one CPU: 200 is two CPUs. Measured since the last call for this container; the first call measures over 25 ms. */
  cpuPercent: number
  /** In bytes, not counting memory that the kernel can reclaim at once. */
  memory: { used: number; limit: number | null }
  /** Processes and threads. */
  pids: { used: number; limit: number | null }
  /** In bytes, over all networks of the container; `null` if it uses the network of its host, or if this process is not allowed to read it. */
  network: { received: number; sent: number } | null
  /** Bytes read from and written to block devices. */
  block: { read: number; written: number }
  /** `'cgroup'`: read on this machine, without delay. `'engine'`: measured by the engine, which takes a second or two. */
  source: 'cgroup' | 'engine'
}

export interface ContainerExecOptions extends CallOptions {
  /** How long to wait for the command, in milliseconds. @default 30000 */
  timeout?: number
  cwd?: string
  env?: Record<string, string>
  /** Default: the container's. */
  user?: string
  stdin?: string | Uint8Array
  /** See {@link ExecOptions.outputLimit}. @default 102400 */
  outputLimit?: Size
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
  /** See {@link ExecOptions.onStdout}. */
  onStdout?: (chunk: any) => unknown
  /** See {@link ExecOptions.onStdout}. */
  onStderr?: (chunk: any) => unknown
}

export interface ContainerExecResult<Output = string> {
  stdout: Output
  stderr: Output
  /** 124 if the deadline passed. */
  exitCode: number
  /** In milliseconds. */
  executionTime: number
  timedOut: boolean
  truncated: boolean
  stdoutBytes: number
  stderrBytes: number
  /** Whether the command is still running in the container: an engine exec cannot be killed, unlike a sandbox's command. */
  survivors: boolean
}

/** An event of the engine, or `{ type: 'gap' }` where events may be missing because the connection was lost. */
export type EngineEvent =
  | { type: 'gap'; action?: undefined; id?: undefined; attributes?: undefined; scope?: undefined; time?: undefined }
  | {
      /** `'container'`, `'image'`, `'network'`, `'volume'`, … */
      type: string
      /** `'start'`, `'die'`, `'pull'`, … */
      action: string
      id: string
      attributes: Record<string, string>
      scope: string
      /** In ISO 8601. */
      time: string
    }

/** Progress of a pull or build, as reported by the engine. */
export interface Progress {
  /** The layer that this is about, if any. */
  layer: string | null
  status: string
  /** Output of a build. */
  message: string | null
  /** In bytes. */
  current: number | null
  /** In bytes. */
  total: number | null
}

/** Credentials for an image registry: a user name and a password, or one of the tokens. */
export interface RegistryCredentials {
  username?: string
  password?: string
  /** A token of an OAuth login, in place of a password. */
  identityToken?: string
  /** A token that the registry takes as it is. */
  registryToken?: string
}

export interface BuildOptions extends CallOptions {
  /** A path in the context, or an absolute path anywhere on this machine. @default 'Dockerfile' */
  dockerfile?: string
  /** Names for the image. */
  tags?: string[]
  buildArgs?: Record<string, string>
  labels?: Record<string, string>
  /** The build stage to produce. Default: the last one. */
  target?: string
  /** @default false */
  noCache?: boolean
  /** The network of `RUN` steps: `'none'`, `'host'`, or a network. */
  network?: string
  /** The platform of the image and its base images, such as `'linux/arm64'`. Default: the engine's. */
  platform?: string
  /** Asks the registry for newer base images. @default false */
  pull?: boolean
  /** Images whose layers are used like a build cache. */
  cacheFrom?: string[]
  /** Credentials by registry, such as `'registry.example:5000'` or `'docker.io'`. They take precedence over the Docker configuration. */
  auth?: Record<string, RegistryCredentials>
  /** `'buildkit'` knows `RUN --mount` and is part of Docker; on Podman, both are its own builder. @default 'classic' */
  builder?: 'classic' | 'buildkit'
  /** Files for `RUN --mount=type=secret,id=…`, by id, of at most 500 KiB each. They are in no layer and no cache. Only with `builder: 'buildkit'`. */
  secrets?: Record<string, string | Uint8Array>
  onProgress?: (progress: Progress) => unknown
}

/** A tar archive: bytes, or an iterable of them such as a `Readable` of Node. Its next piece is asked for once the engine has room for it. */
export type ArchiveSource = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What a path in a container is. */
export interface ArchiveInfo {
  name: string
  kind: 'file' | 'directory' | 'link' | 'device' | 'pipe' | 'socket'
  /** In bytes. */
  size: number
  /** The permissions: the lowest nine bits. */
  mode: number
  /** In ISO 8601. */
  modified: string
  /** Where a link leads, as the engine resolves it; `null` for anything else. */
  linkTarget: string | null
}

export interface PutArchiveOptions extends CallOptions {
  /** Refuses to put a file in the place of a directory, or a directory in the place of a file. @default false */
  keepKinds?: boolean
}

export interface ImportOptions extends CallOptions {
  /** A name for the image. */
  name?: string
  /** A note for its history. */
  message?: string
  /** Lines of a Dockerfile: `CMD`, `ENTRYPOINT`, `ENV`, `EXPOSE`, `LABEL`, `USER`, `VOLUME`, `WORKDIR` and the like. */
  changes?: string[]
  /** Such as `'linux/arm64'`. Default: the engine's. */
  platform?: string
  onProgress?: (progress: Progress) => unknown
}

export interface ContainerAttachOptions extends CallOptions {
  /** @default true */
  stdin?: boolean
  /** @default true */
  stdout?: boolean
  /** @default true */
  stderr?: boolean
  /** First yields what was written before. @default false */
  logs?: boolean
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
}

export interface StartProcessOptions extends CallOptions {
  /** Default: the container's. */
  cwd?: string
  /** Added to the container's environment. */
  env?: Record<string, string>
  /** Default: the container's. */
  user?: string
  /** Gives it a terminal. All output is then `stdout`. @default false */
  tty?: boolean
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
}

/**
 * A process that is attached to. Iterating yields what it writes until it closes its streams; nothing is read ahead, so a process that
 * writes more than the connection holds waits. Leaving the loop, `close()` and `signal` end the connection and not the process.
 */
export interface Attachment<Data = string> extends AsyncDisposable {
  [Symbol.asyncIterator](): AsyncGenerator<LogEntry<Data>, void, undefined>
  /** Writes to its standard input. Resolves once the connection has taken it; with `false` if the connection has ended. */
  write(data: string | Uint8Array): Promise<boolean>
  /** Ends its standard input; of a container, only with {@link ContainerConfig.stdinOnce}. */
  end(): Promise<void>
  /** Sets the size of its terminal, in characters from 1 to 65535. */
  resize(size: { cols: number; rows: number }): Promise<void>
  /** Waits for its end, also after `close()`. Has no deadline; use `signal`. */
  exitCode(options?: CallOptions): Promise<number>
  /** Ends the connection. */
  close(): void
}

/** Changes to a container. What is not given stays as it is. */
export interface ContainerUpdate {
  /** All but `disk`. */
  resourceLimits?: ResourceLimits
  restartPolicy?: ContainerConfig['restartPolicy']
}

/**
 * Any container or image of an engine, not only those of this package: the everyday calls of dockerode, with types. Methods that change
 * something return `true` if this call changed it and `false` if there was nothing to change. A missing object is `NOT_FOUND`, except
 * when removing it.
 */
export class DockerManager {
  /** Does not connect to the engine yet. @throws SandboxError `INVALID_ARGUMENT`, also for `CONTAINER_…` variables that are not numbers */
  constructor(options?: DockerManagerOptions)

  /** Connects and returns {@link DockerManager.info}. Optional: the first call connects, too. */
  initialize(options?: CallOptions): Promise<Record<string, any>>
  /** The engine's information about itself. */
  info(options?: CallOptions): Promise<Record<string, any>>
  /** The engine's version. */
  version(options?: CallOptions): Promise<Record<string, any>>
  /** What takes space on the engine's disk, as the engine says it. */
  diskUsage(options?: CallOptions): Promise<Record<string, any>>
  /**
   * Sends any request to the engine's API, such as `request('POST', '/containers/abc/update', { body: { CpuShares: 512 } })`, and returns its
   * answer: parsed JSON, text, or `undefined` if it is empty. For answers that end; at most 64 MiB. Segments of the path must be escaped.
   */
  request(method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE', path: string, options?: CallOptions & { query?: Record<string, unknown>; body?: Record<string, unknown> }): Promise<unknown>
  /** Response time of the engine in milliseconds. */
  ping(options?: CallOptions): Promise<number>

  /** Creates a container and returns its id. @throws SandboxError `ALREADY_EXISTS` if the name is taken, `IMAGE_NOT_FOUND` */
  createContainer(config: ContainerConfig, options?: CallOptions): Promise<string>
  startContainer(id: string, options?: CallOptions): Promise<boolean>
  /** Sends the stop signal, and `SIGKILL` after `timeout` ms, rounded up to seconds, at most one hour. Default: the container's, usually 10 s. */
  stopContainer(id: string, options?: number | (CallOptions & { timeout?: number })): Promise<boolean>
  /** Stops like {@link DockerManager.stopContainer}, then starts. */
  restartContainer(id: string, options?: number | (CallOptions & { timeout?: number })): Promise<boolean>
  pauseContainer(id: string, options?: CallOptions): Promise<boolean>
  unpauseContainer(id: string, options?: CallOptions): Promise<boolean>
  /** Sends a signal, by name or number. @default 'SIGKILL' */
  killContainer(id: string, signal?: string | number, options?: CallOptions): Promise<boolean>
  /** Removes a container and its anonymous volumes, which `volumes: false` keeps. Without `force`, a running container is a `CONFLICT`. */
  removeContainer(id: string, options?: boolean | (CallOptions & { force?: boolean; volumes?: boolean })): Promise<boolean>
  /** The engine's description of a container, unchanged. */
  inspectContainer(id: string, options?: CallOptions): Promise<Record<string, any>>
  getContainerStatus(id: string, options?: CallOptions): Promise<ContainerStatus>
  /** @throws SandboxError `ALREADY_EXISTS` if the name is taken */
  renameContainer(id: string, name: string, options?: CallOptions): Promise<void>
  /** Changes limits and the restart policy of a container, running or not. Resolves with the engine's warnings. */
  updateContainer(id: string, update: ContainerUpdate, options?: CallOptions): Promise<{ warnings: string[] }>
  /** The processes of a running container, as `ps` on the engine's machine lists them with these arguments. @throws SandboxError `CONFLICT` if it is not running */
  listProcesses(id: string, options?: CallOptions & { psArguments?: string }): Promise<{ titles: string[]; processes: string[][] }>
  /** What the container has changed in the file system of its image. */
  listChanges(id: string, options?: CallOptions): Promise<{ kind: 'changed' | 'added' | 'deleted'; path: string }[]>
  /** Lists running containers, or all. */
  listContainers(options?: boolean | ListOptions): Promise<ContainerSummary[]>
  /** Removes containers that are not running: those created by this class, or with `all` any. */
  pruneContainers(options?: ListOptions): Promise<{ removed: string[]; spaceReclaimed: number }>
  /**
   * Waits for a container and returns its exit code: until it is not running (at once if it has ended, or was never started), until it ends
   * the next time (`'next-exit'`), or until it is removed (`'removed'`). Has no deadline; use `signal`.
   * @throws SandboxError `NOT_FOUND` if it is gone already, and with it its exit code
   */
  wait(id: string, options?: CallOptions & { condition?: 'not-running' | 'next-exit' | 'removed' }): Promise<number>

  /**
   * Yields what the container has written and, with `follow`, what it writes. Nothing is read ahead of the loop, and leaving the loop, or
   * `return()`, closes the connection at once. If the engine can't read on, the error has its words and follows what came before. Output is byte-exact if the log driver is: `local` is (but Docker 20.10 drops the end of lines longer
   * than 16 KiB); `json-file` replaces bytes that are not valid UTF-8.
   */
  getContainerLogs(id: string, options: LogOptions & { encoding: 'buffer' | null }): AsyncGenerator<LogEntry<Buffer>, void, undefined>
  getContainerLogs(id: string, options?: LogOptions): AsyncGenerator<LogEntry, void, undefined>

  /** @throws SandboxError `CONFLICT` if the container is not running */
  getContainerStats(id: string, options?: CallOptions): Promise<ContainerStats>
  /** Yields stats every `interval` ms, from 10 to 2147483647, until the container ends. @default 1000 */
  watchContainerStats(id: string, options?: CallOptions & { interval?: number }): AsyncGenerator<ContainerStats, void, undefined>

  /**
   * Runs a command in any container through the engine's exec, which takes at least 35 ms. A string runs under `/bin/sh -c`; an array
   * runs directly. Input that the command does not read is dropped when it ends.
   * @throws SandboxError `CONFLICT` if the container is not running, `COMMAND_NOT_STARTED` also for a user or directory that does not exist,
   * and with the output so far (`details.stdout`, `details.stderr`) `ABORTED`, and `ENGINE_UNREACHABLE` if the connection is lost
   */
  exec(id: string, command: string | readonly string[], options: ContainerExecOptions & { encoding: 'buffer' | null }): Promise<ContainerExecResult<Buffer>>
  exec(id: string, command: string | readonly string[], options?: ContainerExecOptions): Promise<ContainerExecResult>

  /**
   * Attaches to the first process of a container. Before its start, nothing that it writes is missed.
   * @throws SandboxError `CONFLICT` for the container of a sandbox
   */
  attach(id: string, options: ContainerAttachOptions & { encoding: 'buffer' | null }): Promise<Attachment<Buffer>>
  attach(id: string, options?: ContainerAttachOptions): Promise<Attachment>
  /**
   * Starts a command in a running container and attaches to it, as for a terminal. A string runs under `/bin/sh -c`; an array runs directly.
   * For a command with a result, use {@link DockerManager.exec}.
   * @throws SandboxError `CONFLICT` if the container is not running, `COMMAND_NOT_STARTED`
   */
  startProcess(id: string, command: string | readonly string[], options: StartProcessOptions & { encoding: 'buffer' | null }): Promise<Attachment<Buffer>>
  startProcess(id: string, command: string | readonly string[], options?: StartProcessOptions): Promise<Attachment>

  /** What a path in a container is, running or not. @throws SandboxError `CONFLICT` for the container of a sandbox */
  archiveInfo(id: string, path: string, options?: CallOptions): Promise<ArchiveInfo>
  /**
   * Yields a file or directory of a container, running or not, as a tar archive. Nothing is read ahead of the loop, and leaving it ends the
   * connection: `pipeline(manager.getArchive(id, '/var/log'), createWriteStream('log.tar'))`.
   * @throws SandboxError `CONFLICT` for the container of a sandbox: the engine would follow links there as root. Use its own file operations
   */
  getArchive(id: string, path: string, options?: CallOptions): AsyncGenerator<Buffer, void, undefined>
  /**
   * Extracts a tar archive, plain or compressed, into a directory of a container, running or not; owners are those of the archive. Has no deadline while the
   * source is silent; use `signal`. If the call fails, part of the archive may
   * have been extracted.
   * @throws SandboxError `CONFLICT` for the container of a sandbox, `NOT_FOUND` if the directory does not exist; an error of the source as it is
   */
  putArchive(id: string, path: string, archive: ArchiveSource, options?: PutArchiveOptions): Promise<void>
  /** Yields the file system of a container, without its mounts, as a tar archive. */
  exportContainer(id: string, options?: CallOptions): AsyncGenerator<Buffer, void, undefined>

  /** Yields the engine's events from now or `since`, up to `until`. Reconnects if the connection is lost. */
  events(options?: CallOptions & { filters?: Filters; since?: Date | number; until?: Date | number }): AsyncGenerator<EngineEvent, void, undefined>

  /**
   * Pulls an image, with `auth` or the credentials of the Docker configuration and its credential helpers. A helper that fails is no error by itself, and
   * explains the refusal of a registry in the error's `hint`.
   * @throws SandboxError `IMAGE_NOT_FOUND`, `ENGINE_ERROR` with the registry's message
   */
  pull(image: string, options?: CallOptions & { platform?: string; auth?: RegistryCredentials; onProgress?: (progress: Progress) => unknown }): Promise<void>
  /**
   * Pushes an image to the registry in its name, and returns the digest that the registry knows it by; credentials as for {@link DockerManager.pull}.
   * @throws SandboxError `IMAGE_NOT_FOUND`, `ENGINE_ERROR` with the registry's message
   */
  push(image: string, options?: CallOptions & { auth?: RegistryCredentials; onProgress?: (progress: Progress) => unknown }): Promise<string | undefined>
  /** Yields images with their names and layers as an archive for {@link DockerManager.loadImages}. */
  saveImages(images: string | readonly string[], options?: CallOptions): AsyncGenerator<Buffer, void, undefined>
  /** Loads the images of an archive, plain or compressed, and returns their names, or the ids of those without a name. */
  loadImages(archive: ArchiveSource, options?: CallOptions & { onProgress?: (progress: Progress) => unknown }): Promise<string[]>
  /** Makes an image of the tar archive of a file system, such as that of {@link DockerManager.exportContainer}, and returns its id. */
  importImage(archive: ArchiveSource, options?: ImportOptions): Promise<string | undefined>
  /** Searches the engine's registry, usually Docker Hub. */
  searchImages(term: string, options?: CallOptions & { limit?: number; filters?: Filters }): Promise<{ name: string; description: string; stars: number; official: boolean; automated: boolean }[]>
  /**
   * Builds an image from a directory, except the files that its `.dockerignore` excludes, and returns the image's id. What a pattern
   * excludes is what the classic builder of Docker's client excludes. Nothing in the
   * directory is read through a symbolic link: links are sent as they are. Base images are pulled with the credentials of the Docker configuration. Named pipes, sockets and devices are left out. At most
   * 1 MiB of `.dockerignore` and 1,000,000 entries.
   * @throws SandboxError `FILE_ERROR` for the directory or something in it, `INVALID_ARGUMENT` for a pattern, `ENGINE_ERROR` with the step that failed
   */
  buildImage(context: string, options?: BuildOptions): Promise<string | undefined>
  /** The steps that the image was built in, the last one first. */
  imageHistory(image: string, options?: CallOptions): Promise<{ id: string | null; created: string; command: string; tags: string[]; size: number; comment: string }[]>
  tag(image: string, name: string, options?: CallOptions): Promise<void>
  /** Returns `false` if the image did not exist. @throws SandboxError `CONFLICT` if a container uses it */
  removeImage(image: string, options?: CallOptions & { force?: boolean }): Promise<boolean>
  listImages(options?: ListOptions): Promise<{ id: string; tags: string[]; size: number; created: string; labels: Record<string, string> }[]>
  /** Creates an image from a container and returns its id. The container is paused meanwhile, unless `pause` is false. */
  commit(id: string, options?: CallOptions & { name?: string; message?: string; pause?: boolean }): Promise<string>

  /** Rejects all pending calls with `CLOSED`. Containers keep running. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A volume mount for a task, for {@link ContainerConfig.mounts} and {@link SandboxOptions.mounts}. */
export interface TaskMount {
  type: 'volume'
  source: string
  target: string
  readOnly: boolean
}

export interface VolumeInfo {
  name: string
  driver: string
  /** A path on the engine's host. */
  mountpoint: string
  labels: Record<string, string>
  /** In ISO 8601. */
  created: string | null
}

export interface TaskVolumeInfo extends VolumeInfo {
  kind: 'workspace' | 'memory'
  /** The directory on the engine's host that backs the volume, if any. */
  path: string | null
}

/** A task's id: 1 to 128 characters from `A-Z a-z 0-9 . _ -`, not starting with a dot. */
export type TaskId = string

/** Volumes of tasks, which are found by their labels after a restart of this process, and any other volumes. */
export class VolumeManager {
  /** The shared instance of this process, on the default engine. */
  static getInstance(): VolumeManager
  /** Does not connect to the engine yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerManagerOptions)

  /**
   * Creates a volume of the task from a directory on the engine's host, to mount at `/workspace`. The path is checked on this machine:
   * after resolving all links, it must be a directory, and not one that exposes the host.
   * @throws SandboxError `INVALID_ARGUMENT`, `CONFLICT` if the task already has another directory
   */
  mountWorkspace(taskId: TaskId, workspacePath: string, options?: CallOptions): Promise<TaskMount>
  /** Creates the task's memory volume, or returns the existing one, to mount at `/memory`. */
  mountTaskMemory(taskId: TaskId, options?: CallOptions): Promise<TaskMount>
  /** Removes the task's volumes that are host directories; their files are kept. Returns the names. @throws SandboxError `CONFLICT` if a container uses one */
  unmountVolumes(taskId: TaskId, options?: CallOptions): Promise<string[]>
  listTaskVolumes(taskId: TaskId, options?: CallOptions): Promise<TaskVolumeInfo[]>
  /** Removes all volumes of the task; files on the host are kept. Returns the names. @throws SandboxError `CONFLICT` if a container uses one */
  cleanupTaskVolumes(taskId: TaskId, options?: CallOptions): Promise<string[]>

  /** Creates a volume, or returns the existing one of that name. */
  create(options?: string | (CallOptions & { name?: string; driver?: string; driverOptions?: Record<string, string>; labels?: Record<string, string> })): Promise<VolumeInfo>
  inspect(name: string, options?: CallOptions): Promise<VolumeInfo>
  list(options?: CallOptions & { filters?: Filters }): Promise<VolumeInfo[]>
  /** Returns `false` if the volume did not exist. @throws SandboxError `CONFLICT` if a container uses it */
  remove(name: string, options?: CallOptions & { force?: boolean }): Promise<boolean>
  /** Removes volumes that no container uses: those created by this class, including the memory of tasks, or with `all` any. */
  prune(options?: CallOptions & { all?: boolean; filters?: Filters }): Promise<{ removed: string[]; spaceReclaimed: number }>

  /** Rejects all pending calls with `CLOSED`. Volumes are kept. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TaskNetworkOptions extends CallOptions {
  /** Blocks access to everything outside the network, including the host. @default false */
  internal?: boolean
  /** IP addresses of DNS servers for containers that {@link DockerManager.createContainer} creates on the network without `dns` of their own. */
  dns?: readonly string[]
  /** The address range, such as `'10.1.2.0/28'`. Default: an unused range of 13 addresses from 10.213.0.0/16. */
  subnet?: string
}

/** A network to create; see {@link NetworkManager.create}. */
export interface NewNetworkOptions extends CallOptions {
  name: string
  /** @default 'bridge' */
  driver?: string
  driverOptions?: Record<string, string>
  labels?: Record<string, string>
  /** Has no route to the outside; the host stays in reach. See {@link NetworkManager.isolateNetwork}. @default false */
  internal?: boolean
  /** @default false */
  ipv6?: boolean
  /** Default: one that the engine chooses. */
  subnets?: NetworkSubnet[]
}

/** An address range of a network, such as `'10.1.2.0/24'`. */
export interface NetworkSubnet {
  subnet: string
  /** The host's address. Default: the first one. */
  gateway?: string
  /** The part of it that containers get addresses from. Default: all. */
  ipRange?: string
}

/** How a container is connected to a network. */
export interface ConnectOptions extends CallOptions {
  /** Further names for the container on the network. */
  aliases?: string[]
  /** Only on a network with a subnet of the caller's. */
  ipv4Address?: string
  ipv6Address?: string
}

/** A network. */
export interface NetworkInfo {
  id: string
  name: string
  driver: string
  internal: boolean
  ipv6: boolean
  /** The first of its address ranges. */
  subnet: string | null
  /** The host's address on the network. */
  gateway: string | null
  dns: string[]
  /** Ids that the network had before it was isolated; they still refer to it. */
  formerIds: string[]
  /** The running containers on the network; {@link NetworkManager.list} does not tell them. */
  containers: { id: string; name: string; address: string }[]
  labels: Record<string, string>
  /** In ISO 8601. */
  created: string
}

/**
 * Networks for tasks: containers on the same network can reach each other, and no container of another task. They are found by
 * their labels after a restart of this process. And networks of any kind. `networkId` is a network's name or id, or an id that it had before it was isolated.
 */
export class NetworkManager {
  /** The shared instance of this process, on the default engine. */
  static getInstance(): NetworkManager
  /** Does not connect to the engine yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerManagerOptions)

  /**
   * Creates a network and returns its id. Picks a subnet that neither the engine nor this machine uses; up to 4,096 fit.
   * @throws SandboxError `INVALID_ARGUMENT`, `CONFLICT` if the given subnet is in use
   */
  createTaskNetwork(taskId: TaskId, options?: TaskNetworkOptions): Promise<string>
  /** Returns `false` if the container was already connected. */
  connectContainerToNetwork(containerId: string, networkId: string, options?: ConnectOptions): Promise<boolean>
  /** Returns `false` if the container was not connected. */
  disconnectContainerFromNetwork(containerId: string, networkId: string, options?: CallOptions): Promise<boolean>
  /** Removes the task's networks, disconnecting any containers, and returns their ids. */
  removeTaskNetwork(taskId: TaskId, options?: CallOptions): Promise<string[]>
  listTaskNetworks(taskId: TaskId, options?: CallOptions): Promise<NetworkInfo[]>
  /**
   * Cuts a network off from everything outside and returns its new id: an engine can only do this by creating the network again. Its
   * containers are disconnected for a moment and then reconnected with the same addresses and aliases. They can still reach each
   * other, also by name, but nothing else, not even the host, which has no address on such a network.
   * @throws SandboxError `CONFLICT` with `details.containers`, if the engine could not connect these containers again because they were
   * created with the network's id: nothing was changed. Otherwise with `details.restored`: whether the previous state was restored, and
   * `details.restoreError` if not
   */
  isolateNetwork(networkId: string, options?: CallOptions): Promise<string>
  /** Creates a network of any kind and returns its id. @throws SandboxError `ALREADY_EXISTS` if the name is taken, `CONFLICT` if a subnet is in use */
  create(options: string | NewNetworkOptions): Promise<string>
  inspect(networkId: string, options?: CallOptions): Promise<NetworkInfo>
  list(options?: CallOptions & { filters?: Filters }): Promise<NetworkInfo[]>
  /** Returns `false` if the network did not exist. @throws SandboxError `CONFLICT` if a running container is on it */
  remove(networkId: string, options?: CallOptions): Promise<boolean>
  /** Removes networks that no container is on: those created by {@link NetworkManager.create}, or with `all` any. Returns their names. */
  prune(options?: ListOptions): Promise<{ removed: string[] }>
  /** Total bytes of all running members. Traffic of a container on several networks is separated if the engine runs on this machine. */
  stats(networkId: string, options?: CallOptions): Promise<{ received: number; sent: number; members: number }>

  /** Rejects all pending calls with `CLOSED`. Networks are kept. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Runtimes of tasks. Each can have an image of its own. */
export type TaskRuntime = 'shell' | 'node' | 'python' | 'gcc'

/**
 * Defaults of every task. The limits default to the profile `'task'`: 512 MiB, 2 CPUs, 32 processes, 30 seconds, no network,
 * a read-only root file system. The environment variables `DOCKER_TIMEOUT` (in milliseconds), `DOCKER_MEMORY_LIMIT` and
 * `DOCKER_CPU_LIMIT` replace the defaults of `timeout`, `memory` and `cpus`.
 */
export interface DockerExecutorOptions extends Omit<SandboxOptions, 'profile' | 'workspace'> {
  /**
   * `'host'` runs tasks as processes of this machine, for systems without an engine: with deadlines and output limits, but
   * **without any isolation** and without the other limits. Linux only. Default: `'host'` if the environment variable `ENABLE_DOCKER` is
   * `false`, `0`, `no` or `off`, otherwise `'docker'`. A missing engine never switches to `'host'`.
   *
   * Tasks then run as the user of this process, even if that is root, with its `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `TMPDIR`,
   * `TZ` and language variables, and nothing else of its environment. Programs that switch to another user (`sudo`) do not work. Images,
   * limits, networks, mounts and users are ignored, and a runtime is whatever is installed.
   */
  isolation?: 'docker' | 'host'
  /** See {@link SandboxesOptions.engine}. */
  engine?: string | EngineOptions
  /** See {@link SandboxesOptions.engineTimeout}. @default 10000 */
  engineTimeout?: number
  /**
   * The directory of the tasks' workspaces, private to this user. Default: `/var/lib/cofferdam/tasks`
   * for root, `cofferdam/tasks` in `$XDG_STATE_HOME` or `~/.local/state` for other users. Where neither exists, a directory in the
   * system's temporary directory, or in `/var/tmp` if that one is in memory.
   */
  tasksDir?: string
  /**
   * Images of runtimes. Default: `cofferdam-runtime-shell:latest` and so on, which `docker/build-sandbox.sh` builds. If such a default
   * image is missing, the task runs in `image`, and this is logged.
   */
  images?: Partial<Record<TaskRuntime, string>>
  /** Receives each line of the log. Default: writes it to standard error. */
  log?: (line: string, level: 'debug' | 'info' | 'warn' | 'error') => unknown
  /** The lowest level that is logged. @default 'info' */
  logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

export interface TaskOptions extends ExecOptions {
  /** Default: the image of `runtime`, otherwise that of the executor. */
  image?: string
  runtime?: TaskRuntime
  /**
   * A tar archive, plain or gzip-compressed: its path on this host, or its bytes. It is unpacked into the workspace before `files` are
   * written: up to 1 GiB and 500,000 entries (`FILE_TOO_LARGE`, `details.limit`). Permissions (`rwx`) and times are kept. `FILE_ERROR` with
   * `details.entry` and `details.reason` for a name that is absolute or contains `..` (`'name'`), a symbolic link that could leave the
   * archive (`'link'`; see {@link SandboxManager.copyTo}), a hard link (`'hardlink'`), a device, a pipe or a sparse file (`'kind'`),
   * and anything that is not an archive or is damaged (`'archive'`). The command then does not run.
   */
  archive?: string | Uint8Array
  /** Files to write before the command runs: path, relative to `/workspace`, to content. */
  files?: Record<string, string | Uint8Array>
  /**
   * Whether a `workspaceDir` that belongs to root may be changed, with everything in it that belongs to root, to belong to the user of the
   * task. No command in a container runs as root, so without it the task works on a copy of such a directory, and nothing in the
   * directory changes; see {@link TaskResult.workspace}. @default false
   */
  chownWorkspace?: boolean
}

export interface TaskResult<Output = string> extends ExecResult<Output> {
  /** The container, which no longer exists; `null` if the task ran on the host. */
  containerId: string | null
  /** Where the task ran. */
  isolation: 'docker' | 'host'
  /**
   * What it worked in: a new directory (`'own'`), the `workspaceDir` (`'mounted'`), or, if that belongs to root, a copy of it
   * (`'copied'`). What the task wrote is in the directory only if it was mounted.
   */
  workspace: 'own' | 'mounted' | 'copied'
  /** Whether the container, the processes and the directory were removed. If not, the next executor on the same `tasksDir` removes them. */
  cleanup: { done: boolean; error: string | null }
}

/**
 * One hardened container per task: created, used once, and removed afterwards with its directory, however the task ends. If this
 * process is killed, the container stops and is removed within a second; the next executor removes the directory.
 */
export class DockerExecutor {
  /** Does not connect to the engine yet; logs where tasks will run. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerExecutorOptions)

  /**
   * Runs a command in a container of its own. `workspaceDir` is mounted at `/workspace`, and the command runs as the directory's owner; of
   * a directory of root's, it gets a copy unless {@link TaskOptions.chownWorkspace} is set. Symbolic links in its path are followed only if they belong to root, and
   * directories of the system, of other sandboxes and of the engine are `INVALID_ARGUMENT`. Default: a new directory, which is removed
   * afterwards.
   *
   * With `isolation: 'host'`, the command works in the directory itself, whose owner does not change. There is no `/workspace`: in the
   * names of `files` and in `cwd`, a leading `/workspace` means the directory, and `files` outside it are `INVALID_ARGUMENT`.
   * @throws SandboxError see {@link DockerSandbox.exec}
   */
  execute(command: string | readonly string[], workspaceDir: string | null | undefined, options: TaskOptions & { encoding: 'buffer' | null }): Promise<TaskResult<Buffer>>
  execute(command: string | readonly string[], workspaceDir?: string | null, options?: TaskOptions): Promise<TaskResult>
  execute(command: string | readonly string[], options: TaskOptions): Promise<TaskResult>

  /** Runs many tasks, up to `concurrency` (default: 4) at a time. Returns their results in order, like `Promise.allSettled`. */
  executeBatch(
    tasks: (TaskOptions & { command: string | readonly string[]; workspaceDir?: string })[],
    options?: CallOptions & { concurrency?: number },
  ): Promise<PromiseSettledResult<TaskResult>[]>

  /** Rejects all pending tasks with `CLOSED`. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The kind of failure; `docs/troubleshooting.md` in the repository explains what to do about each. */
export type ErrorCode =
  | 'ADDON_UNAVAILABLE'
  | 'ENGINE_UNREACHABLE'
  | 'ENGINE_PERMISSION_DENIED'
  | 'ENGINE_UNSUPPORTED'
  | 'ENGINE_ERROR'
  | 'IMAGE_NOT_FOUND'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'CONFLICT'
  | 'SANDBOX_LOST'
  | 'COMMAND_NOT_STARTED'
  | 'ABORTED'
  | 'FILE_ERROR'
  | 'FILE_TOO_LARGE'
  | 'DISK_LIMIT'
  | 'TIMEOUT'
  | 'CLOSED'
  | 'INTERNAL'

/** Every error of this package. `instanceof` works across realms and copies of the package. */
export class SandboxError extends Error {
  constructor(code: ErrorCode, message: string, more?: { hint?: string; details?: Record<string, unknown>; cause?: unknown })
  readonly name: 'SandboxError'
  /** Identifies the failure. Programs should decide by this, not by the message. */
  readonly code: ErrorCode
  /** What a person can do about it. */
  readonly hint?: string
  /** Further data, such as `argument`, `errno`, `status`, `image`, `tried`, `stdout`. */
  readonly details?: Record<string, unknown>
}

/** The result of {@link doctor}. */
export interface DoctorReport {
  /** Whether sandboxes can be created. */
  ok: boolean
  /** The engine that would be used; `null` if there is none. */
  engine: {
    address: string
    /** The setting that the address comes from. */
    source: string
    name: string | null
    version: string | null
    apiVersion: string
    os: string
    arch: string | null
    /** The seccomp profile that sandboxes get; see {@link SandboxInfo.seccomp}. */
    seccomp: 'cofferdam' | 'engine'
    [fact: string]: unknown
  } | null
  /** Every place that was tried, in order of preference. */
  tried: { address: string; source: string; [fact: string]: unknown }[]
  /** Problems, and what to do about them. */
  problems: { [fact: string]: unknown }[]
}

/**
 * Reports which engine would be used, what was tried to find it, and what to fix. A missing engine is not an error. With a `dataDir`,
 * existing or not, reports what is wrong with its file system.
 */
export function doctor(options?: CallOptions & { engine?: string | EngineOptions; engineTimeout?: number; dataDir?: string }): Promise<DoctorReport>
