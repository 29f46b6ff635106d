import { beforeAll, expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

beforeAll(async () => {
  await box.exec('a', 'echo text > plain; mkdir directory; echo garbage > garbage; chmod +x garbage; printf "#!/no/such/interpreter\\n" > orphan; chmod +x orphan')
})

test.each([
  ['missing', ['no-such-program', 'x'], 'ENOENT'],
  ['missing at its path', ['./no-such-program'], 'ENOENT'],
  ['not executable', ['./plain'], 'EACCES'],
  ['a directory', ['./directory'], 'EACCES'],
  ['below a file', ['./plain/x'], expect.stringMatching(/^ENO(ENT|TDIR)$/)],
  ['not executable code', ['./garbage'], 'ENOEXEC'],
  ['a script whose interpreter is missing', ['./orphan'], 'ENOENT'],
])('a program that is %s does not start', async (_, command, reason) => {
  const error = await rejection(box.exec('a', command), 'COMMAND_NOT_STARTED')
  expect(error.message).toContain(command[0])
  expect(error.details).toMatchObject({ reason })
  expect(error.hint).toBeTruthy()
})

test('a program is looked up in the given PATH', async () => {
  await box.exec('a', 'mkdir -p bin && printf "#!/bin/sh\\necho mine\\n" > bin/mine && chmod +x bin/mine')
  expect((await box.exec('a', ['mine'], { env: { PATH: '/nowhere:/workspace/bin' } })).stdout).toBe('mine\n')
  await rejection(box.exec('a', ['mine']), 'COMMAND_NOT_STARTED')
})

test('a command that does not start leaves the sandbox unchanged', async () => {
  for (let attempt = 0; attempt < 50; attempt++) await rejection(box.exec('a', ['no-such-program']), 'COMMAND_NOT_STARTED')
  expect((await box.exec('a', 'ps -e -o stat= | grep -c Z || true')).stdout).toBe('0\n')
})

test('the hint tells what is wrong with a script or a directory', async () => {
  await box.writeFile('a', 'dos.sh', '#!/bin/sh\r\necho ran\r\n')
  await box.writeFile('a', 'plain', 'neither a script nor a program')
  await box.exec('a', 'chmod +x dos.sh plain && mkdir closed && chmod 0 closed')
  const hint = async (command: string[], cwd?: string) => (await rejection(box.exec('a', command, { cwd }), 'COMMAND_NOT_STARTED')).hint
  expect(await hint(['./dos.sh'])).toContain('carriage return')
  expect(await hint(['./plain'])).toContain('#!/bin/sh')
  expect(await hint(['./missing'])).toContain('PATH')
  expect(await hint(['true'], 'plain')).toContain('must be a directory')
  expect(await hint(['true'], 'closed')).toContain('may not enter')
  expect(await hint(['true'], 'nowhere')).toContain('create the directory')
})
