import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { ErrorBoundary } from './error-boundary.js';

const crash = new Error('the child crashes');
let crashes = false;

function Child() {
  if (crashes) throw crash;
  return <p>the child</p>;
}

const place = (key: string) => (
  <ErrorBoundary resetKey={key} fallback={(retry) => <button onClick={retry}>again</button>}>
    <Child />
  </ErrorBoundary>
);

let written: jest.SpiedFunction<typeof console.error>;
const timesLogged = () => written.mock.calls.filter((call) => call.includes(crash)).length;

beforeEach(() => {
  written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  cleanup();
  written.mockRestore();
});

describe('the error boundary', () => {
  it('gives way to another place, and comes back when that crashes as well', () => {
    crashes = true;
    const { rerender } = render(place('first'));
    expect(screen.getByRole('button')).toBeTruthy();
    rerender(place('second'));
    expect(screen.getByRole('button')).toBeTruthy();
    crashes = false;
    rerender(place('third'));
    expect(screen.getByText('the child')).toBeTruthy();
  });

  it('renders a place that crashes while it is opened once, not again and again', () => {
    crashes = false;
    const { rerender } = render(place('first'));
    crashes = true;
    rerender(place('second'));
    expect(screen.getByRole('button')).toBeTruthy();
    expect(timesLogged()).toBe(1);
  });

  it('stays as it is when the same place is rendered again, until it is asked to retry', () => {
    crashes = true;
    const { rerender } = render(place('first'));
    crashes = false;
    rerender(place('first'));
    fireEvent.click(screen.getByRole('button'));
    expect(screen.getByText('the child')).toBeTruthy();
  });
});
