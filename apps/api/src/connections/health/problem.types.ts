import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { CheckStage, Problem, ProblemCode, StageResult, StageState } from '@intrallm/providers';

/** The codes as GraphQL lists them. */
const ProblemCodeEnum: { readonly [code in ProblemCode]: code } = {
  DNS: 'DNS',
  CONNECTION_REFUSED: 'CONNECTION_REFUSED',
  CONNECTION_RESET: 'CONNECTION_RESET',
  TLS: 'TLS',
  TIMEOUT: 'TIMEOUT',
  BLOCKED_ADDRESS: 'BLOCKED_ADDRESS',
  REDIRECTED: 'REDIRECTED',
  UNAUTHORIZED: 'UNAUTHORIZED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  RATE_LIMITED: 'RATE_LIMITED',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  UPSTREAM_ERROR: 'UPSTREAM_ERROR',
  NOT_JSON: 'NOT_JSON',
  UNEXPECTED_SHAPE: 'UNEXPECTED_SHAPE',
  TOO_LARGE: 'TOO_LARGE',
  WRONG_KIND: 'WRONG_KIND',
  KEY_UNREADABLE: 'KEY_UNREADABLE',
  SLOW: 'SLOW',
  LOADING: 'LOADING',
  NO_MODEL_LIST: 'NO_MODEL_LIST',
  PARTIAL_MODEL_LIST: 'PARTIAL_MODEL_LIST',
  MODEL_NOT_FOUND: 'MODEL_NOT_FOUND',
  DISK_FULL: 'DISK_FULL',
  OTHER: 'OTHER',
};

registerEnumType(ProblemCodeEnum, {
  name: 'ProblemCode',
  description:
    'What is wrong with an endpoint. SLOW, LOADING, NO_MODEL_LIST, PARTIAL_MODEL_LIST, RATE_LIMITED and QUOTA_EXCEEDED make a ' +
    'connection DEGRADED; UNAUTHORIZED and FORBIDDEN make it UNAUTHORIZED; the others make it OFFLINE when they last.',
  valuesConfig: {
    DNS: { description: 'The name of the host cannot be resolved.' },
    CONNECTION_REFUSED: { description: 'Nothing listens at that address and port.' },
    CONNECTION_RESET: { description: 'The endpoint closed the connection before it answered.' },
    TLS: { description: 'No secure connection could be made, for example because of the certificate.' },
    TIMEOUT: { description: 'The endpoint did not answer in time.' },
    BLOCKED_ADDRESS: { description: 'The address must not be reached from here.' },
    REDIRECTED: { description: 'The endpoint sent us elsewhere; redirects are not followed.' },
    UNAUTHORIZED: { description: 'The key is missing or wrong (401).' },
    FORBIDDEN: { description: 'The endpoint refuses this key or this caller (403).' },
    NOT_FOUND: { description: 'There is no such path at the endpoint (404).' },
    RATE_LIMITED: { description: 'The endpoint asks us to slow down (429).' },
    QUOTA_EXCEEDED: { description: 'What the account may use is used up.' },
    UPSTREAM_ERROR: { description: 'The endpoint reports an error of its own.' },
    NOT_JSON: { description: 'The answer is not JSON.' },
    UNEXPECTED_SHAPE: { description: 'The answer is JSON and not what this kind of endpoint sends.' },
    TOO_LARGE: { description: 'The answer is larger than what is read.' },
    WRONG_KIND: { description: 'The endpoint is of the other kind.' },
    KEY_UNREADABLE: { description: 'The stored key was sealed under a master key that this server lacks.' },
    SLOW: { description: 'The endpoint answers, but slowly.' },
    LOADING: { description: 'The endpoint is still loading its model.' },
    NO_MODEL_LIST: { description: 'The endpoint answers but has no list of models.' },
    PARTIAL_MODEL_LIST: { description: 'A part of the list of models could not be read.' },
    MODEL_NOT_FOUND: { description: 'The endpoint does not know the model.' },
    DISK_FULL: { description: 'The endpoint has no room left on its disk.' },
    OTHER: { description: 'Something else; the message says what.' },
  },
});

@ObjectType('Problem', {
  description: 'What is wrong at an endpoint, told for an administrator.',
  simpleResolvers: true,
})
export class ProblemType implements Problem {
  @Field(() => ProblemCodeEnum, { description: 'What programs decide by.' })
  code!: ProblemCode;

  @Field(() => String, {
    description:
      'What happened, in a sentence an administrator understands, with the words of the endpoint where it gave any. Never a key.',
  })
  message!: string;

  @Field(() => String, { nullable: true, description: 'What to try, such as "Add /v1 to the URL".' })
  hint!: string | null;

  @Field(() => Int, { nullable: true, description: 'The HTTP status that the endpoint answered, where it answered.' })
  httpStatus!: number | null;
}

const CheckStageEnum: { readonly [stage in CheckStage]: stage } = {
  ADDRESS: 'ADDRESS',
  CONNECT: 'CONNECT',
  TLS: 'TLS',
  AUTH: 'AUTH',
  CATALOGUE: 'CATALOGUE',
};

registerEnumType(CheckStageEnum, {
  name: 'CheckStage',
  description: 'The steps of a check, in their order.',
  valuesConfig: {
    ADDRESS: { description: 'The name is resolved and the address may be reached.' },
    CONNECT: { description: 'The endpoint takes connections.' },
    TLS: { description: 'The connection is secure; skipped for plain http.' },
    AUTH: { description: 'The endpoint accepts the key.' },
    CATALOGUE: { description: 'The list of models can be read.' },
  },
});

const StageStateEnum: { readonly [state in StageState]: state } = {
  PASSED: 'PASSED',
  WARNING: 'WARNING',
  FAILED: 'FAILED',
  SKIPPED: 'SKIPPED',
  UNPROVEN: 'UNPROVEN',
};

registerEnumType(StageStateEnum, {
  name: 'StageState',
  description: 'How a step of a check went.',
  valuesConfig: {
    PASSED: { description: 'It went well.' },
    WARNING: { description: 'It went, with something to look at.' },
    FAILED: { description: 'It failed; later steps are skipped.' },
    SKIPPED: { description: 'It was not tried.' },
    UNPROVEN: { description: 'The list is open to everybody, so the key was not tried.' },
  },
});

@ObjectType('StageResult', { description: 'One step of a check.', simpleResolvers: true })
export class StageResultType implements StageResult {
  @Field(() => CheckStageEnum, { description: 'Which step.' })
  stage!: CheckStage;

  @Field(() => StageStateEnum, { description: 'How it went.' })
  state!: StageState;

  @Field(() => String, {
    nullable: true,
    description: 'A few words beside it, such as "192.168.18.49" or "plain http".',
  })
  detail!: string | null;

  @Field(() => Float, { nullable: true, description: 'How long it took, in milliseconds.' })
  ms!: number | null;

  @Field(() => ProblemType, { nullable: true, description: 'What is wrong, where something is.' })
  problem!: ProblemType | null;
}
