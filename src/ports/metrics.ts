/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>

/** Where measurements go. No call ever throws: an unknown name or label is dropped, logged once and counted. */
export interface Metrics {
  count(name: string, labels?: Labels, by?: number): void
  gauge(name: string, value: number, labels?: Labels): void
  observe(name: string, value: number, labels?: Labels): void
}

/** Measures nothing. */
export const noMetrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
