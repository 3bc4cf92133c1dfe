/** Longest subject or pattern, characters. */
export const MAX_SUBJECT_LENGTH = 255

const TOKEN = /^[!-~]+$/ // printable ASCII without blanks

/** Checks a subject to publish on: dot-separated, non-empty tokens, no wildcards. @throws RangeError otherwise. */
export function checkSubject(subject: string): void {
  const valid = tokensOf(subject).every((token) => TOKEN.test(token) && !/[*>]/.test(token))
  if (!valid || subject.length > MAX_SUBJECT_LENGTH) throw new RangeError(`not a subject: ${JSON.stringify(subject)}`)
}

/** Checks a pattern: a subject whose tokens may be `*`, and the last one `>`. @throws RangeError otherwise. */
export function checkPattern(pattern: string): void {
  const tokens = tokensOf(pattern)
  const valid = tokens.every(
    (token, place) =>
      token === '*' || (token === '>' && place === tokens.length - 1) || (TOKEN.test(token) && !/[*>]/.test(token)),
  )
  if (!valid || pattern.length > MAX_SUBJECT_LENGTH) throw new RangeError(`not a pattern: ${JSON.stringify(pattern)}`)
}

/** Whether a subject fits a pattern: `*` stands for exactly one token, a last `>` for one or more. Both must be valid. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = tokensOf(pattern)
  const given = tokensOf(subject)
  const open = wanted.at(-1) === '>'
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every((token, place) => token === '*' || (open && token === '>') || token === given[place])
}

const tokensOf = (subject: string): string[] => subject.split('.')
