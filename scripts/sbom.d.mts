export const sbomText: (bundle: {
  readonly root: string
  readonly title: string
  readonly bytes: string | Uint8Array
  readonly folders: readonly string[]
  readonly tools: readonly string[]
}) => string
