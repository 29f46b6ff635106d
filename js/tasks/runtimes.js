import { defaults } from '../addon/defaults.js'
import { invalid } from '../errors/sandbox-error.js'

/** The default image of each runtime. */
export const RUNTIME_IMAGES = Object.fromEntries(defaults.tasks.runtimes.map(({ name, image }) => [name, image]))

/** Rejects an unknown runtime. */
export function checkRuntime(argument, name) {
  if (Object.hasOwn(RUNTIME_IMAGES, name)) return
  throw invalid(argument, `${argument}: unknown runtime ${JSON.stringify(name)}; must be one of ${Object.keys(RUNTIME_IMAGES).join(', ')}`)
}
