import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ASTVisitor,
  type ExecutionArgs,
  type GraphQLSchema,
  type ValidationContext,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { AppError } from '../../errors.js';
import { createRequestContext, type ForgetfulContext } from '../context.js';
import { Documents } from '../documents.js';
import { asGraphqlError } from '../errors.js';
import { requireUsableValues } from '../limits/usable-values.js';
import type { Socket } from './socket.js';

const MAX_OPERATIONS = 50;

/** Turns what a client asks for over a socket into a subscription that can run. */
export class Subscriptions {
  readonly #documents: Documents;

  constructor(private readonly schema: GraphQLSchema) {
    this.#documents = new Documents(schema, [steadyRootRule]);
  }

  /** Gives the errors instead where it may not run. */
  prepare(socket: Socket, payload: SubscribePayload): ExecutionArgs | readonly GraphQLError[] {
    const { opened } = socket.extra;
    if (opened === undefined) return [new GraphQLError('The socket is not open.')];
    if (Object.keys(socket.subscriptions).length > MAX_OPERATIONS) {
      return [
        asGraphqlError(new AppError('RATE_LIMITED', `A socket carries at most ${MAX_OPERATIONS} subscriptions.`)),
      ];
    }
    try {
      requireUsableValues(payload.variables);
    } catch (error) {
      return [asGraphqlError(error)];
    }
    const { document, errors } = this.#documents.prepare(payload.query);
    if (errors !== null) return errors;
    const operation = getOperationAST(document, payload.operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
      return [
        asGraphqlError(new AppError('FORBIDDEN', 'A socket carries subscriptions only; send the rest over HTTP.')),
      ];
    }
    const { actor, requestId } = opened;
    return {
      schema: this.schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      contextValue: createRequestContext({
        actor,
        origin: { ip: actor.ip, requestId, userAgent: null },
        sessionCookie: null,
      }) satisfies ForgetfulContext,
    };
  }
}

/** Refuses a subscription whose only field can be left out: graphql-js fails when it runs one without a field. */
function steadyRootRule(context: ValidationContext): ASTVisitor {
  return {
    Directive(directive) {
      const isAtRoot = context.getParentType() === context.getSchema().getSubscriptionType();
      if (isAtRoot && ['skip', 'include'].includes(directive.name.value)) {
        context.reportError(new GraphQLError('The field of a subscription cannot be left out.', { nodes: directive }));
      }
    },
  };
}
