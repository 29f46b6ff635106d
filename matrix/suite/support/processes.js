/** Processes as the machine sees them: also those in containers, whatever the agent says. */
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { scaled } from './environment.js'

let last = 0

/** An argument for `sleep` that no other process has. */
export function marker() {
  last += 1
  return `${process.pid}${String(last).padStart(3, '0')}`
}

/** How many processes of this machine were started as `sleep <marker>`. */
export function sleepers(mark) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name) === `sleep\0${mark}\0`).length
}

/** Waits until no process has the marker, and returns how many were left in the end. */
export async function sleepersLeft(mark, patience = scaled(2000)) {
  const end = Date.now() + patience
  while (sleepers(mark) > 0 && Date.now() < end) await sleep(50)
  return sleepers(mark)
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // It has just ended.
  }
}
