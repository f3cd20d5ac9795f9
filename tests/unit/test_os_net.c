/* Sockets, interfaces, and the frames built by hand.  What needs an interface
 * runs in a network namespace of its own. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/os_int.h"
#include "child.h"

#define LOOPBACK	0x7f000001u

static uint16_t
port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

static bool
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 5000) == 1;
}

static int
udp(uint32_t addr, uint16_t port, bool reuseport)
{
	struct os_udp_opt opt = { .reuseport = reuseport };
	int fd, r = os_udp(addr, port, &opt, &fd);

	return r < 0 ? r : fd;
}

/* RFC 1123 section 4.1.3.5 and every client of TFTP: an answer comes from the
 * address that was asked. */
static void
test_answers_leave_from_the_address_that_was_asked(void **state)
{
	int server = udp(0, 0, false), client = udp(LOOPBACK, 0, false);
	struct os_dgram ask = {
		.peer = LOOPBACK + 7, .peer_port = port_of(server)
	}, got, back;
	char buf[16];

	(void)state;
	assert_int_equal(os_recv(server, buf, sizeof(buf), &got), -EAGAIN);
	assert_int_equal(os_send(client, "hello", 5, &ask), 0);
	assert_true(readable(server));
	assert_int_equal(os_recv(server, buf, sizeof(buf), &got), 5);
	assert_int_equal(got.local, LOOPBACK + 7);
	assert_int_equal(got.peer, LOOPBACK);
	assert_int_equal(got.peer_port, port_of(client));
	assert_int_not_equal(got.ifindex, 0);
	assert_int_equal(os_send(server, "you", 3, &got), 0);
	assert_true(readable(client));
	assert_int_equal(os_recv(client, buf, sizeof(buf), &back), 3);
	assert_int_equal(back.peer, LOOPBACK + 7);
	assert_int_equal(back.peer_port, port_of(server));
	(void)close(server);
	(void)close(client);
}

static void
test_a_datagram_that_does_not_fit_is_dropped(void **state)
{
	int server = udp(LOOPBACK, 0, false);
	struct os_dgram d = { .peer = LOOPBACK, .peer_port = port_of(server) };
	char buf[4];

	(void)state;
	assert_int_equal(os_send(server, "12345", 5, &d), 0);
	assert_int_equal(os_send(server, "", 0, &d), 0);
	assert_int_equal(os_send(server, "1234", 4, &d), 0);
	assert_int_equal(os_recv(server, buf, sizeof(buf), &d), -EMSGSIZE);
	assert_int_equal(os_recv(server, buf, sizeof(buf), &d), 0);
	assert_int_equal(os_recv(server, buf, sizeof(buf), &d), 4);
	assert_int_equal(os_recv(server, buf, sizeof(buf), &d), -EAGAIN);
	(void)close(server);
}

/* SO_REUSEPORT hides a busy port from those who set it, so a start-up checks
 * without it. */
static void
test_a_busy_port_shows_without_reuseport(void **state)
{
	int a = udp(LOOPBACK, 0, true), b, c;
	uint16_t port = port_of(a);

	(void)state;
	b = udp(LOOPBACK, port, true);
	assert_true(b >= 0);
	assert_int_equal(udp(LOOPBACK, port, false), -EADDRINUSE);
	(void)close(a);
	(void)close(b);

	assert_int_equal(os_tcp_listen(LOOPBACK, 0, true, &a), 0);
	port = port_of(a);
	assert_int_equal(os_tcp_listen(LOOPBACK, port, true, &b), 0);
	assert_int_equal(os_tcp_listen(LOOPBACK, port, false, &c), -EADDRINUSE);
	(void)close(a);
	(void)close(b);
	assert_int_equal(os_tcp_listen(LOOPBACK, port, false, &c), 0);
	(void)close(c);
}

static void
test_errors_of_a_socket_are_told(void **state)
{
	struct os_udp_opt opt = { .ifname = "no-such-if" };
	int fd = -7;

	(void)state;
	assert_int_equal(os_udp(LOOPBACK, 0, &opt, &fd), -ENODEV);
	assert_int_equal(udp(0xc0000201, 0, false), -EADDRNOTAVAIL);
	assert_int_equal(fd, -7);
}

static void
test_an_interface_that_is_not_there(void **state)
{
	struct os_iface i;

	(void)state;
	assert_int_equal(os_iface("no-such-if", &i), -ENODEV);
	assert_int_equal(os_iface("name-longer-than-the-kernel-has", &i), -ENODEV);
	assert_int_equal(os_iface("", &i), -ENODEV);
}

/* Frames ----------------------------------------------------------------- */

