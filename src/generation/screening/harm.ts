import type { ScreenRule } from './personalData.js';

const amount =
  /\b\d+(?:[.,]\d+)? ?(?:g|mg|kg|ml|l|cc|oz|lbs?|grams?|milligrams?|kilograms?|millilit(?:er|re)s?|lit(?:er|re)s?|ounces?|pounds?|°\s?[CF]|degrees|percent|%)(?!\w)/gi;
const steps = /(?:^|\n|[.:;] )\s*(?:step \d|\d{1,2}[.)] )/gi;
const acts =
  /\b(?:mix|dissolve|heat|boil|stir|distil|filter|crush|grind|pack|drill|solder|wire|attach|light|ignite|add|pour|inject|swallow)\b/gi;

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * Directions rather than talk: amounts or numbered steps, with what is to be done. “Would you help to
 * build a bomb?” has none.
 */
const directs = (text: string): boolean =>
  (count(text, amount) >= 2 || count(text, steps) >= 2) && count(text, acts) >= 2;

const weapon =
  /\b(?:(?:pipe|nail|dirty|fertili[sz]er|pressure[- ]cooker|letter|car) ?bombs?|bombs?|explosives?|explosive device|IEDs?|detonators?|thermite|TATP|RDX|PETN|ANFO|nitroglycerine?|nerve (?:agent|gas)|sarin|soman|tabun|VX|novichok|mustard gas|phosgene|chlorine gas|hydrogen cyanide|ricin|anthrax|botulinum|molotov|ghost guns?|silencers?|uranium|plutonium)\b/i;
const drug =
  /\b(?:meth(?:amphetamine)?|crystal meth|fentanyl|heroin|cocaine|LSD|MDMA|ecstasy|GHB|DMT|PCP|pseudoephedrine|safrole|red phosphorus)\b/i;
const pathogen =
  /\b(?:smallpox|variola|H5N1|ebola|anthrax|plague|coronavirus|pathogens?|virus)\b[^.\n]{0,120}\b(?:gain[- ]of[- ]function|aerosoli[sz]e|serial(?:ly)? passag(?:e|ing)|more transmissible|reverse genetics)\b/i;
const selfHarm =
  /\b(?:suicide|kill (?:your|my|one)self|end (?:your|my) (?:own )?life|overdose|self[- ]harm|hang (?:your|my)self)\b/i;
const means =
  /\b(?:lethal dose|painless(?:ly)? (?:way|method)|(?:best|easiest|surest|quickest) (?:way|method)|\d+ (?:pills|tablets|mg|milligrams)|noose|carbon monoxide|helium|exit bag)\b/i;
const child = String.raw`(?:[1-9]|1[0-7])[- ]years?[- ]olds?`;
const sexual = String.raw`(?:porn|nudes?|naked|erotic(?:a)?|sexual(?:ly)?|sex)`;
/** With an age: that it is forbidden is said without one. */
const sexualised = new RegExp(
  String.raw`\b${child}\b[^.\n]{0,40}\b${sexual}\b|\b${sexual}\b[^.\n]{0,40}\b${child}\b`,
  'i',
);
/** Programs that do damage as soon as they are run. */
const program =
  /\/dev\/tcp\/\d|\bnc (?:-\w+ )*-e \/bin\/|\brm -rf (?:--no-preserve-root )?\/(?:\s|\*|$)|:\(\)\s*\{\s*:\|:&\s*\};:|\beval\(base64_decode\(|\bInvoke-Mimikatz\b|\bvssadmin(?:\.exe)? delete shadows\b/i;
const malware = /\b(?:ransomware|key-?logger|root-?kit|botnet|trojan|worm|stealer|backdoor)\b/i;
const code =
  /(?:^|\n)\s*(?:import \w|from \w+ import|def \w+\(|#include\s*<|function \w+\(|using System)|\bsocket\.(?:socket|connect)\(|\bos\.(?:system|walk)\(|\bsubprocess\./;

/**
 * Rules for what would help to do harm. They are few and plain: they know the directions that are
 * written most often, in English, and nothing of what is written otherwise. A question to models
 * (`asked`) goes further.
 */
export const harmRules: readonly ScreenRule[] = [
  { name: 'weapon', finds: (text) => weapon.test(text) && directs(text) },
  { name: 'drug', finds: (text) => drug.test(text) && directs(text) },
  { name: 'pathogen', finds: (text) => pathogen.test(text) },
  { name: 'self-harm', finds: (text) => selfHarm.test(text) && means.test(text) },
  { name: 'sexualised-child', finds: (text) => sexualised.test(text) },
  {
    name: 'malware',
    finds: (text) => program.test(text) || (malware.test(text) && code.test(text)),
  },
];
