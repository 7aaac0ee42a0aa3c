/** Arrow keys walk from row to row of a list; Home and End to its ends. */
export const walkRows = (list: HTMLElement): void => {
  list.addEventListener('keydown', (event) => {
    const row = (event.target as HTMLElement).closest('.row')
    if (!row || (event.target as HTMLElement).closest('.detail')) return
    const to: Record<string, Element | null> = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: list.firstElementChild,
      End: list.lastElementChild,
    }
    const target = to[event.key]?.querySelector<HTMLElement>('.open')
    if (!target) return
    event.preventDefault()
    target.focus()
    target.scrollIntoView({ block: 'nearest' })
  })
}
