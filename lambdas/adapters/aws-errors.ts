// Tells service errors apart by name: the name is the wire's own word, while a class says which copy of a client made it.

export const isNamed = (error: unknown, ...names: readonly string[]): error is Error =>
  error instanceof Error && names.includes(error.name);

/**
 * SageMaker answers for an unknown name with a ValidationException and says only in words that nothing was found; its own
 * ResourceNotFound is taken as well, for the day it begins to keep to its model.
 */
export const isMissingResource = (error: unknown): boolean =>
  isNamed(error, 'ResourceNotFound', 'ResourceNotFoundException') ||
  (isNamed(error, 'ValidationException') && /not found|does not exist|could not find/i.test(error.message));
