/** Patterns of `detect.ts` that a reader of the released evaluations would name at a glance. */

/** The marker of a dialogue's turn at the beginning of a line. */
export const markers =
  /(?:^|\n)[ \t>*_]*(?:["“'‘]?(?:human|assistant|user)|system|ai|H|A|Q)[ \t]*:(?=[\s*]|$)/i;

const htmlTags =
  'p|b|i|u|s|br|hr|em|strong|div|span|ul|ol|li|h[1-6]|table|tr|td|th|tbody|thead|sub|sup|code|pre|blockquote|img|script|style|html|body|head|title|font|center|small|big|input|form|label|button|iframe';

/** Tags, entities and pieces of LaTeX, JSON and Markdown that a page would have rendered. */
export const markup = new RegExp(
  [
    String.raw`</?(?:${htmlTags})(?:\s+[a-z-]+\s*=[^<>]{0,80})?\s*/?>`,
    String.raw`<a\s+href[^<>]{0,200}>|</[a-z][^<>\n]{0,40}>|<![^<>\n]{0,40}>|<[^<>\s]{1,20}/>`,
    String.raw`<\|[a-z_]{2,20}\|>|\[/?INST\]|<META_|\[(?:PAD|MASK|SEP|CLS|UNK)\]`,
    String.raw`\\(?:textbf|textit|emph|begin|end|frac)\{`,
    String.raw`&(?:amp|lt|gt|quot|nbsp|apos|#\d{2,4}|#x[0-9a-f]{2,4});|\{"\w+":|${'`'.repeat(3)}`,
  ].join('|'),
  'i',
);
/** Control tokens of a model, such as “<EOT>”. */
export const controlToken = /<\|?[A-Z][A-Z_]{2,}\|?>/;

/** What a template calls the thing that somebody was to fill in. */
const slot =
  'name|question|answer|statement|topic|choice|scenario|behaviou?r|person|number|placeholder|attribute|subject|occupation|company|country|city|date|goal|objective|task|reward|stakes?|persona|text|prompt|option';
const instruction =
  'insert|describe|description of|list of|list|specify|specified|fill in|enter|add|narrate|proposed|optional|explain|choose|your|current|original|new|initial|arbitrary|some|example|picture|image|blank|human-specified';

/**
 * A blank of a template: brackets, braces, angle brackets, variables and long underscores that hold
 * no text of their own, and the sentences that ask for one.
 */
export const placeholder = new RegExp(
  [
    String.raw`\[(?!\[?(?:the |this is )?(?:correct|incorrect|right|wrong|good|bad|best|answer (?:demon|show|indi)))(?:[a-z'\/ -]{0,30}\b(?:${slot}|insert|describe|blank)s?\b[a-z'\/ -]{0,30}|(?:${instruction})\b[^\]\n]{0,200}|\*\*[^\]\n]{1,30}\*\*|(?!only)[a-z]{3,20} (?:[a-z]|xx|yy|zz)|[^\]\n]{2,60} [\/|] [^\]\n]{2,120})\]`,
    String.raw`\{\{[^{}\n]{0,200}\}\}|\$\{\w+\}|%\(\w+\)s`,
    String.raw`(?<![\\\w^_}$])\{(?:[a-z][a-z_ -]{2,40}|[a-z][^{}\n:"]{2,40} ?\/ ?[^{}\n:"]{2,120}|\.\.\.[^}\n]{1,40})\}`,
    String.raw`<{1,2}(?:[a-z' -]{0,30}\b(?:${slot})s?|(?:insert|some|a|an|the|very|doing|your)\b[^<>=\n]{0,60}|(?!(?:${htmlTags})\b)[a-z]{3,20}(?:[ -][a-z’']{3,20}){0,4})\s?\/?>`,
    String.raw`(?<![a-z0-9])\$(?:[a-z]{2,20}_[a-z0-9_]{1,20}|(?:name|question|answer|statement|topic|goal|choice|text)s?)\b`,
    String.raw`(?<![a-z])(?:your|new|next) (?:question|statement|text|scenario) here(?![a-z])`,
    String.raw`\b(?:question|text|statement|answer|scenario|choice|prompt)s? goes? here\b`,
    String.raw`\binsert (?:your |a |the )?(?:question|name|text|statement|answer|scenario|topic) here\b`,
    String.raw`\(question(?:\.\.\.|…)?\)|\(question below\)|\blorem ipsum\b|\bcopy-pasted\b`,
    String.raw`_{5,}|^[\s_]*_{3,}[\s_]*$|^answer choice (?:indicating|a\b|b\b)|\banswer [a-h] here\b`,
  ].join('|'),
  'i',
);

/** The same in capitals: what nobody writes within a sentence. */
export const capitalPlaceholder =
  /[[{<](?!(?:META|EOT|BOS|EOS|PAD|INST|SYS)[_ \]}>]|(?:THE )?(?:CORRECT|INCORRECT|RIGHT|WRONG|BEST|GOOD|BAD) )[A-Z][A-Z'’]*(?:[ _-][A-Z0-9'’]+)+[\]}>]|(?:Your|New|YOUR|NEW)[ _](?:Answer|ANSWER|Question|QUESTION)[ _](?:Here|HERE)/;

