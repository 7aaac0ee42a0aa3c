import { button, element } from './element.ts'
import { keepToken } from './server.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['1 2 3 4', 'Search, Live, Node, Pipeline'],
  ['/', 'to the query'],
  ['↑ ↓ Home End', 'from record to record'],
  ['Enter', 'open a record, or search'],
  ['p', 'pause the live tail, or go on'],
  ['t', 'light, dark, or as the system has it'],
  ['?', 'this help'],
]

const QUERIES: readonly (readonly [string, string])[] = [
  ['timeout', 'messages with this word'],
  ['"connection reset"', 'this very text'],
  ['time*', 'words that begin so'],
  ['pod:web* level:error', 'fields; both must hold'],
  ['(a OR b) -c', 'either, without c'],
  ['status:>=500', 'numbers by value'],
]

const list = (rows: readonly (readonly [string, string])[], tag: 'kbd' | 'code'): HTMLElement =>
  element(
    'dl',
    { class: 'keys' },
    ...rows.flatMap(([key, words]) => [element('dt', {}, element(tag, {}, key)), element('dd', {}, words)]),
  )

export const openHelp = (): void => {
  const dialog = element('dialog', { attributes: { 'aria-label': 'Help' } })
  const close = button('Close', 'Close (Escape)', () => dialog.close(), 'primary')
  dialog.append(
    element('h2', {}, 'Keys'),
    list(KEYS, 'kbd'),
    element('h2', {}, 'Queries'),
    list(QUERIES, 'code'),
    close,
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

let asking = false

/** The page is reloaded with it: whatever was refused is asked again. */
export const askForToken = (): void => {
  if (asking) return
  asking = true
  const input = element('input', {
    attributes: { type: 'password', id: 'token', autocomplete: 'current-password', required: '' },
  })
  const form = element(
    'form',
    { attributes: { method: 'dialog' } },
    element('h2', {}, 'This agent asks for its token'),
    element('p', {}, 'It is what the configuration has under server.token. It is kept in this tab until you close it.'),
    element('label', { attributes: { for: 'token' } }, 'Token'),
    input,
    element('button', { class: 'primary', attributes: { type: 'submit' } }, 'Go on'),
  )
  const dialog = element('dialog', { attributes: { 'aria-label': 'Token' } }, form)
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    keepToken(input.value.trim())
    location.reload()
  })
  document.body.append(dialog)
  dialog.showModal()
}
