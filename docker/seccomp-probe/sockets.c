/* Families, types and protocols of sockets. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/socket.h>
#include "probe.h"

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

void sockets(void)
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
