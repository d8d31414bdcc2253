import { expect, test } from "vitest";
import { mirrorOf } from "./debian.mjs";

test("the mirror of a deb822 file, with its key", () => {
  const text = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
`;
  expect(mirrorOf("debian.sources", text)).toEqual({ uri: "http://mirror.example/debian", signedBy: "/usr/share/keyrings/some.gpg" });
});

test("the mirror of a one-line file, with and without options", () => {
  expect(
    mirrorOf("sources.list", "# deb http://no.example/ bookworm main\ndeb http://mirror.example/debian bookworm main contrib\n")?.uri,
  ).toBe("http://mirror.example/debian");
  expect(mirrorOf("sources.list", "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main")).toEqual({
    uri: "http://mirror.example/debian",
    signedBy: "/k.gpg",
  });
});

test("sources of other things, switched off ones and security updates aren't Debian's mirror", () => {
  expect(mirrorOf("node.sources", "Types: deb\nURIs: http://node.example/\nSuites: nodistro\nComponents: main\n")).toBeNull();
  expect(mirrorOf("a.sources", "Enabled: no\nTypes: deb\nURIs: http://a.example/\nSuites: bookworm\nComponents: main\n")).toBeNull();
  expect(mirrorOf("sec.list", "deb http://a.example/debian-security bookworm-security main")).toBeNull();
});
