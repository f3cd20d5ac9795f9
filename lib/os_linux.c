/* os_linux.c - what only Linux does this way. */
#ifdef __linux__

#include <sys/capability.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os_int.h"

/* Files ------------------------------------------------------------------ */

int
os_open_beneath(int dirfd, const char *path, int flags, bool cached)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
		    RESOLVE_NO_SYMLINKS,
	};
	long fd;
	int r;

	if ((r = os_check_beneath(path)) < 0)
		return r;
	if ((flags & O_PATH) == 0)
		how.flags |= O_NONBLOCK;
	if (cached)
		how.resolve |= RESOLVE_CACHED;
	do
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (fd == -1 && errno == EINTR);
	if (fd >= 0)
		return (int)fd;
	if (cached && (errno == ENOSYS || errno == EINVAL))
		return -EAGAIN;		/* before Linux 5.12 */
	if (errno == ENOSYS)
		return os_walk_beneath(dirfd, path, flags);
	return -errno;
}

ssize_t
os_pread(int fd, void *buf, size_t len, int64_t off, bool nowait)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	ssize_t n;

	do
		n = preadv2(fd, &iov, 1, off, nowait ? RWF_NOWAIT : 0);
	while (n == -1 && errno == EINTR);
	if (n >= 0)
		return n;
	return nowait && errno == EOPNOTSUPP ? -EAGAIN : -errno;
}

ssize_t
os_sendfile(int sock, int fd, uint64_t off, size_t len)
{
	off_t at = (off_t)off;
	ssize_t n;

	do
		n = sendfile(sock, fd, &at, len);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

/* Network ---------------------------------------------------------------- */

bool
os_link_mac(const struct sockaddr *sa, struct mac *ret)
{
	struct sockaddr_ll ll;

	if (sa->sa_family != AF_PACKET)
		return false;
	memcpy(&ll, sa, sizeof(ll));
	if (ll.sll_halen == sizeof(ret->b))
		memcpy(ret->b, ll.sll_addr, sizeof(ret->b));
	return true;
}

int
os_set_reuseport(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1 ?
	    -errno : 0;
}

/* BBR lets a timer send each packet; on a local network that doubles the CPU
 * time of small answers and gains nothing.  Reno is in every Linux, but an
 * administrator may forbid it. */
void
os_set_tcp(int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name) - 1;

	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0 &&
	    strncmp(name, "bbr", 3) == 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

int
os_set_udp(int fd, const struct os_udp_opt *opt)
{
	int on = 1, dont = IP_PMTUDISC_DONT;

	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == -1)
		return -errno;
	/* Boot ROMs can't do path MTU discovery and large answers are meant to
	 * be fragmented; so no DF, and no learning from forged ICMP. */
	if (setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont)) == -1)
		return -errno;
	if (opt->ifname != NULL && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE,
	    opt->ifname, (socklen_t)strlen(opt->ifname)) == -1)
		return -errno;
	return 0;
}

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif

union pktinfo_cmsg {
	struct cmsghdr	head;		/* alignment */
	char		buf[CMSG_SPACE(sizeof(struct in_pktinfo)) +
			    CMSG_SPACE(sizeof(uint16_t))];
};

ssize_t
os_recv(int fd, void *buf, size_t cap, struct os_dgram *ret)
{
	struct sockaddr_in peer = os_sin(0, 0);
	struct iovec iov = { .iov_base = buf, .iov_len = cap };
	union pktinfo_cmsg ctl;
	struct msghdr m = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct os_dgram d = { 0 };
	struct cmsghdr *c;
	struct in_pktinfo info;
	ssize_t n;

	do
		n = recvmsg(fd, &m, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		/* Not ipi_addr, which may be a broadcast address. */
		d.local = ntohl(info.ipi_spec_dst.s_addr);
		d.ifindex = (unsigned)info.ipi_ifindex;
	}
	d.peer = ntohl(peer.sin_addr.s_addr);
	d.peer_port = ntohs(peer.sin_port);
	*ret = d;
	return n;
}

static void
put_cmsg(struct cmsghdr *c, int level, int type, const void *p, size_t len)
{
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), p, len);
}

