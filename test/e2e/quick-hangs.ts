/** One request that waits 300 ms pages, and resolves soon after its end. */
export const QUICK_HANGS = {
  hanging_threshold_seconds: 0.3,
  hanging_threshold_fails: 1,
  hanging_threshold_window_seconds: 0.5,
  keep_firing_for: '100ms',
  no_traffic_resolve_after: '100ms',
  flap_window: '0s',
}
