/**
 * Sandboxes for what an AI wrote: Docker containers from Node.js, through an agent in the container instead of
 * `docker exec`.
 *
 * Times are milliseconds; sizes are bytes or strings such as `'512m'` and `'1g'` (powers of 1024).
 */

import { EventEmitter } from 'node:events'

/** A number of bytes, or a number with `k`, `m`, `g` or `t` (powers of 1024), such as `'512m'`. */
export type Size = number | string

/** How text is given: as a string, or (with `'buffer'` or `null`) as bytes. */
export type Encoding = 'utf8' | 'utf-8' | 'buffer' | null

/** Where the engine is. */
export interface EngineOptions {
  /** `unix:///…`, `tcp://…`, `http://…`, `https://…`, `npipe://…`, or the absolute path of a socket. */
  host: string
  /** Certificates, each as PEM text or as a path. With these, `tcp://` speaks TLS. */
  tls?: {
    /** The authorities that are trusted, and no others. Default: the system's. */
    ca?: string
    /** The client's certificate, followed by the intermediate ones if there are any. */
    cert?: string
    /** The private key of `cert`, not encrypted. */
    key?: string
  }
}

/** A mount beside the workspace. The Docker socket, `/`, `/proc`, `/sys`, `/dev` and `/run` are refused as sources. */
export interface MountOptions {
  type: 'bind' | 'volume'
  /** An absolute path on the engine's host, or the name of a volume. */
  source: string
  /** An absolute path in the sandbox. */
  target: string
  /** @default false */
  readOnly?: boolean
}

/** What every sandbox of one data directory is like. A changed image, mount, user, network or security setting
 * replaces a container when it is next used, and keeps its workspace; changed limits are applied to it. */
export interface SandboxOptions {
  /**
   * The preset that the other options' defaults come from; the defaults below are those of `'conversation'`. `'session'`:
   * one processor, 20 processes, 5 minutes a command, no network, a read-only root file system with `/tmp` and `/run` in
   * memory (50 and 10 MiB, nothing there can be executed), `dataDir` `./data/sessions`. `'task'`: the same with two
   * processors, 32 processes, 30 seconds a command, and a `dataDir` among the system's temporary files. @default 'conversation'
   */
  profile?: 'conversation' | 'session' | 'task'
  /** The image; it must be on the engine. @default 'ai-sandbox:latest' */
  image?: string
  /** Memory, from `'16m'`; there is no swap on top. @default '512m' */
  memory?: Size
  /** Processors, from 0.05; 0.5 is half of one. @default 0.5 */
  cpus?: number
  /** Processes and threads that commands may have, from 4. @default 100 */
  pids?: number
  /**
   * How much the files in the workspace may take, from `'1m'` to `'8t'`. Where this process is root on the engine's machine,
   * the workspace is then a disk of its own (a sparse file in `dataDir/.cofferdam/disks`, mounted on the workspace's directory
   * while the container runs): no byte more can be written, what is deleted comes back to the host, and deleting it is instant.
   * Elsewhere, and in a workspace that had files before it had a limit, the limit is soft; `info().disk.enforcement` says which.
   * A larger limit takes effect when the sandbox is next started, a smaller one never does on a disk that is there.
   * Default: `'unlimited'`, with the profiles `'session'` and `'task'` `'1g'`.
   */
  disk?: Size | 'unlimited'
  /** A command's deadline when it names none. @default 30000 */
  timeout?: number
  /** The longest deadline that a command may name, up to 24 hours. @default 300000 */
  maxTimeout?: number
  /** How much of each output stream a result holds, up to `'64m'`. @default 102400 */
  outputLimit?: Size
  /** `'enabled'`: the outside, but no other sandbox; `'none'`: nothing. @default 'enabled' */
  network?: 'enabled' | 'none'
  /** Addresses of name servers. Default: the engine's. */
  dns?: string[]
  /** Whether the root file system is read-only. @default false */
  readOnly?: boolean
  /** Directories in memory: path to size, each at most half of `memory`. */
  tmpfs?: Record<string, Size>
  /**
   * Whom commands run as, `'uid:gid'`, never root. `'auto'` is the user of this process, or 1000:1000 when
   * that is root. @default 'auto'
   */
  user?: string
  /** Environment of every command. It travels with each and is not in the container's settings. */
  env?: Record<string, string>
  /** The engine's runtime, such as `'runsc'`. Default: the engine's. */
  runtime?: string
  /** Labels on the containers. */
  labels?: Record<string, string>
  /** Mounts beside the workspace. */
  mounts?: MountOptions[]
  /**
   * How workspaces are kept: `'bind'` as directories of this host, `'volume'` as volumes of the engine, `'auto'`
   * as directories where the engine sees them (tried once), else as volumes. @default 'auto'
   */
  workspace?: 'auto' | 'bind' | 'volume'
}

/** Where sandboxes are, and when they are stopped. */
export interface SandboxesOptions extends SandboxOptions {
  /**
   * The engine. Default: `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of the Docker configuration, then
   * the usual sockets, each verified.
   */
  engine?: string | EngineOptions
  /** How long one call to the engine may take before it is a `TIMEOUT`. @default 10000 */
  engineTimeout?: number
  /** The directory that holds the workspaces, one for each id. Made when missing, with mode 0700. @default './data/sandboxes' */
  dataDir?: string
  /**
   * After how long without a call a sandbox is stopped, in milliseconds; 0 is never. A sandbox in use by another process
   * is left alone. @default 1800000 (30 minutes)
   */
  idleTimeout?: number
  /** How often it is looked for such sandboxes, from the first call on; 0 is never. Keeps no process alive. @default 60000 */
  cleanupInterval?: number
}

export interface DockerSandboxOptions extends SandboxesOptions {
  /**
   * After how long without a call the container of a stopped sandbox is removed, in milliseconds; 0 is never. What was
   * installed in it goes with it; the workspace stays. @default 604800000 (7 days)
   */
  removeAfter?: number
}

/** Options of every call. */
export interface CallOptions {
  /** Ends the call with `ABORTED`. */
  signal?: AbortSignal
}

