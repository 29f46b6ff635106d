import { setTimeout as sleep } from 'node:timers/promises'
import { callNative } from '../addon/call.js'
import { invalid } from '../errors/sandbox-error.js'
import { Items } from '../addon/items.js'
import { checkOptions } from '../options/check.js'
import { CALL, WATCH } from '../options/tables.js'

/** How often to look by default, and at most, in milliseconds. */
const INTERVAL = 1000
const SHORTEST = 50

/** What a sandbox uses; see `DockerSandbox.stats`. */
export async function stats(sandboxes, id, options) {
  const { signal } = checkOptions(options, CALL)
  return shown(await callNative(signal, (cancellation) => sandboxes.stats(id, cancellation)))
}

/** What a sandbox uses, again and again; see `DockerSandbox.watchStats`. */
export function watchStats(sandboxes, id, options) {
  const { interval = INTERVAL, signal } = checkOptions(options, WATCH)
  if (interval < SHORTEST) throw invalid('interval', `interval must be at least ${SHORTEST} ms, not ${interval}`)
  const left = new AbortController()
  const ended = signal ? AbortSignal.any([signal, left.signal]) : left.signal
  let before
  const pull = async () => {
    // An iterator that nobody waits for must not keep the process alive, but one that is awaited must.
    if (before) await sleep(interval, undefined, { signal: ended }).catch(() => {})
    const now = { at: performance.now(), stats: await stats(sandboxes, id, { signal: ended }) }
    const item = { ...now.stats, cpu: { ...now.stats.cpu, load: before ? load(before, now) : null } }
    before = now
    return [item]
  }
  return new Items(pull, () => left.abort())
}

/** How many processors were busy between two looks. */
function load(before, now) {
  const [earlier, later] = [before.stats.cpu.used, now.stats.cpu.used]
  return earlier === null || later === null ? null : Math.max(0, (later - earlier) / (now.at - before.at))
}

const present = (value) => value ?? null
const milliseconds = (microseconds) => (microseconds === undefined || microseconds === null ? null : microseconds / 1000)

/** Converts the addon's figures to `SandboxStats`. */
function shown(found) {
  return {
    cpu: { used: milliseconds(found.cpuUsed), throttled: milliseconds(found.cpuThrottled) },
    memory: { used: present(found.memoryUsed), cache: present(found.memoryCache), peak: present(found.memoryPeak), limit: present(found.memoryLimit), oomKills: present(found.oomKills) },
    pids: { used: present(found.pidsUsed), limit: present(found.pidsLimit) },
    disk: { used: present(found.diskUsed), total: present(found.diskTotal) },
    io: { read: present(found.ioRead), written: present(found.ioWritten) },
    network: { received: present(found.networkReceived), sent: present(found.networkSent) },
    processes: found.processes,
  }
}
