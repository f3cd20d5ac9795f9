/* dora.c - many DHCP clients behind one relay, so many exchanges in flight.
 *
 *	dora [-c in-flight] [-n clients] [-t seconds] [-p pid] [-v] SERVER RELAY
 *
 * Each exchange is DISCOVER, OFFER, REQUEST, ACK; RELAY is an address of ours,
 * where the answers go.  Prints exchanges, exchanges a second, and the CPU time
 * that process pid used for each.  What was promised is remembered: an address
 * acknowledged to two clients is wrong.  With -v every client then says which
 * address it was given, as after a reboot, and must hear that it is so.  A
 * server that is killed in between only makes clients ask again.
 * Exit 1 when anything was wrong, or nothing answered.  Bounded by seconds
 * (SIGTERM ends it sooner), and 30 more for -v. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "../dhcpd/dhcp_proto.h"
#include "bench.h"

#define AGAIN_MS	500u		/* ask again */
#define ADDRS		(1u << 20)	/* addresses told apart, by their last bits */
#define OPTIONS_AT	240u

struct client {
	enum { IDLE, SELECTING, REQUESTING, REBOOTING } state;
	uint32_t	 xid, addr, server;	/* addr: offered */
	uint32_t	 bound;			/* acknowledged; 0: never */
	uint64_t	 asked;			/* ms */
};

static int fd;
static volatile sig_atomic_t stop;
static struct sockaddr_in server;
static uint32_t relay;
static struct client *client;
static unsigned n_client = 10000, *owner;	/* of an address: client + 1 */
static unsigned long done, again, naks, wrong, moved;

static void
on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t
now_ms(void)
{
	return now_ns() / 1000000;
}

static void
put_u32_opt(struct wr *w, uint8_t code, uint32_t v)
{
	wr_u8(w, code);
	wr_u8(w, 4);
	wr_be32(w, v);
}

static void
ask(unsigned i)
{
	struct client *c = &client[i];
	uint8_t buf[400];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_bytes(&w, "\1\1\6\1", 4);
	wr_be32(&w, c->xid);
	for (int k = 0; k < 4; k++)
		wr_be32(&w, 0);		/* secs, flags; ciaddr, yiaddr, siaddr */
	wr_be32(&w, relay);
	wr_bytes(&w, "\2\1", 2);
	wr_be32(&w, i);
	for (int k = 0; k < 10 + 64 + 128; k++)
		wr_u8(&w, 0);
	wr_be32(&w, DHCP_COOKIE);
	wr_bytes(&w, "\65\1", 2);
	wr_u8(&w, c->state == SELECTING ? DHCPDISCOVER : DHCPREQUEST);
	if (c->state == REQUESTING)
		put_u32_opt(&w, DHO_DHCP_SERVER_IDENTIFIER, c->server);
	if (c->state != SELECTING)
		put_u32_opt(&w, DHO_DHCP_REQUESTED_ADDRESS,
		    c->state == REBOOTING ? c->bound : c->addr);
	wr_bytes(&w, "\67\4\1\3\6\17", 6);
	wr_u8(&w, DHO_END);
	while (w.len < BOOTP_MIN_LEN)
		wr_u8(&w, 0);
	c->asked = now_ms();
	if (sendto(fd, buf, w.len, 0, (struct sockaddr *)&server, sizeof(server)) == -1)
		again++;	/* nobody listens at the moment */
}

static void
begin(unsigned i, int state)
{
	struct client *c = &client[i];

	c->state = state;
	c->xid = c->xid * 1664525u + 1013904223u + i;
	ask(i);
}

static void
acknowledged(unsigned i, uint32_t addr)
{
	struct client *c = &client[i];
	unsigned *o = &owner[addr % ADDRS];

	if (*o != 0 && *o != i + 1 && client[*o - 1].bound == addr) {
		warnx("%u.%u.%u.%u is client %u's, and was given to %u", addr >> 24,
		    addr >> 16 & 255, addr >> 8 & 255, addr & 255, *o - 1, i);
		wrong++;
	}
	if (c->bound != 0 && c->bound != addr)
		moved++;
	*o = i + 1;
	c->bound = addr;
	c->state = IDLE;
	done++;
}

/* Type and server identifier of an answer. */
static uint8_t
options_of(struct rd *r, uint32_t *ret_server)
{
	uint8_t type = 0, code, len;

	while (r->err == 0 && (code = rd_u8(r)) != DHO_END) {
		struct rd v;

		if (code == DHO_PAD)
			continue;
		len = rd_u8(r);
		v = rd_init(rd_take(r, len), len);
		if (r->err == 0 && code == DHO_DHCP_MESSAGE_TYPE)
			type = rd_u8(&v);
		else if (r->err == 0 && code == DHO_DHCP_SERVER_IDENTIFIER)
			*ret_server = rd_be32(&v);
	}
	return r->err == 0 ? type : 0;
}

