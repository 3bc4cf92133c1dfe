/** How a check came out. `skip`: it could not be made, its detail says why; nothing is known then. */
export type Status = 'ok' | 'warn' | 'FAIL' | 'skip'

/** What one check found. */
export interface Finding {
  readonly status: Status
  /** One line. */
  readonly detail: string
  /** What to do, one line; null when all is well or there is nothing to do. */
  readonly hint: string | null
  /** Further lines, such as every problem of a configuration. */
  readonly more: readonly string[]
}

/** A finding under the name of its check. */
export interface Check extends Finding {
  readonly name: string
}

const finding =
  (status: Status) =>
  (detail: string, hint: string | null = null, more: readonly string[] = []): Finding => ({
    status,
    detail: oneLine(detail),
    hint,
    more,
  })

/** All is well. */
export const ok = (detail: string): Finding => finding('ok')(detail)
/** It works, but somebody should look. */
export const warn: (detail: string, hint: string, more?: readonly string[]) => Finding = finding('warn')
/** It does not work, or would not. */
export const fail: (detail: string, hint: string, more?: readonly string[]) => Finding = finding('FAIL')
/** It was not checked, and why. */
export const skip: (detail: string, hint?: string) => Finding = finding('skip')
/** It was not checked because another check failed. */
export const skipAfter = (name: string): Finding => skip(`needs ${name}, which failed`)

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ')
