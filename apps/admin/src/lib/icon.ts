/** Size and stroke of an icon on its own. */
export const iconProps = { size: 18, stroke: 1.7 } as const;

/** Beside small text. */
export const smallIconProps = { size: 16, stroke: 1.7 } as const;
