/* System calls whose arguments decide: ioctl by its request, mknod by the kind of the node. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include "probe.h"

static int ioctl_refused(unsigned long request)
{
	return syscall(SYS_ioctl, BAD_FD, request, 0) == -1 && errno == EPERM;
}

static int is_bad_request(unsigned request)
{
	return request == 0x5412 /* TIOCSTI */ || request == 0x541c /* TIOCLINUX */ || request == 0x5423 /* TIOCSETD */;
}

void ioctls(void)
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

void nodes(void)
{
	mknod_is(1, "mknod regular file", S_IFREG);
	mknod_is(1, "mknod without a type", 0);
	mknod_is(1, "mknod FIFO", S_IFIFO);
	mknod_is(1, "mknod socket", S_IFSOCK);
	mknod_is(0, "mknod character device", S_IFCHR);
	mknod_is(0, "mknod block device", S_IFBLK);
}
