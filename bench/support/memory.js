import { readFileSync, writeFileSync } from 'node:fs'

/** A field of `/proc/<pid>/status`, such as `VmRSS`, in MiB. */
export function status(pid, field) {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))
  if (!line) throw new Error(`/proc/${pid}/status has no ${field}`)
  return Number(line[1]) / 1024
}

/**
 * The peak growth of this process's resident memory during a call, in MiB. Uses the kernel's high-water mark, which is reset
 * before the call and, unlike sampling, misses no peak.
 */
export async function peakGrowth(call) {
  // Otherwise the call could reuse memory of old garbage, which would hide its need.
  globalThis.gc?.()
  writeFileSync('/proc/self/clear_refs', '5')
  const before = status('self', 'VmRSS')
  await call()
  return Math.max(0, status('self', 'VmHWM') - before)
}
