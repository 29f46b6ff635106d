import { DockerSandbox } from '../../index.js'
import { check, heading, step, succeeded } from './report.js'

/** A conversation continues where it stopped, even in another process. */
export async function resume(sandboxes, alice, options) {
  heading('Stop and resume')
  await step('a file is written outside the workspace, in the home directory', async () => {
    succeeded(await alice.exec("echo 'kept as well' > ~/.note"))
  })
  await step('alice is stopped', async () => {
    await alice.stop()
    check(!(await alice.isRunning()), 'alice should not be running')
  })
  await step('reading a file starts the container again', async () => {
    const text = await alice.readFile('summary.json')
    check(JSON.parse(text).Kyoto.total === 200, text)
    check(await alice.isRunning(), 'alice should be running')
  })
  await step('the file in the home directory is still there', async () => {
    const note = succeeded(await alice.exec('cat ~/.note'))
    check(note === 'kept as well', note)
    return note
  })
  await step('a new DockerSandbox finds the container, as after a restart of the app', async () => {
    await sandboxes.close()
    await using(new DockerSandbox(options), async (again) => {
      const found = await again.getOrCreate(alice.id)
      check(found.containerId === alice.containerId, `${found.containerId} is not ${alice.containerId}`)
      succeeded(await found.exec('test -f summary.json'))
    })
    return `container ${alice.containerId.slice(0, 12)}`
  })
}

/** Like `await using`, for versions of Node.js that lack it. */
async function using(sandboxes, use) {
  try {
    await use(sandboxes)
  } finally {
    await sandboxes.close()
  }
}