/* d NULL: fd is connected; seg 0: it is one datagram. */
static int
send_msg(int fd, const void *buf, size_t len, const struct os_dgram *d, size_t seg)
{
	struct sockaddr_in peer;
	struct iovec iov = { .iov_len = len };
	union pktinfo_cmsg ctl;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct in_pktinfo info = { 0 };
	uint16_t size = (uint16_t)seg;
	ssize_t n;

	memcpy(&iov.iov_base, &buf, sizeof(buf));	/* sendmsg(2) only reads */
	memset(&ctl, 0, sizeof(ctl));
	if (d != NULL) {
		peer = os_sin(d->peer, d->peer_port);
		m.msg_name = &peer;
		m.msg_namelen = sizeof(peer);
		info.ipi_spec_dst.s_addr = htonl(d->local);
		/* Elsewhere the routing table knows better. */
		if (d->peer == INADDR_BROADCAST)
			info.ipi_ifindex = (int)d->ifindex;
		put_cmsg(&ctl.head, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
		m.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	if (seg > 0) {
		put_cmsg((struct cmsghdr *)(void *)(ctl.buf + m.msg_controllen),
		    IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
		m.msg_controllen += CMSG_SPACE(sizeof(size));
	}
	m.msg_control = m.msg_controllen > 0 ? &ctl : NULL;
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : 0;
}

int
os_send(int fd, const void *buf, size_t len, const struct os_dgram *d)
{
	return send_msg(fd, buf, len, d, 0);
}

/* A kernel that does not know it would take the option for none, and send one
 * datagram of all. */
bool
os_udp_segments(int fd)
{
	int seg;
	socklen_t len = sizeof(seg);

	return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &seg, &len) == 0;
}

int
os_send_many(int fd, const void *buf, size_t len, size_t seg,
    const struct os_dgram *d, bool segment)
{
	int r;

	if (len <= seg) {
		if (d != NULL)
			return os_send(fd, buf, len, d);
		while (send(fd, buf, len, MSG_NOSIGNAL) == -1)
			if (errno != EINTR)
				return -errno;
		return 0;
	}
	if (!segment || seg > UINT16_MAX)
		return os_send_each(fd, buf, len, seg, d);
	r = send_msg(fd, buf, len, d, seg);
	/* Larger than the path's MTU, or a path that can't: IPsec, some old
	 * drivers. */
	if (r == -EINVAL || r == -EIO || r == -EMSGSIZE || r == -EOPNOTSUPP)
		return os_send_each(fd, buf, len, seg, d);
	return r;
}

int
os_raw_open(const char *ifname, int *ret_fd)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	socklen_t len = sizeof(ll);
	int fd, r;

	if ((ll.sll_ifindex = (int)if_nametoindex(ifname)) == 0)
		return -ENODEV;
	/* Protocol 0: nothing is ever received. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno == EAFNOSUPPORT ? -EOPNOTSUPP : -errno;
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ll, &len) == -1) {
		r = -errno;
		goto fail;
	}
	if (ll.sll_hatype != ARPHRD_ETHER && ll.sll_hatype != ARPHRD_LOOPBACK) {
		r = -EOPNOTSUPP;
		goto fail;
	}
	*ret_fd = fd;
	return 0;
fail:
	(void)close(fd);
	return r;
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
	while (send(fd, frame, (size_t)n, MSG_NOSIGNAL) == -1)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int
os_raw_frame(int fd, const void *frame, size_t len)
{
	while (send(fd, frame, len, MSG_NOSIGNAL) == -1)
		if (errno != EINTR)
			return -errno;
	return 0;
}

struct os_tap { int fd; uint8_t frame[2048]; };

/* The filter stands before the socket hears anything. */
static int
tap_setup(int fd, unsigned ifindex, uint16_t udp_port)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)ifindex };
	struct os_tap_insn p[OS_TAP_PROGRAM];
	struct sock_filter insn[OS_TAP_PROGRAM];
	struct sock_fprog prog = { .len = OS_TAP_PROGRAM, .filter = insn };
	socklen_t len = sizeof(ll);
	int on = 1;

	os_tap_program(udp_port, p);
	for (size_t i = 0; i < OS_TAP_PROGRAM; i++)
		insn[i] = (struct sock_filter){ p[i].code, p[i].jt, p[i].jf, p[i].k };
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == -1)
		return -errno;
	/* Not known before Linux 4.20; os_tap_read() looks, too. */
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ll, &len) == -1)
		return -errno;
	return ll.sll_hatype == ARPHRD_ETHER ? 0 : -EOPNOTSUPP;
}

int
os_tap_open(const char *ifname, uint16_t udp_port, struct os_tap **ret)
{
	unsigned ifindex = if_nametoindex(ifname);
	struct os_tap *t;
	int r;

	if (ifindex == 0)
		return -ENODEV;
	if ((t = malloc(sizeof(*t))) == NULL)
		return -ENOMEM;
	t->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd == -1) {
		r = errno == EAFNOSUPPORT ? -EOPNOTSUPP : -errno;
		free(t);
		return r;
	}
	if ((r = tap_setup(t->fd, ifindex, udp_port)) < 0) {
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
	struct sockaddr_ll ll;
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(ll);
		n = recvfrom(t->fd, t->frame, sizeof(t->frame), 0,
		    (struct sockaddr *)&ll, &len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		if (ll.sll_pkttype == PACKET_OUTGOING)
			continue;
		*ret = t->frame;
		return n;
	}
}