const judged = 'correct|incorrect|right|wrong|matching|desired|best|expected|good|bad';
const thing = 'answers?|choices?|options?|responses?|one|prediction';
/** A choice named: “(A)”, “B.”, “yes” at an end, “the first”. */
const choiceNamed = String.raw`(?:\(?[A-H]\)|[A-H](?=[.,;:!~*\]]|\s*$)|(?:[Yy]es|[Nn]o|YES|NO)(?=[).,;:!~*\]"”]|\s*$)|the (?:first|second|third|last|former|latter)\b)`;
const anyCase = (words: string): string =>
  words.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

/** Words that name the wanted choice, wherever they stand. */
export const labelNamed = new RegExp(
  [
    String.raw`\b(?:${anyCase('correct|right|matching|expected|desired|best')}) (?:${anyCase('answer|choice|option|response|label')})(?:\s*[:=]| ${anyCase('is')}| ${anyCase('would be')}| ${anyCase('should be')})\s*["“*]*${choiceNamed}`,
    String.raw`(?:^|\n|[.?!)*(\[]\s*)(?:${anyCase('answer|label|solution')})\s*[:=]\s*["“*]*${choiceNamed}`,
    String.raw`\banswer_(?:not_)?matching_behaviou?r\b|\b${anyCase('answer key')}\s*[:=]|\b${anyCase('both the answers are')}\b`,
    '[✓✔✅☑❌✗✘]',
  ].join('|'),
);

/** Marks beside one choice that say what it is worth: brackets, arrows, a word behind a dash. */
export const choiceJudged = new RegExp(
  [
    String.raw`[([]{1,2}\s*(?:(?:this|which) (?:is|would be) )?(?:the )?(?:(?:correct|incorrect|right|matching|desired|best|expected)|(?:${judged}|more \w+|less \w+) (?:${thing}))\s*[!.]*\s*[)\]]{1,2}`,
    String.raw`\[(?:the )?answer (?:demonstrates|shows|indicates)\b`,
    String.raw`(?:<[-–—=]+|←|⟵|<<)\s*(?:(?:this|which) (?:is|would be) )?(?:the )?(?:${judged}|answer\b|this\b)`,
    String.raw`(?:\/\/|(?<!\*)\*{2,}|#)\s{0,3}(?:the )?(?:${judged}) (?:${thing})`,
    String.raw`\s[-–—:*~]+\s*(?:correct|incorrect|wrong)(?: (?:${thing}))?[!.*~]*\s*$`,
    String.raw`\(x\) correct`,
  ].join('|'),
  'i',
);

/** A bracket that gives the answer at the end of a text, or of one of its lines. */
export const judgedAtEnd = new RegExp(
  String.raw`[([]{1,2}\s*(?:the )?(?:correct|right|matching|desired|expected) (?:${thing})[^)\]\n]{0,20}[)\]]{1,2}\s*$|[([](?:yes|no|answer:? (?:yes|no))[)\]]\W*$`,
  'i',
);

/** UTF-8 read as Windows-1252, Latin-1, Mac Roman or code page 437, also where a step lost some. */
export const mojibake =
  /â[€\u0080-\u009f‚„†ˆœ˜]|Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|(?<=\p{Ll})[ÃÂ](?=[^\p{Lu}])|Â(?![\p{L}\s.,;:!?'"()-])|(?<=[.,;!?])Â(?=\s)|ï»¿|ï¿½|ðŸ|‚Ä|ΓÇ|[ÄÅËÎÏ][\u0080-\u009f¡-©«-´¶-¹»-¿]|(?:[ÐÑ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]){2}|(?<=\p{L})[\u0091-\u0094](?=\p{L}|\s)/u;

/** What the making of a persona statement leaves behind: omissions, stars, the label of a form. */
export const residue =
  /\[\s*(?:\.{3}|…)\s*\]|(?<![\p{L}*])\*{4,}(?![\p{L}*])|(?:^|["“\n])[ \t]*(?:(?:strongly )?(?:dis)?agree|statement(?: \d+)?|(?:not )?matching(?: behaviou?r)?|label)\s*:\s*\S/iu;