/* Computed apart, from RFC 791, RFC 768 and RFC 1071. */
static const uint8_t golden[] = {
	0x52, 0x54, 0x00, 0x00, 0x00, 0x02,		/* to */
	0x52, 0x54, 0x00, 0x00, 0x00, 0x01,		/* from */
	0x08, 0x00,
	0x45, 0x00, 0x00, 0x21, 0x00, 0x00, 0x40, 0x00,
	0x40, 0x11, 0xb6, 0xc8,				/* header checksum */
	0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02,
	0x00, 0x43, 0x00, 0x44, 0x00, 0x0d,
	0x37, 0x77,					/* UDP checksum */
	'h', 'e', 'l', 'l', 'o',
};
static const struct mac mac1 = { { 0x52, 0x54, 0, 0, 0, 1 } };
static const struct mac mac2 = { { 0x52, 0x54, 0, 0, 0, 2 } };

static void
test_frame_is_as_the_rfcs_say(void **state)
{
	uint8_t buf[128];
	ssize_t n = os_frame_udp(buf, sizeof(buf), mac2, mac1, 0xc0000201, 67,
	    0xc0000202, 68, "hello", 5);

	(void)state;
	assert_int_equal(n, sizeof(golden));
	assert_memory_equal(buf, golden, sizeof(golden));
}

/* RFC 768: a checksum that comes out as zero is sent as all ones. */
static void
test_frame_never_has_a_udp_checksum_of_zero(void **state)
{
	uint8_t buf[64], payload[2];
	unsigned ones = 0;

	(void)state;
	for (unsigned v = 0; v < 0x10000; v++) {
		payload[0] = (uint8_t)(v >> 8);
		payload[1] = (uint8_t)v;
		assert_int_equal(os_frame_udp(buf, sizeof(buf), mac2, mac1, 1, 2,
		    3, 4, payload, 2), 44);
		assert_false(buf[40] == 0 && buf[41] == 0);
		ones += buf[40] == 0xff && buf[41] == 0xff;
	}
	assert_in_range(ones, 1, 2);
}

static void
test_frame_that_does_not_fit_is_refused(void **state)
{
	static const uint8_t big[65508];
	uint8_t *exact;

	(void)state;
	for (size_t cap = 1; cap < sizeof(golden); cap++) {
		exact = malloc(cap);
		assert_non_null(exact);
		assert_int_equal(os_frame_udp(exact, cap, mac2, mac1, 1, 2, 3, 4,
		    "hello", 5), -EMSGSIZE);
		free(exact);
	}
	exact = malloc(70000);
	assert_non_null(exact);
	assert_int_equal(os_frame_udp(exact, 70000, mac2, mac1, 1, 2, 3, 4, big,
	    65508), -EMSGSIZE);
	assert_int_equal(os_frame_udp(exact, 70000, mac2, mac1, 1, 2, 3, 4, big,
	    65507), 65507 + OS_FRAME_OVERHEAD);
	free(exact);
}

/* In a namespace --------------------------------------------------------- */

static bool
run(const char *cmd)
{
	return system(cmd) == 0;
}

static int
lo_without_address(void)
{
	struct os_iface i;

	if (!child_unshare(CLONE_NEWNET))
		return CHILD_SKIP;
	CHECK(os_iface("lo", &i) == -EADDRNOTAVAIL);
	CHECK(i.index != 0 && !i.up && i.addr == 0);
	CHECK(strcmp(i.name, "lo") == 0 && i.mtu >= 1500);
	return 0;
}

/* Two ends of a cable: ve0 is ours, ve1 the client's. */
static bool
cable(void)
{
	return child_unshare(CLONE_NEWNET) &&
	    run("exec 2>/dev/null; PATH=$PATH:/usr/sbin:/sbin;"
	    "ip link add ve0 type veth peer name ve1 && ip link set lo up &&"
	    "ip link set ve0 address 52:54:00:00:00:01 &&"
	    "ip link set ve1 address 52:54:00:00:00:02 &&"
	    "ip addr add 192.0.2.1/24 dev ve0 &&"
	    "ip addr add 192.0.2.9/24 dev ve0 &&"
	    "ip link set ve0 up && ip link set ve1 up");
}

static int
iface_facts(void)
{
	struct os_iface i;

	if (!cable())
		return CHILD_SKIP;
	CHECK(os_iface("ve0", &i) == 0);
	CHECK(i.addr == 0xc0000201);		/* the first of the two */
	CHECK(i.net.addr == 0xc0000200 && i.net.plen == 24);
	CHECK(mac_equal(i.mac, mac1));
	CHECK(i.mtu == 1500 && i.up && i.index != 0);
	CHECK(os_iface("ve1", &i) == -EADDRNOTAVAIL);
	CHECK(mac_equal(i.mac, mac2) && i.up);
	return 0;
}

/* The kernel at the other end takes the datagram, so the header is as it
 * should be; and nobody was asked for a MAC by ARP. */
