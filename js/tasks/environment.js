import { defaults } from '../addon/defaults.js'
import { invalid } from '../errors/sandbox-error.js'

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
