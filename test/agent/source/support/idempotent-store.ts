import assert from 'node:assert/strict'

/** A store that takes each (fingerprint, offset) once and holds the second to be equal to the first. */
export class Store {
  readonly bytes = new Map<string, string[]>()

  put(fingerprint: string, offset: number, text: string): void {
    const file = this.bytes.get(fingerprint) ?? []
    this.bytes.set(fingerprint, file)
    for (let i = 0; i < text.length; i++) {
      assert.ok(
        file[offset + i] === undefined || file[offset + i] === text[i],
        `${fingerprint} at ${offset + i} was another byte`,
      )
      file[offset + i] = text[i]!
    }
  }

  get lines(): string[] {
    return [...this.bytes.values()]
      .flatMap((file) =>
        Array.from(file, (c) => c ?? '\n')
          .join('')
          .split('\n'),
      )
      .filter((line) => line !== '')
  }
}
