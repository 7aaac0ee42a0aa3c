/** On a node whose startup taint has been taken off, with the time; in bootstrap mode that is once in its life. */
export const AGENT_SEEN_ANNOTATION = 'picket.dev/startup-taint-removed'
