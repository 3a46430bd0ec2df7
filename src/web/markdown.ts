import markdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

const parser = markdownIt({ html: false, linkify: false, typographer: false });

/**
 * Markdown that staff wrote → HTML that is safe to print: no raw HTML, no images, links to http(s)
 * and mail only.
 */
export const markdown = (text: string): string =>
  sanitizeHtml(parser.render(text), {
    allowedTags: [
      'p',
      'br',
      'strong',
      'em',
      'code',
      'pre',
      'blockquote',
      'ul',
      'ol',
      'li',
      'h1',
      'h2',
      'h3',
      'h4',
      'hr',
      'a',
      'table',
      'thead',
      'tbody',
      'tr',
      'th',
      'td',
      's',
    ],
    allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    transformTags: {
      a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer' }),
      h1: 'h2',
    },
  });
