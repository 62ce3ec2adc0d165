/** What searching did besides comparing whole pictures, for people: terms and what they say. */
export function searchMeasures({
  query,
  rerank,
  agreeOn,
}: {
  readonly query?: { readonly subject?: boolean | undefined };
  readonly rerank: number | null;
  readonly agreeOn: string | null;
}): (readonly [string, string])[] {
  return [
    ...(query?.subject ? [['Searched with', 'the picture and the object in it'] as const] : []),
    ...(rerank === null ? [] : [['Re-ranked', `the first ${rerank}, looked at more closely`] as const]),
    ...(agreeOn === null ? [] : [['In agreement', `on ${agreeOn}`] as const]),
  ];
}
