/** What a user can get wrong on the command line; caught in parseCommand. */
export class UsageError extends Error {}