export interface ExecOptions extends CallOptions {
  /**
   * After how many milliseconds the command and all that it started are killed, whatever it did to detach
   * itself; up to `maxTimeout`. The result then has `timedOut: true`, exit code 124 and the output so far.
   * Default: the sandbox's `timeout`.
   */
  timeout?: number
  /** Working directory; relative to `/workspace`, which is the default. */
  cwd?: string
  /** Environment on top of the image's and the sandbox's. */
  env?: Record<string, string>
  /** Standard input; empty when not given. */
  stdin?: string | Uint8Array
  /**
   * How much of each stream the result holds. Of more, the first and the last half are kept around a line that
   * says how many bytes are missing. Default: the sandbox's `outputLimit`.
   */
  outputLimit?: Size
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
  /**
   * Gets every byte of standard output as it comes, as text (no character is ever cut) or, with `encoding:
   * 'buffer'`, as bytes. A promise that it returns is waited for: a slow listener slows the command down.
   * If it throws, the command is killed and the call rejects with that error.
   */
  onStdout?: (chunk: any) => unknown
  /** The same for standard error. */
  onStderr?: (chunk: any) => unknown
}

/** How a command ended. That it failed or timed out is a result, not an error. */
export interface ExecResult<Output = string> {
  stdout: Output
  stderr: Output
  /** As in a shell: 128+n for signal n. 124 when the deadline ended it. */
  exitCode: number
  /** The signal that ended it, such as `'SIGKILL'`. */
  signal: string | null
  /** How long it took, in milliseconds, without the time to make or start the container. */
  executionTime: number
  /** Its deadline passed. */
  timedOut: boolean
  /** Some output is missing in the result. */
  truncated: boolean
  /** All that it wrote to standard output, in bytes. */
  stdoutBytes: number
  /** All that it wrote to standard error, in bytes. */
  stderrBytes: number
  /** The kernel killed it because the sandbox was out of memory. */
  oomKilled: boolean
}

/** Where the files of a sandbox are. */
export interface Workspace {
  kind: 'bind' | 'volume'
  /** The directory on this host, or the name of the volume. */
  location: string
}

/** How much the files in a workspace may take. */
export interface DiskInfo {
  /** In bytes, as the `disk` option says; `null` when there is no limit. */
  limit: number | null
  /** In bytes; `null` where there is no limit, while the sandbox does not run, and where it would take longer than 2 seconds to count. */
  used: number | null
  /** `'hard'`: nothing can be written past the limit; `'soft'`: who writes past it is killed, some time after he has. */
  enforcement: 'hard' | 'soft' | 'none'
}

/** State of a container. `'gone'`: it is being removed, or broken, and will be replaced. */
export type ContainerState = 'created' | 'running' | 'paused' | 'exited' | 'gone'

/** A sandbox at the moment. */
export interface SandboxInfo {
  id: string
  containerId: string
  state: ContainerState
  image: string
  /** When the container was made (RFC 3339). */
  created: string
  workspace: Workspace
  /** In bytes. */
  memory: number
  cpus: number
  pids: number
  disk: DiskInfo
  /** `uid:gid` of commands. */
  user: string
  network: 'enabled' | 'none'
  /** The build of the agent in it. */
  agent: string
}

/** A sandbox in a list. */
export interface SandboxSummary {
  id: string
  containerId: string
  state: ContainerState
  /** Running or paused. */
  running: boolean
  image: string
  /** When the container was made (RFC 3339). */
  created: string
}

/**
 * A container for each conversation, made when it is first needed, with `{dataDir}/{id}` at `/workspace`.
 *
 * Connects when it is first used; a missing engine is an error of that call, never of the constructor. Ids are
 * 1 to 128 of `A-Z a-z 0-9 . _ -` and don't start with a dot.
 *
 * Every call can reject with a {@link SandboxError}: `INVALID_ARGUMENT`, `ENGINE_UNREACHABLE`,
 * `ENGINE_PERMISSION_DENIED`, `ENGINE_UNSUPPORTED`, `ENGINE_ERROR`, `IMAGE_NOT_FOUND`, `CONFLICT`, `TIMEOUT`,
 * `ABORTED`, `CLOSED`.
 */
export class DockerSandbox {
  /** @throws SandboxError `INVALID_ARGUMENT` for an option that is unknown or out of range. */
  constructor(options?: DockerSandboxOptions)

  /** Makes sure that the sandbox runs. A hundred calls at once make one container, in several processes too. */
  getOrCreate(id: string, options?: CallOptions): Promise<Sandbox>

