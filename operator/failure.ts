/** Ends a command. The message tells the operator what is wrong and how to fix it, and never contains a secret. */
export class CommandFailure extends Error {}
