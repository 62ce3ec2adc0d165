import test from 'ava';
import fc from 'fast-check';
import { nearMisses } from '../../src/core/near-misses.ts';

test('near misses: shortened names first, then a few wrong letters, never everything', (t) => {
  const known = ['resnet18-v1-7', 'resnet50-v1-12', 'squeezenet1.1-7', 'vgg16-12'];
  t.deepEqual(nearMisses('resnet', known), ['resnet18-v1-7', 'resnet50-v1-12']);
  t.deepEqual(nearMisses('sqeezenet1.1-7', known), ['squeezenet1.1-7']);
  t.deepEqual(nearMisses('VGG16-13', known), ['vgg16-12']);
  t.deepEqual(nearMisses('whatever', known), []);
  t.deepEqual(nearMisses('', known), []);
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 9 });
  fc.assert(
    fc.property(letters, fc.nat(), (name, at) => {
      const i = at % name.length;
      // One letter changed, doubled or left out is always forgiven.
      const wrong = [
        `${name.slice(0, i)}x${name.slice(i + 1)}`,
        name.slice(0, i) + name.slice(i, i + 1) + name.slice(i),
      ];
      return wrong.every((text) => nearMisses(text, [name]).length === 1);
    }),
  );
});
