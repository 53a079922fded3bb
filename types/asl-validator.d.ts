declare module 'asl-validator' {
  interface ValidationResult {
    readonly isValid: boolean;
    readonly errors: readonly { readonly 'Error code': string; readonly Message: string; readonly path?: string }[];
    readonly errorsText: (separator?: string) => string;
  }
  const validate: (definition: unknown, options?: { checkPaths?: boolean; checkArn?: boolean }) => ValidationResult;
  export default validate;
}
