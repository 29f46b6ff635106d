/** The list of commands. */
export function usage(commands) {
  const width = Math.max(...Object.values(commands).map((command) => command.usage.length))
  const lines = Object.values(commands).map((command) => `  cofferdam ${command.usage.padEnd(width)}  ${command.summary}\n`)
  return `Usage:\n${lines.join('')}`
}

export async function run() {
  const { COMMANDS } = await import('./index.js')
  process.stdout.write(usage(COMMANDS))
  return 0
}
