/** On a node whose startup taint has been taken off, with the time; in bootstrap mode that is once in its life. It goes where the taint is put back. */
export const AGENT_SEEN_ANNOTATION = 'picket.dev/startup-taint-removed'
