/** Control characters, half surrogate pairs, line separators, and what turns the direction of the text around it. */
export const UNFIT_FOR_LINES = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** What nobody sees: a name of nothing else is none, and two names that differ in it alone look the same. */
export const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
