/* The checks of the seccomp probe, and how they report. See main.c. */
#ifndef PROBE_H
#define PROBE_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

extern int checks, failures, verbose;

void report(int good, const char *name, const char *wanted, const char *got);
const char *outcome(long result);
void refused(const char *name, long result, int with);
void needed(const char *name, long result);

#define REFUSED(call, ...) refused(#call, syscall(SYS_##call, ##__VA_ARGS__), EPERM)
#define NEEDED(call, ...) needed(#call, syscall(SYS_##call, ##__VA_ARGS__))
#define NOWHERE ((void *)1)
#define BAD_FD (-1L)

void calls_refused(void);
void clones_refused(void);
void calls_needed(void);
void sockets(void);
void ioctls(void);
void nodes(void);
#ifdef __x86_64__
void foreign_abis_refused(void);
#endif

#endif
