/**
 * A sandbox for the AI SDK: `experimental_sandbox` of `generateText`, `streamText` and `ToolLoopAgent` (`ai` 7.0.158 or later), and the network session
 * of its harness. The types are written out here, so `ai` need not be installed; they are those of `Experimental_SandboxSession` and
 * `HarnessV1NetworkSandboxSession`.
 *
 * The AI SDK calls its interface experimental: it may change in a patch.
 */

import type { Sandbox } from 'cofferdam'

/** Fields of every call. */
interface Call {
  /** Aborts the call; it rejects with the signal's reason. */
  abortSignal?: AbortSignal
}

/** A call about a path. Relative paths start at `/workspace`. */
interface PathCall extends Call {
  path: string
}

/** A command line of bash. */
export interface CommandOptions extends Call {
  command: string
  /** Relative paths start at `/workspace`, which is also the default. A `cd` affects one command only. */
  workingDirectory?: string
  /** Environment variables, added to the sandbox's. */
  env?: Record<string, string>
}

/** A running command. */
export interface SpawnedProcess {
  readonly pid?: number
  readonly stdout: ReadableStream<Uint8Array>
  readonly stderr: ReadableStream<Uint8Array>
  /** Waits for its end. Rejects with the reason of an abort. */
  wait(): Promise<{ exitCode: number }>
  /** Kills it and everything it started. Does nothing if it has ended. */
  kill(): Promise<void>
}

/** A running command with input. Closing the stream is the end of the input. */
export interface WritableSpawnedProcess extends SpawnedProcess {
  readonly stdin: WritableStream<Uint8Array>
}

/** The AI SDK's `Experimental_SandboxSession`. A path that does not exist is `null`, not an error. */
export interface SandboxSession {
  readonly description: string
  /** Runs a command without a deadline; pass an `abortSignal` for one. Of each output stream, the first and the last 32 MiB are kept. */
  run(options: CommandOptions): Promise<{ exitCode: number; stdout: string; stderr: string }>
  spawn(options: CommandOptions & { stdin: true }): Promise<WritableSpawnedProcess>
  spawn(options: CommandOptions & { stdin?: boolean }): Promise<SpawnedProcess>
  /** A stream, without a limit on size. */
  readFile(options: PathCall): Promise<ReadableStream<Uint8Array> | null>
  readBinaryFile(options: PathCall): Promise<Uint8Array | null>
  /** Text, or its lines from `startLine` to `endLine`: from 1 on, both included. */
  readTextFile(options: PathCall & { encoding?: string; startLine?: number; endLine?: number }): Promise<string | null>
  /** Creates missing parent directories. Rejects on a directory. */
  writeFile(options: PathCall & { content: ReadableStream<Uint8Array> }): Promise<void>
  writeBinaryFile(options: PathCall & { content: Uint8Array }): Promise<void>
  writeTextFile(options: PathCall & { content: string; encoding?: string }): Promise<void>
  /** Follows links. */
  stat(options: PathCall): Promise<{ type: 'file' | 'directory' | 'other'; size: number } | null>
  /** Rejects on something that is not a directory. */
  listDirectory(options: PathCall): Promise<{ name: string; type: 'file' | 'directory' | 'symlink' | 'other' }[] | null>
  /** Deletes a file or a link itself; `false` if it was not there. Rejects on a directory. */
  deleteFile(options: PathCall): Promise<boolean>
}

/** The harness's network session. */
export interface NetworkSandboxSession extends SandboxSession {
  /** The sandbox's id: with it, another process opens the same session. */
  readonly id: string
  readonly defaultWorkingDirectory: string
  readonly ports: readonly number[]
  /** Replaces the list of ports, and closes the tunnels to those that are not in it. */
  setPorts(ports: readonly number[]): Promise<void>
  /** An address on 127.0.0.1 of this machine that leads to a port of the sandbox, for as long as the session lives. */
  getPortEndpoint(options: { port: number; protocol?: 'http' | 'https' | 'ws' }): Promise<{ url: string }>
  getPortUrl(options: { port: number; protocol?: 'http' | 'https' | 'ws' }): Promise<string>
  /** Stops the sandbox; its files stay. */
  stop(): Promise<void>
  /** Removes the sandbox and its files. */
  destroy(): Promise<void>
  /** The view that tools get. */
  restricted(): SandboxSession
}

export interface SessionOptions {
  /** What the sandbox is, for tools that tell the model. */
  description?: string
}

/** A sandbox for `experimental_sandbox`. */
export function sandboxSession(box: Sandbox, options?: SessionOptions): SandboxSession

/** A sandbox for the harness. */
export function networkSandboxSession(box: Sandbox, options?: SessionOptions & { ports?: readonly number[] }): NetworkSandboxSession
