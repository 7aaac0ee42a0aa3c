import { byId } from './element.ts'

const KEY = 'picket.theme'
type Theme = 'auto' | 'light' | 'dark'
const ORDER: readonly Theme[] = ['auto', 'light', 'dark']
const LOOKS: Readonly<Record<Theme, string>> = { auto: '◐', light: '☀', dark: '☾' }

const kept = (): Theme => ORDER.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto'

const apply = (theme: Theme): void => {
  const { documentElement } = document
  if (theme === 'auto') delete documentElement.dataset.theme
  else documentElement.dataset.theme = theme
  const toggle = byId('theme')
  const words = theme === 'auto' ? 'Colours as the system has them' : `${theme === 'dark' ? 'Dark' : 'Light'} colours`
  toggle.textContent = LOOKS[theme]
  toggle.title = `${words} (t)`
  toggle.setAttribute('aria-label', `${words}; change`)
  dispatchEvent(new Event('picket-theme'))
}

export const nextTheme = (): void => {
  const theme = ORDER[(ORDER.indexOf(kept()) + 1) % ORDER.length] as Theme
  localStorage.setItem(KEY, theme)
  apply(theme)
}

export const startTheme = (): void => {
  apply(kept())
  byId('theme').addEventListener('click', nextTheme)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => apply(kept()))
}
