/* storm.h - a simulated rack of machines that boot at the same second.
 *
 * Each machine is a coroutine: what it does is written as it happens, and where
 * it waits the others run. What a wait returns in lies in buffers that all share,
 * so it is looked at before the next wait. A machine that can't go on ends by
 * storm_fail(), which says why and does not return. */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include <stdbool.h>
#include <ucontext.h>

#include "bench.h"

#define MS	1000000ull
#define SECOND	(1000 * MS)

enum stage { ST_DHCP, ST_TURN, ST_TFTP, ST_DHCP2, ST_LOADER, ST_ROOT, ST_VERIFY,
	ST_INSTALL, ST__COUNT };

/* What waits too long, and is said again. */
enum again { AGAIN_DHCP, AGAIN_TFTP, AGAIN_UDP, AGAIN_TCP, AGAIN_REPORT,
	AGAIN__COUNT };

enum kind { KIND_IPXE_OLD, KIND_IPXE, KIND_UEFI, KIND__COUNT };

struct answer {			/* of a DHCP server, to one machine */
	bool		 come;
	uint8_t		 type;
	uint32_t	 xid, addr, server, next;
	char		 file[129], root[256], vars[256];
};

struct machine {
	unsigned	 no;
	enum kind	 kind;
	uint8_t		 mac[6];
	/* The loop's: */
	ucontext_t	 context;
	void		*stack;
	int		 fd;		/* waits for input on it; -1: for none */
	uint64_t	 until;
	bool		 late, done;
	/* Its own: */
	enum stage	 stage;
	uint64_t	 began;
	uint64_t	 at[ST__COUNT];	/* end of each stage; 0: not gone through */
	struct answer	 dhcp;
	uint32_t	 xid;
	bool		 bound;		/* answers who asks for its address */
	int		 sock[4];	/* closed when it ends; -1 */
	char		 token[33];
	char		 why[160];	/* failed */
};

struct original { char *path; const uint8_t *p; size_t n; };

struct storm {
	uint32_t	 server;	/* host byte order */
	const char	*interface;
	unsigned	 n_machine, ask_again_ms;
	struct machine	*machine;
	struct original	*file;
	size_t		 n_file;
	unsigned long	 again[AGAIN__COUNT], calls, bytes, waited;
	double		*report;	/* seconds that each claim and report took */
	size_t		 n_report;
	bool		 verbose;
};
extern struct storm storm;

/* storm.c */
bool	storm_wait(struct machine *, int fd, uint64_t until);	/* false: too late */
void	storm_sleep(struct machine *, uint64_t ns);
void	storm_fail(struct machine *, const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));
void	storm_stage(struct machine *, enum stage);		/* it has ended */
void	storm_wake(struct machine *);
int	storm_socket(struct machine *, int type, uint16_t port);	/* bound to its address */
void	storm_close(struct machine *, int fd);
void	storm_watch(int fd, void (*fn)(int fd));	/* a socket of all */
const struct original *storm_original(const char *path);	/* NULL */
void	storm_took(uint64_t ns);

/* storm_dhcp.c */
enum who { WHO_FIRMWARE, WHO_IPXE, WHO_LOADER };
void	storm_dhcp_open(void);
void	storm_dora(struct machine *, enum who);

/* storm_tftp.c: compared with the original, if there is one */
void	storm_tftp(struct machine *, const char *name, const struct original *);

/* storm_rpc.c: a call returns its answer behind the RPC header. */
struct conn {
	struct machine	*m;
	int		 fd;
	bool		 tcp;
	uint32_t	 addr, xid;
	uint16_t	 port;
	uint8_t		 out[1024];
	uint8_t		*in;		/* TCP */
	size_t		 used, len;	/* of in: taken, come */
};
void	conn_udp(struct conn *, struct machine *, uint16_t from, uint16_t port);
void	conn_tcp(struct conn *, struct machine *, uint16_t from, uint16_t port);
void	conn_end(struct conn *);
struct wr conn_begin(struct conn *, uint32_t prog, uint32_t proc);
struct rd conn_call(struct conn *, struct wr *);
void	conn_send(struct conn *, struct wr *);	/* TCP: several in flight */
struct rd conn_receive(struct conn *, uint32_t *ret_xid);
uint16_t conn_getport(struct machine *, uint32_t prog, uint32_t proto);

/* storm_nfs.c */
void	nfs_mount(struct conn *, const char *path, struct fh *ret);
uint32_t nfs_lookup(struct conn *, const struct fh *dir, const char *name, size_t len,
	    struct fh *ret);		/* a status of NFS */
/* READs of size, so many in flight; compared, or (original NULL) kept in text. */
void	nfs_read_file(struct conn *, const struct fh *, const char *path, uint32_t size,
	    unsigned flight, const struct original *, char *text, size_t cap);
void	nfs_simple(struct conn *, uint32_t proc, const struct fh *);
void	nfs_write(struct conn *, const struct fh *, uint64_t off, const char *text);

/* storm_boot.c */
void	storm_boot(struct machine *);
/* storm_script.c: what the install script does, to its last report. */
void	storm_script(struct machine *, struct conn *, const struct fh *root, char *text);
const struct fh *storm_walk(struct machine *, struct conn *, const struct fh *root,
	    const char *path, struct fh *ret);

#endif /* BENCH_STORM_H */
