import { parseArgs } from 'node:util'

export const USAGE = `node --expose-gc bench/index.js [--quick] [--json] [--only <scenario>]...

  --quick   fewer samples: a minute instead of several
  --json    results for a program, instead of the table
  --only    one scenario; can be repeated`

/** @throws Error for an unknown option or scenario */
export function parseArguments(args, scenarios) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
  })
  const unknown = values.only.find((name) => !scenarios.includes(name))
  if (unknown !== undefined) throw new Error(`unknown scenario ${unknown}; choose from ${scenarios.join(', ')}`)
  return values
}
