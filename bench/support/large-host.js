import { fork } from 'node:child_process'
import { once } from 'node:events'

const PROCESS = new URL('./large-host-process.js', import.meta.url)

/** `child_process` in a process of some 192 MiB, such as a Nuxt server. `sample` resolves to milliseconds. */
export function startLargeHost(cleanup) {
  const child = fork(PROCESS)
  const stop = cleanup.defer(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill()
      await once(child, 'exit')
    }
  })
  // Its end must fail a sample that waits, not leave it waiting.
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the large host process ended with ${code}`)
  })
  ended.catch(() => {})
  const sample = async () => {
    child.send({})
    const [{ ms }] = await Promise.race([once(child, 'message'), ended])
    return ms
  }
  return { sample, stop }
}