/* true: its exchange has ended. */
static bool
answer(const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	uint32_t xid, addr, id = 0;
	struct client *c;
	unsigned i;

	(void)rd_take(&r, 4);
	xid = rd_be32(&r);
	(void)rd_take(&r, 8);
	addr = rd_be32(&r);
	(void)rd_take(&r, 10);	/* siaddr, giaddr, and the MAC's first bytes */
	i = rd_be32(&r);
	(void)rd_take(&r, OPTIONS_AT - 34);
	if (r.err != 0 || i >= n_client || client[i].xid != xid)
		return false;	/* to an older question */
	c = &client[i];
	switch (options_of(&r, &id)) {
	case DHCPOFFER:
		if (c->state != SELECTING)
			return false;
		c->addr = addr;
		c->server = id;
		begin(i, REQUESTING);
		return false;
	case DHCPACK:
		if (c->state == IDLE || c->state == SELECTING)
			return false;
		if (c->state == REBOOTING && addr != c->bound)
			wrong++;
		acknowledged(i, addr);
		return true;
	case DHCPNAK:
		naks++;
		if (c->state == REBOOTING) {
			warnx("client %u was refused what it had been given", i);
			wrong++;
			c->state = IDLE;
			return true;
		}
		begin(i, SELECTING);
		return false;
	}
	return false;
}

/* Exchanges of all clients by turns until the time is over, or, rebooting, once each. */
static void
run(unsigned in_flight, uint64_t until, bool reboot)
{
	unsigned *slot = calloc(in_flight, sizeof(*slot)), busy = 0, next = 0, turns = 0;
	bool *used = calloc(in_flight, sizeof(*used));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t buf[2048];
	ssize_t n;

	if (slot == NULL || used == NULL)
		err(1, "memory");
	while (now_ms() < until && !stop) {
		for (unsigned k = 0; k < in_flight; k++) {
			if (used[k] && client[slot[k]].state != IDLE)
				continue;
			busy -= used[k];
			used[k] = false;
			if (reboot)
				while (turns < n_client && client[turns].bound == 0)
					turns++;
			if (reboot && turns == n_client)
				continue;
			slot[k] = reboot ? turns++ : next++ % n_client;
			used[k] = true;
			busy++;
			begin(slot[k], reboot ? REBOOTING : SELECTING);
		}
		if (busy == 0)
			break;
		(void)poll(&p, 1, 20);
		while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			if (answer(buf, (size_t)n))
				break;
		for (unsigned k = 0; k < in_flight; k++)
			if (used[k] && client[slot[k]].state != IDLE &&
			    now_ms() - client[slot[k]].asked > AGAIN_MS) {
				again++;
				/* An offer is not for ever: from the start. */
				begin(slot[k], reboot ? REBOOTING : SELECTING);
			}
	}
	if (reboot && busy > 0) {
		warnx("%u clients got no answer after their reboot", busy);
		wrong += busy;
	}
	for (unsigned k = 0; k < in_flight; k++)
		if (used[k])
			client[slot[k]].state = IDLE;
	free(slot);
	free(used);
}

int
main(int argc, char *argv[])
{
	unsigned in_flight = 64, seconds = 5, bound = 0;
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(67) };
	const char *pid = NULL;
	bool verify = false;
	double cpu = 0, took;
	uint64_t t0;
	int o;

	while ((o = getopt(argc, argv, "c:n:t:p:v")) != -1)
		switch (o) {
		case 'c': in_flight = (unsigned)atoi(optarg); break;
		case 'n': n_client = (unsigned)atoi(optarg); break;
		case 't': seconds = (unsigned)atoi(optarg); break;
		case 'p': pid = optarg; break;
		case 'v': verify = true; break;
		default: return 2;
		}
	server = local;
	if (argc - optind != 2 || inet_pton(AF_INET, argv[optind], &server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[optind + 1], &local.sin_addr) != 1 ||
	    n_client < in_flight || in_flight == 0 || n_client > ADDRS)
		errx(2, "usage: dora [-c in-flight] [-n clients] [-t seconds] [-p pid] [-v] server relay");
	relay = ntohl(local.sin_addr.s_addr);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 1 << 20 }, sizeof(int)) == -1 ||
	    bind(fd, (struct sockaddr *)&local, sizeof(local)) == -1)
		err(1, "%s", argv[optind + 1]);
	client = calloc(n_client, sizeof(*client));
	owner = calloc(ADDRS, sizeof(*owner));
	if (client == NULL || owner == NULL)
		err(1, "memory");
	(void)signal(SIGTERM, on_term);
	if (pid != NULL)
		cpu = cpu_of(pid);
	t0 = now_ms();
	run(in_flight, t0 + seconds * 1000ull, false);
	took = (double)(now_ms() - t0) / 1000;
	if (pid != NULL)
		cpu = cpu_of(pid) - cpu;
	for (unsigned i = 0; i < n_client; i++)
		bound += client[i].bound != 0;
	printf("exchanges %lu per-second %.0f cpu-us %.1f clients %u again %lu nak %lu moved %lu wrong %lu\n",
	    done, (double)done / took, done > 0 ? cpu * 1e6 / (double)done : 0, bound,
	    again, naks, moved, wrong);
	if (verify) {
		naks = 0;
		stop = 0;
		run(in_flight, now_ms() + 30000, true);
		printf("after a reboot: clients %u refused %lu wrong %lu\n", bound, naks, wrong);
	}
	return wrong > 0 || bound == 0;
}