static int
raw_reaches_the_kernel(void)
{
	struct os_udp_opt opt = { 0 };
	struct os_iface b = { .mtu = 1500, .mac = mac2 };
	struct os_dgram d;
	char buf[2000], big[1473] = { 0 };
	int in, raw;

	if (!cable())
		return CHILD_SKIP;
	CHECK(os_udp(0, 68, &opt, &in) == 0);
	CHECK(os_raw_open("ve1", &raw) == 0);
	for (size_t len = 0; len < 4; len++) {
		CHECK(os_raw_udp(raw, &b, mac1, 0xc0000207, 67, 0xc0000201, 68,
		    "abcd", len) == 0);
		CHECK(readable(in));
		CHECK(os_recv(in, buf, sizeof(buf), &d) == (ssize_t)len);
		CHECK(memcmp(buf, "abcd", len) == 0);
		CHECK(d.peer == 0xc0000207 && d.peer_port == 67);
		CHECK(d.local == 0xc0000201);
	}
	CHECK(os_raw_udp(raw, &b, mac1, 1, 67, 2, 68, big, 1473) == -EMSGSIZE);
	CHECK(os_raw_udp(raw, &b, mac1, 0xc0000207, 67, 0xc0000201, 68, big,
	    1472) == 0);
	CHECK(readable(in));
	CHECK(os_recv(in, buf, sizeof(buf), &d) == 1472);
	CHECK(os_raw_open("no-such-if", &raw) == -ENODEV);
	return 0;
}

/* A client without an address asks everybody (RFC 2131 section 4.1): what we
 * answer from is the interface's address, and the answer goes out there. */
static int
broadcast_is_answered_from_the_interface(void)
{
	struct os_udp_opt opt = { .ifname = "ve0", .broadcast = true };
	struct os_iface b = { .mtu = 1500, .mac = mac2 };
	struct mac all = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct os_dgram d;
	char buf[16];
	int in, out, raw;

	/* Both ends are in one kernel, which would drop what it sent itself. */
	if (!cable() ||
	    !child_write("/proc/sys/net/ipv4/conf/ve1/accept_local", "1"))
		return CHILD_SKIP;
	CHECK(os_udp(0, 67, &opt, &in) == 0);
	CHECK(os_raw_open("ve1", &raw) == 0);
	CHECK(os_raw_udp(raw, &b, all, 0, 68, 0xffffffff, 67, "who", 3) == 0);
	CHECK(readable(in));
	CHECK(os_recv(in, buf, sizeof(buf), &d) == 3);
	CHECK(d.peer == 0 && d.peer_port == 68);
	CHECK(d.local == 0xc0000201);
	opt.ifname = "ve1";
	CHECK(os_udp(0, 68, &opt, &out) == 0);
	d.peer = 0xffffffff;
	CHECK(os_send(in, "you", 3, &d) == 0);
	CHECK(readable(out));
	CHECK(os_recv(out, buf, sizeof(buf), &d) == 3);
	CHECK(d.peer == 0xc0000201 && d.peer_port == 67);
	return 0;
}

static int
neighbours(void)
{
	struct mac m = { { 9 } };

	if (!cable() || !run("PATH=$PATH:/usr/sbin:/sbin;"
	    "ip neigh add 192.0.2.77 lladdr 52:54:00:00:00:77 dev ve0"))
		return CHILD_SKIP;
	CHECK(os_neighbour("ve0", 0xc0000200 + 77, &m) == 0);
	CHECK(m.b[0] == 0x52 && m.b[5] == 0x77);
	CHECK(os_neighbour("ve0", 0xc0000200 + 78, &m) == -ENOENT);
	CHECK(os_neighbour("ve1", 0xc0000200 + 77, &m) == -ENOENT);
	CHECK(os_neighbour("no-such-if", 1, &m) == -ENODEV);
	return 0;
}

static void
in_child(int (*fn)(void))
{
	int r = child_run(fn);

	if (r == CHILD_SKIP)
		skip();
	assert_int_equal(r, 0);
}

#define IN_CHILD(name, fn) static void name(void **state) { (void)state; in_child(fn); }

IN_CHILD(test_an_interface_without_address_is_told, lo_without_address)
IN_CHILD(test_an_interface_tells_address_mac_and_mtu, iface_facts)
IN_CHILD(test_a_raw_datagram_is_good_enough_for_the_kernel, raw_reaches_the_kernel)
IN_CHILD(test_a_broadcast_is_answered_from_the_interface, broadcast_is_answered_from_the_interface)
IN_CHILD(test_the_mac_of_a_neighbour, neighbours)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_leave_from_the_address_that_was_asked),
		cmocka_unit_test(test_a_datagram_that_does_not_fit_is_dropped),
		cmocka_unit_test(test_a_busy_port_shows_without_reuseport),
		cmocka_unit_test(test_errors_of_a_socket_are_told),
		cmocka_unit_test(test_an_interface_that_is_not_there),
		cmocka_unit_test(test_frame_is_as_the_rfcs_say),
		cmocka_unit_test(test_frame_never_has_a_udp_checksum_of_zero),
		cmocka_unit_test(test_frame_that_does_not_fit_is_refused),
		cmocka_unit_test(test_an_interface_without_address_is_told),
		cmocka_unit_test(test_an_interface_tells_address_mac_and_mtu),
		cmocka_unit_test(test_a_raw_datagram_is_good_enough_for_the_kernel),
		cmocka_unit_test(test_a_broadcast_is_answered_from_the_interface),
		cmocka_unit_test(test_the_mac_of_a_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
