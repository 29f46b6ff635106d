import { fork } from 'node:child_process'
import { once } from 'node:events'

const PROCESS = new URL('./large-host-process.js', import.meta.url)

/** `child_process` in a process of about 192 MiB, such as a Nuxt server. `sample` resolves to milliseconds. */
export function startLargeHost(cleanup) {
  const child = fork(PROCESS)
  const stop = cleanup.defer(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill()
      await once(child, 'exit')
    }
  })
  // If the process ends, a pending sample must fail instead of hanging.
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the large host process exited with code ${code}`)
  })
  ended.catch(() => {})
  const sample = async () => {
    child.send({})
    const [{ ms }] = await Promise.race([once(child, 'message'), ended])
    return ms
  }
  return { sample, stop }
}
