import { asked, type Expression } from './expressions.ts'

interface Vector {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

type Answer = ReadonlyMap<string, number>

const keyOf = ({ job: _, instance: __, ...labels }: Vector['metric']): string =>
  JSON.stringify(Object.entries(labels).toSorted())

/** One instant query; a scalar is a vector without labels. */
const query = async (prometheus: string, expr: string, time: number): Promise<Answer> => {
  const body = new URLSearchParams({ query: expr, time: String(time) })
  const response = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body })
  const { status, data, error } = (await response.json()) as {
    status: string
    error?: string
    data: { resultType: string; result: readonly Vector[] | Vector['value'] }
  }
  if (status !== 'success') throw new Error(`${expr}: ${error}`)
  const vectors =
    data.resultType === 'scalar' ? [{ metric: {}, value: data.result as Vector['value'] }] : (data.result as Vector[])
  return new Map(vectors.map((vector) => [keyOf(vector.metric), Number(vector.value[1])]))
}

/** Of the program that is scraped, not of the node: each tells of itself, of more or fewer collectors. */
const OF_ITSELF = /\b(process_|go_|promhttp_|node_scrape_collector_|node_exporter_build_info|scrape_)/

/** The two are looked at within the same second, not at the same moment, and each is a part of what the machine does. */
const near = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 0.35 * Math.max(Math.abs(a), Math.abs(b)) + 0.05

export interface Compared {
  readonly answered: number
  /** No result on one side only. */
  readonly onlyOne: readonly string[]
  /** Other series, or values that are not near. */
  readonly different: readonly string[]
}

const differences = (exporter: Answer, picket: Answer): readonly string[] => {
  const keys = new Set([...exporter.keys(), ...picket.keys()])
  return [...keys].flatMap((key) => {
    const [theirs, ours] = [exporter.get(key), picket.get(key)]
    const same = theirs !== undefined && ours !== undefined && near(theirs, ours)
    return same ? [] : [`${key}: node_exporter ${theirs}, picket ${ours}`]
  })
}

/** Every expression, put to both jobs at the same time stamp. */
export const compareExpressions = async (
  prometheus: string,
  expressions: readonly Expression[],
  jobs: { readonly exporter: string; readonly picket: string },
  time: number,
): Promise<Compared> => {
  const [onlyOne, different]: [string[], string[]] = [[], []]
  let answered = 0
  for (const { name, expr } of expressions) {
    const exporter = await query(prometheus, asked(expr, jobs.exporter), time)
    const picket = await query(prometheus, asked(expr, jobs.picket), time)
    if (exporter.size > 0) answered += 1
    if ((exporter.size === 0) !== (picket.size === 0))
      onlyOne.push(`${name} (${exporter.size}, ${picket.size}): ${expr}`)
    else if (!OF_ITSELF.test(expr)) for (const line of differences(exporter, picket)) different.push(`${name}: ${line}`)
  }
  return { answered, onlyOne, different }
}
