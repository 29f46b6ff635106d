#!/usr/bin/env node
// Takes tasks from a server, runs each in its own container, and reports the results. See README.md.
import { parseArgs } from 'node:util'
import { DockerExecutor } from 'cofferdam'
import { ServerClient } from './server-client.js'
import { Worker } from './worker.js'

const USAGE = `usage: worker-agent.js --server URL [--concurrency N] [--poll MS] [--max-archive MIB] [--tasks-dir DIR]

  --concurrency  how many tasks run at once (default 2)
  --poll         how long to wait when there is no task, in milliseconds (default 1000)
  --max-archive  the largest archive to download, in MiB (default 64)
  --tasks-dir    where tasks keep their files while they run (default: as DockerExecutor)

Environment: WORKER_TOKEN, the token sent to the server.`

/** Parses the command line. */
function settings() {
  const text = (value) => ({ type: 'string', default: value })
  const { values } = parseArgs({
    options: { server: { type: 'string' }, concurrency: text('2'), poll: text('1000'), 'max-archive': text('64'), 'tasks-dir': { type: 'string' } },
  })
  const whole = (name) => {
    if (!/^[1-9]\d{0,6}$/.test(values[name])) throw new Error(`--${name} must be a whole number of at least 1, not ${values[name]}`)
    return Number(values[name])
  }
  if (!/^https?:/.test(values.server ?? '')) throw new Error('--server must be a URL that begins with http:// or https://')
  return { server: new URL(values.server), concurrency: whole('concurrency'), poll: whole('poll'), maxArchive: whole('max-archive') * 2 ** 20, tasksDir: values['tasks-dir'] }
}

/** Writes one line; control characters, which may come from the server, are removed. */
function log(level, message) {
  console.error(`[${new Date().toISOString()}] [${level}] ${message.replaceAll(/\p{Cc}+/gu, ' ')}`)
}

async function main({ server, concurrency, poll, maxArchive, tasksDir }) {
  const client = new ServerClient(server, { token: process.env.WORKER_TOKEN, maxArchive })
  const executor = new DockerExecutor({ tasksDir })
  const worker = new Worker({ client, executor, concurrency, poll, log })
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => worker.stop())
  log('INFO', `Taking tasks from ${server.origin}, ${concurrency} at a time`)
  const finished = await worker.run()
  await executor.close()
  log('INFO', finished ? 'Finished' : 'Aborted')
  process.exitCode = finished ? 0 : 1
}

let given
try {
  given = settings()
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`)
  process.exit(2)
}
await main(given)
