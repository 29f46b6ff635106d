import { CALL } from './call.js'
import { checkArgument, checkOptions } from './check.js'
import { kinds } from './kinds.js'

/** See `ContainerConfig`. */
export const CONTAINER = {
  name: kinds.string,
  image: kinds.string,
  command: kinds.words,
  entrypoint: kinds.words,
  env: kinds.record,
  workingDir: kinds.string,
  mounts: kinds.objects,
  network: kinds.string,
  ports: kinds.object,
  resourceLimits: kinds.object,
  restartPolicy: { is: (value) => kinds.string.is(value) || kinds.object.is(value), name: 'a string or an object' },
  user: kinds.string,
  labels: kinds.record,
  security: kinds.object,
  hostname: kinds.string,
  dns: kinds.strings,
  tty: kinds.boolean,
  openStdin: kinds.boolean,
  init: kinds.boolean,
  autoRemove: kinds.boolean,
  stopSignal: kinds.string,
  logDriver: kinds.string,
}

/** See `ContainerMount`. */
export const CONTAINER_MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean, size: kinds.size }

/** See `ResourceLimits`. */
export const LIMITS = { memory: kinds.size, cpus: kinds.number, cpuShares: kinds.number, pids: kinds.number, blkioWeight: kinds.number, disk: kinds.size }

/** See `ContainerConfig.restartPolicy`. */
export const RESTART = { name: kinds.string, maximumRetryCount: kinds.number }

/** See `ContainerSecurity`. */
export const SECURITY = {
  readOnly: kinds.boolean,
  capDrop: kinds.strings,
  capAdd: kinds.strings,
  noNewPrivileges: kinds.boolean,
  privileged: kinds.boolean,
  seccomp: kinds.string,
}

/** Options of `stopContainer` and `restartContainer`. */
export const STOP = { timeout: kinds.number, ...CALL }

/** Options of `watchContainerStats`. */
export const WATCH = { interval: kinds.number, ...CALL }

/** See `LogOptions`. */
export const LOGS = {
  follow: kinds.boolean,
  stdout: kinds.boolean,
  stderr: kinds.boolean,
  tail: kinds.count,
  since: kinds.time,
  until: kinds.time,
  timestamps: kinds.boolean,
  encoding: kinds.encoding,
  ...CALL,
}

/** Checks a container's configuration and everything nested in it. */
export function checkContainer(config) {
  const checked = checkOptions(config ?? {}, CONTAINER)
  checkArgument('image', checked.image, kinds.string)
  const { mounts, resourceLimits, restartPolicy, security } = checked
  return {
    ...checked,
    ...(mounts && { mounts: mounts.map((mount) => checkOptions(mount, CONTAINER_MOUNT)) }),
    ...(resourceLimits && { resourceLimits: checkOptions(resourceLimits, LIMITS) }),
    ...(kinds.object.is(restartPolicy) && { restartPolicy: checkOptions(restartPolicy, RESTART) }),
    ...(security && { security: checkOptions(security, SECURITY) }),
  }
}
