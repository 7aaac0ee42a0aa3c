import { watch } from 'chokidar'

/**
 * Calls `moved` when a name came to the folder or left it. One inotify watch on the folder itself: links are not followed,
 * folders not entered, and nothing is watched per file, so that writing to a log wakes nobody.
 */
export const watchFolder = (
  path: string,
  moved: () => void,
  failed: (error: Error) => void,
): { failed(): boolean; close(): Promise<void> } => {
  let refused = false
  const watcher = watch(path, {
    depth: 0,
    followSymlinks: false,
    usePolling: false,
    ignoreInitial: true,
    alwaysStat: false,
    persistent: false,
  })
  watcher.on('all', (event) => {
    if (event !== 'change') moved()
  })
  watcher.on('error', (error) => {
    refused = true
    failed(error instanceof Error ? error : new Error(String(error)))
  })
  return { failed: () => refused, close: () => watcher.close() }
}
