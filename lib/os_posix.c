/* os_posix.c - what Linux and FreeBSD share. */
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "os_int.h"
#include "wire.h"

/* Files ------------------------------------------------------------------ */

int
os_check_beneath(const char *path)
{
	const char *p;

	if (*path == '\0')
		return -ENOENT;
	if (*path == '/')
		return -EXDEV;
	for (p = path; p != NULL; p = strchr(p, '/')) {
		p += strspn(p, "/");
		if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			return -EXDEV;
	}
	return 0;
}

/* Systems disagree on the error for a link where O_NOFOLLOW forbids one. */
static int
open_error(int dirfd, const char *name, int err)
{
	struct stat st;

	if (err == EMLINK || (err == ENOTDIR &&
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode)))
		return -ELOOP;
	return -err;
}

#ifdef O_SEARCH
#define OPEN_DIR	(O_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#else
#define OPEN_DIR	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#endif

int
os_walk_beneath(int dirfd, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int at = dirfd, fd, r;
	size_t len, gap;

	if ((r = os_check_beneath(path)) < 0)
		return r;
#ifdef O_PATH
	if ((flags & O_PATH) == 0)
#endif
		flags |= O_NONBLOCK;
	for (;; path += len + gap) {
		len = strcspn(path, "/");
		gap = strspn(path + len, "/");
		if (len > NAME_MAX) {
			fd = -ENAMETOOLONG;
			break;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		if (path[len + gap] == '\0') {		/* the last one */
			if (gap > 0)
				flags |= O_DIRECTORY;
			fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
			if (fd == -1)
				fd = open_error(at, name, errno);
			break;
		}
		fd = openat(at, name, OPEN_DIR);
		if (fd == -1) {
			fd = open_error(at, name, errno);
			break;
		}
		if (at != dirfd)
			(void)close(at);
		at = fd;
	}
	if (at != dirfd)
		(void)close(at);
	return fd;
}

int
os_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == -1 ? -errno : 0;
}

int
os_random(void *buf, size_t len)
{
	uint8_t *p = buf;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < 256 ? len : 256;	/* most getentropy(3) gives */
		if (getentropy(p, n) == -1)
			return -errno;
	}
	return 0;
}

/* Network ---------------------------------------------------------------- */

struct sockaddr_in
os_sin(uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
#ifdef __FreeBSD__
	sin.sin_len = sizeof(sin);
#endif
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(addr);
	sin.sin_port = htons(port);
	return sin;
}

static uint32_t
sin_addr(const struct sockaddr *sa)
{
	struct sockaddr_in sin;

	memcpy(&sin, sa, sizeof(sin));
	return ntohl(sin.sin_addr.s_addr);
}

/* Linux reports a secondary address under its label, "eth0:1". */
static bool
same_iface(const char *label, const char *name)
{
	size_t n = strlen(name);

	return strncmp(label, name, n) == 0 &&
	    (label[n] == '\0' || label[n] == ':');
}

static void
iface_fill(struct os_iface *i, const struct ifaddrs *ifa)
{
	uint32_t mask;

	if (ifa->ifa_flags & IFF_UP)
		i->up = true;
	if (ifa->ifa_addr == NULL || os_link_mac(ifa->ifa_addr, &i->mac) ||
	    ifa->ifa_addr->sa_family != AF_INET || i->addr != 0 ||
	    ifa->ifa_netmask == NULL)
		return;
	i->addr = sin_addr(ifa->ifa_addr);
	mask = sin_addr(ifa->ifa_netmask);
	i->net.addr = i->addr & mask;
	i->net.plen = (uint8_t)__builtin_popcount(mask);
}

static int
iface_mtu(const char *name, uint32_t *ret)
{
	struct ifreq req;
	int fd, r = 0;

	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -errno;
	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFMTU, &req) == -1)
		r = -errno;
	else
		*ret = (uint32_t)req.ifr_mtu;
	(void)close(fd);
	return r;
}

