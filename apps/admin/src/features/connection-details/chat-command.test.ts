import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { chatCommand } from './chat-command.js';

describe('the command that chats', () => {
  it('asks our own address for the model, with the token from the environment', () => {
    const command = chatCommand('http://127.0.0.1:4000', 'qwen2.5:7b');
    expect(command).toContain('http://127.0.0.1:4000/v1/chat/completions');
    expect(command).toContain('Bearer $INTRALLM_TOKEN');
  });

  it('reaches a shell as one argument, whatever the model is called', () => {
    const name = 'it\'s $HOME `id` "x"';
    const command = chatCommand('http://localhost', name).replace(/^curl/, `printf '%s\\n'`);
    const body = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(body)).toMatchObject({ model: name });
  });
});
