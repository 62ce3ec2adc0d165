/** The three published ways to send a gradient back through a rectifier; everything else passes the true gradient under all of them. */
export const backwardRules = ['gradient', 'deconvnet', 'guided'] as const;

/**
 * gradient: Simonyan, Vedaldi, Zisserman 2014 (arXiv 1312.6034); deconvnet: Zeiler, Fergus 2013 (arXiv 1311.2901);
 * guided: Springenberg et al. 2014 (arXiv 1412.6806).
 */
export type BackwardRule = (typeof backwardRules)[number];
