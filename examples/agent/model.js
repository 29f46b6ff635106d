/**
 * Stands in for a call to a model. It needs no API key: it knows the one bug of the example project.
 *
 * @param output what the tests printed
 * @param read reads a file of the project
 * @returns the files to replace, with their full content
 */
export async function propose({ output, read }) {
  if (!output.includes('average')) return []
  const file = 'statistics.js'
  const source = await read(file)
  return [{ file, content: source.replace('/ (numbers.length - 1)', '/ numbers.length') }]
}
