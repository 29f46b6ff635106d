import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, describe, kinds } from './check.js'

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
  ports: { ...kinds.object, name: 'an object with ports of the container as keys' },
  resourceLimits: kinds.object,
  restartPolicy: { is: (value) => kinds.string.is(value) || kinds.object.is(value), name: 'a string or an object' },
  user: kinds.string,
  labels: kinds.record,
  security: kinds.object,
  hostname: kinds.string,
  dns: kinds.strings,
  tty: kinds.boolean,
  openStdin: kinds.boolean,
  stdinOnce: kinds.boolean,
  init: kinds.boolean,
  autoRemove: kinds.boolean,
  stopSignal: kinds.signalName,
  logDriver: kinds.string,
  logOptions: kinds.record,
  healthCheck: kinds.object,
  ulimits: kinds.ulimits,
  shmSize: kinds.size,
  extraHosts: kinds.record,
  sysctls: kinds.record,
  stopTimeout: kinds.number,
  platform: kinds.string,
  runtime: kinds.string,
  devices: { is: (value) => Array.isArray(value) && value.every((one) => kinds.string.is(one) || kinds.object.is(one)), name: 'an array of paths or objects' },
  gpus: { is: (value) => kinds.words.is(value) || kinds.number.is(value), name: "'all', a number, or an array of ids" },
  aliases: kinds.strings,
  ipv4Address: kinds.string,
  ipv6Address: kinds.string,
}

/** See `ContainerHealthCheck`. */
export const HEALTH = { command: kinds.words, disabled: kinds.boolean, interval: kinds.number, timeout: kinds.number, startPeriod: kinds.number, retries: kinds.number }

/** See `ContainerConfig.devices`. */
export const DEVICE = { source: kinds.string, target: kinds.string, permissions: kinds.string }

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

/** Checks a container's configuration and everything nested in it. */
export function checkContainer(config) {
  const checked = checkOptions(config ?? {}, CONTAINER)
  checkArgument('image', checked.image, kinds.string)
  const { devices, healthCheck, mounts, ports, resourceLimits, restartPolicy, security } = checked
  for (const [name, given] of Object.entries(ports ?? {})) checkPort(name, given)
  return {
    ...checked,
    ...(devices && { devices: devices.map((device, index) => (kinds.string.is(device) ? device : checkDevice(device, `devices[${index}]`))) }),
    ...(healthCheck && { healthCheck: checkOptions(healthCheck, HEALTH, 'healthCheck') }),
    ...(mounts && { mounts: mounts.map((mount, index) => checkOptions(mount, CONTAINER_MOUNT, `mounts[${index}]`)) }),
    ...(resourceLimits && { resourceLimits: checkOptions(resourceLimits, LIMITS, 'resourceLimits') }),
    ...(kinds.object.is(restartPolicy) && { restartPolicy: checkOptions(restartPolicy, RESTART, 'restartPolicy') }),
    ...(security && { security: checkOptions(security, SECURITY, 'security') }),
  }
}

/** See `ContainerUpdate`. */
export const UPDATE = { resourceLimits: kinds.object, restartPolicy: CONTAINER.restartPolicy }

/** Checks the changes to a container. */
export function checkUpdate(update) {
  const { resourceLimits, restartPolicy } = checkOptions(update ?? {}, UPDATE)
  return {
    ...(resourceLimits && { resourceLimits: checkOptions(resourceLimits, LIMITS, 'resourceLimits') }),
    ...(restartPolicy && { restartPolicy: kinds.object.is(restartPolicy) ? checkOptions(restartPolicy, RESTART, 'restartPolicy') : restartPolicy }),
  }
}

/** Rejects a port that JSON can't express; the core checks the others. */
function checkPort(name, given) {
  for (const one of [given].flat()) {
    const port = kinds.object.is(one) ? one.port : one
    if (port === null || (typeof port === 'number' && !kinds.number.is(port))) throw invalid('ports', `ports.${name} must be a port from 0 to 65535, not ${describe(port)}`)
  }
}

function checkDevice(device, at) {
  const checked = checkOptions(device, DEVICE, at)
  checkArgument('devices', checked.source, kinds.string, `${at}.source`)
  return checked
}
