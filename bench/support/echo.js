/** The command measured most, because it does the least. Throws if its result is wrong. */
export async function echo(exec) {
  const { stdout, exitCode } = await exec('echo hi')
  if (exitCode !== 0 || String(stdout) !== 'hi\n') throw new Error(`echo hi: ${exitCode}, ${stdout}`)
}
