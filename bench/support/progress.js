/** Shows on standard error what is being measured; on a terminal, in a single line. */
export function progress(scenario) {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${scenario}\n`)
    return () => {}
  }
  return (text) => process.stderr.write(`\r\x1b[K${scenario}: ${text}`)
}

export function progressEnd() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}
