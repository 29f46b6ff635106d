#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include "probe.h"

int checks, failures, verbose;

void report(int good, const char *name, const char *wanted, const char *got)
{
	checks++;
	failures += !good;
	if (!good || verbose)
		printf("%s %-28s wanted %s, got %s\n", good ? "ok  " : "FAIL", name, wanted, got);
}

const char *outcome(long result)
{
	return result >= 0 ? "success" : strerrorname_np(errno) ? strerrorname_np(errno) : "unknown errno";
}

void refused(const char *name, long result, int with)
{
	int saved = errno;
	report(result == -1 && saved == with, name, strerrorname_np(with), outcome(result));
}

/* Needed calls may fail because of their arguments or an older kernel, but not because of the profile. */
void needed(const char *name, long result)
{
	int saved = errno;
	report(result >= 0 || saved != EPERM, name, "anything but EPERM", outcome(result));
}
