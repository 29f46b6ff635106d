/* Finds out, from inside a sandbox, which system calls the seccomp profile allows.
 *
 * Calls that must be refused get arguments that are harmless and make the kernel itself fail with another error (EBADF,
 * EFAULT, EINVAL), so that EPERM means the profile. Without capabilities the kernel also answers EPERM to many of them:
 * run the probe with all capabilities as well, so that every EPERM is the profile's.
 *
 * Prints a line per failure and a summary. Exits with 1 if a call that must be refused is allowed, or the reverse. */
#include <stdio.h>
#include <string.h>
#include "probe.h"

int main(int argc, char **argv)
{
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	calls_refused();
	clones_refused();
	sockets();
	ioctls();
	nodes();
#ifdef __x86_64__
	foreign_abis_refused();
#endif
	calls_needed();
	printf("seccomp probe as uid %d: %d checks, %d failed\n", (int)geteuid(), checks, failures);
	return failures != 0;
}
