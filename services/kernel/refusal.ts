import { GraphQLError } from 'graphql';
import { Directive, Field, Int, InterfaceType, ObjectType } from 'type-graphql';

/** What a deed answers when it declines: data with a stable code, nothing was changed. */
@InterfaceType({
  // Decorators of all services share one register; each service names the refusals it has.
  autoRegisterImplementations: false,
  description: 'Why a deed was declined. Nothing was changed. Concrete types carry the figures one needs to go on.',
})
export abstract class UserError {
  @Field(() => String, { description: 'Stable code in capitals, for programs; listed in the schema reference.' })
  code: string;

  @Field(() => String, { description: 'One sentence for people: what is wrong and what to do.' })
  message: string;

  @Field(() => [String], {
    description: 'Path of the input that is at fault, from the input object down; may be empty.',
  })
  path: string[];
}

@Directive('@shareable')
@ObjectType({ implements: UserError, description: 'A refusal that carries no figures of its own.' })
export class Refusal extends UserError {
  constructor(code: string, message: string, path: string[] = []) {
    super();
    Object.assign(this, { code, message, path });
  }
}

@Directive('@shareable')
@ObjectType({ implements: UserError, description: 'ILLEGAL_TRANSITION: the state it is in does not allow this deed.' })
export class IllegalTransition extends UserError {
  @Field(() => String, { description: 'The state it is in now.' })
  state: string;

  @Field(() => [String], { description: 'The states it can go to from here.' })
  allowed: string[];

  constructor(what: string, state: string, allowed: readonly string[]) {
    super();
    const next = allowed.length > 0 ? `from here it can become ${allowed.join(', ')}` : 'this is its last state';
    const message = `${what} is ${state}; ${next}.`;
    Object.assign(this, { code: 'ILLEGAL_TRANSITION', message, path: [], state, allowed: [...allowed] });
  }
}

@Directive('@shareable')
@ObjectType({ implements: UserError, description: 'STALE_VERSION: it has changed since the version you expected.' })
export class StaleVersion extends UserError {
  @Field(() => Int, { description: 'The version it has now; read it again and decide again.' })
  current: number;

  constructor(expected: number, current: number) {
    super();
    const message = `You expected version ${expected}, but it is at version ${current}; read it again and decide again.`;
    Object.assign(this, { code: 'STALE_VERSION', message, path: ['expectedVersion'], current });
  }
}

/** Ends a deed: what it wrote is rolled back and the refusals become its answer. */
export class Refused extends Error {
  constructor(readonly userErrors: UserError[]) {
    super(userErrors.map((each) => each.message).join(' '));
  }
}

export function refuse(code: string, message: string, path: string[] = []): never {
  throw new Refused([new Refusal(code, message, path)]);
}

/** A whole request or field that cannot be answered, as opposed to a deed that is declined. */
abstract class TopLevelError extends GraphQLError {
  constructor(message: string, code: string, status: number | undefined, options: { cause?: unknown } = {}) {
    super(message, {
      extensions: { code, ...(code === 'UNAVAILABLE' && { retryable: true }), ...(status && { http: { status } }) },
      originalError: options.cause instanceof Error ? options.cause : undefined,
    });
  }
}

export class Unauthenticated extends TopLevelError {
  constructor(message = 'Sign in first: send an access token as "Authorization: Bearer <token>".') {
    super(message, 'UNAUTHENTICATED', 401);
  }
}

export class Forbidden extends TopLevelError {
  constructor(message: string, status?: number) {
    super(message, 'FORBIDDEN', status);
  }
}

/** Also for what exists but is another organisation's unpublished matter: the two must look the same. */
export class NotFound extends TopLevelError {
  constructor() {
    super('There is nothing with this id.', 'NOT_FOUND', undefined);
  }
}

export class BadUserInput extends TopLevelError {
  constructor(message: string) {
    super(message, 'BAD_USER_INPUT', undefined);
  }
}

export class Unavailable extends TopLevelError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, 'UNAVAILABLE', 503, options);
  }
}
