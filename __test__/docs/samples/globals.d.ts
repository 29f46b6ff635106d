// What the code samples of the documents use without declaring it: their reader's own code, and what Nuxt imports by itself.

import type { CopyOptions, DockerSandbox, DockerSandboxOptions, ExecOptions, SandboxFs, SandboxManager } from 'cofferdam'

declare global {
  // Nuxt and Nitro.
  function defineNuxtConfig(config: { modules?: string[]; runtimeConfig?: { cofferdam?: DockerSandboxOptions } }): unknown
  function defineEventHandler(handler: (event: { path: string }) => unknown): unknown
  function readBody(event: { path: string }): Promise<any>
  function useSandbox(): DockerSandbox
  function useSandboxes(): DockerSandbox

  // Options of the same name.
  const image: string
  const dataDir: string
  const memory: string
  const cpus: number
  const pids: number
  const timeout: number
  const cwd: string
  const env: Record<string, string>
  const stdin: string
  const onStdout: NonNullable<ExecOptions['onStdout']>
  const onStderr: NonNullable<ExecOptions['onStderr']>
  const outputLimit: number
  const signal: NonNullable<CopyOptions['signal']>

  // The reader's own code.
  const manager: SandboxManager
  const sandboxes: DockerSandbox
  const fs: SandboxFs
  const session: string
  const project: string
  const code: string
  const source: string
  const other: string
  const output: string
  function log(...words: unknown[]): void
  function answerWith(sandboxes: DockerSandbox, id: string): Promise<void>
  function read(file: string): Promise<string>
  function propose(given: { output: string; read(file: string): Promise<string> }): Promise<{ file: string; content: string }[]>

  const path: typeof import('node:path')
}
