import { randomInt } from 'node:crypto';
import { CaissonError } from '../../errors.js';

const qualities = 'amber brave brisk calm clear cosy deft eager fair fleet fond gentle glad grand happy hardy keen kind lively loyal lucid merry neat nimble noble placid plucky proud quick quiet ready sharp steady sunny tidy upbeat vivid warm wise witty'.split(' ');
// Builders and engineers of harbours, bridges and foundations.
const builders = 'arkwright bazalgette brunel calatrava cubitt eads eiffel ellet fowler freyssinet hawkshaw jessop locke maillart menn nervi paxton perronet plowden rennie roebling smeaton sinan stevenson strauss telford torroja trevithick triger vauban'.split(' ');

/** A name of the kind people can say on the telephone, for containers that were given none. */
export function randomName(): string {
  return `${qualities[randomInt(qualities.length)]}_${builders[randomInt(builders.length)]}`;
}

/** Docker's rule for names of containers, volumes and networks. @throws CaissonError `invalid-argument` */
export function checkName(kind: string, name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) return name;
  throw new CaissonError('invalid-argument', `invalid ${kind} name ${JSON.stringify(name.slice(0, 100))}`, {
    hint: name.length > 255 ? 'a name has 255 characters at most' : 'a name has letters, digits, _, . and -, and starts with a letter or digit',
  });
}
