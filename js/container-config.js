import { checkArgument, checkOptions, kinds } from './check.js'

const CONTAINER = {
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

const MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean, size: kinds.size }
const LIMITS = { memory: kinds.size, cpus: kinds.number, cpuShares: kinds.number, pids: kinds.number, blkioWeight: kinds.number, disk: kinds.size }
const RESTART = { name: kinds.string, maximumRetryCount: kinds.number }
const SECURITY = {
  readOnly: kinds.boolean,
  capDrop: kinds.strings,
  capAdd: kinds.strings,
  noNewPrivileges: kinds.boolean,
  privileged: kinds.boolean,
  seccomp: kinds.string,
}

/** A container's configuration, each field checked; one that nobody knows is an error. */
export function checkContainer(config) {
  const checked = checkOptions(config ?? {}, CONTAINER)
  checkArgument('image', checked.image, kinds.string)
  const { mounts, resourceLimits, restartPolicy, security } = checked
  return {
    ...checked,
    ...(mounts && { mounts: mounts.map((mount) => checkOptions(mount, MOUNT)) }),
    ...(resourceLimits && { resourceLimits: checkOptions(resourceLimits, LIMITS) }),
    ...(kinds.object.is(restartPolicy) && { restartPolicy: checkOptions(restartPolicy, RESTART) }),
    ...(security && { security: checkOptions(security, SECURITY) }),
  }
}
