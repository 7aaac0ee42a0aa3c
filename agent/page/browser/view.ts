/** One of the page's parts. Only the one that is shown works; the others wait. */
export interface View {
  readonly name: string
  readonly title: string
  readonly root: HTMLElement
  show(parameters: URLSearchParams): void
  hide(): void
  /** A key of the view's own; true: it was one. */
  key?(key: string): boolean
}
