import { DockerSandbox } from '../../index.js'
import { check, heading, step, succeeded } from './report.js'

/** A conversation goes on where it stopped, also in another process. */
export async function resume(sandboxes, alice, options) {
  heading('Stop and resume')
  await step('something is written outside of the workspace, in the home directory', async () => {
    succeeded(await alice.exec("echo 'kept as well' > ~/.note"))
  })
  await step('alice is stopped', async () => {
    await alice.stop()
    check(!(await alice.isRunning()), 'it does not run')
  })
  await step('her file is there; reading it starts the container again', async () => {
    const text = await alice.readFile('summary.json')
    check(JSON.parse(text).Kyoto.total === 200, text)
    check(await alice.isRunning(), 'it runs')
  })
  await step('and so is what was in the home directory', async () => {
    const note = succeeded(await alice.exec('cat ~/.note'))
    check(note === 'kept as well', note)
    return note
  })
  await step('a new DockerSandbox, as after a restart of the app, finds the container', async () => {
    await sandboxes.close()
    await using(new DockerSandbox(options), async (again) => {
      const found = await again.getOrCreate(alice.id)
      check(found.containerId === alice.containerId, `${found.containerId} is not ${alice.containerId}`)
      succeeded(await found.exec('test -f summary.json'))
    })
    return `container ${alice.containerId.slice(0, 12)}`
  })
}

/** `await using`, for the Node.js versions that don't have it. */
async function using(sandboxes, use) {
  try {
    await use(sandboxes)
  } finally {
    await sandboxes.close()
  }
}
