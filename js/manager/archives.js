import { download, upload } from '../addon/archives.js'
import { callNative } from '../addon/call.js'
import { archiveInfo } from '../engine/answers.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { PUT } from '../options/tables.js'
import { clientOf } from './connected.js'
import { Images } from './images.js'

/** The files of containers, as tar archives. */
export class Archives extends Images {
  async archiveInfo(id, path, options) {
    checkPlace(id, path)
    return archiveInfo(await clientOf(this).json(options, (cancellation) => clientOf(this).manager.statArchive(id, path, cancellation)))
  }

  getArchive(id, path, options) {
    checkPlace(id, path)
    return download(options, (cancellation) => clientOf(this).manager.getArchive(id, path, cancellation))
  }

  async putArchive(id, path, archive, options) {
    checkPlace(id, path)
    const { signal, ...given } = checkOptions(options, PUT)
    await upload(archive, signal, (input, ended) => callNative(ended, (cancellation) => clientOf(this).manager.putArchive(id, path, given, input, cancellation)))
  }

  exportContainer(id, options) {
    checkArgument('id', id, kinds.string)
    return download(options, (cancellation) => clientOf(this).manager.exportContainer(id, cancellation))
  }
}

function checkPlace(id, path) {
  checkArgument('id', id, kinds.string)
  checkArgument('path', path, kinds.string)
}
