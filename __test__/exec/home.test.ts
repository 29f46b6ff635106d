import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'
import { newExecutor } from '../support/tasks.ts'

/** Installs a program of each kind for the user, without a network, and runs it by its name. */
const INSTALL = `set -e
mkdir npm-tool
echo '{"name":"npm-tool","version":"1.0.0","bin":"run.js"}' > npm-tool/package.json
printf '#!/usr/bin/env node\\nconsole.log("npm tool ran")\\n' > npm-tool/run.js
npm install --global --offline --silent "$(npm pack --silent ./npm-tool)"
python3 - <<'WHEEL'
import zipfile
with zipfile.ZipFile('py_tool-1-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('tool.py', 'def main(): print("py tool ran")\\n')
    wheel.writestr('py_tool-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: py-tool\\nVersion: 1\\n')
    wheel.writestr('py_tool-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('py_tool-1.dist-info/entry_points.txt', '[console_scripts]\\npy-tool = tool:main\\n')
    wheel.writestr('py_tool-1.dist-info/RECORD', '')
WHEEL
pip install --quiet --user --no-index ./py_tool-1-py3-none-any.whl
npm-tool
py-tool`

for (const [name, options] of Object.entries({ 'its own home': {}, 'a read-only root': { readOnly: true, tmpfs: { '/tmp': '64m' } }, 'another user': { user: '4321:4321' } })) {
  test(`programs installed by npm and pip are found with ${name}`, async () => {
    const { stdout, stderr, exitCode } = await newSandboxes({ memory: '1g', cpus: 2, network: 'none', ...options }).exec('a', INSTALL, { timeout: 120_000 })
    expect({ stdout, exitCode, stderr }).toMatchObject({ stdout: 'npm tool ran\npy tool ran\n', exitCode: 0 })
  })
}

test('a task leaves no home directory in a directory of the caller’s', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-home-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  chownSync(directory, 1000, 1000)
  const { executor } = newExecutor()
  const { stdout } = await executor.execute('echo $HOME; touch ~/file && ls -A ~', directory)
  expect(stdout).toBe('/tmp/.home\nfile\n')
  expect(readdirSync(directory)).toEqual([])
})
