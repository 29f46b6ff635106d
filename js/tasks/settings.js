import { defaults, native } from '../addon/load.js'
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

const { isolation: _isolation, ...VARIABLES } = defaults.tasks.variables

/** Options of an executor that environment variables set. */
export function environmentOptions() {
  const set = Object.entries(VARIABLES).filter(([, variable]) => process.env[variable])
  return Object.fromEntries(
    set.map(([name, variable]) => {
      const text = process.env[variable]
      if (name === 'memory') return [name, text]
      if (!(Number(text) > 0)) throw invalid(variable, `${variable} must be a positive number, not ${JSON.stringify(text)}`)
      return [name, Number(text)]
    }),
  )
}

/** The default image of each runtime. */
export const RUNTIME_IMAGES = Object.fromEntries(defaults.tasks.runtimes.map(({ name, image }) => [name, image]))

/** Rejects an unknown runtime. */
export function checkRuntime(argument, name) {
  if (Object.hasOwn(RUNTIME_IMAGES, name)) return
  throw invalid(argument, `${argument}: unknown runtime ${JSON.stringify(name)}; must be one of ${Object.keys(RUNTIME_IMAGES).join(', ')}`)
}
