/**
 * A `ref` for the one element where people go on as soon as it appears: it gets the focus once, when it is mounted.
 * Inside a modal that opens, `data-autofocus` says the same.
 */
export const focusOnMount = (element: HTMLElement | null): void => element?.focus();
