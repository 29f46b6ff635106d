/* System calls by the ABIs of i386 and x32. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "probe.h"

#ifdef __x86_64__
static void vsock_by_int80(void)
{
	long result;
	/* socketcall(SYS_SOCKET, args) takes a pointer below 4 GiB; i386 has had a plain socket() as 359 since Linux 4.3. */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(359), "b"(AF_VSOCK), "c"(SOCK_STREAM), "d"(0) : "memory");
	_exit(result == -EPERM ? 100 : result == -ENOSYS ? 101 : 0);
}

static void getpid_by_x32(void)
{
	errno = 0;
	long result = syscall(0x40000000 | SYS_getpid);
	_exit(result >= 0 ? 0 : errno == EPERM ? 100 : errno == ENOSYS ? 101 : 0);
}

/* In a child, because the expected result is SIGSYS. */
static void foreign_abi_refused(const char *name, void (*attempt)(void))
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		attempt();
	int status = 0;
	waitpid(child, &status, 0);
	int killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
	const char *got = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : WEXITSTATUS(status) == 100 ? "EPERM"
			: WEXITSTATUS(status) == 101 ? "ENOSYS" : "success";
	report(killed || WEXITSTATUS(status) >= 100, name, "SIGSYS, EPERM or ENOSYS", got);
}

void foreign_abis_refused(void)
{
	foreign_abi_refused("AF_VSOCK by int 0x80", vsock_by_int80);
	foreign_abi_refused("x32 system call", getpid_by_x32);
}
#endif
