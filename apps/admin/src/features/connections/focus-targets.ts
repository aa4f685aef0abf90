import type { ConnectionKind } from '@intrallm/schema';

/** The id of the button that has the name of a connection in its row, for who gives it the focus. */
export const rowNameId = (connectionId: string): string => `connection-${connectionId}`;

/** The id of the plus of a section: where the focus goes when what had it in the section is gone. */
export const plusId = (kind: ConnectionKind): string => `add-${kind.toLowerCase()}`;
