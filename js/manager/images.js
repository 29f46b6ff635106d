import { callNative } from '../addon/call.js'
import { download, upload } from '../addon/archives.js'
import { iterate } from '../addon/streams.js'
import { foundImage, imageStep, imageSummary, progress } from '../engine/answers.js'
import { filtersAsJson, parseAnswer } from '../engine/client.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { AUTH, BUILD, COMMIT, IMPORT, LIST, LOAD, PULL, PUSH, REMOVE, SEARCH } from '../options/tables.js'
import { Connected, clientOf } from './connected.js'

/** The images of an engine. */
export class Images extends Connected {
  async pull(image, options) {
    checkArgument('image', image, kinds.string)
    const { platform, auth, onProgress, signal } = checkOptions(options, PULL)
    const credentials = checkOptions(auth, AUTH, 'auth')
    for await (const line of lines(signal, (cancellation) => clientOf(this).manager.pull(image, platform, auth && credentials, cancellation))) {
      await onProgress?.(progress(line))
    }
  }

  async push(image, options) {
    checkArgument('image', image, kinds.string)
    const { auth, onProgress, signal } = checkOptions(options, PUSH)
    const credentials = checkOptions(auth, AUTH, 'auth')
    let digest
    for await (const line of lines(signal, (cancellation) => clientOf(this).manager.push(image, auth && credentials, cancellation))) {
      digest = line.aux?.Digest ?? digest
      await onProgress?.(progress(line))
    }
    return digest
  }

  async buildImage(context, options) {
    checkArgument('context', context, kinds.string)
    const { onProgress, signal, auth, ...rest } = checkOptions(options, BUILD)
    const credentials = auth && Object.fromEntries(Object.entries(auth).map(([server, one]) => [server, checkOptions(one, AUTH, `auth.${server}`)]))
    let id
    for await (const line of lines(signal, (cancellation) => clientOf(this).manager.build({ context, auth: credentials, ...rest }, cancellation))) {
      id = line.aux?.ID ?? id
      await onProgress?.(progress(line))
    }
    return id
  }

  saveImages(images, options) {
    checkArgument('images', images, kinds.words)
    return download(options, (cancellation) => clientOf(this).manager.saveImages([images].flat(), cancellation))
  }

  async loadImages(archive, options) {
    const { onProgress, signal } = checkOptions(options, LOAD)
    const loaded = []
    await upload(archive, signal, async (input, ended) => {
      for await (const line of lines(ended, (cancellation) => clientOf(this).manager.loadImages(input, cancellation))) {
        const [, name] = /^Loaded image(?: ID)?: (.+)$/m.exec(line.stream ?? '') ?? []
        if (name) loaded.push(name)
        await onProgress?.(progress(line))
      }
    })
    return loaded
  }

  async importImage(archive, options) {
    const { onProgress, signal, ...given } = checkOptions(options, IMPORT)
    let id
    await upload(archive, signal, async (input, ended) => {
      for await (const line of lines(ended, (cancellation) => clientOf(this).manager.importImage(given, input, cancellation))) {
        if (line.status?.startsWith('sha256:')) id = line.status
        await onProgress?.(progress(line))
      }
    })
    return id
  }

  async searchImages(term, options) {
    checkArgument('term', term, kinds.string)
    const { limit, filters, signal } = checkOptions(options, SEARCH)
    const found = await clientOf(this).json({ signal }, (cancellation) => clientOf(this).manager.search(term, limit, filtersAsJson(filters), cancellation))
    return (found ?? []).map(foundImage)
  }

  async tag(image, name, options) {
    checkArgument('image', image, kinds.string)
    checkArgument('name', name, kinds.string)
    await clientOf(this).call(options, (cancellation) => clientOf(this).manager.tag(image, name, cancellation))
  }

  async imageHistory(image, options) {
    checkArgument('image', image, kinds.string)
    const steps = await clientOf(this).json(options, (cancellation) => clientOf(this).manager.history(image, cancellation))
    return steps.map(imageStep)
  }

  async removeImage(image, options) {
    checkArgument('image', image, kinds.string)
    const { force = false, signal } = checkOptions(options, REMOVE)
    return callNative(signal, (cancellation) => clientOf(this).manager.removeImage(image, force, cancellation))
  }

  async listImages(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const images = await clientOf(this).json({ signal }, (cancellation) => clientOf(this).manager.images(all, filtersAsJson(filters), cancellation))
    return images.map(imageSummary)
  }

  async commit(id, options) {
    checkArgument('id', id, kinds.string)
    const { name, message, pause: paused = true, signal } = checkOptions(options, COMMIT)
    return callNative(signal, (cancellation) => clientOf(this).manager.commit(id, name, message, paused, cancellation))
  }
}

function lines(signal, open) {
  return iterate(signal, open, (line) => (typeof line === 'string' ? [parseAnswer(line)] : undefined))
}