int
os_iface(const char *name, struct os_iface *ret)
{
	struct os_iface i;
	struct ifaddrs *all, *ifa;
	int r;

	memset(&i, 0, sizeof(i));
	if (strlen(name) >= sizeof(i.name))
		return -ENODEV;
	errno = ENODEV;
	if ((i.index = if_nametoindex(name)) == 0)
		return errno == ENXIO ? -ENODEV : -errno;
	memcpy(i.name, name, strlen(name));
	if ((r = iface_mtu(name, &i.mtu)) < 0)
		return r;
	if (getifaddrs(&all) == -1)
		return -errno;
	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
		if (same_iface(ifa->ifa_name, name))
			iface_fill(&i, ifa);
	freeifaddrs(all);
	*ret = i;
	return i.addr == 0 ? -EADDRNOTAVAIL : 0;
}

static int
set_on(int fd, int opt)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, opt, &on, sizeof(on)) == -1 ?
	    -errno : 0;
}

static int
bind_to(int fd, uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin = os_sin(addr, port);

	return bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ? -errno : 0;
}

int
os_udp(uint32_t addr, uint16_t port, const struct os_udp_opt *opt, int *ret_fd)
{
	int fd, r;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	if ((opt->reuseport && (r = os_set_reuseport(fd)) < 0) ||
	    (opt->broadcast && (r = set_on(fd, SO_BROADCAST)) < 0) ||
	    (r = os_set_udp(fd, opt)) < 0)
		goto fail;
	if (opt->rcvbuf > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF,
	    &opt->rcvbuf, sizeof(opt->rcvbuf)) == -1) {
		r = -errno;
		goto fail;
	}
	if ((r = bind_to(fd, addr, port)) < 0)
		goto fail;
	*ret_fd = fd;
	return 0;
fail:
	(void)close(fd);
	return r;
}

int
os_tcp_listen(uint32_t addr, uint16_t port, bool reuseport, int *ret_fd)
{
	int fd, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	/* SO_REUSEADDR: connections of our last life may linger in TIME_WAIT;
	 * a living listener still makes bind(2) fail. */
	if ((r = set_on(fd, SO_REUSEADDR)) < 0 ||
	    (reuseport && (r = os_set_reuseport(fd)) < 0) ||
	    (r = bind_to(fd, addr, port)) < 0)
		goto fail;
	os_set_tcp(fd);
	if (listen(fd, SOMAXCONN) == -1) {
		r = -errno;
		goto fail;
	}
	*ret_fd = fd;
	return 0;
fail:
	(void)close(fd);
	return r;
}

#define PROBES	4

/* Half of the time nothing is asked.  What was sent and is not acknowledged has a limit of
 * its own, else the kernel tries for a quarter of an hour; on Linux it also ends
 * who lets nothing in for so long. */
void
os_tcp_notice(int fd, int seconds)
{
	int on = 1, idle = seconds / 2, every = seconds / 2 / PROBES, n = PROBES;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &n, sizeof(n));
#if defined(TCP_USER_TIMEOUT)	/* Linux */
	unsigned ms = (unsigned)seconds * 1000;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
#elif defined(TCP_MAXUNACKTIME)	/* FreeBSD 14 */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_MAXUNACKTIME, &seconds, sizeof(seconds));
#endif
}

/* Ones' complement sum of 16-bit words (RFC 1071), not yet folded. */
static uint32_t
sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	return len > 0 ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

ssize_t
os_frame_udp(void *buf, size_t cap, struct mac dst_mac, struct mac src_mac,
    uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport,
    const void *payload, size_t len)
{
	struct wr w = wr_init(buf, cap);
	uint8_t *ip, *udp;
	uint16_t udp_len, check;

	if (len > 0xffff - 28)
		return -EMSGSIZE;
	udp_len = (uint16_t)(8 + len);
	wr_bytes(&w, dst_mac.b, 6);
	wr_bytes(&w, src_mac.b, 6);
	wr_be16(&w, 0x0800);			/* IPv4 */
	ip = w.buf + w.len;
	wr_be16(&w, 0x4500);			/* version 4, 5 words */
	wr_be16(&w, (uint16_t)(20 + udp_len));
	wr_be32(&w, 0x00004000);		/* no id, don't fragment */
	wr_be16(&w, 64 << 8 | IPPROTO_UDP);
	wr_be16(&w, 0);
	wr_be32(&w, src);
	wr_be32(&w, dst);
	udp = w.buf + w.len;
	wr_be16(&w, sport);
	wr_be16(&w, dport);
	wr_be16(&w, udp_len);
	wr_be16(&w, 0);
	wr_bytes(&w, payload, len);
	if (w.err)
		return -EMSGSIZE;
	put_be16(ip + 10, fold(sum16(0, ip, 20)));
	/* The pseudo header is the two addresses, the protocol, the length.  A
	 * sum of zero is sent as all ones: zero means "none" (RFC 768). */
	check = fold(sum16(sum16((uint32_t)IPPROTO_UDP + udp_len, ip + 12, 8),
	    udp, udp_len));
	put_be16(udp + 6, check == 0 ? 0xffff : check);
	return (ssize_t)w.len;
}

