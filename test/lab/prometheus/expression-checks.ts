import { asked, type Expression } from './expressions.ts'

interface Vector {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

type Answer = ReadonlyMap<string, number>

const keyOf = ({ job: _, instance: __, ...labels }: Vector['metric'], without: readonly string[]): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => !without.includes(name))
      .toSorted(),
  )

/** One instant query; a scalar is a vector without labels. */
const query = async ({ prometheus, laterLabels, at }: Asking, expr: string): Promise<Answer> => {
  const body = new URLSearchParams({ query: expr, time: String(at) })
  const response = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body })
  const { status, data, error } = (await response.json()) as {
    status: string
    error?: string
    data: { resultType: string; result: readonly Vector[] | Vector['value'] }
  }
  if (status !== 'success') throw new Error(`${expr}: ${error}`)
  const vectors =
    data.resultType === 'scalar' ? [{ metric: {}, value: data.result as Vector['value'] }] : (data.result as Vector[])
  return new Map(vectors.map((vector) => [keyOf(vector.metric, laterLabels), Number(vector.value[1])]))
}

/** Of the program that is scraped, not of the node: each tells of itself, of more or fewer collectors. */
const OF_ITSELF = /\b(process_|go_|promhttp_|node_scrape_collector_|node_exporter_build_info|scrape_)/

/** What is true of one moment only: labels are compared, not values. */
const OF_THE_MOMENT = /\b(node_procs_running|node_procs_blocked|node_disk_io_now|node_softnet_backlog_len)\b/

/** The two are looked at within the same second, not at the same moment, and each is a part of what the machine does. */
const near = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 0.35 * Math.max(Math.abs(a), Math.abs(b)) + 0.05

export interface Compared {
  /** Expressions that give a result on node_exporter. */
  readonly answered: number
  /** A result on one side only. */
  readonly onlyExporter: readonly string[]
  readonly onlyPicket: readonly string[]
  /** Other series, or values that are not near. */
  readonly different: readonly string[]
}

const differences = (exporter: Answer, picket: Answer, momentary: boolean): readonly string[] =>
  [...new Set([...exporter.keys(), ...picket.keys()])].flatMap((key) => {
    const [theirs, ours] = [exporter.get(key), picket.get(key)]
    const same = theirs !== undefined && ours !== undefined && (momentary || near(theirs, ours))
    return same ? [] : [`${key}: node_exporter ${theirs}, picket ${ours}`]
  })

interface Asking {
  readonly prometheus: string
  readonly exporterJob: string
  readonly picketJob: string
  /** Labels that this node_exporter does not have yet. */
  readonly laterLabels: readonly string[]
  /** Seconds since the epoch: both are asked for the same moment. */
  readonly at: number
}

export const compareExpressions = async (expressions: readonly Expression[], asking: Asking): Promise<Compared> => {
  const [onlyExporter, onlyPicket, different]: [string[], string[], string[]] = [[], [], []]
  let answered = 0
  for (const { name, expr } of expressions) {
    const exporter = await query(asking, asked(expr, asking.exporterJob))
    const picket = await query(asking, asked(expr, asking.picketJob))
    if (exporter.size > 0) answered += 1
    if (exporter.size > 0 && picket.size === 0) onlyExporter.push(`${name}: ${expr}`)
    else if (exporter.size === 0 && picket.size > 0) onlyPicket.push(`${name}: ${expr}`)
    else if (!OF_ITSELF.test(expr)) {
      const lines = differences(exporter, picket, OF_THE_MOMENT.test(expr))
      different.push(...lines.map((line) => `${name}: ${line}`))
    }
  }
  return { answered, onlyExporter, onlyPicket, different }
}
