/* os_freebsd.c - what only FreeBSD (13 and later) does this way. */
#ifdef __FreeBSD__

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <net/bpf.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/route.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os_int.h"

/* Files ------------------------------------------------------------------ */

/* O_RESOLVE_BENEATH would follow links on the way, so it is not used. */
int
os_open_beneath(int dirfd, const char *path, int flags, bool cached)
{
	return cached ? -EAGAIN : os_walk_beneath(dirfd, path, flags);
}

ssize_t
os_pread(int fd, void *buf, size_t len, int64_t off, bool nowait)
{
	ssize_t n;

	if (nowait)
		return -EAGAIN;
	do
		n = pread(fd, buf, len, (off_t)off);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

ssize_t
os_sendfile(int sock, int fd, uint64_t off, size_t len)
{
	off_t sent = 0;
	int r;

	do
		r = sendfile(fd, sock, (off_t)off, len, NULL, &sent,
		    SF_FLAGS(0, SF_NODISKIO));
	while (r == -1 && errno == EINTR && sent == 0);
	return r == -1 && sent == 0 ? -errno : (ssize_t)sent;
}

/* Network ---------------------------------------------------------------- */

bool
os_link_mac(const struct sockaddr *sa, struct mac *ret)
{
	struct sockaddr_dl dl;
	size_t len = sa->sa_len < sizeof(dl) ? sa->sa_len : sizeof(dl);

	if (sa->sa_family != AF_LINK)
		return false;
	memset(&dl, 0, sizeof(dl));
	memcpy(&dl, sa, len);
	if (dl.sdl_alen == sizeof(ret->b) &&
	    (size_t)dl.sdl_nlen + dl.sdl_alen <= sizeof(dl.sdl_data))
		memcpy(ret->b, LLADDR(&dl), sizeof(ret->b));
	return true;
}

int
os_set_reuseport(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT_LB, &on, sizeof(on)) == -1 ?
	    -errno : 0;
}

/* What paces by timers is never this system's choice by itself. */
void
os_set_tcp(int fd)
{
	(void)fd;
}

/* There is no way to bind to an interface; the caller compares ifindex. */
int
os_set_udp(int fd, const struct os_udp_opt *opt)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_IP, IP_RECVDSTADDR, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_RECVIF, &on, sizeof(on)) == -1)
		return -errno;
	return opt->ifname != NULL && if_nametoindex(opt->ifname) == 0 ? -ENODEV : 0;
}

/* First IPv4 address of an interface, or its broadcast address; 0: none. */
static uint32_t
iface_addr(unsigned ifindex, bool broadcast)
{
	char name[IF_NAMESIZE];
	struct ifaddrs *all, *ifa;
	struct sockaddr_in sin;
	uint32_t addr = 0;

	if (if_indextoname(ifindex, name) == NULL || getifaddrs(&all) == -1)
		return 0;
	for (ifa = all; ifa != NULL && addr == 0; ifa = ifa->ifa_next) {
		const struct sockaddr *sa = broadcast ? ifa->ifa_broadaddr :
		    ifa->ifa_addr;

		if (strcmp(ifa->ifa_name, name) != 0 || ifa->ifa_addr == NULL ||
		    ifa->ifa_addr->sa_family != AF_INET || sa == NULL)
			continue;
		memcpy(&sin, sa, sizeof(sin));
		addr = ntohl(sin.sin_addr.s_addr);
	}
	freeifaddrs(all);
	return addr;
}

union addr_cmsg {
	struct cmsghdr	head;		/* alignment */
	char		buf[CMSG_SPACE(sizeof(struct in_addr)) +
			    CMSG_SPACE(sizeof(struct sockaddr_dl))];
};

static void
read_cmsg(struct cmsghdr *c, struct os_dgram *d)
{
	struct sockaddr_dl dl;
	struct in_addr in;

	if (c->cmsg_level != IPPROTO_IP)
		return;
	if (c->cmsg_type == IP_RECVDSTADDR) {
		memcpy(&in, CMSG_DATA(c), sizeof(in));
		d->local = ntohl(in.s_addr);
	} else if (c->cmsg_type == IP_RECVIF) {
		size_t len = c->cmsg_len - CMSG_LEN(0);

		memset(&dl, 0, sizeof(dl));
		memcpy(&dl, CMSG_DATA(c), len < sizeof(dl) ? len : sizeof(dl));
		d->ifindex = dl.sdl_index;
	}
}

