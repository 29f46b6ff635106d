/**
 * Where a model is asked. This one needs no key: it knows the one mistake of the example's project.
 *
 * @param output what the tests printed
 * @param read gives a file of the project
 * @returns the files to change, each as a whole
 */
export async function propose({ output, read }) {
  if (!output.includes('average')) return []
  const file = 'statistics.js'
  const source = await read(file)
  return [{ file, content: source.replace('/ (numbers.length - 1)', '/ numbers.length') }]
}
