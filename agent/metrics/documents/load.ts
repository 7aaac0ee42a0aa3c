import { coreCount } from './core-count.ts'
import { fraction } from './fraction.ts'
import { type Look, singleOf } from './look.ts'

/** Kibana divides the load by `cores`; they are left out where nobody knows them. */
export const loadDocuments = (look: Look): Record<string, unknown>[] => {
  const [one, five, fifteen] = [1, 5, 15].map((minutes) => singleOf(look, `node_load${minutes}`))
  if (one === undefined || five === undefined || fifteen === undefined) return []
  const cores = coreCount(look)
  const averages = { 1: one, 5: five, 15: fifteen }
  if (cores === undefined) return [{ system: { load: averages } }]
  const norm = { 1: fraction(one, cores), 5: fraction(five, cores), 15: fraction(fifteen, cores) }
  return [{ system: { load: { ...averages, norm, cores } } }]
}
