/** Which devices, mounts or fields are told of: those that `include` matches, or those that `exclude` does not. */
export interface NameFilter {
  readonly include: RegExp | undefined
  readonly exclude: RegExp | undefined
}

export const admits = ({ include, exclude }: NameFilter, name: string): boolean =>
  (include === undefined || include.test(name)) && !exclude?.test(name)
