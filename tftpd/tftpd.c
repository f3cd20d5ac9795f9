/* tftpd.c - the TFTP service: listening sockets, requests, start and stop. */
#include <net/if.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/log.h"
#include "tftp_file.h"
#include "tftp_refuse.h"
#include "tftpd.h"

/* A rack that is switched on sends all its requests at once. */
#define RCVBUF		(1 << 20)
/* Requests taken from a socket before other sockets get their turn. */
#define BATCH		32
#define LOOK_S		3

/* Requests -------------------------------------------------------------- */

void
send_error(struct tftpd *d, int fd, const struct os_dgram *who, uint16_t code,
    const char *text)
{
	size_t len;

	count_add(&d->w->count, COUNT_tftp_refused, 1);
	if (tftp_error_build(code, text, d->out, sizeof(d->out), &len) == 0)
		(void)os_send(fd, d->out, len, who);	/* lost: it asks again */
}

/* What is no request has lost its way: the ports of transfers are others. */
static void
stray(struct tftpd *d, int fd, const struct os_dgram *who, uint16_t op)
{
	switch (op) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		send_error(d, fd, who, TFTP_EBADOP, "Malformed request");
		break;
	case TFTP_DATA:
	case TFTP_ACK:
	case TFTP_OACK:
		send_error(d, fd, who, TFTP_EBADID, "Unknown transfer ID");
		break;
	case TFTP_ERROR:		/* never answered */
		break;
	default:
		send_error(d, fd, who, TFTP_EBADOP, "Unknown operation");
	}
}

static void
input(struct tftpd *d, int fd, const struct os_dgram *who, size_t len)
{
	struct tftp_refusal no;
	struct tftp_msg m;

	if (who->peer_port == 0)
		return;
	if (tftp_msg_parse(d->in, len, &m) < 0 ||
	    (m.op != TFTP_RRQ && m.op != TFTP_WRQ)) {
		if (len >= 2 && !(d->single_port && transfer_input(d, who, &m)))
			stray(d, fd, who, m.op);
	} else if (!tftp_acceptable(&m, &no)) {
		send_error(d, fd, who, no.code, no.text);
		tell_refused(d, who, 0, m.file, &no);
	} else {
		transfer_request(d, fd, who, len, &m);
	}
}

static void
on_request(evutil_socket_t fd, short what, void *arg)
{
	struct tftpd *d = ((struct tftp_listener *)arg)->d;
	struct os_dgram who;
	ssize_t n;

	(void)what;
	for (int i = 0; i < BATCH; i++) {
		n = os_recv((int)fd, d->in, sizeof(d->in), &who);
		if (n >= 0)
			input(d, (int)fd, &who, (size_t)n);
		else if (n != -EMSGSIZE)
			break;
	}
}

/* The service ----------------------------------------------------------- */

static void
close_listeners(struct tftpd *d)
{
	for (size_t i = 0; i < d->n_listener; i++) {
		if (d->listener[i].ev != NULL)
			event_free(d->listener[i].ev);
		(void)close(d->listener[i].fd);
	}
	d->n_listener = 0;
}

static int
listener_socket(struct tftp_listener *l, int *ret_fd)
{
	bool all = l->ifname[0] == '\0';
	const struct os_udp_opt opt = { .ifname = all ? NULL : l->ifname,
	    .reuseport = true, .rcvbuf = RCVBUF };

	l->index = all ? 0 : if_nametoindex(l->ifname);
	return os_udp(0, l->port, &opt, ret_fd);
}

static int
open_listener(struct tftpd *d, const char *ifname, uint16_t port, bool first,
    char why[200])
{
	const struct os_udp_opt alone = { .ifname = ifname };
	struct tftp_listener *l = &d->listener[d->n_listener];
	int r = 0, fd;

	*l = (struct tftp_listener){ .d = d, .port = port };
	if (ifname != NULL)
		(void)snprintf(l->ifname, sizeof(l->ifname), "%s", ifname);
	/* SO_REUSEPORT would hide that another server has the port. */
	if (first && (r = os_udp(0, port, &alone, &fd)) == 0)
		(void)close(fd);
	if (r == 0)
		r = listener_socket(l, &l->fd);
	if (r < 0) {
		(void)snprintf(why, 200, "tftp: UDP port %u%s%s: %s%s",
		    (unsigned)port, ifname ? " on " : "", ifname ? ifname : "",
		    strerror(-r), r == -EADDRINUSE ?
		    " (is another TFTP server running?)" : "");
		return r;
	}
	d->n_listener++;
	return 0;
}

