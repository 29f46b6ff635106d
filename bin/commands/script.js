import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a script of the package in place of this process, as far as Node can: with its streams, and with its exit code. */
export function runScript(script, args) {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url))
  return new Promise((resolve, reject) => {
    const child = spawn('bash', [file, ...args], { stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ? 1 : code))
  })
}
