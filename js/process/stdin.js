import { Writable } from 'node:stream'
import { callNative } from '../addon/call.js'

/** How much is taken from the caller before it is told to wait, in bytes. */
const BUFFER = 64 * 1024

/** The standard input of a process as a stream. Writing after its end fails with EPIPE, as for a child process of Node. */
export function stdinOf(native) {
  const write = (call, done) => callNative(undefined, call).then(() => done(), (error) => done(asSystemError(error)))
  const stdin = new Writable({
    highWaterMark: BUFFER,
    decodeStrings: true,
    write: (chunk, _encoding, done) => write(() => native.write(chunk), done),
    final: (done) => write(() => native.end(), done),
  })
  // A process may end at any moment; who needs to know looks at the callback of `write`.
  stdin.on('error', () => {})
  return stdin
}

function asSystemError(error) {
  return error.details?.errno === 'EPIPE' ? Object.assign(error, { code: 'EPIPE', syscall: 'write' }) : error
}
