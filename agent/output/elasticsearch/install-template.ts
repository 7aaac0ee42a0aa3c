import type { Answer } from './answer.ts'
import { type Ask, asker, jsonOf, productOf, reasonOf } from './ask.ts'
import type { Client, Reply } from './client.ts'
import type { KnownTemplate, Product } from './template.ts'
import type { TemplatePlan } from './template-plan.ts'

/** What came of it, with a sentence for the log. */
export type TemplateOutcome =
  | { readonly kind: 'installed' | 'present' | 'refused' | 'not_wanted'; readonly words: string }
  /** The server could not be asked: worth another try. */
  | { readonly kind: 'failed'; readonly words: string; readonly reply: Reply }

const listQuery =
  'filter_path=index_templates.name,index_templates.index_template.index_patterns,index_templates.index_template.priority,' +
  'index_templates.index_template.data_stream,index_templates.index_template._meta.picket,error.type,error.reason'

interface ListedTemplate {
  readonly name: string
  readonly index_template: {
    readonly index_patterns: string | readonly string[]
    readonly priority?: number
    readonly data_stream?: unknown
    readonly _meta?: { readonly picket?: number }
  }
}

const toKnown = ({ name, index_template: body }: ListedTemplate): KnownTemplate => ({
  name,
  patterns: [body.index_patterns].flat(),
  priority: body.priority ?? 0,
  dataStream: body.data_stream !== undefined,
  ownVersion: body._meta?.picket,
})

/** undefined where the answer is anything but a list of templates: a stand-in for Elasticsearch is not written to. */
const knownTemplates = (answer: Answer): readonly KnownTemplate[] | undefined => {
  const listed = jsonOf(answer)
  if (typeof listed !== 'object' || listed === null) return undefined
  if (Object.keys(listed).some((key) => key !== 'index_templates')) return undefined
  const { index_templates: templates = [] } = listed as { readonly index_templates?: readonly ListedTemplate[] }
  return Array.isArray(templates) ? (templates as readonly ListedTemplate[]).map(toKnown) : undefined
}

/** A 401 says nothing of what better credentials may do, so it is not one: it is tried again. */
const isRefusal = (reply: Reply): boolean =>
  reply.kind === 'answer' &&
  reply.answer.status >= 400 &&
  reply.answer.status < 500 &&
  ![401, 408, 429].includes(reply.answer.status)

const unsuccessful = (reply: Reply, words: string): TemplateOutcome =>
  isRefusal(reply) ? { kind: 'refused', words } : { kind: 'failed', words, reply }

const putTemplate = async (ask: Ask, plan: TemplatePlan, product: Product): Promise<Reply> => {
  const put = (messageType: 'match_only_text' | 'text'): Promise<Reply> =>
    ask('PUT', `/_index_template/${plan.name}`, '', plan.make(product, messageType))
  const reply = await put('match_only_text')
  const lacksType = reply.kind === 'answer' && reply.answer.status === 400 && /match_only_text/.test(reasonOf(reply))
  return lacksType ? put('text') : reply
}

/**
 * Looks which template the server would use for the plan's target and installs ours where that is wanted (options.manageTemplate).
 * Needs the cluster privilege `monitor` to look and `manage_index_templates` to install; without them documents are sent all
 * the same. Never throws.
 */
export const installTemplate = async (
  client: Client,
  plan: TemplatePlan | undefined,
  signal: AbortSignal,
): Promise<TemplateOutcome> => {
  if (!plan) return { kind: 'not_wanted', words: 'index template: not managed by this output' }
  const { name, target } = plan
  const ask = asker(client, signal)

  const list = await ask('GET', '/_index_template', listQuery)
  if (list.kind !== 'answer' || list.answer.status !== 200) {
    return unsuccessful(list, `index template: cannot look whether one matches ${target}: ${reasonOf(list)}`)
  }
  const known = knownTemplates(list.answer)
  if (!known)
    return { kind: 'refused', words: 'index template: the server does not list its templates; none is installed' }
  const decision = plan.decide(known)
  if (decision.kind === 'keep') {
    return { kind: 'present', words: `index template: ${decision.name} is used for ${target}` }
  }
  if (decision.kind === 'plain_index') {
    const words = `index template: ${decision.name} matches ${target} but has no data_stream: add it, or change the name`
    return { kind: 'refused', words }
  }
  const reply = await putTemplate(ask, plan, productOf(list.answer))
  if (reply.kind === 'answer' && reply.answer.status === 200) {
    return { kind: 'installed', words: `index template: installed ${name} for ${target}` }
  }
  return unsuccessful(reply, plan.notInstalled(known, reasonOf(reply)))
}
