/* System calls that the agent and programs need. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "probe.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

void calls_needed(void)
{
	char path[] = "/tmp/seccomp-probe-file";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	needed("open", fd);

	/* Needed by the agent. */
	NEEDED(setresuid, -1, -1, -1);
	NEEDED(setresgid, -1, -1, -1);
	NEEDED(setfsuid, -1);
	NEEDED(setfsgid, -1);
	if (geteuid() == 0)
		NEEDED(setgroups, 0, 0);
	NEEDED(capget, NOWHERE, 0);
	NEEDED(capset, NOWHERE, 0);
	NEEDED(prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	NEEDED(openat2, AT_FDCWD, NOWHERE, NOWHERE, 24);
	NEEDED(pidfd_open, getpid(), 0);
	NEEDED(pidfd_send_signal, BAD_FD, 0, 0, 0);
	NEEDED(signalfd4, BAD_FD, NOWHERE, 8, 0);
	NEEDED(epoll_create1, O_CLOEXEC);
	NEEDED(epoll_pwait2, BAD_FD, NOWHERE, 1, 0, 0, 0);
	NEEDED(kill, getpid(), 0);
	NEEDED(tgkill, getpid(), getpid(), 0);
	NEEDED(setpriority, 0, 0, 19);
	NEEDED(prlimit64, 0, 7, 0, 0);
	NEEDED(waitid, P_ALL, 0, 0, WNOHANG | WEXITED, 0);
	NEEDED(renameat2, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE, 1);
	NEEDED(faccessat2, AT_FDCWD, "/tmp", 0, 0);
	NEEDED(statx, AT_FDCWD, "/tmp", 0, 0, NOWHERE);
	NEEDED(fchmodat2, AT_FDCWD, path, 0600, 0);
	NEEDED(sendmsg, BAD_FD, NOWHERE, 0);
	NEEDED(recvmsg, BAD_FD, NOWHERE, 0);

	/* Tried first by newer programs. */
	NEEDED(close_range, 1000, 1001, 0);
	NEEDED(copy_file_range, BAD_FD, 0, BAD_FD, 0, 0, 0);
	NEEDED(cachestat, BAD_FD, 0, 0, 0);
	NEEDED(futex_waitv, NOWHERE, 1, 0, 0, 0);
	NEEDED(getrandom, NOWHERE, 0, 0);
	NEEDED(landlock_create_ruleset, 0, 0, 1);
	NEEDED(membarrier, 0, 0, 0);
	NEEDED(memfd_create, "probe", 1);
	NEEDED(mseal, 0, 0, 0);
	NEEDED(process_madvise, BAD_FD, 0, 0, 0, 0);
	NEEDED(rseq, NOWHERE, 0, 0, 0);
	NEEDED(personality, 0xffffffff);
	/* A future system call: libc falls back on ENOSYS, but gives up on EPERM. */
	refused("syscall 600", syscall(600), ENOSYS);

	close(fd);
	unlink(path);
}
