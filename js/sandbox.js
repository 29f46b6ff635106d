/** One sandbox of a `DockerSandbox`: the same methods without the id. */
export class Sandbox {
  #owner

  constructor(owner, id, { containerId, workspaceKind, workspace }) {
    this.#owner = owner
    this.id = id
    this.containerId = containerId
    this.workspace = Object.freeze({ kind: workspaceKind, location: workspace })
    this.fs = owner.fs(id)
    // The properties are read-only without TypeScript, too.
    Object.freeze(this)
  }

  exec(command, options) {
    return this.#owner.exec(this.id, command, options)
  }

  spawn(command, options) {
    return this.#owner.spawn(this.id, command, options)
  }

  attach(processId, options) {
    return this.#owner.attach(this.id, processId, options)
  }

  processes(options) {
    return this.#owner.processes(this.id, options)
  }

  stats(options) {
    return this.#owner.stats(this.id, options)
  }

  watchStats(options) {
    return this.#owner.watchStats(this.id, options)
  }

  shell(options) {
    return this.#owner.shell(this.id, options)
  }

  ports(options) {
    return this.#owner.ports(this.id, options)
  }

  waitForPort(port, options) {
    return this.#owner.waitForPort(this.id, port, options)
  }

  connect(port, options) {
    return this.#owner.connect(this.id, port, options)
  }

  tunnel(port, options) {
    return this.#owner.tunnel(this.id, port, options)
  }

  fetch(port, request, init) {
    return this.#owner.fetch(this.id, port, request, init)
  }

  readFile(path, options) {
    return this.#owner.readFile(this.id, path, options)
  }

  writeFile(path, data, options) {
    return this.#owner.writeFile(this.id, path, data, options)
  }

  upload(hostPath, path, options) {
    return this.#owner.upload(this.id, hostPath, path, options)
  }

  download(path, hostPath, options) {
    return this.#owner.download(this.id, path, hostPath, options)
  }

  stop(options) {
    return this.#owner.stop(this.id, options)
  }

  remove(options) {
    return this.#owner.remove(this.id, options)
  }

  isRunning(options) {
    return this.#owner.isRunning(this.id, options)
  }

  info(options) {
    return this.#owner.info(this.id, options)
  }
}
