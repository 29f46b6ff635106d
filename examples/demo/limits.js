import { check, heading, step } from './report.js'

const DEADLINE = 500
const LIMIT = 100 * 1024
const FLOOD = 200_000_000

/** Commands that misbehave. */
export async function limits(alice) {
  heading('Deadlines and output')
  await step(`a command that never ends is killed after ${DEADLINE} ms`, async () => {
    const result = await alice.exec('echo working; setsid sleep 1000 & wait', { timeout: DEADLINE })
    check(result.timedOut && result.exitCode === 124, `exit code ${result.exitCode}`)
    check(result.stdout === 'working\n', `the output should be kept: ${result.stdout}`)
    const left = await alice.exec("pgrep -f '^sleep 1000'")
    check(left.exitCode === 1, `still running: ${left.stdout}`)
    return `timedOut: true, exitCode: 124, stdout: ${JSON.stringify(result.stdout)}; the detached sleep was killed, too`
  })
  await step('a flood of 200 MB takes no memory on the host', async () => {
    const before = process.memoryUsage.rss()
    const result = await alice.exec(`yes 'all work and no play' | head -c ${FLOOD}`)
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20
    check(result.truncated && result.stdoutBytes === FLOOD, `${result.stdoutBytes} bytes`)
    check(Buffer.byteLength(result.stdout) < LIMIT + 200, `${Buffer.byteLength(result.stdout)} bytes kept`)
    const gap = result.stdout.split('\n').find((line) => line.includes('bytes'))
    return `${result.stdout.length} characters kept around the line ${JSON.stringify(gap)}\nthis process grew by ${grown.toFixed(1)} MiB`
  })
  await step('output arrives while the command runs', async () => {
    const begun = performance.now()
    const arrivals = []
    const onStdout = (chunk) => arrivals.push(`${chunk.trim()} after ${(performance.now() - begun).toFixed(0)} ms`)
    const { stdout } = await alice.exec('for i in 1 2 3; do echo line $i; sleep 0.2; done', { onStdout })
    check(arrivals.length === 3, `${arrivals.length} chunks`)
    check(stdout === 'line 1\nline 2\nline 3\n', stdout)
    return arrivals.join(', ')
  })
}
