import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlimsollError } from "../domain/shared/errors.ts";
import { answers, ensureToken, homeOf, prepareHome, readServer } from "./home.ts";
import { isPortFree } from "./port-free.ts";
import { readSecret } from "./read-secret.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "plimsoll-main-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the home directory", () => {
  it("is PLIMSOLL_HOME, else root's or the user's own", () => {
    expect(homeOf({ PLIMSOLL_HOME: "/srv/p" }, 0).root).toBe("/srv/p");
    expect(homeOf({}, 0).root).toBe("/var/lib/plimsoll");
    expect(homeOf({}, 1000).root).toMatch(/\.local\/share\/plimsoll$/);
    expect(homeOf({ PLIMSOLL_HOME: "" }, 0).root).toBe("/var/lib/plimsoll");
  });

  it("lets other OS users pass through, and closes what is secret", async () => {
    const home = homeOf({ PLIMSOLL_HOME: join(directory, "home") });
    await prepareHome(home);
    const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
    expect([await mode(home.root), await mode(home.environments)]).toEqual(["711", "711"]);
    for (const closed of [home.evidence, home.supervisor, home.gateway]) expect(await mode(closed), closed).toBe("700");
    await ensureToken(home);
    expect(await mode(home.tokenFile)).toBe("600");
  });

  it("has one token, however many ask for the first", async () => {
    const home = homeOf({ PLIMSOLL_HOME: join(directory, "home") });
    await prepareHome(home);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => ensureToken(home)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toMatch(/^[\w-]{43}$/);
    expect((await readFile(home.tokenFile, "utf8")).trim()).toBe(tokens[0]);
  });

  it("that can't be made is told with the variable that moves it", async () => {
    await writeFile(join(directory, "file"), "");
    await expect(prepareHome(homeOf({ PLIMSOLL_HOME: join(directory, "file", "home") }))).rejects.toMatchObject({
      code: "STATE_UNEXPECTED",
      text: { fix: expect.stringContaining("PLIMSOLL_HOME") },
    });
  });

  it("a server file that is broken, or whose server is gone, is none", async () => {
    const home = homeOf({ PLIMSOLL_HOME: directory });
    expect(await readServer(home)).toBeNull();
    await writeFile(home.serverFile, "{");
    expect(await readServer(home)).toBeNull();
    await writeFile(home.serverFile, JSON.stringify({ url: "http://127.0.0.1:1", pid: 1, startedAt: "2026-01-01T00:00:00.000Z" }));
    expect(await answers((await readServer(home))?.url ?? "")).toBe(false);
  });
});

describe("a secret", () => {
  it("comes from a file, without the line's end, or from the environment", async () => {
    const file = join(directory, "password");
    await writeFile(file, " a b \n");
    expect(await readSecret({ fromFile: file }, {})).toBe(" a b ");
    expect(await readSecret({ fromEnv: "P" }, { P: "x" })).toBe("x");
  });

  it("that can't be read is an error that names the place and never a value", async () => {
    await writeFile(join(directory, "empty"), "\n");
    await writeFile(join(directory, "huge"), "hunter2".repeat(1_000));
    const refusals = await Promise.all(
      [
        { fromEnv: "P" },
        { fromFile: join(directory, "none") },
        { fromFile: join(directory, "empty") },
        { fromFile: join(directory, "huge") },
        { fromFile: directory },
      ].map((reference) => readSecret(reference, { OTHER: "hunter2" }).catch((error: unknown) => error)),
    );
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(PlimsollError);
      expect(refusal).toMatchObject({ code: "SECRET_UNREADABLE" });
      expect(JSON.stringify([(refusal as PlimsollError).message, (refusal as PlimsollError).text])).not.toContain("hunter2");
    }
  });
});

describe("a port", () => {
  it("is free when it can be listened on, and not otherwise", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await isPortFree("127.0.0.1", port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree("127.0.0.1", port)).toBe(true);
    expect(await isPortFree("203.0.113.1", port)).toBe(false);
  });
});
