export type Child = Node | string | undefined

interface Options {
  readonly class?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly onclick?: () => void
}

/** The one way in which elements are made here: texts become text nodes, so that nothing that a log says is ever markup. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: Options = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag)
  if (options.class) made.className = options.class
  for (const [name, value] of Object.entries(options.attributes ?? {})) made.setAttribute(name, value)
  const { onclick } = options
  if (onclick) made.addEventListener('click', onclick)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

export const button = (text: string, title: string, onclick: () => void, look = ''): HTMLButtonElement =>
  element('button', { class: look, attributes: { type: 'button', title }, onclick }, text)

export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`index.html has no #${id}`)
  return found
}
