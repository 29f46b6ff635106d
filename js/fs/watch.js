import { posix } from 'node:path'
import { callNative } from '../addon/call.js'
import { Items } from '../addon/items.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { checkOptions } from '../options/check.js'
import { FS_WATCH } from '../options/fs-tables.js'
import { asNode, text } from './error.js'

/** Watches files; see `SandboxFs.watch`. */
export function watch(call, path, options) {
  const { recursive = false, signal } = checkOptions(options, FS_WATCH)
  const begun = call('watch', path, undefined, signal, (fs, cancellation) => fs.watch(path, recursive, cancellation))
  let isFirst = true
  let stop = () => {}
  const aborted = new Promise((_resolve, reject) => {
    stop = () => reject(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
    signal?.addEventListener('abort', stop, { once: true })
  })
  aborted.catch(() => {})
  const pull = async () => {
    const native = await begun
    if (isFirst) {
      isFirst = false
      if (native.polling()) return [{ type: 'polling' }]
    }
    const next = asNode('watch', path, undefined, () => callNative(undefined, () => native.next()))
    next.catch(() => {})
    const changes = await Promise.race([next, aborted])
    return changes.length > 0 ? changes.map((change) => event(text(path), change)) : undefined
  }
  const close = () => {
    signal?.removeEventListener('abort', stop)
    begun.then((native) => native.close(), () => {})
  }
  const items = new Items(pull, close)
  // Who does not wait for it learns of its failure from the first change.
  items.ready = begun.then(() => {})
  items.ready.catch(() => {})
  return items
}

function event(root, { kind, path, from }) {
  const whole = (below) => (text(below) === '' ? root : posix.join(root, text(below)))
  if (path === undefined || path === null) return { type: kind }
  return from === undefined || from === null ? { type: kind, path: whole(path) } : { type: kind, path: whole(path), from: whole(from) }
}
