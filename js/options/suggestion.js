/** The known name that is most similar, if it is similar enough to be a likely misspelling. */
export function nearest(name, known) {
  const ranked = known.map((candidate) => [distance(name.toLowerCase(), candidate.toLowerCase()), candidate])
  const [best] = ranked.toSorted(([a], [b]) => a - b)
  return best && best[0] <= Math.max(2, best[1].length / 3) ? best[1] : undefined
}

/** The Levenshtein distance: how many letters to add, remove or change to turn one name into the other. */
function distance(a, b) {
  if (a.length > 64) return Infinity
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const changed = previous[column] + (letter === b[column] ? 0 : 1)
      current.push(Math.min(changed, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[b.length]
}
