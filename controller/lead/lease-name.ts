/** Of the Lease that controllers compete for, where nothing else is said. */
export const LEASE_NAME = 'picket-controller'
