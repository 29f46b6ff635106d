import { readFileSync } from 'node:fs'
import os from 'node:os'

/** The facts a reader needs to judge the figures. `engine` comes from `doctor()`. */
export function machine(engine) {
  const cpus = os.cpus()
  return {
    cores: cpus.length,
    processor: cpus[0]?.model ?? 'unknown',
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    node: process.version,
    engine: `${engine.name} ${engine.version}`,
    cgroup: `v${engine.cgroupVersion}`,
    storage: engine.storageDriver,
    cofferdam: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
    loadBefore: os.loadavg()[0],
  }
}

export function describeMachine(facts) {
  const { cores, processor, memoryGiB, kernel, node, engine, cgroup, storage, loadBefore, loadAfter } = facts
  const load = [loadBefore, loadAfter].filter((value) => value !== undefined).map((value) => value.toFixed(2)).join(' → ')
  return `${cores} cores (${processor}), ${memoryGiB} GiB, Linux ${kernel}, ${engine}, cgroup ${cgroup}, ${storage}, Node ${node}, load ${load}`
}
