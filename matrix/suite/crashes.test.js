import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPTIONS, scaled } from './support/environment.js'
import { engine } from './support/engine.js'
import { marker, sleepersLeft } from './support/processes.js'
import { cleanUp, newDataDir, newExecutor, newSandboxes } from './support/sandboxes.js'

const PACKAGE = new URL('../../index.js', import.meta.url).href

/** Starts a program with the package and its arguments, and resolves with the process and its first line. */
async function startProgram(program, args) {
  const script = `import * as cofferdam from ${JSON.stringify(PACKAGE)}\nconst args = JSON.parse(process.argv[1])\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(args)], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp(() => child.kill('SIGKILL'))
  const line = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.trim())
    }).once('end', () => reject(new Error(`the program ended after ${JSON.stringify(text)}`)))
  })
  return { child, line }
}

test('the sandbox of a killed process is adopted, and its command has died', { timeout: scaled(90_000) }, async () => {
  const dataDir = newDataDir()
  const mark = marker()
  const { child, line } = await startProgram(
    `const box = new cofferdam.DockerSandbox(args.options)
     const { containerId } = await box.getOrCreate('a')
     await box.writeFile('a', 'file', 'kept')
     await box.exec('a', args.command, { timeout: 300_000, onStdout: () => console.log(containerId) })`,
    { options: { dataDir, ...OPTIONS }, command: `echo; setsid sleep ${mark} & sleep ${mark}` },
  )
  child.kill('SIGKILL')
  assert.equal(await sleepersLeft(mark, scaled(10_000)), 0)
  const box = newSandboxes({ dataDir })
  assert.equal(await box.readFile('a', 'file'), 'kept')
  assert.equal((await box.getOrCreate('a')).containerId, line)
})

test('the task of a killed process leaves neither container nor processes', { timeout: scaled(90_000) }, async () => {
  const tasksDir = newDataDir()
  const mark = marker()
  const { child } = await startProgram(
    `const executor = new cofferdam.DockerExecutor(args.options)
     await executor.execute(args.command, undefined, { timeout: 300_000, onStdout: () => console.log('on') })`,
    { options: { tasksDir, logLevel: 'silent', maxTimeout: 300_000, ...OPTIONS }, command: `echo; setsid sleep ${mark} & sleep ${mark}` },
  )
  child.kill('SIGKILL')
  assert.equal(await sleepersLeft(mark, scaled(10_000)), 0)
  const filters = encodeURIComponent(JSON.stringify({ label: ['cofferdam.profile=task'] }))
  const end = Date.now() + scaled(10_000)
  let left = []
  do {
    left = (await engine('GET', `/containers/json?all=1&filters=${filters}`)).body
    await sleep(200)
  } while (left.length > 0 && Date.now() < end)
  assert.deepEqual(left.map(({ Names, State, Status }) => `${Names} ${State} ${Status}`), [])
  // The directory is the next executor's to remove.
  assert.equal((await newExecutor({ tasksDir }).execute('echo next')).stdout, 'next\n')
})

test('two processes share a sandbox', { timeout: scaled(90_000) }, async () => {
  const dataDir = newDataDir()
  const { line } = await startProgram(
    `const box = new cofferdam.DockerSandbox(args.options)
     console.log((await box.getOrCreate('a')).containerId)
     setInterval(() => {}, 1000)`,
    { options: { dataDir, ...OPTIONS } },
  )
  const box = newSandboxes({ dataDir })
  assert.equal((await box.getOrCreate('a')).containerId, line)
  assert.equal((await box.exec('a', 'echo shared')).stdout, 'shared\n')
})
