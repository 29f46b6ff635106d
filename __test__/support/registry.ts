import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { cleanUp } from './sandboxes.ts'
import { tar } from './tar.ts'

/**
 * An image registry on loopback, which engines trust without TLS. It has one image, `tiny:1`, and those that are pushed. `credentials` are `user:password`.
 * With `breaks`, connections end in the middle of the image's layer.
 */
export async function registry(credentials?: string, { breaks = false } = {}): Promise<{ address: string; requests: string[]; pushed: () => string[] }> {
  // Of its own, so that no engine has it already.
  const layer = tar({ hello: 'from a registry', id: randomUUID() })
  const zipped = gzipSync(layer)
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digest(layer)] } }),
  )
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest: digest(config) },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: zipped.length, digest: digest(zipped) }],
    }),
  )
  const contents: Record<string, [Buffer, string]> = {
    '/v2/': [Buffer.from('{}'), 'application/json'],
    '/v2/tiny/manifests/1': [manifest, MANIFEST],
    [`/v2/tiny/manifests/${digest(manifest)}`]: [manifest, MANIFEST],
    [`/v2/tiny/blobs/${digest(config)}`]: [config, 'application/octet-stream'],
    [`/v2/tiny/blobs/${digest(zipped)}`]: [zipped, 'application/octet-stream'],
  }
  const requests: string[] = []
  const pushes = pushable(contents)
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request
    requests.push(`${method} ${url}`)
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
    const [body, type] = contents[url] ?? []
    if (expected && headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"', 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] }))
    } else if (pushes.take(request, response)) {
      return
    } else if (!body) {
      response.writeHead(404, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }))
    } else {
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length, 'Docker-Content-Digest': digest(body) })
      if (breaks && body === zipped) response.write(body.subarray(0, body.length / 2), () => response.destroy())
      else response.end(method === 'HEAD' ? undefined : body)
    }
  }).listen(0, '127.0.0.1')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests, pushed: pushes.names }
}

/** What takes the requests of a push, and adds to the contents. */
function pushable(contents: Record<string, [Buffer, string]>) {
  const names: string[] = []
  const keep = async (request: IncomingMessage, response: ServerResponse, place: (body: Buffer) => string[]) => {
    const body = Buffer.concat(await request.toArray())
    for (const url of place(body)) {
      contents[url] = [body, request.headers['content-type'] ?? 'application/octet-stream']
      names.push(url)
    }
    response.writeHead(201, { 'Docker-Content-Digest': digest(body) }).end()
  }
  const take = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { url = '', method } = request
    const [path = '', query = ''] = url.split('?')
    if (method === 'POST') response.writeHead(202, { Location: `${path}session`, Range: '0-0' }).end()
    // The layer comes in one piece, which the last request names.
    else if (method === 'PATCH') void request.toArray().then((body) => (sent.set(path, Buffer.concat(body)), response.writeHead(202, { Location: path, Range: `0-${(sent.get(path)?.length ?? 1) - 1}` }).end()))
    else if (method === 'PUT' && path.includes('/uploads/')) {
      const name = path.replace(/uploads.*/, decodeURIComponent(query.replace(/.*digest=/, '')))
      contents[name] = [sent.get(path) ?? Buffer.alloc(0), 'application/octet-stream']
      names.push(name)
      response.writeHead(201, { 'Docker-Content-Digest': name.replace(/.*\//, '') }).end()
    } else if (method === 'PUT') void keep(request, response, (body) => [path, path.replace(/[^/]*$/, digest(body))])
    else return false
    return true
  }
  const sent = new Map<string, Buffer>()
  return { names: () => names, take }
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

function digest(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
