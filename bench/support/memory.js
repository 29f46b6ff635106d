import { readFileSync, writeFileSync } from 'node:fs'

/** A figure of `/proc/<pid>/status` such as `VmRSS`, in MiB. */
export function status(pid, field) {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))
  if (!line) throw new Error(`/proc/${pid}/status has no ${field}`)
  return Number(line[1]) / 1024
}

/**
 * By how many MiB this process's resident memory grows at most while a call runs. The kernel's own high-water mark,
 * reset before, misses no peak as a sampling timer would.
 */
export async function peakGrowth(call) {
  // Garbage of before would make room for what the call needs, and hide it.
  globalThis.gc?.()
  writeFileSync('/proc/self/clear_refs', '5')
  const before = status('self', 'VmRSS')
  await call()
  return Math.max(0, status('self', 'VmHWM') - before)
}
