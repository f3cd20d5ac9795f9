/* os.h - everything that differs between Linux and FreeBSD.
 *
 * Implemented in os_linux.c and os_freebsd.c (and os_posix.c for what both
 * share).  Errors: negative errno.  Layer: lib.
 */
#ifndef LIB_OS_H
#define LIB_OS_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* Files ------------------------------------------------------------------ */

/* Open `path` (relative, may contain slashes; "." is dirfd itself) beneath
 * dirfd, for reading or O_PATH.  An absolute path or a ".." is -EXDEV, a
 * symbolic link on the way -ELOOP.  The last component is not followed: a link
 * there is -ELOOP too, or opened itself with O_PATH.  A FIFO or a device never
 * makes this wait (O_NONBLOCK); close-on-exec.
 * cached: -EAGAIN rather than wait for a disk; so it is always -EAGAIN where
 * the system can't tell whether it would wait. */
int	os_open_beneath(int dirfd, const char *path, int flags, bool cached);
/* As pread(2); nowait: -EAGAIN when the first byte is not in memory, or when
 * the file system can't tell. */
ssize_t	os_pread(int fd, void *buf, size_t len, int64_t off, bool nowait);
/* From a file to a TCP socket, in the kernel; how many bytes went, 0: the file
 * ends before off.  -EAGAIN: the socket is full.
 * With OS_SENDFILE_TELLS: -EBUSY rather than wait for a disk.  Without: it
 * waits for what is not in memory. */
ssize_t	os_sendfile(int sock, int fd, uint64_t off, size_t len);
#ifdef __FreeBSD__
#define OS_SENDFILE_TELLS	true
#else
#define OS_SENDFILE_TELLS	false
#endif
/* Exclusive lock of an open file or directory for this process's life;
 * -EWOULDBLOCK if held.  A child that inherits fd holds it too: close it there. */
int	os_lock(int fd);

/* Random bytes from the kernel; never fails once it returned 0. */
int	os_random(void *buf, size_t len);

/* Network ---------------------------------------------------------------- */

struct os_iface {
	char		name[16];
	unsigned	index;
	struct mac	mac;
	uint32_t	addr;		/* first IPv4 address; 0: none */
	struct net4	net;
	uint32_t	mtu;
	bool		up;
};
/* -ENODEV; -EADDRNOTAVAIL: it has no IPv4 address, the rest is filled in. */
int	os_iface(const char *name, struct os_iface *ret);

/* UDP socket bound to addr:port, non-blocking, close-on-exec, with
 * IP_PKTINFO (or its kin) on.  ifname may be NULL; where no socket can be bound
 * to an interface (FreeBSD), compare what os_recv says.  reuseport: several
 * sockets share the port's load; check a port once with it false first. */
struct os_udp_opt { const char *ifname; bool reuseport, broadcast; int rcvbuf; };
int	os_udp(uint32_t addr, uint16_t port, const struct os_udp_opt *, int *ret_fd);
int	os_tcp_listen(uint32_t addr, uint16_t port, bool reuseport, int *ret_fd);
/* A connection ends when its peer has been gone for so many seconds. */
void	os_tcp_notice(int fd, int seconds);

struct os_dgram {		/* what came, and where to answer from */
	uint32_t	peer;		/* sender */
	uint16_t	peer_port;
	uint32_t	local;		/* our address that was asked; for a
					 * broadcast that of the interface */
	unsigned	ifindex;
};
/* -EAGAIN when nothing waits; -EMSGSIZE when the datagram did not fit (dropped). */
ssize_t	os_recv(int fd, void *buf, size_t cap, struct os_dgram *ret);
/* Sends from d->local (0: any) to d->peer:peer_port; 255.255.255.255 through
 * d->ifindex.  -EAGAIN when the socket is full. */
int	os_send(int fd, const void *buf, size_t len, const struct os_dgram *d);

/* A UDP socket for one peer alone: connected, bound to d->local.  The kernel
 * keeps away what comes from elsewhere, and tells when the peer's port is closed
 * (ECONNREFUSED). */
int	os_udp_connect(const struct os_dgram *d, int *ret_fd);
/* What its route lets through unfragmented, IP header included; 0: not known. */
uint32_t os_path_mtu(int connected_fd);
/* Datagrams of seg bytes, the last perhaps shorter, with as few calls as the
 * system allows; d as for os_send(), or NULL: fd is connected.  A datagram alone
 * costs what send(2) costs.  An error: the last ones have not left.
 * segment: what os_udp_segments() said of some socket. */
int	os_send_many(int fd, const void *buf, size_t len, size_t seg,
	    const struct os_dgram *d, bool segment);
/* Does the kernel cut one large datagram into many (Linux: UDP_SEGMENT)? */
bool	os_udp_segments(int fd);

/* A UDP datagram to a client that has an address but cannot answer ARP yet:
 * framed and sent on a packet socket (CAP_NET_RAW) or bpf(4).  os_raw_open
 * gives -EPERM or -EOPNOTSUPP where that is not possible: broadcast then. */
int	os_raw_open(const char *ifname, int *ret_fd);
int	os_raw_udp(int fd, const struct os_iface *, struct mac dst_mac,
	    uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport,
	    const void *payload, size_t len);
/* A whole Ethernet frame, on the same descriptor. */
int	os_raw_frame(int fd, const void *frame, size_t len);

/* What other machines say on a wire: Ethernet frames that are ARP replies or
 * hold a UDP datagram to a port, whoever they are for; our own are not seen.
 * As os_raw_open() it may be impossible. */
struct os_tap;
int	os_tap_open(const char *ifname, uint16_t udp_port, struct os_tap **ret);
int	os_tap_fd(const struct os_tap *);
/* Borrowed until the next call; -EAGAIN when nothing waits. */
ssize_t	os_tap_read(struct os_tap *, const uint8_t **ret);
void	os_tap_close(struct os_tap *);		/* NULL is fine */

/* ICMP echo (RFC 792).  Needs the same rights. */
int	os_ping_open(int *ret_fd);
int	os_ping_send(int fd, uint32_t to, uint16_t id, uint16_t seq);
/* The sender of an echo reply with that id; -EAGAIN, or -EBADMSG: something else. */
int	os_ping_recv(int fd, uint16_t id, uint32_t *ret_from);

/* The MAC the system has for a neighbour; -ENOENT. */
int	os_neighbour(const char *ifname, uint32_t addr, struct mac *ret);

/* Threads ----------------------------------------------------------------- */

/* A descriptor that other threads make readable: poll [0], send to [1] (they
 * may be the same).  Clear it before looking for what it announced. */
int	os_wakeup_open(int ret_fd[2]);
void	os_wakeup_send(int fd);
void	os_wakeup_clear(int fd);
void	os_wakeup_close(const int fd[2]);

/* Process ---------------------------------------------------------------- */

/* Become `user` for good, keeping the right to bind low ports and to send
 * raw frames (and to read any file: read_all) where capabilities exist.
 * "root" stays root, without the other capabilities.  Does nothing when not
 * root.  Before any thread is started: capabilities are a thread's own. */
int	os_drop(const char *user, bool read_all, const char **ret_why);
unsigned os_ncpu(void);
/* Much was freed: what the allocator holds of it goes back to the system. */
void	os_memory_back(void);

#endif /* LIB_OS_H */
