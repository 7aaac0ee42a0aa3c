/** A name that a listing told, in its folder. Not path.join, which takes the whole path apart: that was a sixth of a look at everything. */
export const pathIn = (folder: string, name: string): string =>
  folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`
