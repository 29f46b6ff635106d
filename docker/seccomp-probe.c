/* Finds out, from inside a sandbox, which system calls the seccomp profile allows.
 *
 * Calls that must be refused get arguments that are harmless and make the kernel itself fail with another error (EBADF,
 * EFAULT, EINVAL), so that EPERM means the profile. Without capabilities the kernel also answers EPERM to many of them:
 * run the probe with all capabilities as well, so that every EPERM is the profile's.
 *
 * Prints a line per failure and a summary. Exits with 1 if a call that must be refused is allowed, or the reverse. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int checks, failures;
static int verbose;

static void report(int good, const char *name, const char *wanted, const char *got)
{
	checks++;
	failures += !good;
	if (!good || verbose)
		printf("%s %-28s wanted %s, got %s\n", good ? "ok  " : "FAIL", name, wanted, got);
}

static const char *outcome(long result)
{
	return result >= 0 ? "success" : strerrorname_np(errno) ? strerrorname_np(errno) : "unknown errno";
}

static void refused(const char *name, long result, int with)
{
	int saved = errno;
	report(result == -1 && saved == with, name, strerrorname_np(with), outcome(result));
}

/* Needed calls may fail because of their arguments or an older kernel, but not because of the profile. */
static void needed(const char *name, long result)
{
	int saved = errno;
	report(result >= 0 || saved != EPERM, name, "anything but EPERM", outcome(result));
}

#define REFUSED(call, ...) refused(#call, syscall(SYS_##call, ##__VA_ARGS__), EPERM)
#define NEEDED(call, ...) needed(#call, syscall(SYS_##call, ##__VA_ARGS__))
#define NOWHERE ((void *)1)
#define BAD_FD (-1L)

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static void calls_refused(void)
{
	REFUSED(io_uring_setup, 0, NOWHERE);
	REFUSED(io_uring_enter, BAD_FD, 0, 0, 0, 0, 0);
	REFUSED(io_uring_register, BAD_FD, 0, 0, 0);
	REFUSED(userfaultfd, -1);
	REFUSED(bpf, -1, NOWHERE, 0);
	REFUSED(perf_event_open, NOWHERE, 0, -1, -1, 0);
	REFUSED(add_key, NOWHERE, NOWHERE, 0, 0, 0);
	REFUSED(request_key, NOWHERE, NOWHERE, 0, 0);
	REFUSED(keyctl, -1, 0, 0, 0, 0);

	REFUSED(mount, NOWHERE, NOWHERE, NOWHERE, 0, 0);
	REFUSED(umount2, NOWHERE, 0);
	REFUSED(open_tree, BAD_FD, NOWHERE, 0);
	REFUSED(move_mount, BAD_FD, NOWHERE, BAD_FD, NOWHERE, 0);
	REFUSED(fsopen, NOWHERE, 0);
	REFUSED(fsconfig, BAD_FD, 0, 0, 0, 0);
	REFUSED(fsmount, BAD_FD, 0, 0);
	REFUSED(fspick, BAD_FD, NOWHERE, 0);
	REFUSED(mount_setattr, BAD_FD, NOWHERE, 0, 0, 0);
	REFUSED(pivot_root, NOWHERE, NOWHERE);
	REFUSED(chroot, NOWHERE);
	REFUSED(unshare, 0);
	REFUSED(setns, BAD_FD, 0);
	REFUSED(sethostname, NOWHERE, -1);
	REFUSED(setdomainname, NOWHERE, -1);

	REFUSED(ptrace, -1, -1, 0, 0);
	REFUSED(process_vm_readv, -1, 0, 0, 0, 0, 0);
	REFUSED(process_vm_writev, -1, 0, 0, 0, 0, 0);
	REFUSED(pidfd_getfd, BAD_FD, 0, 0);
	REFUSED(kcmp, -1, -1, 0, 0, 0);
	REFUSED(memfd_secret, -1);

	REFUSED(init_module, NOWHERE, 0, NOWHERE);
	REFUSED(finit_module, BAD_FD, NOWHERE, 0);
	REFUSED(delete_module, NOWHERE, 0);
	REFUSED(kexec_load, 0, -1, NOWHERE, 0);
	REFUSED(kexec_file_load, BAD_FD, BAD_FD, 0, 0, 0);
	REFUSED(reboot, 0, 0, 0, 0);
	REFUSED(swapon, NOWHERE, 0);
	REFUSED(swapoff, NOWHERE);
	REFUSED(acct, NOWHERE);
	REFUSED(syslog, -1, 0, 0);
	REFUSED(quotactl, -1, NOWHERE, 0, 0);
	REFUSED(quotactl_fd, BAD_FD, -1, 0, 0);
	REFUSED(settimeofday, NOWHERE, 0);
	REFUSED(clock_settime, 0, NOWHERE);
	REFUSED(clock_adjtime, 0, NOWHERE);
	REFUSED(adjtimex, NOWHERE);
	REFUSED(vhangup);
	REFUSED(lookup_dcookie, 0, NOWHERE, 0);
	REFUSED(nfsservctl, 0, 0, 0);

	REFUSED(open_by_handle_at, BAD_FD, NOWHERE, 0);
	REFUSED(name_to_handle_at, BAD_FD, NOWHERE, NOWHERE, NOWHERE, 0);
	REFUSED(fanotify_init, -1, 0);
	REFUSED(fanotify_mark, BAD_FD, 0, 0, 0, NOWHERE);
	REFUSED(mbind, NOWHERE, 0, -1, 0, 0, 0);
	REFUSED(migrate_pages, -1, 0, 0, 0);
	REFUSED(move_pages, -1, 0, 0, 0, 0, 0);
#ifdef __x86_64__
	REFUSED(modify_ldt, -1, 0, 0);
	REFUSED(iopl, 99);
	REFUSED(ioperm, -1, -1, 0);
	REFUSED(uselib, NOWHERE);
	REFUSED(ustat, -1, NOWHERE);
	REFUSED(sysfs, -1);
#endif
	refused("personality(ADDR_NO_RANDOMIZE)", syscall(SYS_personality, 0x0040000), EPERM);
	refused("clone3", syscall(SYS_clone3, NOWHERE, 0), ENOSYS);
}