  /**
   * Runs a command; makes or starts the sandbox when needed. A string runs under `bash -c` (`sh -c` where the
   * image has no bash), an array runs as it is.
   *
   * What it leaves in the background neither delays the result nor dies with it. Besides the errors of every
   * call: `COMMAND_NOT_STARTED`, `SANDBOX_LOST` when the container ends meanwhile, and `DISK_LIMIT` when a soft limit on the
   * disk ended the command (at a hard one it sees a full disk). Both have, as `ABORTED`, the output so far in `details.stdout` and `details.stderr`.
   */
  exec(id: string, command: string | string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  exec(id: string, command: string | string[], options?: ExecOptions): Promise<ExecResult>

  /**
   * Reads a regular file of up to 64 MiB as the sandbox's user; makes or starts the sandbox when needed. Paths
   * are relative to `/workspace`; absolute ones are the container's.
   *
   * Besides the errors of every call: `FILE_ERROR` (with `details.errno`), `FILE_TOO_LARGE`.
   */
  readFile(id: string, path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(id: string, path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>

  /**
   * Writes a file of up to 64 MiB as the sandbox's user; makes or starts the sandbox when needed. Missing
   * directories are made. The file is replaced as a whole: who opens it meanwhile sees the old content. The
   * mode of one that is there is kept.
   *
   * Besides the errors of every call: `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`.
   */
  writeFile(id: string, path: string, data: string | Uint8Array, options?: CallOptions): Promise<void>

  /** Copies a directory or a file from this host into the sandbox; see {@link SandboxManager.copyTo}. */
  upload(id: string, hostPath: string, path: string, options?: CopyOptions): Promise<CopyResult>

  /** Copies a directory or a file from the sandbox to this host; see {@link SandboxManager.copyFrom}. */
  download(id: string, path: string, hostPath: string, options?: CopyOptions): Promise<CopyResult>

  /** Stops the container; what is installed in it is there when it is next used. One that does not run is fine. */
  stop(id: string, options?: CallOptions): Promise<void>

  /** Removes the container and, with `workspace: true`, its files. One that is not there is fine. */
  remove(id: string, options?: CallOptions & { workspace?: boolean }): Promise<void>

  /** Whether the container runs; asks the engine and changes nothing. Paused counts as running. */
  isRunning(id: string, options?: CallOptions): Promise<boolean>

  /** The sandbox at the moment. @throws SandboxError `NOT_FOUND` when it has no container. */
  info(id: string, options?: CallOptions): Promise<SandboxInfo>

  /** The sandboxes of this data directory that have a container, running or not. */
  list(options?: CallOptions): Promise<SandboxSummary[]>

  /**
   * Ends the use by this process: calls under way reject with `CLOSED` and their commands are killed. The
   * containers live on, unless `stopAll`: then those that no other process uses are stopped.
   */
  close(options?: { stopAll?: boolean }): Promise<void>

  [Symbol.asyncDispose](): Promise<void>
}

/** One sandbox of a {@link DockerSandbox}: the same verbs without the id. */
export class Sandbox {
  private constructor()
  readonly id: string
  /** The container at the time of `getOrCreate`; a later call may find or make another. */
  readonly containerId: string
  readonly workspace: Workspace
  /** See {@link DockerSandbox.exec}. */
  exec(command: string | string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  exec(command: string | string[], options?: ExecOptions): Promise<ExecResult>
  /** See {@link DockerSandbox.readFile}. */
  readFile(path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>
  /** See {@link DockerSandbox.writeFile}. */
  writeFile(path: string, data: string | Uint8Array, options?: CallOptions): Promise<void>
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

/** Options of a {@link SandboxManager}: defaults of its sessions. Profile: `'session'`. */
export interface SandboxManagerOptions extends SandboxesOptions {}

export interface CreateSessionOptions extends SandboxOptions, CallOptions {
  /** 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with a dot. Default: a random one. */
  sessionId?: string
  /** What you want to know of it later, up to 1 MiB as JSON. @default {} */
  metadata?: Record<string, unknown>
}

/** A session at the moment. */
export interface SessionInfo {
  id: string
  profile: 'conversation' | 'session' | 'task'
  image: string
  /** The container's state; `'removed'` when there is none: it is made again when the session is next used. */
  state: 'created' | 'running' | 'paused' | 'exited' | 'gone' | 'removed'
  containerId: string | null
  disk: DiskInfo
  metadata: Record<string, unknown>
  /** When the session was made, in ISO 8601. */
  created: string
  /** When it was last used, by whichever process, in ISO 8601. */
  lastActivity: string
}

/** What is used of what there is. */
export interface Usage {
  used: number
  limit: number
}

/** How a session is. One that does not run is neither well nor ill: it counts as healthy. */
export interface SessionHealth {
  sessionId: string
  healthy: boolean
  state: SessionInfo['state']
  /**
   * What is wrong: the `'agent'` does not answer within 2 seconds, it is `'paused'`, or 95 % or more of `'memory'`, `'pids'` or `'disk'` is
   * used. The next call resumes one that is paused; one whose agent does not answer is made anew when a command's deadline passes.
   */
  problems: ('agent' | 'paused' | 'memory' | 'pids' | 'disk')[]
  /** How long the agent took to answer, in milliseconds. */
  agentLatency: number | null
  /** In bytes, without what the kernel could take back at once. */
  memory: Usage | null
  /** Processes and threads, the agent's included. */
  pids: Usage | null
  /** What the files in the workspace take, in bytes; `null` without a limit. */
  disk: Usage | null
}

/** How the engine and all sessions are. */
export interface ManagerHealth {
  healthy: boolean
  /** How long the engine took to answer, in milliseconds, or why it did not. */
  engine: { latency: number; error?: undefined } | { latency?: undefined; error: SandboxError }
  sessions: SessionHealth[]
}

/** What a pass of the janitor did. */
export interface CleanupReport {
  /** The sandboxes that were idle and are stopped now. */
  stopped: string[]
  /** The stopped ones whose container was removed. */
  removed: string[]
  /** Containers that a process which died left half-way, by name. */
  leftovers: string[]
  /** Images of the project's own that had lost their name to a newer one for an hour, by id. */
  images: string[]
  /** Volumes that held an agent of another build which no container used, by name. */
  volumes: string[]
  /** Networks of tasks that had no container for a week, by name. Volumes of tasks and workspaces are never removed. */
  networks: string[]
  /** What the data directory remembered of sandboxes that are no more, by id. */
  files: string[]
  /** What could not be done. */
  failures: { id: string; code: ErrorCode; message: string }[]
}

export interface FileEntry {
  /** Its name. */
  name: string
  /** The name's bytes, when they are no UTF-8: then `name` shows what can be shown and names no file. */
  nameBytes?: Buffer
  /** `'other'` is a named pipe, a socket or a device. */
  type: 'file' | 'directory' | 'symlink' | 'other'
  /** In bytes. Of a file with holes more than it takes. */
  size: number
  /** The permission bits, such as `0o644`. */
  mode: number
  /** When its content changed last (ISO 8601). The sandbox can set it at will. */
  modified: string
}

export interface DeleteOptions extends CallOptions {
  /** A directory goes with all in it. Default: false; then a directory is a `FILE_ERROR`. */
  recursive?: boolean
  /** What is not there is fine. Default: false */
  force?: boolean
}

export interface CopyOptions extends CallOptions {
  /** The most that the sizes of all files may be together; a file with holes counts with all of its size. @default '16g' */
  maxBytes?: Size
  /** The most files, directories and links. @default 500000 */
  maxEntries?: number
}

/** What was copied. */
export interface CopyResult {
  /** Files, directories and links; without the directory itself that was copied. */
  entries: number
  /** The sizes of all files together. */
  bytes: number
}

export interface SandboxManagerEvents {
  'session:created': [{ sessionId: string; metadata: Record<string, unknown> }]
  /** This process has started its container, for whatever call needed it. Told once, and before that call settles. */
  'session:started': [{ sessionId: string; containerId: string }]
  'session:stopped': [{ sessionId: string }]
  'session:destroyed': [{ sessionId: string }]
  /** It was not used for `idleTimeout`; `session:stopped` follows. */
  'session:idle': [{ sessionId: string }]
  /** A health check found problems, or its container ended during a command (`'lost'`). */
  'session:unhealthy': [{ sessionId: string; problems: string[] }]
  'command:started': [{ sessionId: string; command: string | string[] }]
  'command:finished': [{ sessionId: string; command: string | string[]; result?: ExecResult<any>; error?: unknown }]
  'cleanup:finished': [CleanupReport]
  /** What failed in the background, or was thrown by a listener. Dropped when nobody listens. */
  error: [unknown]
}

/**
 * Sessions: sandboxes with a name, options and metadata of their own, which last until they are destroyed. What they are is
 * written down in `dataDir`, so another process, also after a crash of this one, lists and continues them.
 *
 * By default a session has no network, a read-only root file system and 5 minutes for a command; see the profile
 * `'session'`. Methods that need the sandbox start it when it is stopped. A session that is not there is `NOT_FOUND`.
 */
export class SandboxManager extends EventEmitter<SandboxManagerEvents> {
  /** Connects to nothing yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: SandboxManagerOptions)

  /**
   * Makes a session and its sandbox; gives its id. Its options are those of the manager with these on top, and stay as they
   * are now. @throws SandboxError `ALREADY_EXISTS`, and those of every call
   */
  createSession(options?: CreateSessionOptions): Promise<string>

  /** As {@link DockerSandbox.exec}. */
  executeCommand(sessionId: string, command: string | string[], options: ExecOptions & { encoding: 'buffer' | null }): Promise<ExecResult<Buffer>>
  executeCommand(sessionId: string, command: string | string[], options?: ExecOptions): Promise<ExecResult>

  /** As {@link DockerSandbox.readFile}. */
  readFile(sessionId: string, path: string, options: 'buffer' | null | (CallOptions & { encoding: 'buffer' | null })): Promise<Buffer>
  readFile(sessionId: string, path: string, options?: 'utf8' | 'utf-8' | (CallOptions & { encoding?: 'utf8' | 'utf-8' })): Promise<string>

  /** As {@link DockerSandbox.writeFile}. */
  writeFile(sessionId: string, path: string, data: string | Uint8Array, options?: CallOptions): Promise<void>

  /**
   * What is in a directory (default: the workspace), by name. Nothing is followed: a symbolic link is an entry itself. At most
   * 100,000 entries. @throws SandboxError `FILE_ERROR` (`details.errno`, such as `ENOENT`, `ENOTDIR`), `FILE_TOO_LARGE`
   */
  listFiles(sessionId: string, path?: string, options?: CallOptions): Promise<FileEntry[]>

  /**
   * Deletes a file or a symbolic link; a directory, with all in it, only when `recursive`. What the user of the sandbox may
   * not delete, this may not either. Not whole or not at all: when it fails in the middle of a tree, part of that is gone.
   * @throws SandboxError `FILE_ERROR` (`details.errno`, such as `ENOENT`, `EISDIR`, `EACCES`; `EBUSY` for the workspace itself)
   */
  deleteFile(sessionId: string, path: string, options?: DeleteOptions): Promise<void>

  /**
   * Copies a directory with all that is in it, or a file, from this host into the sandbox, as its user. As with `fs.cp`, `path` is
   * what the copy is called, not what it is put into. Of any size and depth; rights (`rwx`), times and empty directories are kept,
   * and a file with several names becomes several files.
   *
   * What is missing above `path` is made. A target that is not there appears as a whole, or not at all. In a directory that is
   * there, each entry appears as a whole: files and links that are there are replaced, directories are gone on with, and
   * the rest stays. When a copy fails, nothing is left half-made, and `details.copied` tells how much is there. What a process that was
   * killed has left beside the target, under a name that begins with `.cofferdam-draft-`, goes with the next copy to that directory.
   *
   * Symbolic links are kept when they are relative and cannot lead out of the copied directory: those that only go down, or up
   * from their own directory and then down. `FILE_ERROR` with `details.path` and `details.reason`: another link (`'link'`); a
   * named pipe, a socket or a device (`'kind'`); a file that changed while it was read (`'changed'`). `hostPath` itself must be
   * no link. Links are never followed and never written through. Left out is what is not whole (`.cofferdam-draft-…`).
   *
   * @throws SandboxError `FILE_ERROR` (`details.errno`, `details.path`), `FILE_TOO_LARGE` past a limit (`details.limit`), `DISK_LIMIT`,
   * `SANDBOX_LOST`, and `TIMEOUT` when nothing moves for 30 seconds; the whole may take as long as it takes
   */
  copyTo(sessionId: string, hostPath: string, path: string, options?: CopyOptions): Promise<CopyResult>

  /**
   * Copies a directory with all that is in it, or a file, from the sandbox to this host; what it makes belongs to this
   * process' user. As {@link SandboxManager.copyTo} in all else. Nothing that the sandbox holds makes it write outside of `hostPath`.
   */
  copyFrom(sessionId: string, path: string, hostPath: string, options?: CopyOptions): Promise<CopyResult>

  /** Makes the session's sandbox run. One that runs is fine. */
  startSession(sessionId: string, options?: CallOptions): Promise<void>

  /** Stops it; its files stay. One that does not run is fine. */
  stopSession(sessionId: string, options?: CallOptions): Promise<void>

  /** Removes the session with its container and its files. `false` when there was none. */
  destroySession(sessionId: string, options?: CallOptions): Promise<boolean>

  getSession(sessionId: string, options?: CallOptions): Promise<SessionInfo>

  /** All sessions of `dataDir`, whichever process made them, the oldest first. */
  listSessions(options?: CallOptions): Promise<SessionInfo[]>

  /** How one session is, or the engine and all of them. Starts nothing. */
  health(sessionId: string, options?: CallOptions): Promise<SessionHealth>
  health(options?: CallOptions): Promise<ManagerHealth>

  /** One pass of the janitor, now. Touches nothing without this package's labels, and nothing that a live process holds. */
  cleanup(options?: CallOptions): Promise<CleanupReport>

  /** As {@link DockerSandbox.close}. The sessions stay. */
  close(options?: { stopAll?: boolean }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface DockerManagerOptions {
  /** The engine; see {@link SandboxesOptions.engine}. */
  engine?: string | EngineOptions
  /** How long one call to the engine may take before it is a `TIMEOUT`; starting, stopping and removing have 2 minutes. @default 10000 */
  engineTimeout?: number
}

/** A container to be made. A field that there is not is `INVALID_ARGUMENT`, and names the nearest that there is. */
export interface ContainerConfig {
  /** Default: the engine chooses one. */
  name?: string
  image: string
  /** A string runs under `/bin/sh -c`, an array as it is. Default: the image's. */
  command?: string | string[]
  /** Default: the image's. */
  entrypoint?: string | string[]
  env?: Record<string, string>
  /** Absolute. Default: the image's. */
  workingDir?: string
  mounts?: ContainerMount[]
  /** A network's name or id, `'none'`, `'host'`, `'container:<id>'`. Default: the engine's bridge. */
  network?: string
  /** Ports of the container (`'8080'`, `'53/udp'`) to ports of the host; 0 is a free one. A number alone is on 127.0.0.1. */
  ports?: Record<string, number | { host: string; port: number }>
  resourceLimits?: ResourceLimits
  /** @default 'no' */
  restartPolicy?: RestartPolicy | { name: RestartPolicy; maximumRetryCount?: number }
  /** A user's name or `'uid:gid'`. Default: the image's. */
  user?: string
  /** `cofferdam.managed` is added. */
  labels?: Record<string, string>
  security?: ContainerSecurity
  hostname?: string
  /** Addresses of name servers. Default: the engine's. */
  dns?: string[]
  /** Whether it has a terminal: one stream of output instead of two. @default false */
  tty?: boolean
  /** Keeps standard input open. @default false */
  openStdin?: boolean
  /** Puts an init process before the command, which reaps. Default: the engine's. */
  init?: boolean
  /** Removes it when it ends. @default false */
  autoRemove?: boolean
  /** Default: the image's, mostly `'SIGTERM'`. */
  stopSignal?: string
  /** `'json-file'`, which replaces bytes that are no UTF-8, `'local'`, which keeps all, `'none'`. Default: the engine's. */
  logDriver?: string
}

export interface ContainerMount {
  type: 'bind' | 'volume' | 'tmpfs'
  /** An absolute path on the engine's host, or the name of a volume. A tmpfs has none. */
  source?: string
  /** An absolute path in the container. */
  target: string
  /** @default false */
  readOnly?: boolean
  /** Of a tmpfs. */
  size?: Size
}

/** Limits of a container. Without one the container may use all that there is, unless the environment sets a default. */
export interface ResourceLimits {
  /** From `'6m'`; no swap on top. Default: `CONTAINER_MEMORY_MB` of the environment, in MiB. */
  memory?: Size
  /** Processors, from 0.01; 0.5 is half of one. */
  cpus?: number
  /** The weight against other containers, 2 to 262144; the engine's default is 1024. Default: `CONTAINER_CPU_SHARES` of the environment. */
  cpuShares?: number
  /** Processes and threads. Default: `CONTAINER_PIDS_LIMIT` of the environment. */
  pids?: number
  /** The weight of block I/O, 10 to 1000. */
  blkioWeight?: number
  /** The size of the root file system. Few engines can: overlay2 needs xfs with project quotas. */
  disk?: Size
}

export type RestartPolicy = 'no' | 'always' | 'unless-stopped' | 'on-failure'

export interface ContainerSecurity {
  /** A read-only root file system. @default false */
  readOnly?: boolean
  /** Capabilities to take away, such as `['ALL']`. */
  capDrop?: string[]
  /** Capabilities to give. */
  capAdd?: string[]
  /** @default false */
  noNewPrivileges?: boolean
  /** All capabilities and devices: the host is given away. @default false */
  privileged?: boolean
  /** A seccomp profile as JSON, or `'unconfined'`. Default: the engine's. */
  seccomp?: string
}

/** A container at the moment, in short. */
export interface ContainerStatus {
  id: string
  name: string
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  running: boolean
  paused: boolean
  /** `null` while it runs. */
  exitCode: number | null
  /** The kernel killed its first process for memory. */
  oomKilled: boolean
  /** Why it did not start. */
  error: string | null
  /** Of its first process, as the engine's host counts. */
  pid: number | null
  /** In ISO 8601. */
  startedAt: string | null
  finishedAt: string | null
  restarts: number
  /** What its health check says, if it has one. */
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
  /** As people read it: `'Up 5 minutes'`. */
  status: string
  labels: Record<string, string>
  ports: { host: string | null; container: number; public: number | null; protocol: string }[]
  mounts: { type: string; source: string; target: string; readOnly: boolean }[]
  networks: string[]
}

/** The engine's own filters, such as `{ label: ['a=b'], status: 'running' }`. */
export type Filters = Record<string, string | number | boolean | (string | number | boolean)[]>

export interface ListOptions extends CallOptions {
  /** Also what does not run, or is no result of a build. @default false */
  all?: boolean
  filters?: Filters
}

export interface LogOptions extends CallOptions {
  /** Goes on with what is printed from now on, until the container ends. @default false */
  follow?: boolean
  /** @default true */
  stdout?: boolean
  /** @default true */
  stderr?: boolean
  /** Only so many of the last lines. */
  tail?: number
  /** Only what was printed since then: a `Date`, or milliseconds since 1970. */
  since?: Date | number
  /** Only what was printed before then. */
  until?: Date | number
  /** Gives each line by itself, with the time when it was printed. @default false */
  timestamps?: boolean
  /** `'buffer'` or `null` for bytes. @default 'utf8' */
  encoding?: Encoding
}

/** A piece of a log: not always a line, and never half a character. A container with a terminal has only `stdout`. */
export interface LogEntry<Data = string> {
  stream: 'stdout' | 'stderr'
  data: Data
  /** As the engine writes it, to the nanosecond. */
  timestamp?: string
}

/** What a container uses at the moment. */
export interface ContainerStats {
  /** Of one processor, in percent: 200 is two of them. Since the last look at this container, at first over 25 ms. */
  cpuPercent: number
  /** In bytes, without what the kernel could take back at once. */
  memory: { used: number; limit: number | null }
  /** Processes and threads. */
  pids: { used: number; limit: number | null }
  /** In bytes, over all its networks; `null` where this process may not look. */
  network: { received: number; sent: number } | null
  /** In bytes, from and to block devices. */
  block: { read: number; written: number }
  /** `'cgroup'`: read on this machine, at once. `'engine'`: as the engine measures it, which takes a second or two. */
  source: 'cgroup' | 'engine'
}

export interface ContainerExecOptions extends CallOptions {
  /** After how many milliseconds it is no longer waited for. @default 30000 */
  timeout?: number
  cwd?: string
  env?: Record<string, string>
  /** Default: the container's. */
  user?: string
  stdin?: string | Uint8Array
  /** As in {@link ExecOptions}. @default 102400 */
  outputLimit?: Size
  encoding?: Encoding
  onStdout?: (chunk: any) => unknown
  onStderr?: (chunk: any) => unknown
}

export interface ContainerExecResult<Output = string> {
  stdout: Output
  stderr: Output
  /** 124 when the deadline passed. */
  exitCode: number
  /** In milliseconds. */
  executionTime: number
  timedOut: boolean
  truncated: boolean
  stdoutBytes: number
  stderrBytes: number
  /** It goes on in the container: an engine's exec can't be killed. A sandbox's can. */
  survivors: boolean
}

/** What happened on the engine, or `{ type: 'gap' }` where events may be missing after a break of the connection. */
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

/** What an engine says while it pulls or builds. */
export interface Progress {
  /** The layer, if it is about one. */
  layer: string | null
  status: string
  /** What a build prints. */
  message: string | null
  /** In bytes. */
  current: number | null
  total: number | null
}

export interface BuildOptions extends CallOptions {
  /** In the context. @default 'Dockerfile' */
  dockerfile?: string
  /** The image's names. */
  tags?: string[]
  buildArgs?: Record<string, string>
  labels?: Record<string, string>
  /** The stage that is the result. */
  target?: string
  /** @default false */
  noCache?: boolean
  /** What `RUN` reaches: `'none'`, `'host'`, a network. */
  network?: string
  onProgress?: (progress: Progress) => unknown
}

/**
 * Any container and image of an engine, ours or not: the everyday calls of dockerode, typed. A change gives `true` when it was
 * made by this call and `false` when it was so already. What is not there is `NOT_FOUND`, except for what should go.
 */
export class DockerManager {
  /** Connects to nothing yet. @throws SandboxError `INVALID_ARGUMENT`, also for `CONTAINER_…` variables that are no numbers */
  constructor(options?: DockerManagerOptions)

  /** Finds the engine and asks it about itself, as {@link DockerManager.info}. Not needed: the first call does. */
  initialize(options?: CallOptions): Promise<Record<string, any>>
  /** What the engine says of itself. */
  info(options?: CallOptions): Promise<Record<string, any>>
  /** The engine's version. */
  version(options?: CallOptions): Promise<Record<string, any>>
  /** How long the engine takes to answer, in milliseconds. */
  ping(options?: CallOptions): Promise<number>

  /** Makes a container and gives its id. @throws SandboxError `ALREADY_EXISTS` when the name is taken, `IMAGE_NOT_FOUND` */
  createContainer(config: ContainerConfig, options?: CallOptions): Promise<string>
  startContainer(id: string, options?: CallOptions): Promise<boolean>
  /** Stops it: its stop signal, and `SIGKILL` after `timeout` ms, rounded up to seconds. Default: the container's, mostly 10 s. */
  stopContainer(id: string, options?: number | (CallOptions & { timeout?: number })): Promise<boolean>
  restartContainer(id: string, options?: number | (CallOptions & { timeout?: number })): Promise<boolean>
  pauseContainer(id: string, options?: CallOptions): Promise<boolean>
  unpauseContainer(id: string, options?: CallOptions): Promise<boolean>
  /** Sends a signal. @default 'SIGKILL' */
  killContainer(id: string, signal?: string, options?: CallOptions): Promise<boolean>
  /** Removes it with its anonymous volumes; with `force` also one that runs, which else is a `CONFLICT`. */
  removeContainer(id: string, options?: boolean | (CallOptions & { force?: boolean })): Promise<boolean>
  /** What the engine says of a container, as it says it. */
  inspectContainer(id: string, options?: CallOptions): Promise<Record<string, any>>
  getContainerStatus(id: string, options?: CallOptions): Promise<ContainerStatus>
  /** Those that run, or all. */
  listContainers(options?: boolean | ListOptions): Promise<ContainerSummary[]>
  /** Removes containers that do not run: those made by this class, or with `all` any. */
  pruneContainers(options?: ListOptions): Promise<{ removed: string[]; spaceReclaimed: number }>
  /** Waits until it does not run; its exit code. Without a deadline: use `signal`. */
  wait(id: string, options?: CallOptions): Promise<number>

  /**
   * What it has printed, and with `follow` prints. Nothing is read ahead of the loop; leaving the loop closes the connection. All
   * bytes come as they were written if the log driver keeps them: `local` does (but Docker 20.10
   * drops the end of a line that is longer than 16 KiB), `json-file` replaces what is no UTF-8.
   */
  getContainerLogs(id: string, options: LogOptions & { encoding: 'buffer' | null }): AsyncGenerator<LogEntry<Buffer>, void, undefined>
  getContainerLogs(id: string, options?: LogOptions): AsyncGenerator<LogEntry, void, undefined>

  /** @throws SandboxError `CONFLICT` when it does not run */
  getContainerStats(id: string, options?: CallOptions): Promise<ContainerStats>
  /** The same every `interval` ms, until the container ends. @default 1000 */
  watchContainerStats(id: string, options?: CallOptions & { interval?: number }): AsyncGenerator<ContainerStats, void, undefined>

  /**
   * Runs a command through the engine's exec: in any container, at 35 ms and more a command. A string runs under `/bin/sh -c`.
   * @throws SandboxError `CONFLICT` when the container does not run, `COMMAND_NOT_STARTED`, `ABORTED` with the output so far
   */
  exec(id: string, command: string | string[], options: ContainerExecOptions & { encoding: 'buffer' | null }): Promise<ContainerExecResult<Buffer>>
  exec(id: string, command: string | string[], options?: ContainerExecOptions): Promise<ContainerExecResult>

  /** What happens on the engine, from now on or `since`, and `until`. Goes on after a break of the connection. */
  events(options?: CallOptions & { filters?: Filters; since?: Date | number; until?: Date | number }): AsyncGenerator<EngineEvent, void, undefined>

  /**
   * Pulls an image with the credentials that the Docker configuration and its helpers have.
   * @throws SandboxError `IMAGE_NOT_FOUND` and `ENGINE_ERROR`, with the registry's words
   */
  pull(image: string, options?: CallOptions & { platform?: string; onProgress?: (progress: Progress) => unknown }): Promise<void>
  /**
   * Builds an image of a directory, without what its `.dockerignore` names; gives the image's id.
   * @throws SandboxError `FILE_ERROR` for the directory, `ENGINE_ERROR` with what failed
   */
  buildImage(context: string, options?: BuildOptions): Promise<string | undefined>
  tag(image: string, name: string, options?: CallOptions): Promise<void>
  /** `false` when it was not there. @throws SandboxError `CONFLICT` when a container needs it */
  removeImage(image: string, options?: CallOptions & { force?: boolean }): Promise<boolean>
  listImages(options?: ListOptions): Promise<{ id: string; tags: string[]; size: number; created: string; labels: Record<string, string> }[]>
  /** Makes an image of a container as it is; its id. It is paused meanwhile, unless `pause` is false. */
  commit(id: string, options?: CallOptions & { name?: string; message?: string; pause?: boolean }): Promise<string>

  /** Ends every call under way with `CLOSED`. Containers stay. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A mount of a task, for {@link ContainerConfig.mounts} and {@link SandboxOptions.mounts}. */
export interface TaskMount {
  type: 'volume'
  source: string
  target: string
  readOnly: boolean
}

export interface VolumeInfo {
  name: string
  driver: string
  /** On the engine's host. */
  mountpoint: string
  labels: Record<string, string>
  /** In ISO 8601. */
  created: string | null
}

export interface TaskVolumeInfo extends VolumeInfo {
  kind: 'workspace' | 'memory'
  /** The directory of the engine's host that it is, if it is one. */
  path: string | null
}

/** A task's id: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with a dot. */
export type TaskId = string

/** Volumes of tasks, found again by their labels after a restart of the process, and any others. */
export class VolumeManager {
  /** The process's own, on the engine that is found by itself. */
  static getInstance(): VolumeManager
  /** Connects to nothing yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerManagerOptions)

  /**
   * Makes a directory of the engine's host a volume of the task, to be mounted at `/workspace`. The path is looked at on this
   * machine: it must be a directory, after all links are resolved, and none that gives the host away.
   * @throws SandboxError `INVALID_ARGUMENT`, `CONFLICT` when the task has another directory
   */
  mountWorkspace(taskId: TaskId, workspacePath: string, options?: CallOptions): Promise<TaskMount>
  /** Makes a volume that keeps what the task is to remember, to be mounted at `/memory`; the same one each time. */
  mountTaskMemory(taskId: TaskId, options?: CallOptions): Promise<TaskMount>
  /** Removes the task's volumes that are directories of the host. Their files stay. @throws SandboxError `CONFLICT` when a container has one */
  unmountVolumes(taskId: TaskId, options?: CallOptions): Promise<string[]>
  listTaskVolumes(taskId: TaskId, options?: CallOptions): Promise<TaskVolumeInfo[]>
  /** Removes all volumes of the task and nothing else; files of the host stay. @throws SandboxError `CONFLICT` when a container has one */
  cleanupTaskVolumes(taskId: TaskId, options?: CallOptions): Promise<string[]>

  /** Makes a volume; one of that name that is there is given. */
  create(options?: string | (CallOptions & { name?: string; driver?: string; driverOptions?: Record<string, string>; labels?: Record<string, string> })): Promise<VolumeInfo>
  inspect(name: string, options?: CallOptions): Promise<VolumeInfo>
  list(options?: CallOptions & { filters?: Filters }): Promise<VolumeInfo[]>
  /** `false` when it was not there. @throws SandboxError `CONFLICT` when a container has it */
  remove(name: string, options?: CallOptions & { force?: boolean }): Promise<boolean>
  /** Removes volumes that no container has: those made by this class, with what tasks remember, or with `all` any. */
  prune(options?: CallOptions & { all?: boolean; filters?: Filters }): Promise<{ removed: string[]; spaceReclaimed: number }>

  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TaskNetworkOptions extends CallOptions {
  /** Nothing outside is reached, the host included. @default false */
  internal?: boolean
  /** Addresses of name servers, for containers that {@link DockerManager.createContainer} makes on the network and that name none. */
  dns?: string[]
  /** Its addresses, such as `'10.1.2.0/28'`. Default: 13 free ones of 10.213.0.0/16. */
  subnet?: string
}

/** A task's network. */
export interface NetworkInfo {
  id: string
  name: string
  internal: boolean
  subnet: string | null
  /** The host's own address on it. */
  gateway: string | null
  dns: string[]
  /** Ids that it had before it was isolated; they still lead to it. */
  formerIds: string[]
  /** Those that run. */
  containers: { id: string; name: string; address: string }[]
  /** In ISO 8601. */
  created: string
}

/** What may be reached: `'api.example.com'`, `'*.example.org:443'`, `'10.1.0.0/16:5432'`. Nothing enforces it yet. */
export interface NetworkPolicy {
  allow?: string[]
  /** Counts before `allow`. */
  deny?: string[]
}

/**
 * Networks of one task each: whoever is on one reaches the others on it, and nobody of another. Found again by their labels after
 * a restart of the process. `networkId` is a network's name or id, or an id that it had before it was isolated.
 */
export class NetworkManager {
  /** The process's own, on the engine that is found by itself. */
  static getInstance(): NetworkManager
  /** Checks a policy and gives it with all fields. @throws SandboxError `INVALID_ARGUMENT`, naming the rule */
  static validatePolicy(policy: NetworkPolicy): Required<NetworkPolicy>
  /** Connects to nothing yet. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerManagerOptions)

  /**
   * Makes a network of its own addresses, of which the engine and this machine use none; 4096 find room.
   * @throws SandboxError `INVALID_ARGUMENT`, `CONFLICT` when the subnet is in use
   */
  createTaskNetwork(taskId: TaskId, options?: TaskNetworkOptions): Promise<string>
  /** `false` when it was connected. */
  connectContainerToNetwork(containerId: string, networkId: string, options?: CallOptions): Promise<boolean>
  /** `false` when it was not connected. */
  disconnectContainerFromNetwork(containerId: string, networkId: string, options?: CallOptions): Promise<boolean>
  /** Removes the task's networks, whoever is connected; gives their ids. */
  removeTaskNetwork(taskId: TaskId, options?: CallOptions): Promise<string[]>
  listTaskNetworks(taskId: TaskId, options?: CallOptions): Promise<NetworkInfo[]>
  /**
   * Cuts a network off from everything outside and gives its new id: an engine can only make it anew. Its containers are without it
   * for a moment, and then connected again with their addresses and aliases. They still reach each other, by name too, and nothing
   * else: not the host either, which has no address on such a network.
   * @throws SandboxError with `details.restored`: whether all is as it was
   */
  isolateNetwork(networkId: string, options?: CallOptions): Promise<string>
  /** Bytes over all running members. Those of a container on several networks are told apart where the engine is on this machine. */
  stats(networkId: string, options?: CallOptions): Promise<{ received: number; sent: number; members: number }>

  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Runtimes of tasks; each may have an image of its own. */
export type TaskRuntime = 'shell' | 'node' | 'python' | 'gcc'

/**
 * Limits of every task. Defaults are those of the profile `'task'`: 512 MiB, two processors, 32 processes, 30 seconds, no network,
 * a read-only root file system. `DOCKER_TIMEOUT` (ms), `DOCKER_MEMORY_LIMIT` and `DOCKER_CPU_LIMIT` of the environment change the
 * first four where no option does.
 */
export interface DockerExecutorOptions extends Omit<SandboxOptions, 'profile' | 'workspace'> {
  /**
   * `'host'` runs tasks as processes of this machine, for whoever has no engine: with their deadlines and the limits on
   * output, and **without any isolation** and any other limit. Linux only. Default: `'host'` when `ENABLE_DOCKER` of the environment is
   * `false`, `0`, `no` or `off`, else `'docker'`. It is never chosen because an engine is missing.
   *
   * Tasks then run as the user of this process, also when that is root, with its `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `TMPDIR`,
   * `TZ` and language, and nothing else of its environment. Programs that make another user of them (`sudo`) don't work. Images,
   * limits, networks, mounts and users are not looked at, and a runtime is what is installed.
   */
  isolation?: 'docker' | 'host'
  /** See {@link SandboxesOptions.engine}. */
  engine?: string | EngineOptions
  engineTimeout?: number
  /** Where tasks have their directories: private to this user. Default: a directory of the user's among the temporary files. */
  tasksDir?: string
  /**
   * Images of runtimes. Default: `cofferdam-runtime-shell:latest` and so on, which `docker/build-sandbox.sh` builds; where that
   * one is not there, `image`, and the log says so.
   */
  images?: Partial<Record<TaskRuntime, string>>
  /** Gets each line of the log. Default: standard error. */
  log?: (line: string, level: 'debug' | 'info' | 'warn' | 'error') => unknown
  /** The least that is logged. @default 'info' */
  logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

export interface TaskOptions extends ExecOptions {
  /** Default: that of the runtime, else that of the executor. */
  image?: string
  runtime?: TaskRuntime
  /**
   * A tar archive, plain or compressed by gzip: its path on this host, or its bytes. It is unpacked into the workspace before `files` are
   * written, up to 1 GiB and 500,000 entries (`FILE_TOO_LARGE`, `details.limit`). Rights (`rwx`) and times are kept. `FILE_ERROR` with
   * `details.entry` and `details.reason` for a name that is absolute or has `..` (`'name'`), a symbolic link that could lead out of the
   * archive (`'link'`; see {@link SandboxManager.copyTo}), a hard link (`'hardlink'`), a device, a pipe or a file with holes (`'kind'`),
   * and what is no archive or damaged (`'archive'`). Then no command runs.
   */
  archive?: string | Uint8Array
  /** Files that are there before the command runs: path to content, relative to `/workspace`. */
  files?: Record<string, string | Uint8Array>
}

export interface TaskResult<Output = string> extends ExecResult<Output> {
  /** The container, which is gone; `null` when the task ran on the host. */
  containerId: string | null
  /** Where it ran. */
  isolation: 'docker' | 'host'
  /** Whether container, processes and directory are gone; a directory that is not goes when the next executor of any process begins. */
  cleanup: { done: boolean; error: string | null }
}

/**
 * One hardened container for each task: made, used once, and gone afterwards with its directory, however the task ends. When
 * this process is killed, the container ends and is removed by itself within a second, the directory by the next executor.
 */
export class DockerExecutor {
  /** Connects to nothing yet, and logs where tasks will run. @throws SandboxError `INVALID_ARGUMENT` */
  constructor(options?: DockerExecutorOptions)

  /**
   * Runs a command in a container of its own. `workspaceDir` is mounted at `/workspace`, and the command runs as its owner; one that
   * belongs to root is given to uid 1000 with all that is in it. Without one, it is a new directory that is removed afterwards.
   *
   * On the host, the command works in that directory itself, which stays whose it is. There is no `/workspace`: names of `files` and
   * `cwd` that begin with it mean the directory, and `files` that lie elsewhere are `INVALID_ARGUMENT`.
   * @throws SandboxError as {@link DockerSandbox.exec}
   */
  execute(command: string | string[], workspaceDir: string | null | undefined, options: TaskOptions & { encoding: 'buffer' | null }): Promise<TaskResult<Buffer>>
  execute(command: string | string[], workspaceDir?: string | null, options?: TaskOptions): Promise<TaskResult>
  execute(command: string | string[], options: TaskOptions): Promise<TaskResult>

  /** Runs many, some at a time; results in the order of the tasks, as of `Promise.allSettled`. */
  executeBatch(
    tasks: (TaskOptions & { command: string | string[]; workspaceDir?: string })[],
    options?: CallOptions & { /** @default 4 */ concurrency?: number },
  ): Promise<PromiseSettledResult<TaskResult>[]>

  /** Ends it: tasks under way reject with `CLOSED`. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What went wrong; see the README for what to do about each. */
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
  /** What a program decides by. */
  readonly code: ErrorCode
  /** What a person can do about it. */
  readonly hint?: string
  /** Facts, such as `argument`, `errno`, `status`, `image`, `tried`, `stdout`. */
  readonly details?: Record<string, unknown>
}

/** What {@link doctor} found. */
export interface DoctorReport {
  /** Whether sandboxes can be made. */
  ok: boolean
  /** The engine that would be used. */
  engine: {
    address: string
    /** Who named it. */
    source: string
    name: string | null
    version: string | null
    apiVersion: string
    os: string
    arch: string | null
    [fact: string]: unknown
  } | null
  /** Every place that was tried, in the order of preference. */
  tried: { address: string; source: string; [fact: string]: unknown }[]
  /** What is not as it should be, and what to do about it. */
  problems: { [fact: string]: unknown }[]
}

/** Tells what engine would be used, what was tried to find it, and what to do. A missing engine is no error. */
export function doctor(options?: CallOptions & { engine?: string | EngineOptions; engineTimeout?: number }): Promise<DoctorReport>
