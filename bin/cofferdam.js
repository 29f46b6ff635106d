#!/usr/bin/env node
import { COMMANDS } from './commands/index.js'
import { usage } from './commands/help.js'

const [name = 'help', ...args] = process.argv.slice(2)
const known = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : ['-h', '--help'].includes(name) ? COMMANDS.help : name === '--version' ? COMMANDS.version : undefined

if (!known) {
  process.stderr.write(`cofferdam: there is no command ${JSON.stringify(name)}\n\n${usage(COMMANDS)}`)
  process.exitCode = 2
} else {
  try {
    const { run } = await known.load()
    process.exitCode = await run(args)
  } catch (error) {
    // Every error of the package says what to do; the place in the code helps nobody.
    process.stderr.write(`cofferdam: ${error.code ? `${error.code}: ` : ''}${error.message}\n${error.hint ? `${error.hint}\n` : ''}`)
    process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1
  }
}
