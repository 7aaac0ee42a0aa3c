import type { PageRecord, RecordReply } from '../api.ts'
import { documentView } from './document-view.ts'
import { element } from './element.ts'
import { markMatches } from './mark-matches.ts'
import { ask, reasonOf } from './server.ts'
import { day, timeOfDay } from './units.ts'
import { visibleText } from './visible-text.ts'

const SEVERITY: Readonly<Record<string, string>> = {
  trace: 'quiet',
  debug: 'quiet',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  error: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
  emerg: 'error',
}

const origin = (record: PageRecord): HTMLElement => {
  if (record.namespace === '') return element('span', { class: 'origin' }, visibleText(record.path || '–'))
  return element(
    'span',
    { class: 'origin', attributes: { title: `${record.namespace}/${record.pod} ${record.container}` } },
    element('span', { class: 'namespace' }, visibleText(record.namespace)),
    '/',
    element('span', { class: 'pod' }, visibleText(record.pod)),
    record.container === record.pod
      ? undefined
      : element('span', { class: 'container' }, ` ${visibleText(record.container)}`),
  )
}

const levelOf = (record: PageRecord): HTMLElement => {
  const look = SEVERITY[record.level] ?? (record.stream === 'stderr' ? 'stderr' : 'none')
  const text = look === 'stderr' ? 'stderr' : record.level.slice(0, 6)
  return element('span', { class: `level ${look}` }, visibleText(text))
}

const showDocument = async (into: HTMLElement, row: number): Promise<void> => {
  try {
    const reply = await ask<RecordReply>('/api/record', { row })
    if (reply.kind === 'record') into.replaceChildren(documentView(reply.document))
    else into.replaceChildren(reply.kind === 'gone' ? 'The store has dropped this record meanwhile.' : reply.reason)
  } catch (error) {
    into.replaceChildren(`It cannot be shown: ${reasonOf(error)}`)
  }
}

/** One record of a list; opened, it shows its whole document. */
export const recordRow = (record: PageRecord, patterns: readonly RegExp[], withDay: boolean): HTMLLIElement => {
  const time = element('time', { attributes: { title: new Date(record.ms).toISOString() } }, timeOfDay(record.ms))
  if (withDay) time.prepend(element('span', { class: 'day' }, `${day(record.ms)} `))
  const message = element('span', { class: 'message' })
  markMatches(message, visibleText(record.message), patterns)
  if (record.cut) message.append(element('span', { class: 'cut' }, ' … open it to see the rest'))
  const open = element('button', { class: 'open', attributes: { type: 'button', 'aria-expanded': 'false' } })
  open.setAttribute('aria-label', `Whole document of ${timeOfDay(record.ms)}`)
  const head = element('div', { class: 'head' }, open, time, levelOf(record), origin(record), message)
  const row = element('li', { class: 'row' }, head)
  let detail: HTMLElement | undefined
  const toggle = (): void => {
    if (detail) detail.remove()
    else {
      detail = element('div', { class: 'detail' }, 'Reading …')
      row.append(detail)
      void showDocument(detail, record.row)
      open.setAttribute('aria-expanded', 'true')
      row.classList.add('opened')
      return
    }
    detail = undefined
    open.setAttribute('aria-expanded', 'false')
    row.classList.remove('opened')
  }
  head.addEventListener('click', () => {
    // Whoever selects text wants the text.
    if (getSelection()?.isCollapsed !== false) toggle()
  })
  return row
}
