/** Names of containers are numbers here: those of `42` fit, those of `app` do not. */
export const takenContainer = '42'
export const refusedContainer = 'app'

export const numbersTemplate = (
  stream: string,
  { failureStore }: { readonly failureStore: boolean },
): Record<string, unknown> => ({
  index_patterns: [stream],
  data_stream: {},
  priority: 300,
  template: {
    ...(failureStore ? { data_stream_options: { failure_store: { enabled: true } } } : {}),
    mappings: {
      properties: {
        container: { properties: { name: { type: 'integer' } } },
        log: { properties: { file: { properties: { fingerprint: { type: 'keyword' } } } } },
      },
    },
  },
})
