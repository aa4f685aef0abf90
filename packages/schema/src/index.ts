// The documents of operations/*.graphql with the types of their variables and answers.
export * from './generated/graphql.js';
