import type { PageRecord, SearchReply } from '../api.ts'
import { button, element } from './element.ts'
import { createQueryBox } from './query-box.ts'
import { recordRow } from './record-row.ts'
import { RANGES, rangeOf } from './search-range.ts'
import { ask, reasonOf, TokenNeeded } from './server.ts'
import { count } from './units.ts'
import type { View } from './view.ts'
import { walkRows } from './walk-rows.ts'

const PAGE = 100
/** Beyond so many rows a narrower search finds more than scrolling does. */
const MOST_ROWS = 5000

interface Asked {
  readonly query: string
  readonly since: number | undefined
  readonly until: number | undefined
  readonly patterns: readonly RegExp[]
}

const moment = (label: string): HTMLInputElement =>
  element('input', { attributes: { type: 'datetime-local', 'aria-label': label, title: label, step: '1' } })

const beforeText = ({ ms, nanos, row }: PageRecord): string => `${ms}.${nanos}.${row}`

const emptyText = (reply: Extract<SearchReply, { kind: 'found' | 'absent' | 'failed' }>): string => {
  if (reply.kind === 'absent') return 'The store is empty: nothing has been read yet.'
  if (reply.kind === 'failed') return `This search failed: ${reply.reason}.`
  return 'Nothing found. Try a longer time range, or fewer words.'
}

export const createSearchView = (): View => {
  let asked: Asked | undefined
  let oldest: PageRecord | undefined
  let running = new AbortController()

  const box = createQueryBox('query', 'Search the logs', () => submit())
  const range = element(
    'select',
    { attributes: { 'aria-label': 'Time range' } },
    ...RANGES.map(([value, label]) => element('option', { attributes: { value } }, label)),
  )
  range.value = '1h'
  const [from, to] = [moment('From'), moment('To')]
  const custom = element('span', { class: 'custom' }, from, '–', to)
  custom.hidden = true
  const go = button('Search', 'Search (Enter)', () => submit(), 'primary')
  const summary = element('p', { class: 'summary', attributes: { role: 'status' } })
  const list = element('ol', { class: 'records', attributes: { 'aria-label': 'Records found, the newest first' } })
  const older = button('Show older records', 'The next page', () => void page())
  const empty = element('p', { class: 'empty' })
  walkRows(list)
  range.addEventListener('change', () => {
    custom.hidden = range.value !== 'custom'
    if (range.value !== 'custom') submit()
  })

  const withDays = (records: readonly PageRecord[]): boolean =>
    records.some(({ ms }) => new Date(ms).toDateString() !== new Date().toDateString())

  const add = (reply: Extract<SearchReply, { kind: 'found' }>, patterns: readonly RegExp[]): void => {
    const days = withDays(reply.records)
    list.append(...reply.records.map((record) => recordRow(record, patterns, days)))
    oldest = reply.records.at(-1) ?? oldest
    const shown = list.childElementCount
    const more = reply.more > 0 ? ` of ${reply.moreIsLeast ? 'more than ' : ''}${count(shown + reply.more)}` : ''
    summary.textContent =
      shown === 0 ? '' : `${count(shown)}${more} record${shown === 1 && !more ? '' : 's'}, the newest first`
    older.hidden = reply.more === 0 || shown >= MOST_ROWS
  }
  const page = async (): Promise<void> => {
    if (!asked) return
    const { query, since, until, patterns } = asked
    running.abort()
    running = new AbortController()
    const { signal } = running
    const before = oldest && beforeText(oldest)
    root.setAttribute('aria-busy', 'true')
    empty.hidden = true
    try {
      const reply = await ask<SearchReply>('/api/search', { query, since, until, before, limit: PAGE }, signal)
      if (reply.kind === 'mistake') return box.explain(reply)
      if (reply.kind === 'found') add(reply, patterns)
      empty.textContent = emptyText(reply)
      empty.hidden = list.childElementCount > 0 && reply.kind === 'found'
    } catch (error) {
      if (signal.aborted || error instanceof TokenNeeded) return
      empty.textContent = `This search failed: ${reasonOf(error)}.`
      empty.hidden = false
    } finally {
      if (!signal.aborted) root.removeAttribute('aria-busy')
    }
  }
  const search = (): void => {
    const patterns = box.patterns()
    if (!patterns) return
    const { since, until } = rangeOf(range.value, from.value, to.value, Date.now())
    asked = { query: box.input.value, since, until, patterns }
    oldest = undefined
    list.replaceChildren()
    summary.textContent = ''
    older.hidden = true
    void page()
  }
  /** The address has the question, so that it can be kept, sent, and gone back to. */
  const submit = (): void => {
    const parameters = new URLSearchParams({ query: box.input.value, range: range.value })
    if (range.value === 'custom') {
      parameters.set('from', from.value)
      parameters.set('to', to.value)
    }
    const hash = `#search?${parameters}`
    if (location.hash === hash) search()
    else location.hash = hash
  }

  const bar = element('div', { class: 'bar' }, box.root, element('div', { class: 'choices' }, range, custom, go))
  const root = element('section', { class: 'view search' }, bar, summary, list, empty, older)
  older.hidden = true
  const show = (parameters: URLSearchParams): void => {
    const chosen = parameters.get('range') ?? '1h'
    box.input.value = parameters.get('query') ?? ''
    range.value = RANGES.some(([value]) => value === chosen) ? chosen : '1h'
    from.value = parameters.get('from') ?? ''
    to.value = parameters.get('to') ?? ''
    custom.hidden = range.value !== 'custom'
    search()
  }
  return { name: 'search', title: 'Search', root, show, hide: () => running.abort() }
}