/* An interface that was removed and made anew (a VLAN, a bridge, a USB adapter) is
 * another one to the kernel.  Transfers over a single port know the socket by
 * its number. */
static void
listener_look(struct tftp_listener *l)
{
	unsigned now = if_nametoindex(l->ifname);
	int fd, r;

	if (now == 0 || now == l->index)
		return;
	r = listener_socket(l, &fd);
	if (r == 0) {
		(void)event_del(l->ev);
		if (dup3(fd, l->fd, O_CLOEXEC) == -1)
			r = -errno;
		(void)close(fd);
		(void)event_add(l->ev, NULL);
	}
	if (r < 0)
		l->index = 0;		/* again next time */
	if (l->d->w->index == 0 && !(r < 0 && l->failed))
		log_ev(LOG_WARNING, "tftp.interface", KV_S("if", l->ifname),
		    KV_S("err", r < 0 ? strerror(-r) : NULL), KV_S("did", r < 0 ?
		    "tried again every few seconds" : "it is another one, and is served"));
	l->failed = r < 0;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct tftpd *d = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < d->n_listener; i++)
		if (d->listener[i].ifname[0] != '\0')
			listener_look(&d->listener[i]);
}

static int
open_listeners(struct tftpd *d, const struct config *cfg, bool first,
    char why[200])
{
	const struct cfg_top *top = &cfg->top;
	uint16_t port = (uint16_t)top->tftp.port;
	size_t n = top->n_interface;
	int r = 0;

	if ((d->listener = calloc(n > 0 ? n : 1, sizeof(*d->listener))) == NULL)
		return -ENOMEM;
	if (n == 0)
		return open_listener(d, NULL, port, first, why);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = open_listener(d, top->interface[i], port, first, why);
	return r;
}

static void
tftpd_free(struct tftpd *d)
{
	close_listeners(d);
	if (d->look != NULL)
		event_free(d->look);
	tftp_files_free(d->files);
	free(d->listener);
	free(d->bucket);
	free(d);
}

static int
tftpd_open(const struct config *cfg, unsigned index, void **ret, char why[200])
{
	struct tftpd *d;
	int r;

	(void)snprintf(why, 200, "tftp: out of memory");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return -ENOMEM;
	TAILQ_INIT(&d->unheard);
	d->n_bucket = 64;
	while (d->n_bucket < cfg->top.tftp.max_transfers)
		d->n_bucket *= 2;
	if ((d->bucket = calloc(d->n_bucket, sizeof(struct transfer *))) == NULL) {
		r = -ENOMEM;
		goto fail;
	}
	d->single_port = cfg->top.tftp.single_port;
	if ((r = os_random(d->key, sizeof(d->key))) < 0)
		goto fail;
	if (cfg->top.tftp.enabled &&
	    (r = open_listeners(d, cfg, index == 0, why)) < 0)
		goto fail;
	*ret = d;
	return 0;
fail:
	tftpd_free(d);
	return r;
}

static int
tftpd_start(void *arg, struct worker *w)
{
	const struct timeval tv = { .tv_sec = LOOK_S };
	struct tftpd *d = arg;
	int r;

	d->w = w;
	d->look = event_new(w->base, -1, EV_PERSIST, on_look, d);
	if (d->look == NULL || event_add(d->look, &tv) == -1)
		return -ENOMEM;
	if ((r = tftp_files_new(w, &d->files)) < 0)
		return r;
	for (size_t i = 0; i < d->n_listener; i++) {
		struct tftp_listener *l = &d->listener[i];

		l->ev = event_new(w->base, l->fd, EV_READ | EV_PERSIST,
		    on_request, l);
		if (l->ev == NULL || event_add(l->ev, NULL) == -1)
			return -ENOMEM;
		d->segment = os_udp_segments(l->fd);
	}
	return 0;
}

static void
tftpd_stop(void *arg)
{
	struct tftpd *d = arg;

	transfer_drop_all(d);
	tftpd_free(d);
}

const struct service tftpd_service = {
	.name = "tftp", .open = tftpd_open, .start = tftpd_start,
	.stop = tftpd_stop,
};
