import { defaults } from '../addon/defaults.js'
import { native } from '../addon/load.js'
import { invalid } from '../errors/sandbox-error.js'

/** What the log says about where tasks run: once, and for each task. */
export const CONTEXTS = {
  docker: { once: 'Docker isolation: ENABLED (Secure)', each: ['info', 'Execution context: Docker container (isolated)'] },
  host: { once: 'Docker isolation: DISABLED (Legacy)', each: ['warn', 'Execution context: Host process (LEGACY MODE)'] },
}

/** Where tasks run: as the option says, otherwise as the environment says. */
export function isolationOf(option) {
  if (option === undefined) return native.isDockerDisabled(process.env[defaults.tasks.variables.isolation]) ? 'host' : 'docker'
  if (!Object.hasOwn(CONTEXTS, option)) throw invalid('isolation', `isolation must be 'docker' or 'host', not ${JSON.stringify(option)}`)
  return option
}

/** The environment of tasks on the host: a part of this process's environment. */
export function hostEnvironment() {
  return native.hostEnvironment({ ...process.env })
}
