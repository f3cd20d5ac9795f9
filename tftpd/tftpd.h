/* tftpd.h - the server of one worker: its sockets and its transfers.
 *
 * All of it belongs to the worker's thread.
 * Layer: tftpd, I/O.
 */
#ifndef TFTPD_TFTPD_H
#define TFTPD_TFTPD_H

#include <sys/queue.h>

#include "../fleet/service.h"
#include "../lib/os.h"
#include "tftp_msg.h"

struct event;
struct tftp_files;
struct transfer;

struct tftp_listener {
	struct tftpd	*d;
	struct event	*ev;
	int		 fd;		/* the same number as long as the server runs */
	char		 ifname[16];	/* "": all interfaces */
	unsigned	 index;		/* which one of that name */
	uint16_t	 port;
	bool		 failed;
};

TAILQ_HEAD(transfer_list, transfer);

struct tftpd {
	struct worker		*w;		/* NULL until start */
	struct tftp_listener	*listener;
	size_t			 n_listener;
	struct event		*look;
	struct tftp_files	*files;
	bool			 single_port;	/* all is sent from the listening sockets */
	bool			 segment;	/* os_udp_segments() */
	uint8_t			 key[16];	/* of the table */
	struct transfer		**bucket;
	size_t			 n_bucket;	/* a power of two */
	size_t			 n_transfer;
	struct transfer_list	 unheard;	/* client has not answered yet; oldest first */
	int64_t			 short_told, refused_since;	/* tftp_tell.c */
	unsigned		 refused;
	uint8_t			 in[2048];	/* what was received */
	uint8_t			 out[TFTP_PACKET_MAX];	/* what is sent */
};

/* tftp_io.c: one transfer's socket, timer and file. --------------------- */

/* A request that tftp_acceptable() found good, in d->in. */
void	transfer_request(struct tftpd *, int listener_fd, const struct os_dgram *,
	    size_t len, const struct tftp_msg *rrq);
/* What came to the listening socket and belongs to a transfer that has no
 * socket of its own; false: there is none. */
bool	transfer_input(struct tftpd *, const struct os_dgram *,
	    const struct tftp_msg *);
void	transfer_drop_all(struct tftpd *);

/* tftpd.c: an ERROR from the listening socket; nothing of it is kept. */
void	send_error(struct tftpd *, int listener_fd, const struct os_dgram *,
	    uint16_t code, const char *text);

/* tftp_tell.c: what the operator and the fleet are told. ---------------- */
#define PEER_STRLEN	(IP4_STRLEN + 6)
const char *peer_str(const struct os_dgram *, char[PEER_STRLEN]);
/* An event but for who, and what it says of the file. */
void	tell_fleet(struct tftpd *, struct event *, const struct os_dgram *,
	    const char *file, const char *why);
struct tftp_refusal;
void	tell_refused(struct tftpd *, const struct os_dgram *, uint32_t inst,
	    const char *file, const struct tftp_refusal *);
/* Short of something, so that a request was ignored: no answer is best, for
 * the client asks again. */
void	tell_short(struct tftpd *, int r);

#endif /* TFTPD_TFTPD_H */
