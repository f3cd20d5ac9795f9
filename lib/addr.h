/* addr.h - MAC, IPv4, network, range and UUID: parse, print, compare.
 *
 * An IPv4 address is a uint32_t in host byte order everywhere but inside a
 * sockaddr or a packet.  Parsers take a whole NUL-terminated string and
 * return 0 or -EINVAL, leaving *ret alone on failure.  Printers write into
 * the caller's buffer and return it.  Pure.  Layer: lib.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <stdbool.h>
#include <stdint.h>

struct mac { uint8_t b[6]; };
struct uuid { uint8_t b[16]; };		/* as on the wire of option 97 (no type byte) */
struct net4 { uint32_t addr; uint8_t plen; };	/* addr has no host bits */
struct range4 { uint32_t lo, hi; };	/* both inclusive, lo <= hi */

#define MAC_STRLEN	18
#define IP4_STRLEN	16
#define NET4_STRLEN	20
#define RANGE4_STRLEN	32
#define UUID_STRLEN	37

int	 mac_parse(const char *, struct mac *ret);	/* aa:bb:.. aa-bb-.. aabb.ccdd.eeff */
int	 ip4_parse(const char *, uint32_t *ret);	/* dotted quad only */
int	 net4_parse(const char *, struct net4 *ret);	/* a.b.c.d/len; host bits are an error */
int	 range4_parse(const char *, struct range4 *ret);	/* a.b.c.d-e.f.g.h or one address */
int	 uuid_parse(const char *, struct uuid *ret);	/* 8-4-4-4-12; first three fields little endian, as SMBIOS */

int	 hex_digit(char);	/* its value, or -1 */

char	*mac_str(struct mac, char[MAC_STRLEN]);
char	*ip4_str(uint32_t, char[IP4_STRLEN]);
char	*net4_str(struct net4, char[NET4_STRLEN]);
char	*range4_str(struct range4, char[RANGE4_STRLEN]);
char	*uuid_str(const struct uuid *, char[UUID_STRLEN]);

bool	 mac_equal(struct mac, struct mac);
bool	 mac_is_zero(struct mac);
bool	 net4_has(struct net4, uint32_t);
uint32_t net4_mask(struct net4);
uint32_t net4_broadcast(struct net4);
/* Neither the network's own address nor its broadcast address, not 0, loopback or multicast. */
bool	 net4_is_host(struct net4, uint32_t);

#endif /* LIB_ADDR_H */
