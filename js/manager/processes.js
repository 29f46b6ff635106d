import { callNative } from '../addon/call.js'
import { defaults } from '../addon/load.js'
import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, isBinary, kinds } from '../options/check.js'
import { CONTAINER_ATTACH, START } from '../options/tables.js'
import { Archives } from './archives.js'
import { Attachment } from './attachment.js'
import { clientOf } from './connected.js'

/** The processes of containers that a caller talks to. */
export class Processes extends Archives {
  async attach(id, options) {
    checkArgument('id', id, kinds.string)
    const { stdin = true, stdout = true, stderr = true, logs = false, encoding, signal } = checkOptions(options, CONTAINER_ATTACH)
    const given = { stdin, stdout, stderr, logs }
    return new Attachment(await callNative(signal, (cancellation) => clientOf(this).manager.attach(id, given, cancellation)), isBinary(encoding), signal)
  }

  async startProcess(id, command, options) {
    checkArgument('id', id, kinds.string)
    checkArgument('command', command, kinds.words)
    if (command.length === 0 || command[0] === '') throw invalid('command', 'command must not be empty')
    const { encoding, signal, ...rest } = checkOptions(options, START)
    const words = typeof command === 'string' ? [...defaults.containers.shell, command] : command
    const given = { ...rest, command: words }
    return new Attachment(await callNative(signal, (cancellation) => clientOf(this).manager.startProcess(id, given, cancellation)), isBinary(encoding), signal)
  }
}
