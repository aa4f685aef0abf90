const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dateTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** The time of day on the reader's clock: "14:30". */
export function formatTime(instant: string): string {
  return time.format(new Date(instant));
}

/** Day and time on the reader's clock: "21 Nov, 14:30". */
export function formatDateTime(instant: string): string {
  return dateTime.format(new Date(instant));
}

/** The day on the reader's clock, with its year: "21 Nov 2026". */
export function formatDate(instant: string): string {
  return date.format(new Date(instant));
}
