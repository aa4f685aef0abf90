import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { Tooltip } from './tooltip.js';

beforeEach(() => {
  jest.useFakeTimers();
  render(
    <>
      <button data-tooltip="Settings">gear</button>
      <button>plain</button>
      <Tooltip />
    </>,
  );
});
afterEach(() => {
  cleanup();
  jest.useRealTimers();
});

const gear = () => screen.getByText('gear');
const shown = () => screen.queryByText('Settings') !== null;
const rest = () => act(() => jest.advanceTimersByTime(350));

describe('the tooltip', () => {
  it('appears when the pointer rests on an element, and goes when it leaves', () => {
    fireEvent.pointerOver(gear());
    expect(shown()).toBe(false);
    rest();
    expect(shown()).toBe(true);
    fireEvent.pointerOver(screen.getByText('plain'));
    expect(shown()).toBe(false);
  });

  it('does not appear for a finger, nor when the pointer only passes', () => {
    fireEvent.pointerOver(gear(), { pointerType: 'touch' });
    rest();
    fireEvent.pointerOver(gear());
    fireEvent.pointerOver(screen.getByText('plain'));
    rest();
    expect(shown()).toBe(false);
  });

  it.each([
    ['Escape', () => fireEvent.keyDown(gear(), { key: 'Escape' })],
    ['a press', () => fireEvent.pointerDown(gear())],
    ['scrolling', () => fireEvent.scroll(document)],
  ])('is hidden by %s', (_name, hide) => {
    fireEvent.pointerOver(gear());
    rest();
    hide();
    expect(shown()).toBe(false);
  });

  it('follows the focus of the keyboard', () => {
    act(() => gear().focus());
    expect(shown()).toBe(true);
    act(() => gear().blur());
    expect(shown()).toBe(false);
  });
});
