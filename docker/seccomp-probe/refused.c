/* System calls that must be refused. */
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>
#include "probe.h"

void calls_refused(void)
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
void clones_refused(void)
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