ssize_t
os_recv(int fd, void *buf, size_t cap, struct os_dgram *ret)
{
	struct sockaddr_in peer = os_sin(0, 0);
	struct iovec iov = { .iov_base = buf, .iov_len = cap };
	union addr_cmsg ctl;
	struct msghdr m = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct os_dgram d = { 0 };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(fd, &m, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
		read_cmsg(c, &d);
	if (d.local == INADDR_BROADCAST)
		d.local = iface_addr(d.ifindex, false);
	d.peer = ntohl(peer.sin_addr.s_addr);
	d.peer_port = ntohs(peer.sin_port);
	*ret = d;
	return n;
}

static ssize_t
send_from(int fd, const void *buf, size_t len, uint32_t local,
    struct sockaddr_in peer)
{
	struct iovec iov = { .iov_len = len };
	union addr_cmsg ctl;
	struct msghdr m = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	struct in_addr in = { .s_addr = htonl(local) };
	struct cmsghdr *c;
	ssize_t n;

	memcpy(&iov.iov_base, &buf, sizeof(buf));	/* sendmsg(2) only reads */
	if (local != 0) {
		memset(&ctl, 0, sizeof(ctl));
		m.msg_control = &ctl;
		m.msg_controllen = CMSG_SPACE(sizeof(in));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_SENDSRCADDR;
		c->cmsg_len = CMSG_LEN(sizeof(in));
		memcpy(CMSG_DATA(c), &in, sizeof(in));
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

static int
send_to(int fd, const void *buf, size_t len, uint32_t local,
    struct sockaddr_in peer)
{
	ssize_t n = send_from(fd, buf, len, local, peer);

	/* A socket bound to one address may not name it again, and what was
	 * asked may have been a subnet's broadcast address. */
	if (n == -1 && local != 0 && (errno == EINVAL || errno == EADDRNOTAVAIL))
		n = send_from(fd, buf, len, 0, peer);
	if (n == -1)
		return errno == ENOBUFS ? -EAGAIN : -errno;
	return 0;
}

/* 255.255.255.255 goes out of an interface when its broadcast address is named
 * with IP_ONESBCAST on; as long as it is on, nothing else can be sent. */
int
os_send(int fd, const void *buf, size_t len, const struct os_dgram *d)
{
	uint32_t all = d->peer == INADDR_BROADCAST ?
	    iface_addr(d->ifindex, true) : 0;
	int on = 1, off = 0, r;

	if (all == 0)
		return send_to(fd, buf, len, d->local,
		    os_sin(d->peer, d->peer_port));
	if (setsockopt(fd, IPPROTO_IP, IP_ONESBCAST, &on, sizeof(on)) == -1)
		return -errno;
	r = send_to(fd, buf, len, d->local, os_sin(all, d->peer_port));
	if (setsockopt(fd, IPPROTO_IP, IP_ONESBCAST, &off, sizeof(off)) == -1 && r == 0)
		r = -errno;
	return r;
}

bool
os_udp_segments(int fd)
{
	(void)fd;
	return false;
}

int
os_send_many(int fd, const void *buf, size_t len, size_t seg,
    const struct os_dgram *d, bool segment)
{
	(void)segment;
	return os_send_each(fd, buf, len, seg, d);
}

/* Only for writing: the filter keeps the kernel from collecting packets. */
static int
bpf_setup(int fd, const char *ifname)
{
	struct bpf_insn drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct bpf_program filter = { .bf_len = 1, .bf_insns = &drop };
	struct ifreq req;
	u_int on = 1, dlt;

	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, ifname, strlen(ifname));
	if (ioctl(fd, BIOCSETF, &filter) == -1)
		return -errno;
	if (ioctl(fd, BIOCSETIF, &req) == -1)
		return errno == ENXIO ? -ENODEV : -errno;
	if (ioctl(fd, BIOCGDLT, &dlt) == -1 || dlt != DLT_EN10MB)
		return -EOPNOTSUPP;
	return ioctl(fd, BIOCSHDRCMPLT, &on) == -1 ? -errno : 0;
}

int
os_raw_open(const char *ifname, int *ret_fd)
{
	int fd, r;

	if (strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	if ((fd = open("/dev/bpf", O_WRONLY | O_NONBLOCK | O_CLOEXEC)) == -1) {
		if (errno == EACCES)
			return -EPERM;
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	}
	if ((r = bpf_setup(fd, ifname)) < 0) {
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int
os_raw_udp(int fd, const struct os_iface *i, struct mac dst_mac,
    uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport,
    const void *payload, size_t len)
{
	uint8_t frame[OS_FRAME_OVERHEAD + 2048];
	ssize_t n;

	if (len + 28 > i->mtu)
		return -EMSGSIZE;
	n = os_frame_udp(frame, sizeof(frame), dst_mac, i->mac, src, sport, dst,
	    dport, payload, len);
	if (n < 0)
		return (int)n;
	while (write(fd, frame, (size_t)n) == -1)
		if (errno != EINTR)
			return errno == ENOBUFS ? -EAGAIN : -errno;
	return 0;
}

int
os_raw_frame(int fd, const void *frame, size_t len)
{
	while (write(fd, frame, len) == -1)
		if (errno != EINTR)
			return errno == ENOBUFS ? -EAGAIN : -errno;
	return 0;
}

struct os_tap {
	int		 fd;
	char		*buf;		/* as the kernel fills it: several frames */
	u_int		 cap;
	size_t		 len, at;
};

static int
tap_setup(struct os_tap *t, const char *ifname, uint16_t udp_port)
{
	struct os_tap_insn p[OS_TAP_PROGRAM];
	struct bpf_insn insn[OS_TAP_PROGRAM];
	struct bpf_program filter = { .bf_len = OS_TAP_PROGRAM, .bf_insns = insn };
	struct ifreq req;
	u_int on = 1, in = BPF_D_IN, dlt;

	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, ifname, strlen(ifname));
	os_tap_program(udp_port, p);
	for (size_t i = 0; i < OS_TAP_PROGRAM; i++)
		insn[i] = (struct bpf_insn){ p[i].code, p[i].jt, p[i].jf, p[i].k };
	if (ioctl(t->fd, BIOCSETF, &filter) == -1 ||
	    ioctl(t->fd, BIOCSDIRECTION, &in) == -1)
		return -errno;
	if (ioctl(t->fd, BIOCSETIF, &req) == -1)
		return errno == ENXIO ? -ENODEV : -errno;
	if (ioctl(t->fd, BIOCGDLT, &dlt) == -1 || dlt != DLT_EN10MB)
		return -EOPNOTSUPP;
	if (ioctl(t->fd, BIOCIMMEDIATE, &on) == -1 ||
	    ioctl(t->fd, BIOCGBLEN, &t->cap) == -1)
		return -errno;
	return (t->buf = malloc(t->cap)) != NULL ? 0 : -ENOMEM;
}

int
os_tap_open(const char *ifname, uint16_t udp_port, struct os_tap **ret)
{
	struct os_tap *t;
	int r;

	if (strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	if ((t->fd = open("/dev/bpf", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1) {
		r = errno == EACCES ? -EPERM : errno == ENOENT ? -EOPNOTSUPP : -errno;
		free(t);
		return r;
	}
	if ((r = tap_setup(t, ifname, udp_port)) < 0) {
		os_tap_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

int
os_tap_fd(const struct os_tap *t)
{
	return t->fd;
}

ssize_t
os_tap_read(struct os_tap *t, const uint8_t **ret)
{
	struct bpf_hdr h;
	ssize_t n;

	if (t->len - t->at < sizeof(h)) {
		do
			n = read(t->fd, t->buf, t->cap);
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return -errno;
		t->len = (size_t)n;
		t->at = 0;
		if (t->len < sizeof(h))
			return -EAGAIN;
	}
	memcpy(&h, t->buf + t->at, sizeof(h));
	if (h.bh_hdrlen > t->len - t->at || h.bh_caplen > t->len - t->at - h.bh_hdrlen) {
		t->len = t->at = 0;	/* cannot be */
		return -EAGAIN;
	}
	*ret = (const uint8_t *)t->buf + t->at + h.bh_hdrlen;
	t->at += BPF_WORDALIGN(h.bh_hdrlen + h.bh_caplen);
	if (t->at > t->len)
		t->at = t->len;
	return (ssize_t)h.bh_caplen;
}

void
os_tap_close(struct os_tap *t)
{
	if (t == NULL)
		return;
	(void)close(t->fd);
	free(t->buf);
	free(t);
}

/* The kernel's table of neighbours, route(4) messages one after another. */
static int
neighbour_table(char **ret, size_t *ret_len)
{
	int mib[6] = { CTL_NET, PF_ROUTE, 0, AF_INET, NET_RT_FLAGS, RTF_LLINFO };
	size_t len;
	char *buf;

	if (sysctl(mib, 6, NULL, &len, NULL, 0) == -1)
		return -errno;
	len += len / 4 + 1024;		/* it may grow before the next call */
	if ((buf = malloc(len)) == NULL)
		return -ENOMEM;
	if (sysctl(mib, 6, buf, &len, NULL, 0) == -1) {
		free(buf);
		return -errno;
	}
	*ret = buf;
	*ret_len = len;
	return 0;
}

/* Is this the entry of addr on the interface, and complete?  After the header
 * stand the address and then the link-layer address. */
static bool
neighbour_match(const char *p, size_t len, uint32_t addr, unsigned ifindex,
    struct mac *ret)
{
	struct sockaddr_in sin;
	struct sockaddr_dl dl;
	size_t step;

	if (len < sizeof(sin))
		return false;
	memcpy(&sin, p, sizeof(sin));
	step = SA_SIZE(&sin);
	if (ntohl(sin.sin_addr.s_addr) != addr || len < step + 8)
		return false;
	memset(&dl, 0, sizeof(dl));
	memcpy(&dl, p + step, len - step < sizeof(dl) ? len - step : sizeof(dl));
	if (dl.sdl_family != AF_LINK || dl.sdl_index != ifindex ||
	    dl.sdl_alen != sizeof(ret->b) ||
	    (size_t)dl.sdl_nlen + dl.sdl_alen > sizeof(dl.sdl_data))
		return false;
	memcpy(ret->b, LLADDR(&dl), sizeof(ret->b));
	return true;
}

int
os_neighbour(const char *ifname, uint32_t addr, struct mac *ret)
{
	struct rt_msghdr rtm;
	unsigned ifindex;
	size_t len, at;
	char *table;
	int r;

	if ((ifindex = if_nametoindex(ifname)) == 0)
		return -ENODEV;
	if ((r = neighbour_table(&table, &len)) < 0)
		return r;
	r = -ENOENT;
	for (at = 0; r != 0 && len - at >= sizeof(rtm); at += rtm.rtm_msglen) {
		memcpy(&rtm, table + at, sizeof(rtm));
		if (rtm.rtm_msglen < sizeof(rtm) || rtm.rtm_msglen > len - at)
			break;
		if (neighbour_match(table + at + sizeof(rtm),
		    rtm.rtm_msglen - sizeof(rtm), addr, ifindex, ret))
			r = 0;
	}
	free(table);
	return r;
}

/* Threads ---------------------------------------------------------------- */

int
os_wakeup_open(int ret_fd[2])
{
	return pipe2(ret_fd, O_CLOEXEC | O_NONBLOCK) == -1 ? -errno : 0;
}

/* Process ---------------------------------------------------------------- */

/* Without capabilities there is nothing to keep: what needs root is opened
 * before, and read_all is out of reach. */
int
os_drop(const char *user, bool read_all, const char **ret_why)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	if ((pw = getpwnam(user)) == NULL) {
		*ret_why = "there is no such user";
		return -ENOENT;
	}
	if (pw->pw_uid == 0)
		return 0;
	if (read_all) {
		*ret_why = "only root can read every file on this system";
		return -EOPNOTSUPP;
	}
	if (initgroups(user, pw->pw_gid) == -1) {
		*ret_why = "cannot leave the groups of root";
		return -errno;
	}
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1) {
		*ret_why = "cannot change to the user's group";
		return -errno;
	}
	if (setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		*ret_why = "cannot change to the user";
		return -errno;
	}
	if (setuid(0) == 0) {
		*ret_why = "root could be regained";
		return -EPERM;
	}
	return 0;
}

unsigned
os_ncpu(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

void
os_memory_back(void)
{
	/* Its malloc(3) does so by itself. */
}

#endif /* __FreeBSD__ */
