// Stands in for @smithy/core/event-streams in the bundles: no call that we make streams events.
export {}
