import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { native } from '../addon/load.js'

/** Where relative paths and commands begin. */
const BASE = '/workspace'

/** The most of each output stream of `run` that is kept, in bytes: the AI SDK cuts for the model itself, but the memory of this process needs a limit. */
const KEPT = 64 * 1024 * 1024

/** A sandbox in the shape of the AI SDK's `Experimental_SandboxSession`; see index.d.ts. */
export class SandboxSession {
  #box

  constructor(box, description) {
    this.#box = box
    this.description = description ?? 'A Linux container for this conversation. Files are in /workspace. Commands run under bash.'
  }

  async run({ command, workingDirectory, env, abortSignal }) {
    return withReason(abortSignal, async () => {
      const process = await this.#box.spawn(command, { cwd: workingDirectory, env, signal: abortSignal })
      const kept = { stdout: new native.OutputCapture(KEPT), stderr: new native.OutputCapture(KEPT) }
      for await (const { stream, data } of process.output({ encoding: 'buffer' })) kept[stream].push(data)
      const { exitCode } = await process.wait()
      return { exitCode, stdout: kept.stdout.finish().data.toString('utf8'), stderr: kept.stderr.finish().data.toString('utf8') }
    })
  }

  async spawn({ command, workingDirectory, env, abortSignal, stdin = false }) {
    return withReason(abortSignal, async () => {
      const process = await this.#box.spawn(command, { cwd: workingDirectory, env, signal: abortSignal, stdin: stdin ? 'pipe' : 'none' })
      return {
        pid: process.pid,
        stdout: Readable.toWeb(process.stdout),
        stderr: Readable.toWeb(process.stderr),
        ...(stdin ? { stdin: Writable.toWeb(process.stdin) } : {}),
        wait: () => withReason(abortSignal, async () => ({ exitCode: (await process.wait()).exitCode })),
        kill: async () => void (await process.kill('SIGKILL')),
      }
    })
  }

  async readFile({ path: file, abortSignal }) {
    return unlessMissing(abortSignal, async () => {
      // A stream could say only later that the file is missing.
      await this.#box.fs.access(file, undefined, { signal: abortSignal })
      return Readable.toWeb(this.#box.fs.createReadStream(file, { signal: abortSignal }))
    })
  }

  async readBinaryFile({ path: file, abortSignal }) {
    return unlessMissing(abortSignal, () => this.#box.fs.readFile(file, { signal: abortSignal }))
  }

  async readTextFile({ path: file, encoding = 'utf-8', startLine, endLine, abortSignal }) {
    const ofLines = startLine !== undefined || endLine !== undefined
    if (ofLines && isUtf8(encoding)) {
      return unlessMissing(abortSignal, async () => (await this.#box.fs.readLines(file, { start: startLine, end: endLine, signal: abortSignal })).lines.join('\n'))
    }
    const bytes = await this.readBinaryFile({ path: file, abortSignal })
    if (bytes === null) return null
    const text = new TextDecoder(encoding).decode(bytes)
    return ofLines ? text.split('\n').slice((startLine ?? 1) - 1, endLine).join('\n') : text
  }

  async writeFile({ path: file, content, abortSignal }) {
    await withReason(abortSignal, async () => {
      await this.#box.fs.mkdir(path.posix.dirname(path.posix.resolve(BASE, file)), { recursive: true })
      await pipeline(Readable.fromWeb(content), this.#box.fs.createWriteStream(file), { signal: abortSignal })
    })
  }

  async writeBinaryFile({ path: file, content, abortSignal }) {
    await withReason(abortSignal, () => this.#box.writeFile(file, content, { signal: abortSignal }))
  }

  async writeTextFile({ path: file, content, encoding = 'utf-8', abortSignal }) {
    await this.writeBinaryFile({ path: file, content: Buffer.from(content, encoding), abortSignal })
  }

  async stat({ path: file, abortSignal }) {
    return unlessMissing(abortSignal, async () => {
      const found = await this.#box.fs.stat(file, { signal: abortSignal })
      return { type: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', size: found.size }
    })
  }

  async listDirectory({ path: directory, abortSignal }) {
    return unlessMissing(abortSignal, async () => {
      const entries = await this.#box.fs.readdir(directory, { withFileTypes: true, signal: abortSignal })
      return entries.map((entry) => ({ name: entry.name, type: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'other' }))
    }, MISSING_DIRECTORY)
  }

  async deleteFile({ path: file, abortSignal }) {
    return (await unlessMissing(abortSignal, async () => (await this.#box.fs.unlink(file, { signal: abortSignal }), true))) ?? false
  }
}

function isUtf8(encoding) {
  return /^utf-?8$/i.test(encoding)
}

/** What the system says of a path that does not exist: also when something above it is no directory. To list such a path is an error. */
const MISSING = ['ENOENT', 'ENOTDIR']
const MISSING_DIRECTORY = ['ENOENT']

/** The outcome of a call; null for a path that does not exist. */
async function unlessMissing(signal, call, missing = MISSING) {
  try {
    return await withReason(signal, call)
  } catch (error) {
    if (missing.includes(error?.code)) return null
    throw error
  }
}

/** The outcome of a call; when the caller has aborted it, the caller's own reason is thrown. */
async function withReason(signal, call) {
  try {
    signal?.throwIfAborted()
    return await call()
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}