void
os_tap_close(struct os_tap *t)
{
	if (t == NULL)
		return;
	(void)close(t->fd);
	free(t);
}

int
os_neighbour(const char *ifname, uint32_t addr, struct mac *ret)
{
	struct sockaddr_in sin = os_sin(addr, 0);
	struct arpreq req;
	int fd, r = 0;

	memset(&req, 0, sizeof(req));
	if (strlen(ifname) >= sizeof(req.arp_dev))
		return -ENODEV;
	memcpy(req.arp_dev, ifname, strlen(ifname));
	memcpy(&req.arp_pa, &sin, sizeof(sin));
	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -errno;
	if (ioctl(fd, SIOCGARP, &req) == -1)
		r = errno == ENXIO ? -ENOENT : -errno;
	else if ((req.arp_flags & ATF_COM) == 0)
		r = -ENOENT;		/* asked for, not yet answered */
	else
		memcpy(ret->b, req.arp_ha.sa_data, sizeof(ret->b));
	(void)close(fd);
	return r;
}

/* Threads ---------------------------------------------------------------- */

int
os_wakeup_open(int ret_fd[2])
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd == -1)
		return -errno;
	ret_fd[0] = ret_fd[1] = fd;
	return 0;
}

/* Process ---------------------------------------------------------------- */

static const cap_value_t keep[] = {
	CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_DAC_READ_SEARCH	/* last: read_all */
};

/* Those of keep[] that we have now: a container may have taken some. */
static cap_t
caps_wanted(bool read_all)
{
	size_t n = sizeof(keep) / sizeof(keep[0]) - (read_all ? 0 : 1);
	cap_t have, want;
	cap_flag_value_t on;

	if ((have = cap_get_proc()) == NULL)
		return NULL;
	want = cap_init();
	for (size_t i = 0; want != NULL && i < n; i++)
		if (cap_get_flag(have, keep[i], CAP_PERMITTED, &on) == 0 &&
		    on == CAP_SET) {
			(void)cap_set_flag(want, CAP_PERMITTED, 1, &keep[i], CAP_SET);
			(void)cap_set_flag(want, CAP_EFFECTIVE, 1, &keep[i], CAP_SET);
		}
	(void)cap_free(have);
	return want;
}

/* What an exec'ed program could get back.  Without CAP_SETPCAP this does
 * nothing, and no_new_privs has to do. */
static void
drop_bounding(cap_t want)
{
	cap_flag_value_t on;

	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		if (cap_get_flag(want, c, CAP_PERMITTED, &on) == 0 &&
		    on == CAP_CLEAR)
			(void)cap_drop_bound(c);
}

/* A user namespace may forbid setgroups(2); that is no loss if there is no
 * group to leave. */
static int
drop_groups(const char *user, gid_t gid)
{
	gid_t have[64];
	int n, err;

	if (initgroups(user, gid) == 0)
		return 0;
	err = errno;
	if (err != EPERM || (n = getgroups(64, have)) == -1)
		return -err;
	while (n-- > 0)
		if (have[n] != gid)
			return -err;
	return 0;
}

static int
become(const char *user, const struct passwd *pw, const char **ret_why)
{
	int r;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1) {
		*ret_why = "cannot keep capabilities";
		return -errno;
	}
	if ((r = drop_groups(user, pw->pw_gid)) < 0) {
		*ret_why = "cannot leave the groups of root";
		return r;
	}
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1) {
		*ret_why = "cannot change to the user's group";
		return -errno;
	}
	if (setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		*ret_why = "cannot change to the user";
		return -errno;
	}
	return 0;
}

int
os_drop(const char *user, bool read_all, const char **ret_why)
{
	const struct passwd *pw;
	cap_t want;
	int r = 0;

	if (geteuid() != 0)
		return 0;
	if ((pw = getpwnam(user)) == NULL) {
		*ret_why = "there is no such user";
		return -ENOENT;
	}
	if ((want = caps_wanted(read_all)) == NULL) {
		*ret_why = "cannot read the capabilities";
		return -errno;
	}
	drop_bounding(want);
	if (pw->pw_uid != 0 && (r = become(user, pw, ret_why)) < 0)
		goto out;
	(void)cap_reset_ambient();
	if (cap_set_proc(want) == -1) {
		*ret_why = "cannot give up the other capabilities";
		r = -errno;
	} else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		*ret_why = "cannot set no_new_privs";
		r = -errno;
	} else if (pw->pw_uid != 0 && setuid(0) == 0) {
		*ret_why = "root could be regained";
		r = -EPERM;
	}
out:
	(void)cap_free(want);
	return r;
}

unsigned
os_ncpu(void)
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

void
os_memory_back(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

#endif /* __linux__ */
