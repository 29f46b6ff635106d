import { SandboxSession } from './session.js'

/** How URLs of each protocol begin. A tunnel ends on this machine, so TLS has no place in it. */
const SCHEMES = { http: 'http', https: 'http', ws: 'ws' }

/** A sandbox in the shape of the harness's network session; see index.d.ts. */
export class NetworkSandboxSession extends SandboxSession {
  #box
  #ports
  #tunnels = new Map()
  defaultWorkingDirectory = '/workspace'

  constructor(box, { description, ports = [] }) {
    super(box, description)
    this.#box = box
    this.#ports = ports
    this.id = box.id
  }

  get ports() {
    return [...this.#ports]
  }

  async setPorts(ports) {
    this.#ports = [...ports]
    for (const port of this.#tunnels.keys()) if (!ports.includes(port)) await this.#close(port)
  }

  /** The tunnel stays open until the port is no longer wanted, or the session stops. */
  async getPortEndpoint({ port, protocol = 'http' }) {
    let tunnel = this.#tunnels.get(port)
    if (!tunnel) {
      tunnel = this.#box.tunnel(port)
      this.#tunnels.set(port, tunnel)
      tunnel.catch(() => this.#tunnels.delete(port))
    }
    return { url: `${SCHEMES[protocol] ?? 'http'}://127.0.0.1:${(await tunnel).port}` }
  }

  async getPortUrl(options) {
    return (await this.getPortEndpoint(options)).url
  }

  async stop() {
    await this.setPorts([])
    await this.#box.stop()
  }

  async destroy() {
    await this.setPorts([])
    await this.#box.remove({ workspace: true })
  }

  /** What tools get: files and commands, without ports and lifecycle. */
  restricted() {
    return new SandboxSession(this.#box, this.description)
  }

  async #close(port) {
    const tunnel = this.#tunnels.get(port)
    this.#tunnels.delete(port)
    await tunnel?.then((open) => open.close(), () => {})
  }
}
