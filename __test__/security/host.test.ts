import { expect, test } from 'vitest'
import { containersOf, docker } from '../support/docker.ts'
import { namespace, newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

const SECRET = 'secret-of-the-host'

// Searches everything that a command can read of processes. The secret is passed in two parts, so that the search does not find itself.
const SEARCH = 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -c "$0$1"; printenv | grep -c "$0$1"'

test('the host process’s environment is neither in a sandbox nor in its container’s settings', async () => {
  const dataDir = newDataDir()
  const env = { COFFERDAM_TEST: SECRET, OPENAI_API_KEY: SECRET, AWS_SECRET_ACCESS_KEY: SECRET, HTTPS_PROXY: SECRET, NODE_OPTIONS: `--title=${SECRET}` }
  const [found] = await inOtherProcess({ dataDir }, [['exec', 'a', ['sh', '-c', SEARCH, 'secret-of', '-the-host']]], { env })
  expect(found?.value.stdout).toBe('0\n0\n')
  const [container] = await containersOf(namespace(dataDir))
  expect(JSON.stringify(await docker.getContainer(container?.Id ?? '').inspect())).not.toContain(SECRET)
})
