/** What a figure is to stay at or below, and what would be better still. */
export interface Target {
  readonly target: number
  readonly goal: number
}

/** Columns that stand beside a figure. */
export type Against =
  | (Target & { readonly verdict: 'goal met' | 'met' | 'missed' })
  | { readonly target: 'none'; readonly goal: 'none'; readonly verdict: 'no target' }

export const NO_TARGET: Against = { target: 'none', goal: 'none', verdict: 'no target' }

/** Nothing fails when it is missed: machines differ. */
export function against(figure: number, { target, goal }: Target): Against {
  if (figure <= goal) return { target, goal, verdict: 'goal met' }
  return { target, goal, verdict: figure <= target ? 'met' : 'missed' }
}
