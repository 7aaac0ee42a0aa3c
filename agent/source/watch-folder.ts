import fs from 'node:fs'

/**
 * Calls `moved` when a name came to the folder or left it, with that name where the system tells it. One inotify watch on the folder
 * itself: links are not followed, folders not entered, and nothing is watched per file, so that writing to a log wakes nobody. What is
 * there is found by listing the folder, which costs a hundredth of asking about each of its links.
 */
export const watchFolder = (
  path: string,
  moved: (name: string | undefined) => void,
  failed: (error: Error) => void,
): { failed(): boolean; close(): void } => {
  let refused = false
  const refuse = (error: unknown): void => {
    refused = true
    failed(error as Error)
  }
  const tell = (event: fs.WatchEventType, name: string | null): void => {
    if (event === 'rename') moved(name ?? undefined)
  }
  try {
    const watcher = fs.watch(path, { persistent: false }, tell)
    watcher.on('error', refuse)
    return { failed: () => refused, close: () => watcher.close() }
  } catch (error) {
    refuse(error) // There are no watches left (inotify(7), max_user_watches), or the folder is gone by now.
    return { failed: () => refused, close: () => {} }
  }
}
