import { highlights } from '../../search/compile.ts'
import { parseQuery } from '../../search/parse-query.ts'
import { element } from './element.ts'

export interface QueryBox {
  readonly root: HTMLElement
  readonly input: HTMLInputElement
  /** A mistake under its place in the query; undefined: none. */
  explain(mistake: { readonly message: string; readonly at: number } | undefined): void
  /** What to mark in the records found; undefined, and explained, where the query is none. */
  patterns(): readonly RegExp[] | undefined
}

const EXAMPLE = 'timeout AND pod:web*'

export const createQueryBox = (id: string, label: string, submit: () => void): QueryBox => {
  const input = element('input', {
    attributes: {
      ...{ id, type: 'search', placeholder: EXAMPLE, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' },
      ...{ maxlength: '4096', 'aria-label': label, 'aria-describedby': `${id}-mistake`, enterkeyhint: 'search' },
    },
  })
  const mistakeLine = element('p', { class: 'mistake', attributes: { id: `${id}-mistake`, role: 'alert' } })
  mistakeLine.hidden = true
  const explain: QueryBox['explain'] = (mistake) => {
    mistakeLine.hidden = mistake === undefined
    input.toggleAttribute('aria-invalid', mistake !== undefined)
    if (!mistake) return mistakeLine.replaceChildren()
    const text = input.value
    const place = text.slice(mistake.at, mistake.at + 1)
    mistakeLine.replaceChildren(
      element('span', { class: 'why' }, `${mistake.message} (character ${mistake.at + 1})`),
      element('code', {}, text.slice(0, mistake.at), element('em', {}, place || '▁'), text.slice(mistake.at + 1)),
    )
  }
  const patterns = (): readonly RegExp[] | undefined => {
    const parsed = parseQuery(input.value)
    explain(parsed.kind === 'error' ? parsed.error : undefined)
    return parsed.kind === 'error' ? undefined : highlights(parsed.query)
  }
  const field = element('div', { class: 'query' }, input)
  const root = element('div', { class: 'query-box' }, field, mistakeLine)
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') submit()
  })
  input.addEventListener('input', () => {
    if (!mistakeLine.hidden) explain(undefined)
  })
  return { root, input, explain, patterns }
}
