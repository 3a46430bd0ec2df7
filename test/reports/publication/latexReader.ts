/** A piece of LaTeX as a typesetter would see it. */
type Token =
  | { readonly kind: 'command'; readonly name: string }
  | { readonly kind: 'character'; readonly character: string };

function tokens(latex: string): Token[] {
  const found: Token[] = [];
  const source = latex.replaceAll(/(?<!\\)%.*\n?/g, '');
  for (let at = 0; at < source.length;) {
    const word = /^\\([a-zA-Z]+|.)/su.exec(source.slice(at));
    if (word === null) {
      found.push({ kind: 'character', character: source[at] ?? '' });
      at += 1;
    } else {
      found.push({ kind: 'command', name: word[1] ?? '' });
      at += word[0].length;
    }
  }
  return found;
}

/**
 * What of a text is not what our files may hold: a foreign command, an open group, a bare special
 * character.
 */
export function latexFaults(latex: string, allowed: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  let depth = 0;
  let inMath = false;
  for (const token of tokens(latex)) {
    if (token.kind === 'command') {
      if (!allowed.has(token.name)) faults.push(`\\${token.name}`);
      continue;
    }
    if (token.character === '{') depth += 1;
    if (token.character === '}') depth -= 1;
    if (depth < 0) faults.push('}');
    if (token.character === '$') inMath = !inMath;
    if ('#_^'.includes(token.character)) faults.push(token.character);
  }
  if (depth !== 0) faults.push(`${depth} groups open`);
  if (inMath) faults.push('$');
  return faults;
}

const names: Readonly<Record<string, string>> = {
  textbackslash: '\\',
  textasciitilde: '~',
  textasciicircum: '^',
  textless: '<',
  textgreater: '>',
  textbar: '|',
  textasciigrave: '`',
  ldots: '…',
};

/** Reads back what an escaped text prints. */
export const unescapeLatex = (latex: string): string =>
  latex.replaceAll(
    /\\symbol\{34\}|\\([a-z]+)\{\}|\\([{}$&#_%])|\{([[\]*])\}|\{\}/g,
    (all, name: string | undefined, special: string | undefined, braced: string | undefined) =>
      all === '\\symbol{34}'
        ? '"'
        : name !== undefined
          ? (names[name] ?? all)
          : (special ?? braced ?? ''),
  );
