import { type Ask, jsonOf, productOf, reasonOf } from './ask.ts'
import { type Deed, isDone } from './retention.ts'
import type { Product } from './template.ts'
import type { TemplatePlan } from './template-plan.ts'

interface FoundTemplate {
  readonly index_patterns: readonly string[]
  readonly priority?: number
  readonly composed_of?: readonly string[]
  readonly template?: unknown
  readonly _meta?: { readonly picket?: number }
}

/**
 * `index.codec=best_compression` and the like: the order of members is no difference, nor whether a server gives settings back flat or nested,
 * and as texts.
 */
const leaves = (value: unknown, path: string): readonly string[] => {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return members.length === 0
    ? [`${path}=${JSON.stringify(typeof value === 'object' ? value : String(value))}`]
    : members.flatMap(([key, member]) => leaves(member, `${path}.${key}`))
}

const contentOf = ({ index_patterns, priority, composed_of = [], template }: FoundTemplate): string =>
  leaves({ index_patterns, priority, composed_of, template }, '').toSorted().join('\n')

/** As one of the plans would make it now, or of an older version, which the next agent would replace anyway. */
const isUntouched = (found: FoundTemplate, plans: readonly TemplatePlan[], product: Product): boolean => {
  const wanted = plans.flatMap((plan) =>
    (['match_only_text', 'text'] as const).map((type) => plan.make(product, type) as FoundTemplate),
  )
  const version = found._meta?.picket
  return (
    version !== undefined &&
    wanted.some((one) => version < (one._meta?.picket ?? 0) || contentOf(one) === contentOf(found))
  )
}

/** Deletes a template that is as Picket made it. `plans`: all that make one of this name. */
export const removeTemplate = async (ask: Ask, name: string, plans: readonly TemplatePlan[]): Promise<Deed> => {
  const told = (kind: Deed['kind'], words: string): Deed => ({ kind, words: `index template ${name}: ${words}` })
  const path = `/_index_template/${name}`
  const reply = await ask('GET', path, '')
  if (reply.kind === 'answer' && reply.answer.status === 404) return told('left', 'there is none')
  // One privilege is for both (manage_index_templates): who may not look has not installed it either, and an uninstall is no failure.
  if (reply.kind === 'answer' && reply.answer.status === 403)
    return told('left', `these credentials may not look at it, so it is none of theirs: ${reasonOf(reply)}`)
  if (reply.kind !== 'answer' || !isDone(reply)) return told('failed', `cannot be looked at: ${reasonOf(reply)}`)
  const { index_templates: [found] = [] } = (jsonOf(reply.answer) ?? {}) as {
    readonly index_templates?: readonly { readonly index_template: FoundTemplate }[]
  }
  if (!found || !isUntouched(found.index_template, plans, productOf(reply.answer)))
    return told('left', 'stays: somebody has changed it, or it is not Picket’s')
  const deleted = await ask('DELETE', path, '')
  if (isDone(deleted)) return told('done', 'deleted')
  const reason = reasonOf(deleted)
  // The server keeps a template without which a data stream could not go on.
  return /in use by/.test(reason) ? told('left', `stays: ${reason}`) : told('failed', `not deleted: ${reason}`)
}
