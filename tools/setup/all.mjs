/** Waits for all, also when one fails: nothing may go on working after the failure was reported. Fails with the first. */
export async function all(promises) {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
  return settled.map(({ value }) => value);
}
