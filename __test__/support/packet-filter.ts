import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cleanUp } from './sandboxes.ts'

const SCRIPT = fileURLToPath(new URL('../fixtures/packet-filter.py', import.meta.url))

/** Whether this process may change the machine's network. */
export const MAY_FILTER = process.getuid?.() === 0 && spawnSync('ip', ['-V']).status === 0

/** A table of ours in the packet filter. */
export interface Table {
  name: string
  /** Another one for every new table. */
  handle: number
  rules: number
}

/** Where a program runs. */
interface Runner {
  run(program: string, ...words: string[]): string
}

/** Runs a program on this machine; its output. */
export function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw error ?? new Error(`${program} ${words.join(' ')}: ${stderr}`)
  return stdout
}

/** The tables of ours in the packet filter of this machine, or of another network namespace. */
export function tables(space: Runner = { run }): Table[] {
  return JSON.parse(space.run('python3', SCRIPT, 'list')) as Table[]
}

/** Deletes a table by hand. */
export function deleteTable(name: string, space: Runner = { run }): void {
  space.run('python3', SCRIPT, 'delete', name)
}

/** Gives this machine one more address until the end of the test, on its loopback interface. */
export function addAddress(address: string): void {
  const had = run('ip', '-4', '-o', 'address', 'show').includes(` ${address}/`)
  if (had) throw new Error(`this machine has the address ${address} already`)
  run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo')
  cleanUp(() => run('ip', 'address', 'del', `${address}/32`, 'dev', 'lo'))
}
