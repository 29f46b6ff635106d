/** The command that is measured most: the least there is. Fails when it does not do what it should. */
export async function echo(exec) {
  const { stdout, exitCode } = await exec('echo hi')
  if (exitCode !== 0 || String(stdout) !== 'hi\n') throw new Error(`echo hi: ${exitCode}, ${stdout}`)
}
