import { invalid } from './error.js'

/** What of this process's environment a task on the host gets: where things are and what language is spoken, and no secrets. */
const PASSED = /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LANGUAGE|LC_[A-Z]+)$/

/** What is said of where tasks run: once, and of each. */
export const CONTEXTS = {
  docker: { once: 'Docker isolation: ENABLED (Secure)', each: ['info', 'Execution context: Docker container (isolated)'] },
  host: { once: 'Docker isolation: DISABLED (Legacy)', each: ['warn', 'Execution context: Host process (LEGACY MODE)'] },
}

/** Where tasks run: as the option says, else as `ENABLE_DOCKER` of the environment does, else in containers. */
export function isolationOf(option) {
  if (option === undefined) return /^(false|0|no|off)$/i.test(process.env.ENABLE_DOCKER?.trim() ?? '') ? 'host' : 'docker'
  if (!Object.hasOwn(CONTEXTS, option)) throw invalid('isolation', `isolation is 'docker' or 'host', not ${JSON.stringify(option)}`)
  return option
}

/** The environment of tasks on the host. */
export function hostEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)))
}
