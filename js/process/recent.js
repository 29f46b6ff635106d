/** How much is remembered, in characters. */
const LIMIT = 64 * 1024

/** The last output of a process as text, both streams in order of arrival. */
export class Recent {
  text = ''
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }

  push({ stream, data }) {
    if (data) this.text = (this.text + this.#decoders[stream].decode(data, { stream: true })).slice(-LIMIT)
  }
}
