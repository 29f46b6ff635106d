import { defaults } from '../addon/defaults.js'

/** Converts filters to the JSON that the engine takes. */
export function filtersAsJson(filters) {
  if (filters === undefined) return undefined
  return JSON.stringify(Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [value].flat().map(String)])))
}

/** Narrows filters to objects that this package created. */
export function managedOnly(filters) {
  return { ...filters, label: [defaults.labels.managed, ...[filters?.label ?? []].flat()] }
}
