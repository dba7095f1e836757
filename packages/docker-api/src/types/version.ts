/** The API's newest version that is spoken here, and the oldest. */
export const apiVersion = '1.51';
export const minApiVersion = '1.24';
