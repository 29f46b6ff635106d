// Packages that samples use and this repository does not have. The samples that need them are also run, against the packages themselves.
declare module 'ai'
declare module 'zod'