/* Classic BPF: the instructions' codes are the same everywhere. */
#define LD_HALF		0x28	/* A = 16 bits at k */
#define LD_BYTE		0x30
#define LD_HALF_X	0x48	/* A = 16 bits at X + k */
#define LDX_IPLEN	0xb1	/* X = 4 * (low 4 bits at k) */
#define IF_EQUAL	0x15	/* A == k */
#define RETURN		0x06

void
os_tap_program(uint16_t udp_port, struct os_tap_insn ret[OS_TAP_PROGRAM])
{
	const struct os_tap_insn p[OS_TAP_PROGRAM] = {
		{ LD_HALF, 0, 0, 12 },			/* Ethernet type */
		{ IF_EQUAL, 0, 2, 0x0806 },		/* ARP? */
		{ LD_HALF, 0, 0, 20 },			/* operation */
		{ IF_EQUAL, 6, 7, 2 },			/* reply */
		{ IF_EQUAL, 0, 6, 0x0800 },		/* IPv4? */
		{ LD_BYTE, 0, 0, 23 },			/* protocol */
		{ IF_EQUAL, 0, 4, IPPROTO_UDP },
		{ LDX_IPLEN, 0, 0, 14 },
		{ LD_HALF_X, 0, 0, 16 },		/* destination port */
		{ IF_EQUAL, 0, 1, udp_port },
		{ RETURN, 0, 0, 0xffff },
		{ RETURN, 0, 0, 0 },
	};

	memcpy(ret, p, sizeof(p));
}

/* Only echo requests are sent, so that it is right for every address. */
#define ICMP_REQUEST	8
#define ICMP_REPLY	0

int
os_ping_open(int *ret_fd)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd == -1)
		return errno == EACCES ? -EPERM : -errno;
	*ret_fd = fd;
	return 0;
}

int
os_ping_send(int fd, uint32_t to, uint16_t id, uint16_t seq)
{
	struct sockaddr_in sin = os_sin(to, 0);
	uint8_t p[8 + 24] = { ICMP_REQUEST, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id,
	    (uint8_t)(seq >> 8), (uint8_t)seq };

	put_be16(p + 2, fold(sum16(0, p, sizeof(p))));
	while (sendto(fd, p, sizeof(p), MSG_NOSIGNAL, (struct sockaddr *)&sin,
	    sizeof(sin)) == -1)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int
os_ping_recv(int fd, uint16_t id, uint32_t *ret_from)
{
	uint8_t p[128];
	struct rd r;
	ssize_t n;
	size_t ihl;

	do
		n = recv(fd, p, sizeof(p), 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	r = rd_init(p, (size_t)n);
	ihl = (rd_u8(&r) & 15) * 4u;
	(void)rd_take(&r, 11);			/* to the source */
	*ret_from = rd_be32(&r);
	if (ihl < 20)
		return -EBADMSG;
	(void)rd_take(&r, 4 + ihl - 20);
	if (rd_u8(&r) != ICMP_REPLY)
		return -EBADMSG;
	(void)rd_take(&r, 3);
	return rd_be16(&r) == id && !r.err ? 0 : -EBADMSG;
}

/* Threads ---------------------------------------------------------------- */

/* An eventfd and a pipe take the same eight bytes.  A full one is readable
 * already, so a failed write needs no care. */
void
os_wakeup_send(int fd)
{
	const uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

void
os_wakeup_clear(int fd)
{
	uint64_t buf[16];

	while (read(fd, buf, sizeof(buf)) == -1 && errno == EINTR)
		;
}

void
os_wakeup_close(const int fd[2])
{
	(void)close(fd[0]);
	if (fd[1] != fd[0])
		(void)close(fd[1]);
}
