import headless from '@xterm/headless'
import { expect } from 'vitest'
import type { Process } from '../../index.js'

/** A person at a terminal: keys in, and what the screen shows. */
export class Screen {
  readonly #terminal
  readonly #process: Process

  /** Shows the output of a process in a terminal of this size. */
  constructor(process: Process, { cols, rows }: { cols: number; rows: number }) {
    this.#process = process
    this.#terminal = new headless.Terminal({ cols, rows, allowProposedApi: true })
    process.stdout.on('data', (bytes: Buffer) => this.#terminal.write(bytes))
    // What programs ask of the terminal, such as where its cursor is, it answers like a key.
    this.#terminal.onData((answer) => process.stdin?.write(answer))
  }

  /** The lines of the screen, without spaces at their ends. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.#terminal.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '')
  }

  /** Presses keys, and waits until the screen shows a text. */
  async press(keys: string, shown: string | RegExp): Promise<void> {
    this.#process.stdin!.write(keys)
    await this.shows(shown)
  }

  /** Waits until the screen shows a text. */
  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.lines.join('\n'), { timeout: 15_000 }).toMatch(text)
  }

  /** Changes the size of the window. */
  async resize(size: { cols: number; rows: number }): Promise<void> {
    this.#terminal.resize(size.cols, size.rows)
    await this.#process.resize(size)
  }
}
