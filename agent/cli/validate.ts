import { effectiveConfig, effectiveYaml } from '../config/effective.ts'
import type { Loaded } from '../config/load.ts'
import { reportMistakes } from '../config/report.ts'
import type { ValidateCommand } from './args.ts'

/** What a command has of the world. */
export interface ValidateWorld {
  load(file: string): Loaded
  out(text: string): void
  error(text: string): void
  /** Both are terminals that show colours. */
  readonly colors: boolean
}

/**
 * Prints the mistakes (to the standard error) or the configuration with its defaults (to the standard output); with `json` one
 * object to the standard output in either case. Returns the exit code.
 */
export const validate = (command: ValidateCommand, world: ValidateWorld): 0 | 1 => {
  const loaded = world.load(command.file)
  const mistaken = loaded.kind === 'mistaken'
  if (command.json) {
    const result = mistaken
      ? { file: command.file, valid: false, mistakes: loaded.mistakes.map(({ secret: _, ...rest }) => rest) }
      : { file: command.file, valid: true, config: effectiveConfig(loaded.effective, loaded.config) }
    world.out(`${JSON.stringify(result)}\n`)
  } else if (mistaken) {
    const color = world.colors && command.color
    world.error(reportMistakes(loaded.mistakes, { name: command.file, text: loaded.text, color }))
  } else {
    world.out(
      `# ${command.file}: no mistakes. With its defaults it reads:\n${effectiveYaml(loaded.effective, loaded.config)}`,
    )
  }
  return mistaken ? 1 : 0
}
