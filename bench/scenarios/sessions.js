import { SandboxManager } from '../../index.js'
import { echo } from '../support/echo.js'
import { IMAGE } from '../support/profile.js'
import { atMost, compared, row } from '../support/row.js'
import { summarize } from '../support/statistics.js'
import { timed } from '../support/timed.js'

const LISTED = 50
const CLEANED = 100

/** How many sessions are created at once. */
const AT_ONCE = 4

/** What a manager of many sessions does besides commands: listing, and the janitor's pass, which must not delay commands. */
export async function run({ address, cleanup, directory, quick, progress }) {
  const manager = new SandboxManager({ engine: address, image: IMAGE, dataDir: `${directory}/sessions`, cleanupInterval: 0 })
  const destroy = cleanup.defer(async () => {
    const sessions = await manager.listSessions()
    await each(sessions, ({ id }) => manager.destroySession(id))
    await manager.close()
  })
  const rounds = quick ? 10 : 40
  await grow(manager, LISTED, progress)
  const list = await figures(timed(() => manager.listSessions()), rounds)
  await grow(manager, CLEANED, progress)
  const pass = await figures(timed(() => manager.cleanup()), rounds)

  const [{ id }] = await manager.listSessions()
  const command = timed(() => echo((line) => manager.executeCommand(id, line)))
  await figures(command, 50)
  const alone = await figures(command, quick ? 200 : 1000)
  let cleaning = true
  const passes = (async () => {
    while (cleaning) await manager.cleanup()
  })()
  const beside = await figures(command, quick ? 200 : 1000)
  cleaning = false
  await passes
  await destroy()
  return [
    row({ scenario: 'sessions', what: `list ${LISTED} sessions`, results: { cofferdam: list }, checks: [atMost(list.p50, 20, '≤ 20 ms')] }),
    row({ scenario: 'sessions', what: `the janitor's pass over ${CLEANED} sandboxes`, results: { cofferdam: pass }, checks: [atMost(pass.p50, 200, '≤ 200 ms')] }),
    row({
      scenario: 'sessions',
      what: 'a command while the janitor runs continuously',
      results: { cofferdam: beside },
      checks: [compared(beside.p50, alone.p50, 'the time without a janitor')],
      more: { 'cofferdam, no janitor': alone },
    }),
  ]
}

/** Creates sessions until there are `count`. */
async function grow(manager, count, progress) {
  const missing = count - (await manager.listSessions()).length
  let made = 0
  await each(Array.from({ length: missing }), async () => {
    progress(`session ${++made} of ${missing}`)
    await manager.createSession()
  })
}

async function each(items, work) {
  const rest = [...items]
  const worker = async () => {
    while (rest.length > 0) await work(rest.pop())
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function figures(sample, count) {
  const samples = []
  for (let index = 0; index < count; index++) samples.push(await sample())
  return summarize(samples)
}
