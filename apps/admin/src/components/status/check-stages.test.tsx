import { afterEach, describe, expect, it } from '@jest/globals';
import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import { CheckStages } from './check-stages.js';

type Stages = NonNullable<Parameters<typeof CheckStages>[0]['stages']>;

const stage = (name: Stages[number]['stage'], state: Stages[number]['state'], detail: string | null = null) => ({
  stage: name,
  state,
  detail,
  ms: null,
  problem: null,
});

function spoken(stages: Stages | null, running = false): (string | null)[] {
  render(
    <MantineProvider env="test">
      <CheckStages stages={stages} running={running} />
    </MantineProvider>,
  );
  return screen.getAllByRole('listitem').map(({ textContent }) => textContent);
}

afterEach(cleanup);

describe('the stages of a check, as they are read out', () => {
  it('say each state once', () => {
    const stages = [
      stage('ADDRESS', 'PASSED', '192.168.18.49'),
      stage('CONNECT', 'FAILED'),
      stage('TLS', 'SKIPPED'),
      stage('AUTH', 'SKIPPED', 'plain http'),
      stage('CATALOGUE', 'UNPROVEN'),
    ];
    expect(spoken(stages)).toEqual([
      'Addresspassed:192.168.18.49',
      'Connectfailed',
      'TLSskipped',
      'Keyskipped:plain http',
      'Modelsnot proven:this list is open to everybody',
    ]);
  });

  it('say that nothing was checked yet, or that it is being done', () => {
    expect(spoken(null)[0]).toBe('Addressnot checked yet');
    cleanup();
    expect(spoken(null, true)[0]).toBe('Addressbeing checked');
  });
});