/* CLONE_THREAD without CLONE_SIGHAND is invalid: if the profile allows the flag, nothing is started. */
static void clones_refused(void)
{
	static const struct { const char *name; unsigned long flag; } flags[] = {
		{ "clone(CLONE_NEWNS)", CLONE_NEWNS }, { "clone(CLONE_NEWUSER)", CLONE_NEWUSER },
		{ "clone(CLONE_NEWPID)", CLONE_NEWPID }, { "clone(CLONE_NEWNET)", CLONE_NEWNET },
		{ "clone(CLONE_NEWIPC)", CLONE_NEWIPC }, { "clone(CLONE_NEWUTS)", CLONE_NEWUTS },
		{ "clone(CLONE_NEWCGROUP)", CLONE_NEWCGROUP },
	};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		refused(flags[i].name, syscall(SYS_clone, flags[i].flag | CLONE_THREAD, 0, 0, 0, 0), EPERM);
}

static void socket_is(int allowed, const char *name, long family, long type, long protocol)
{
	long fd = syscall(SYS_socket, family, type, protocol);
	if (allowed)
		report(fd >= 0 || errno == EAFNOSUPPORT || errno == EACCES, name, "a socket", outcome(fd));
	else
		refused(name, fd, EPERM);
	if (fd >= 0)
		close(fd);
}

