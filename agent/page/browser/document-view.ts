import { button, element } from './element.ts'
import { visibleText } from './visible-text.ts'

type Fields = readonly (readonly [path: string, value: unknown])[]

/** `{a: {b: 1}}` → `[['a.b', 1]]` */
export const flatFields = (value: unknown, path = ''): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, inner]) => flatFields(inner, path === '' ? key : `${path}.${key}`))
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** `pod:"web-1"`, as the query language wants a value that may hold anything. */
export const fieldQuery = (path: string, value: unknown): string =>
  `${path}:"${textOf(value).replaceAll(/(["\\])/g, '\\$1')}"`

/** Fields by which nothing can be found: each record has its own. */
const UNSEARCHABLE = new Set(['_id', '@timestamp', 'message'])

const valueView = (path: string, value: unknown): HTMLElement => {
  const text = element('span', { class: 'value' }, visibleText(textOf(value)))
  const searchable = !UNSEARCHABLE.has(path) && textOf(value).length < 300 && /^[A-Za-z_@][\w@./-]*$/.test(path)
  if (!searchable) return text
  const query = fieldQuery(path, value)
  const narrow = (prefix: string) => (): void => {
    dispatchEvent(new CustomEvent('picket-narrow', { detail: `${prefix}${query}` }))
  }
  return element(
    'span',
    { class: 'narrow' },
    text,
    button('+', `Only records with ${query}`, narrow(''), 'tiny'),
    button('−', `Only records without ${query}`, narrow('-'), 'tiny'),
  )
}

export const documentView = (document: Readonly<Record<string, unknown>>): HTMLElement => {
  const fields = flatFields(document)
  const list = element(
    'dl',
    { class: 'fields' },
    ...fields.flatMap(([path, value]) => [
      element('dt', {}, visibleText(path)),
      element('dd', path === 'message' ? { class: 'whole' } : {}, valueView(path, value)),
    ]),
  )
  const copy = button('Copy as JSON', 'Copy the whole document', () => {
    const done = navigator.clipboard?.writeText(JSON.stringify(document, undefined, 2)) ?? Promise.reject()
    done.then(
      () => copy.replaceChildren('Copied'),
      () => copy.replaceChildren('The browser does not allow it'),
    )
  })
  return element('div', {}, element('div', { class: 'detail-tools' }, copy), list)
}
