import util from 'node:util'

const WIDTH = 80

/** Uses colours only on a terminal; the first releases of Node.js 20 lack `styleText`. */
function paint(style, text) {
  return process.stdout.isTTY && util.styleText ? util.styleText(style, text) : text
}

export function heading(text) {
  console.log(`\n${paint('bold', text)}`)
}

/** Runs a step and prints it with its time. The text that the step returns is printed below. */
export async function step(title, run) {
  const begun = performance.now()
  let shown
  try {
    shown = await run()
  } catch (error) {
    console.log(`  ${paint('red', '✗')} ${title}`)
    throw error
  }
  const time = `${(performance.now() - begun).toFixed(1)} ms`
  console.log(`  ${paint('green', '✓')} ${title.padEnd(WIDTH)}${paint('cyan', time.padStart(12))}`)
  for (const line of shown?.split('\n') ?? []) console.log(paint('gray', `      ${line}`))
}

/** Fails the demo if a condition does not hold. */
export function check(condition, message) {
  if (!condition) throw new Error(`unexpected result: ${message}`)
}

/** The output of a command, which must have succeeded. */
export function succeeded(result) {
  check(result.exitCode === 0, `exit code ${result.exitCode}: ${result.stderr || result.stdout}`)
  return result.stdout.trimEnd()
}