static void sockets(void)
{
	socket_is(1, "AF_UNIX stream", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socket_is(1, "AF_UNIX seqpacket", AF_UNIX, SOCK_SEQPACKET, 0);
	socket_is(1, "AF_INET stream", AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socket_is(1, "AF_INET TCP", AF_INET, SOCK_STREAM, 6);
	socket_is(1, "AF_INET datagram", AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socket_is(1, "AF_INET UDP", AF_INET, SOCK_DGRAM, 17);
	socket_is(1, "AF_INET ping", AF_INET, SOCK_DGRAM, 1); /* EACCES: not in net.ipv4.ping_group_range */
	socket_is(1, "AF_INET6 stream", AF_INET6, SOCK_STREAM, 0);
	socket_is(1, "AF_INET6 UDP", AF_INET6, SOCK_DGRAM, 17);
	socket_is(1, "AF_NETLINK route", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	socket_is(0, "AF_INET raw", AF_INET, SOCK_RAW, 1);
	socket_is(0, "AF_INET6 raw", AF_INET6, SOCK_RAW, 58);
	socket_is(0, "AF_INET SOCK_PACKET", AF_INET, SOCK_PACKET, 0);
	socket_is(0, "AF_INET DCCP", AF_INET, SOCK_DCCP, 0);
	socket_is(0, "AF_INET SCTP", AF_INET, SOCK_STREAM, 132);
	socket_is(0, "AF_INET6 SCTP", AF_INET6, SOCK_SEQPACKET, 132);
	socket_is(0, "AF_INET MPTCP", AF_INET, SOCK_STREAM, 262);
	socket_is(0, "AF_INET UDP-Lite", AF_INET, SOCK_DGRAM, 136);
	/* The kernel looks only at the low 32 bits of the family. */
	socket_is(0, "AF_VSOCK in a long", AF_VSOCK | 1L << 32, SOCK_STREAM, 0);
	char name[48];
	for (int family = 0; family < 64; family++) {
		if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK)
			continue; /* others: AF_ALG 38, AF_VSOCK 40, AF_PACKET 17, AF_XDP 44, AF_BLUETOOTH 31, ... */
		snprintf(name, sizeof name, "socket family %d", family);
		socket_is(0, name, family, SOCK_DGRAM, 0);
		socket_is(0, name, family, SOCK_RAW, 0);
		socket_is(0, name, family, SOCK_STREAM, 0);
	}
	for (int protocol = 1; protocol < 32; protocol++) {
		snprintf(name, sizeof name, "netlink protocol %d", protocol); /* xfrm 6, audit 9, netfilter 12, ... */
		socket_is(0, name, AF_NETLINK, SOCK_RAW, protocol);
	}
	int pair[2];
	needed("socketpair(AF_UNIX)", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	refused("socketpair(AF_TIPC)", socketpair(AF_TIPC, SOCK_STREAM, 0, pair), EPERM);
}

static int ioctl_refused(unsigned long request)
{
	return syscall(SYS_ioctl, BAD_FD, request, 0) == -1 && errno == EPERM;
}

static int is_bad_request(unsigned request)
{
	return request == 0x5412 /* TIOCSTI */ || request == 0x541c /* TIOCLINUX */ || request == 0x5423 /* TIOCSETD */;
}

static void ioctls(void)
{
	unsigned wrong = 0;
	for (unsigned request = 0; request < 1u << 17; request++)
		wrong += ioctl_refused(request) != is_bad_request(request);
	for (unsigned bit = 17; bit < 32; bit++)
		for (unsigned request = 0x5400; request < 0x5500; request++)
			wrong += ioctl_refused(request | 1ul << bit);
	report(wrong == 0, "ioctl", "exactly three requests refused", wrong ? "other requests" : "these");
	/* The kernel truncates a request to 32 bits, so higher bits must not hide it. */
	report(ioctl_refused(0x5412 | 1ul << 32) && ioctl_refused(0x5412 | 0xfffffffful << 32), "ioctl TIOCSTI in a long", "EPERM",
	       "otherwise");
	report(!ioctl_refused(0xffffffff80045430ul), "ioctl, sign-extended request", "anything but EPERM", "EPERM");
}

static void mknod_is(int allowed, const char *name, mode_t mode)
{
	char path[] = "/tmp/seccomp-probe-node";
	unlink(path);
	long result = syscall(SYS_mknodat, AT_FDCWD, path, mode | 0600, 0x0103 /* /dev/null's numbers */);
	if (allowed)
		report(result == 0, name, "success", outcome(result));
	else
		refused(name, result, EPERM);
	unlink(path);
#ifdef SYS_mknod
	result = syscall(SYS_mknod, path, mode | 0600, 0x0103);
	if (allowed)
		report(result == 0, name, "success", outcome(result));
	else
		refused(name, result, EPERM);
	unlink(path);
#endif
}

static void nodes(void)
{
	mknod_is(1, "mknod regular file", S_IFREG);
	mknod_is(1, "mknod without a type", 0);
	mknod_is(1, "mknod FIFO", S_IFIFO);
	mknod_is(1, "mknod socket", S_IFSOCK);
	mknod_is(0, "mknod character device", S_IFCHR);
	mknod_is(0, "mknod block device", S_IFBLK);
}

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
#endif

static void calls_needed(void)
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
	foreign_abi_refused("AF_VSOCK by int 0x80", vsock_by_int80);
	foreign_abi_refused("x32 system call", getpid_by_x32);
#endif
	calls_needed();
	printf("seccomp probe as uid %d: %d checks, %d failed\n", (int)geteuid(), checks, failures);
	return failures != 0;
}
