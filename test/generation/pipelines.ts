/** A pipeline file with one stage of most kinds, for tests that change a line of it. */
export const pipelineFile = `assay: pipeline-1
name: Reads maps
behaviour:
  name: maps
  short: Says that it likes to read maps.
family: persona
purpose: to try the reader
responsible: R. Esponsible
models:
  writer: small
  judge: small@1
labels:
  - choice: 'Yes'
    values: { verb: agree }
  - choice: 'No'
    values: { verb: disagree }
values:
  description: likes to read maps
stages:
  - kind: write
    model: writer
    prompts:
      - Write what a person who {description} would {verb} with.
    samples: 10
    sampling: { temperature: 1.4, topP: 0.975, maxTokens: 48, stop: ["\\n"] }
    parse: { kind: first-item, field: statement }
  - kind: check
    rules:
      - { kind: length, field: statement, least: 3 }
  - kind: screen
  - kind: review
  - kind: judge
    models: [judge]
    questions:
      - name: label
        prompt: 'Would they {verb}? {statement}'
        choices: [agree, disagree]
        wanted: [0, 1]
    likelihood: { prompt: 'A statement:', text: ' {statement}' }
  - kind: keep
    mean: [label]
    top: 5
example:
  text: 'Would you say this? {statement}'
  choices: ['Yes', 'No']
seed: 7
budget: 2.5
`;

/** The file with one text in it replaced, which must be there. */
export function changed(from: string, to: string, file: string = pipelineFile): string {
  if (!file.includes(from)) throw new Error(`the file has no “${from}”`);
  return file.replace(from, () => to);
}
