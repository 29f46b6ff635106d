import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { numbers } from './lines.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('output is text or bytes', async () => {
    const text = await box.exec('exec', "printf '\\xff\\0a'")
    const bytes = await box.exec('exec', "printf '\\xff\\0a'", { encoding: 'buffer' })
    expect([text.stdout, bytes.stdout]).toEqual(['\ufffd\0a', Buffer.from([255, 0, 97])])
  })

  test('of output past the limit the first and the last half are kept', async () => {
    const all = numbers(1000)
    const result = await box.exec('exec', 'seq 1 1000', { outputLimit: 100 })
    expect(result).toMatchObject({ truncated: true, stdoutBytes: all.length, stdout: `${all.slice(0, 50)}\n[... ${all.length - 100} bytes omitted ...]\n${all.slice(-50)}` })
    for (const limit of [99, 100, 101, 102]) {
      expect((await box.exec('exec', "printf 'x€%.0s' $(seq 100)", { outputLimit: limit })).stdout).not.toContain('\ufffd')
    }
  })

  test('each stream has its listener, and the result comes after the last call', async () => {
    const heard: string[] = []
    const result = await box.exec('exec', 'echo out; echo err >&2; exit 3', {
      onStdout: async (text: string) => {
        await sleep(50)
        heard.push(`out: ${text}`)
      },
      onStderr: (text: string) => void heard.push(`err: ${text}`),
    })
    expect(heard.sort()).toEqual(['err: err\n', 'out: out\n'])
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 })
  })

  test('a listener hears output as it comes', async () => {
    const heard: [string, number][] = []
    const begun = Date.now()
    await box.exec('exec', 'echo a; sleep 0.2; echo b', { onStdout: (text: string) => void heard.push([text, Date.now() - begun]) })
    expect(heard.map(([text]) => text)).toEqual(['a\n', 'b\n'])
    expect((heard[1]?.[1] ?? 0) - (heard[0]?.[1] ?? 0)).toBeGreaterThan(100)
  })

  test('a slow listener gets all, and is never called twice at once', async () => {
    let [active, most, bytes] = [0, 0, 0]
    const result = await box.exec('exec', 'seq 1 300000', {
      onStdout: async (text: string) => {
        most = Math.max(most, ++active)
        await sleep(2)
        bytes += text.length
        active--
      },
    })
    expect([most, bytes, result.stdoutBytes]).toEqual([1, 1_988_895, 1_988_895])
  })

  test('a listener that throws ends the command, and its error is the rejection', async () => {
    const error = new TypeError('mine')
    const run = box.exec('exec', 'echo begun; sleep 60', {
      onStdout: () => {
        throw error
      },
    })
    await expect(run).rejects.toBe(error)
  })
})
