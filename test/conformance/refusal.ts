import { expect } from "vitest";
import { PlimsollError, type ErrorCode } from "../../src/domain/shared/errors.ts";

/** Expects a refusal with this code, and gives it to who wants to look closer; any other error, and no error, fails. */
export async function expectRefused(work: Promise<unknown>, code: ErrorCode): Promise<PlimsollError> {
  const error: unknown = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error, `expected ${code}`).toBeInstanceOf(PlimsollError);
  expect((error as PlimsollError).code).toBe(code);
  expect((error as PlimsollError).message.length).toBeGreaterThan(8);
  return error as PlimsollError;
}
