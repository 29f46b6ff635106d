import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'
import { namespace } from '../support/sandboxes.ts'
import { containersOf } from '../support/docker.ts'

const SECRET = 'a-secret-of-the-host'

test('nothing of the environment of the host process is in a sandbox or in its settings', async () => {
  const dataDir = newDataDir()
  const env = { COFFERDAM_TEST_SECRET: SECRET, OPENAI_API_KEY: SECRET, AWS_SECRET_ACCESS_KEY: SECRET, LD_PRELOAD_NOT: SECRET, NODE_OPTIONS: `--title=${SECRET}` }
  const search = `env | grep -c ${SECRET.slice(0, 8)}; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -v grep | grep -c ${SECRET}; env | wc -l`
  const [, found] = await inOtherProcess({ dataDir }, [['getOrCreate', 'a'], ['exec', 'a', ['sh', '-c', search.replaceAll(SECRET, '"$0-host"'), 'a-secret-of-the']]], { env })
  expect(found?.value.stdout.split('\n').slice(0, 1)).toEqual(['0'])
  const [container] = await containersOf(namespace(dataDir))
  expect(JSON.stringify(await docker.getContainer(container?.Id ?? '').inspect())).not.toContain(SECRET)
})
