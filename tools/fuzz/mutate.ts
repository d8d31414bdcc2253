import { pick, type Random } from "./seeded-random.ts";

/** Mutations grow texts; what is larger than this is another matter than what is odd. */
const charactersMax = 128 * 1024;

const oddities: readonly string[] = [
  ...[
    "\0",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "\f",
    "\v",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "\ud800",
    "\udfff",
    "\u{1f600}",
    "é",
    "\x1b",
    "\x7f",
  ],
  ...[
    "'",
    '"',
    "'''",
    '"""',
    "`",
    "\\",
    "\\\n",
    "\\N{DIGIT ONE}",
    "\\x",
    "\\u12",
    "#",
    "%",
    "%%",
    "%(a)d",
    "%(",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
  ],
  ...[
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?x ",
    "?>",
    "<!DOCTYPE a [",
    "<!ENTITY a 'b'>",
    "&",
    "&lt;",
    "&a;",
    "&#0;",
  ],
  ...[
    "&#x110000;",
    "&#99999999999;",
    "xmlns:a='b'",
    "a:b='c'",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    ".",
    "..",
    ",",
    ";",
    ":",
  ],
  ...[
    "lambda x: ",
    "class A(B): ",
    "def f(): ",
    "async ",
    "await ",
    "yield ",
    "match x:\n",
    "import a",
    "@",
    "*",
    "**",
    ":=",
    "->",
    "...",
    "0x",
    "1_0",
  ],
  ...[
    "1e999",
    "-",
    "+-~",
    "9".repeat(400),
    "None",
    "True",
    "ref('",
    "eval=",
    "msgid ",
    "msgstr ",
    "#: model:a,b:c.d:0 code:a",
    "#, fuzzy",
    "#~ ",
    "id,",
  ],
];

const openers: readonly (readonly [string, string])[] = [
  ["(", ")"],
  ["[", "]"],
  ["{'a':", "}"],
  ["<a>", "</a>"],
  ["<field name='a'><record model='b'>", "</record></field>"],
  ["if a:\n ", ""],
  ["not ", ""],
  ["-", ""],
  ["a.", "a"],
  ["f(", ")"],
  ["f'{", "}'"],
  ["lambda: ", "1"],
];

type Mutation = (text: string, random: Random, seeds: readonly string[]) => string;

const mutations: readonly Mutation[] = [
  function remove(text, random) {
    const [from, to] = span(text, random);
    return text.slice(0, from) + text.slice(to);
  },
  function insert(text, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + pick(random, oddities) + text.slice(at);
  },
  function replace(text, random) {
    const [from, to] = span(text, random);
    return text.slice(0, from) + pick(random, oddities) + text.slice(to);
  },
  function repeat(text, random) {
    const [from, to] = span(text, random);
    const times = Math.min(pick(random, [2, 3, 10, 300, 5000]), Math.ceil(charactersMax / Math.max(1, to - from)) + 1);
    return text.slice(0, from) + text.slice(from, to).repeat(times) + text.slice(to);
  },
  function repeatOddity(text, random) {
    const at = random(text.length + 1);
    return text.slice(0, at) + pick(random, oddities).repeat(pick(random, [2, 10, 300, 20_000])) + text.slice(at);
  },
  function nest(text, random) {
    const [from, to] = span(text, random);
    const [open, close] = pick(random, openers);
    const depth = pick(random, [2, 20, 150, 300, 3000]);
    return text.slice(0, from) + open.repeat(depth) + text.slice(from, to) + close.repeat(random(4) === 0 ? 0 : depth) + text.slice(to);
  },
  function splice(text, random, seeds) {
    const other = pick(random, seeds);
    const [from, to] = span(other, random);
    const at = random(text.length + 1);
    return text.slice(0, at) + other.slice(from, to) + text.slice(at);
  },
  function swap(text, random) {
    const [from, to] = span(text, random);
    const middle = from + random(to - from + 1);
    return text.slice(0, from) + text.slice(middle, to) + text.slice(from, middle) + text.slice(to);
  },
  function cut(text, random) {
    return text.slice(0, random(text.length + 1));
  },
];

/** One of the seeds with some of its text changed. */
export function mutated(seeds: readonly string[], random: Random): string {
  let text = pick(random, seeds);
  for (let round = random(5); round >= 0; round -= 1) text = pick(random, mutations)(text, random, seeds).slice(0, charactersMax);
  return text;
}

/** Short ones mostly. */
function span(text: string, random: Random): readonly [number, number] {
  const from = random(text.length + 1);
  return [from, Math.min(text.length, from + random(random(3) === 0 ? text.length + 1 : 12))];
}
