/** Where the suite runs, as matrix/machine/suite.sh says. */
import { mkdtempSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/** The environment's name, such as `podman-rootless`. */
export const NAME = process.env.MATRIX_ENVIRONMENT ?? 'here'

/** How many times slower than a plain machine this one is, at least 1: see pace.js. */
export const PACE = Number(process.env.MATRIX_PACE ?? 1)

export const ROOT = process.getuid?.() === 0
export const PODMAN = NAME.startsWith('podman')
export const ROOTLESS = NAME.endsWith('rootless')
/** Whether the engine maps users, so that uids inside and outside differ. */
export const MAPPED = ROOTLESS || NAME === 'docker-userns'
export const GVISOR = NAME.startsWith('runsc')

export const IMAGE = 'cofferdam-runtime-python:latest'

/** The options that every class of sandboxes gets here. The deadline of a request to the engine is a limit of time like any other. */
export const OPTIONS = { image: IMAGE, engineTimeout: scaled(10_000), ...(GVISOR && { runtime: 'runsc' }) }

/** A time limit of a plain machine, for this one. */
export function scaled(milliseconds) {
  return Math.ceil(milliseconds * PACE)
}

/** A new directory on a disk: Debian 13's /tmp is in memory. */
export function newDirectory() {
  return mkdtempSync(path.join(homedir(), 'matrix-'))
}
