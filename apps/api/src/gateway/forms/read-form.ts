import type { IncomingMessage } from 'node:http';
import type { Actor } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import { decodedBody } from '../body/content-coding.js';
import { routesModels } from '../body/routing-fields.js';
import { BudgetShare, type BodyBudget } from '../http/body-budget.js';
import { boundaryOf } from './form-type.js';
import { readModelForm, type ModelForm } from './model-form.js';
import { PulledBody } from './pulled-body.js';

/** Largest form: most of it is not kept in memory. */
const MAX_FORM_BYTES = 512 * 1024 * 1024;

interface Reading {
  readonly actor: Actor;
  readonly budget: BodyBudget;
}

/** `giveBack`: to be called when the form is not needed any more; what was not read of it is passed over. */
interface ReadForm {
  readonly form: ModelForm;
  readonly giveBack: () => void;
}

/**
 * Reads the form of a request until its model is known. Throws BAD_USER_INPUT, BODY_TOO_LARGE, UNSUPPORTED_TYPE or
 * OVERLOADED.
 */
export async function readForm(payload: IncomingMessage, { actor, budget }: Reading): Promise<ReadForm> {
  const { 'content-type': contentType = '', 'content-length': stated } = payload.headers;
  const boundary = boundaryOf(contentType);
  const decoded = decodedBody(payload);
  const statedBytes = decoded === payload && stated !== undefined ? Number(stated) : null;
  const body = new PulledBody(decoded, { maxBytes: MAX_FORM_BYTES, statedBytes });
  const share = new BudgetShare(budget);
  const giveBack = (): void => {
    body.abandon();
    share.giveBack();
  };
  const judgeField = Audience.of(actor).seesAll ? () => undefined : refuseRouting;
  try {
    return { form: await readModelForm(body, { boundary, statedBytes, share, judgeField }), giveBack };
  } catch (error) {
    giveBack();
    throw error;
  }
}

function refuseRouting(name: string): void {
  if (!routesModels(name.replace(/\[.*/s, '').toLowerCase(), false)) return;
  throw new AppError(
    'BAD_USER_INPUT',
    `This token is bound to some models, so its form may not have the field "${name.slice(0, 100)}": it can choose others.`,
    { field: name.slice(0, 100) },
  );
}
