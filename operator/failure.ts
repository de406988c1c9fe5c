/**
 * What stops a command, as a sentence for the person who ran it: what is wrong and what mends it. Nothing secret is in
 * it.
 */
export class CommandFailure extends Error {}
