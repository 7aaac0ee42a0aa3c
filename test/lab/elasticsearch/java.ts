import { globSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Major version of the JDK in this folder, from its `release` file. */
const versionOf = (home: string): number => {
  try {
    return Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** The `java` on the PATH, through its links. */
const onPath = (): readonly string[] =>
  (process.env.PATH ?? '').split(':').flatMap((folder) => {
    try {
      return [dirname(dirname(realpathSync(join(folder, 'java'))))]
    } catch {
      return []
    }
  })

/** A Java of at least this major version: PICKET_LAB_JAVA_HOME, JAVA_HOME, the PATH, or where packages put them. */
export const findJava = (least: number): string | undefined =>
  [
    process.env.PICKET_LAB_JAVA_HOME,
    process.env.JAVA_HOME,
    ...onPath(),
    ...globSync('/usr/lib/jvm/*'),
    ...globSync('/Library/Java/JavaVirtualMachines/*/Contents/Home'),
  ].find((home) => home !== undefined && versionOf(home) >= least)
