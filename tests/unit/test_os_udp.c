/* test_os_udp.c - UDP to one peer, and several datagrams at once. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/os_int.h"

#define LOOPBACK	0x7f000001u

#ifdef __linux__
#include <netinet/udp.h>
#include <sys/syscall.h>

/* What a kernel says of a path that can't cut datagrams apart; 0: ask this one. */
static int cannot_cut;
static unsigned n_refused;

/* In place of the C library's, for the library under test. */
ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr copy = *m;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c != NULL && cannot_cut != 0;
	    c = CMSG_NXTHDR(&copy, c))
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT) {
			n_refused++;
			errno = cannot_cut;
			return -1;
		}
	return syscall(SYS_sendmsg, fd, m, flags);
}
#endif

static uint16_t
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

static int
udp(uint32_t addr)
{
	const struct os_udp_opt opt = { .rcvbuf = 1 << 20 };
	int fd;

	assert_int_equal(os_udp(addr, 0, &opt, &fd), 0);
	return fd;
}

static bool
readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* len bytes in datagrams of seg bytes, in order, and nothing else. */
static void
expect_datagrams(int fd, const uint8_t *want, size_t len, size_t seg,
    uint16_t from_port)
{
	static uint8_t buf[70000];
	struct os_dgram from;

	for (size_t at = 0; at < len; at += seg) {
		size_t n = len - at < seg ? len - at : seg;

		assert_true(readable(fd, 5000));
		assert_int_equal(os_recv(fd, buf, sizeof(buf), &from), n);
		assert_memory_equal(buf, want + at, n);
		assert_int_equal(from.peer_port, from_port);
	}
	assert_int_equal(os_recv(fd, buf, sizeof(buf), &from), -EAGAIN);
}

static void
try_many(int fd, int client, const struct os_dgram *d, size_t len, size_t seg)
{
	static uint8_t data[66000];

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(os_send_many(fd, data, len, seg, d, os_udp_segments(fd)), 0);
	expect_datagrams(client, data, len, seg, port_of(fd));
	assert_int_equal(os_send_many(fd, data, len, seg, d, false), 0);
	expect_datagrams(client, data, len, seg, port_of(fd));
	assert_int_equal(os_send_each(fd, data, len, seg, d), 0);
	expect_datagrams(client, data, len, seg, port_of(fd));
}

static void
test_many_datagrams_arrive_apart_and_in_order(void **state)
{
	static const struct { size_t len, seg; } t[] = {
		{ 1, 1432 }, { 1432, 1432 }, { 1433, 1432 }, { 16 * 1432, 1432 },
		{ 16 * 1432 + 4, 1432 }, { 45 * 1432 + 700, 1432 }, { 64 * 12, 12 },
		{ 126 * 516, 516 }, { 200 * 12 + 4, 12 },	/* more than a kernel cuts */
		{ 65468, 65468 }, { 65468, 33000 },
	};
	int server = udp(0), client = udp(LOOPBACK), own;
	const struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(client),
	    .local = LOOPBACK };

	(void)state;
	assert_int_equal(os_udp_connect(&d, &own), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		try_many(server, client, &d, t[i].len, t[i].seg);
		try_many(own, client, NULL, t[i].len, t[i].seg);
	}
	(void)close(server);
	(void)close(client);
	(void)close(own);
}

#ifdef __linux__
/* EIO: a device without checksums before Linux 6.11, IPsec.  EMSGSIZE and, in older
 * kernels, EINVAL: the MTU is smaller than a piece.  EOPNOTSUPP: some drivers. */
static void
test_a_path_that_cannot_cut(void **state)
{
	static const int why[] = { EIO, EMSGSIZE, EINVAL, EOPNOTSUPP };
	int server = udp(0), client = udp(LOOPBACK), own;
	const struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(client),
	    .local = LOOPBACK };

	(void)state;
	assert_int_equal(os_udp_connect(&d, &own), 0);
	if (os_udp_segments(server)) {
		for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++) {
			cannot_cut = why[i];
			n_refused = 0;
			try_many(server, client, &d, 16 * 1432 + 4, 1432);
			try_many(own, client, NULL, 16 * 1432 + 4, 1432);
			assert_int_equal(n_refused, 2);
		}
		/* What is no matter of cutting is not tried again. */
		cannot_cut = ENETDOWN;
		assert_int_equal(os_send_many(own, "abcd", 4, 2, NULL, true), -ENETDOWN);
		cannot_cut = 0;
	}
	(void)close(server);
	(void)close(client);
	(void)close(own);
}
#endif

/* Each of several addresses of ours answers as itself. */
static void
test_many_datagrams_leave_from_the_address_that_was_asked(void **state)
{
	int server = udp(0), client = udp(LOOPBACK);
	const struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(client),
	    .local = LOOPBACK + 7 };
	struct os_dgram from;
	uint8_t buf[100] = { 0 };

	(void)state;
	assert_int_equal(os_send_many(server, buf, 100, 40, &d,
	    os_udp_segments(server)), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(readable(client, 5000));
		assert_int_equal(os_recv(client, buf, sizeof(buf), &from), i < 2 ? 40 : 20);
		assert_int_equal(from.peer, LOOPBACK + 7);
	}
	(void)close(server);
	(void)close(client);
}

/* RFC 1350 section 4: a transfer is not disturbed from elsewhere. */
static void
test_a_connected_socket_hears_its_peer_alone(void **state)
{
	int client = udp(LOOPBACK), stranger = udp(LOOPBACK), own;
	struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(client),
	    .local = LOOPBACK + 3 }, to, from;
	uint8_t buf[10] = { 0 };

	(void)state;
	assert_int_equal(os_udp_connect(&d, &own), 0);
	to = (struct os_dgram){ .peer = LOOPBACK + 3, .peer_port = port_of(own) };
	(void)os_send(stranger, buf, 1, &to);
	assert_false(readable(own, 20));
	assert_int_equal(os_send(client, buf, 2, &to), 0);
	assert_true(readable(own, 5000));
	assert_int_equal(os_recv(own, buf, sizeof(buf), &from), 2);
	(void)close(client);
	assert_int_equal(os_send_many(own, buf, 1, 1, NULL, false), 0);
	assert_true(readable(own, 5000));
	assert_int_equal(os_recv(own, buf, sizeof(buf), &from), -ECONNREFUSED);
	(void)close(stranger);
	(void)close(own);
	d.local = 0xc0000201;
	assert_int_equal(os_udp_connect(&d, &own), -EADDRNOTAVAIL);
}

static void
test_the_mtu_of_a_path(void **state)
{
	int client = udp(LOOPBACK), own;
	const struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(client) };
	struct os_iface lo;

	(void)state;
	(void)os_iface("lo", &lo);
	assert_int_equal(os_udp_connect(&d, &own), 0);
	assert_int_equal(os_path_mtu(own), lo.mtu < 65535 ? lo.mtu : 65535);
	assert_int_equal(os_mtu_at(LOOPBACK), lo.mtu);
	assert_int_equal(os_mtu_at(0xc0000201), 0);
	assert_int_equal(os_path_mtu(-1), 0);
	(void)close(own);
	(void)close(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_datagrams_arrive_apart_and_in_order),
#ifdef __linux__
		cmocka_unit_test(test_a_path_that_cannot_cut),
#endif
		cmocka_unit_test(test_many_datagrams_leave_from_the_address_that_was_asked),
		cmocka_unit_test(test_a_connected_socket_hears_its_peer_alone),
		cmocka_unit_test(test_the_mtu_of_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
