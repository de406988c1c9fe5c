// Replaces @smithy/core/event-streams in the bundles, because no call that we make streams events.
export {}
