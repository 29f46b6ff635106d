import { SandboxError, invalid } from '../errors/sandbox-error.js'

/** How long to look by default, in milliseconds. */
const PATIENCE = 30_000

/** Waits until the output of a process contains a text or matches an expression. The last 64 KiB that were written before count, too. */
export async function search(output, pattern, { timeout = PATIENCE, signal }) {
  if (typeof pattern !== 'string' && !(pattern instanceof RegExp)) throw invalid('pattern', 'pattern must be a string or a regular expression')
  // One with the flag `g` or `y` begins where it ended.
  const expression = pattern instanceof RegExp ? new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')) : undefined
  const find = () => (expression ? expression.exec(output.recent.text)?.[0] : output.recent.text.includes(pattern) ? pattern : undefined)
  const found = find()
  if (found !== undefined) return found
  let timer
  let forget = () => {}
  let abort
  try {
    return await new Promise((resolve, reject) => {
      const check = () => {
        const now = find()
        if (now !== undefined) resolve(now)
      }
      abort = () => reject(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) abort()
      if (timeout > 0) timer = setTimeout(() => reject(new SandboxError('TIMEOUT', `the output did not contain ${pattern} within ${timeout} ms`, { details: { output: output.recent.text.slice(-2000) } })), timeout)
      forget = output.read({
        push: check,
        end: () => {
          check()
          reject(new SandboxError('CONFLICT', `the process ended, and its output did not contain ${pattern}`, { details: { output: output.recent.text.slice(-2000) } }))
        },
      })
      output.drain()
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    forget()
  }
}
