/** A path or name as one word of a command that people copy from a message: quoted where a shell would take it apart. */
export function shellWord(value: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /[^\w@%+=:,./\\-]/.test(value) ? `"${value}"` : value;
  return /[^\w@%+=:,./-]/.test(value) || value === ''
    ? `'${value.replaceAll("'", String.raw`'\''`)}'`
    : value;
}
