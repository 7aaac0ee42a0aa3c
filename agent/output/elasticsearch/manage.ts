import type { Clock } from '../../../lib/io/clock.ts'
import type { Answer } from './answer.ts'
import { asker } from './ask.ts'
import { type Client, createClient } from './client.ts'
import { installTemplate, type TemplateOutcome } from './install-template.ts'
import type { ElasticsearchOptions } from './options.ts'
import { removeTemplate } from './remove-template.ts'
import { type Deed, setRetention } from './retention.ts'
import { type TemplatePlan, templatePlans } from './template-plan.ts'

export interface ManageDeps {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Only looks; deeds are what would be done. */
  readonly dryRun: boolean
}

const DONE: Answer = {
  status: 200,
  header: (name) => (name === 'x-elastic-product' ? 'Elasticsearch' : undefined),
  body: Buffer.from('{}'),
  cut: false,
}

/** Whatever would change something succeeds, and is not sent. */
const lookingOnly = (client: Client): Client => ({
  ...client,
  request: async (request, signal) =>
    request.method === 'GET' ? client.request(request, signal) : { kind: 'answer', answer: DONE },
})

const deedOf = ({ kind, words }: TemplateOutcome): Deed => {
  if (kind === 'installed') return { kind: 'done', words }
  return { kind: kind === 'present' || kind === 'not_wanted' ? 'left' : 'failed', words }
}

const withClient = async (
  options: ElasticsearchOptions,
  { clock, dryRun }: ManageDeps,
  work: (client: Client) => Promise<readonly Deed[]>,
): Promise<readonly Deed[]> => {
  const client = createClient(options, clock)
  try {
    return await work(dryRun ? lookingOnly(client) : client)
  } finally {
    client.close()
  }
}

export interface Retention {
  /** As Elasticsearch writes times: 30d. */
  readonly text: string
  readonly streams: readonly string[]
}

/** The templates as the agent would install them at its first document, then the retention of its data streams. */
export const setUp = (
  options: ElasticsearchOptions,
  retention: Retention | undefined,
  deps: ManageDeps,
): Promise<readonly Deed[]> =>
  withClient(options, deps, async (client) => {
    const deeds: Deed[] = []
    for (const plan of templatePlans(options)) deeds.push(deedOf(await installTemplate(client, plan, deps.signal)))
    for (const stream of retention?.streams ?? [])
      deeds.push(await setRetention(asker(client, deps.signal), stream, retention?.text ?? ''))
    return deeds
  })

/** Takes away the templates that are still as Picket made them, whatever this configuration would install. */
export const takeAway = (options: ElasticsearchOptions, deps: ManageDeps): Promise<readonly Deed[]> =>
  withClient(options, deps, async (client) => {
    const all = (['auto', 'always'] as const).flatMap((manageTemplate) =>
      templatePlans({ ...options, metricsNamespace: 'default', manageTemplate }),
    )
    const byName = Map.groupBy(
      all.filter((plan): plan is TemplatePlan => plan !== undefined),
      ({ name }) => name,
    )
    const deeds: Deed[] = []
    for (const [name, plans] of byName) deeds.push(await removeTemplate(asker(client, deps.signal), name, plans))
    return deeds
  })
