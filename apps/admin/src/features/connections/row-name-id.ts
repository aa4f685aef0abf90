/** The id of the button that has the name of a connection in its row, for who gives it the focus. */
export const rowNameId = (connectionId: string): string => `connection-${connectionId}`;
