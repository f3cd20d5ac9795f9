/* test_why.c - machines that get no further: their packets are played, and the
 * reason is demanded by its name.
 *
 * DHCP goes through the codec, the policy, the boot table and the words of the
 * server; the rest comes as the events that the protocols post.  The last test
 * demands that every rule of fleet/why.def was demanded by one before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../dhcpd/dhcp_int.h"
#include "../../fleet/timeline.h"
#include "../../fleet/why.h"
#include "dhcp_fixture.h"

#define TOKEN	"0123456789abcdef0123456789abcdef"
#define MIB	((uint64_t)1 << 20)
#define OTHER	IP(192, 168, 10, 9)

static struct bench *b;
static struct timeline tl;
static struct why_in in;
static struct why got;
static struct boot_recipe recipe;
static struct fleet_host host;
static const char *muted;
static bool told[64];		/* the rules that were demanded */

/* A machine ---------------------------------------------------------------- */

static int
fresh(void **state)
{
	(void)bench_setup(state);
	b = *state;
	timeline_init(&tl);
	memset(&host, 0, sizeof(host));
	strcpy(host.rec.name, "fix");
	recipe = (struct boot_recipe){ .os = BOOT_FREEBSD };
	strcpy(recipe.bios_file, "boot/pxeboot");
	strcpy(recipe.uefi_file, "boot/loader.efi");
	in = (struct why_in){ .state = HS_ARMED, .since = NOW, .max_attempts = 5, .attempts = 0,
	    .usual = -1, .file = "", .percent = -1, .bios = true, .uefi = true,
	    .installs = true, .freebsd = true, .reason = "", .limit = 2 };
	muted = NULL;
	timeline_arm(&tl, NOW);
	return 0;
}

static int
drop(void **state)
{
	timeline_free(&tl);
	return bench_teardown(state);
}

static void
after(int64_t s)
{
	b->now += s;
}

/* As the server does with it. */
static void
arrives(const struct dhcp_msg *m)
{
	static struct dhcp_ask a;
	const struct dhcp_in how = { .iface_addr = SERVER };
	struct boot_query q = { .known = true, .state = in.state == HS_ARMED ? HS_BOOTING :
	    in.state, .token = TOKEN, .recipe = &recipe, .server = SERVER };
	struct dhcp_line line;
	uint8_t pkt[DHCP_MSG_MAX];
	int len = dhcp_write(m, DHCP_MSG_MAX, pkt, NULL);

	assert_true(len > 0);
	assert_int_equal(dhcp_ask_read(b->nets, &how, pkt, (size_t)len, &a), 0);
	a.host = &host;
	a.cfg = &b->host[0];
	q.fw = a.facts.fw;
	boot_plan(&q, &a.boot);
	memset(&a.classes, 0, sizeof(a.classes));
	dhcp_ask_decide(b->nets, &how, b->leases, b->now, NULL, &a);
	if (muted == NULL)
		do_lease(b, &a.verdict);
	dhcp_describe(&a, &line);
	line.ev.muted = muted;
	line.ev.iface = "eth1";
	line.ev.file = line.file;
	line.ev.text = line.did;
	if (muted == NULL && a.verdict.answer && dhcp_type(&a.verdict.reply) == DHCPACK &&
	    firmware_is_first(a.facts.fw) &&
	    (in.state == HS_ARMED || in.state == HS_BOOTING)) {
		in.state = HS_BOOTING;
		in.since = b->now;
		in.attempts++;
		timeline_boot(&tl, b->now);
	}
	(void)timeline_dhcp(&tl, &line.ev, in.state, b->now);
}

enum { BIOS = 0, UEFI = 7, HTTP = 16, NONE = -1 };

static void
firmware(struct dhcp_msg *m, int type, int arch)
{
	static const char pxe[] = "PXEClient:Arch:00000:UNDI:002001", http[] = "HTTPClient";

	make(m, mac_fix, type);
	if (arch == NONE)
		return;
	if (arch == HTTP)
		(void)dhcp_put(m, DHO_VENDOR_CLASS_IDENTIFIER, http, sizeof(http) - 1);
	else
		(void)dhcp_put(m, DHO_VENDOR_CLASS_IDENTIFIER, pxe, sizeof(pxe) - 1);
	(void)dhcp_put(m, DHO_PXE_SYSTEM_TYPE, (uint8_t[]){ 0, (uint8_t)arch }, 2);
}

static void
discover(int arch)
{
	struct dhcp_msg m;

	firmware(&m, DHCPDISCOVER, arch);
	arrives(&m);
}

static void
request(int arch, uint32_t server, uint32_t addr)
{
	struct dhcp_msg m;
	uint8_t s[4] = { (uint8_t)(server >> 24), (uint8_t)(server >> 16), (uint8_t)(server >> 8),
	    (uint8_t)server };
	uint8_t a[4] = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16), (uint8_t)(addr >> 8),
	    (uint8_t)addr };

	firmware(&m, DHCPREQUEST, arch);
	(void)dhcp_put(&m, DHO_DHCP_SERVER_IDENTIFIER, s, 4);
	(void)dhcp_put(&m, DHO_DHCP_REQUESTED_ADDRESS, a, 4);
	arrives(&m);
}

static void
boots(int arch)
{
	discover(arch);
	after(1);
	request(arch, SERVER, FIXED);
	after(1);
}

static void
other_server_offers(uint32_t addr)
{
	const struct event_dhcp e = { .foreign = true, .mac = mac_fix, .answered = SEEN_OFFER,
	    .answered_name = "OFFER", .addr = addr, .other_server = OTHER,
	    .text = "offered something by another server" };

	(void)timeline_dhcp(&tl, &e, in.state, b->now);
}

static void
event(enum event_kind kind, const char *text, uint64_t done, uint64_t total)
{
	struct event e = { .kind = kind, .addr = FIXED, .done = done, .total = total,
	    .block = 1428 };

	snprintf(e.text, sizeof(e.text), "%s", text);
	(void)timeline_event(&tl, &e, in.state, b->now);
}

static void
fails(enum event_kind kind, enum event_cause cause, const char *text, uint64_t done,
    uint16_t block)
{
	struct event e = { .kind = kind, .addr = FIXED, .done = done, .total = 100 * MIB,
	    .cause = (uint8_t)cause, .block = block };

	snprintf(e.text, sizeof(e.text), "%s", text);
	(void)timeline_event(&tl, &e, in.state, b->now);
}

static void
fetches(const char *file, uint64_t size)
{
	event(EV_TFTP, file, 0, size);
	after(1);
	event(EV_TFTP_DONE, file, size, size);
}

static void
step(unsigned no, const char *name, bool failed)
{
	in.step_no = no;
	in.steps = 12;
	timeline_step(&tl, no, name, failed, b->now);
}

static bool
is_stuck(void)
{
	static const struct seen nothing;

	in.seen = tl.seen != NULL ? tl.seen : &nothing;
	in.now = b->now;
	in.file = tl.file_over ? "" : tl.file;
	in.percent = tl.percent;
	return why(&in, &got);
}

static void
nothing_wrong(void)
{
	if (is_stuck())
		fail_msg("want no reason, got %s: %s", got.rule, got.text);
}

static void
demand(const char *rule, const char *part)
{
	const char *what, *advice, *name;

	if (!is_stuck())
		fail_msg("want %s, got no reason", rule);
	if (strcmp(got.rule, rule) != 0 || strstr(got.text, part) == NULL)
		fail_msg("want %s with \"%s\", got %s: %s", rule, part, got.rule, got.text);
	assert_non_null(got.advice);
	for (unsigned i = 0; (name = why_rule(i, &what, &advice)) != NULL; i++)
		if (strcmp(name, rule) == 0)
			told[i] = true;
}

/* Healthy ------------------------------------------------------------------ */

static void
test_an_installation_that_goes_well_has_no_reason_at_any_time(void **state)
{
	(void)state;
	nothing_wrong();
	discover(BIOS);
	nothing_wrong();
	after(4);
	nothing_wrong();
	boots(BIOS);
	nothing_wrong();
	fetches(".provd/" TOKEN "/root/boot/pxeboot", 300000);
	nothing_wrong();
	after(20);
	nothing_wrong();
	event(EV_GETPORT, "", 0, SEEN_MOUNTD);
	event(EV_MOUNT, "/.provd/" TOKEN "/root", 0, 0);
	after(30);
	nothing_wrong();
	event(EV_PROGRESS, "/boot/kernel/kernel", 10 * MIB, 20 * MIB);
	nothing_wrong();
	event(EV_PROGRESS, "/boot/kernel/kernel", 20 * MIB, 20 * MIB);
	after(80);
	nothing_wrong();
	event(EV_ROOT, "", 0, 0);
	after(100);
	nothing_wrong();
	in.state = HS_INSTALLING;
	for (unsigned i = 1; i <= 12; i++) {
		step(i, i == 6 ? "newfs" : i == 12 ? "finish" : "x", false);
		nothing_wrong();
		event(EV_PROGRESS, "/dist/base.txz", i * MIB, 12 * MIB);
		after(50);
		nothing_wrong();
	}
	in.state = HS_INSTALLED;
	in.since = b->now;
	nothing_wrong();
	after(300);
	nothing_wrong();
	discover(BIOS);
	in.state = HS_LOCAL;
	nothing_wrong();
}

/* Up to the address ---------------------------------------------------------- */

static void
test_turn(void **state)
{
	(void)state;
	in.place = 3;
	demand("waits-turn", "place 3, 2 install at a time");
}

static void
test_interface_down(void **state)
{
	(void)state;
	in.iface_down = "eth1";
	demand("interface-down", "the interface eth1");
}

static void
test_muted(void **state)
{
	(void)state;
	muted = "mode observe";
	discover(BIOS);
	after(4);
	discover(BIOS);
	demand("not-answered", "2 times; nothing is answered on eth1: mode observe");
}

static void
test_two_machines(void **state)
{
	uint8_t id[17] = { 0 };
	struct dhcp_msg m;

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		id[16] = (uint8_t)(1 + i % 2);
		firmware(&m, DHCPDISCOVER, BIOS);
		(void)dhcp_put(&m, DHO_PXE_CLIENT_ID, id, sizeof(id));
		arrives(&m);
		after(2);
		if (i < 2)
			nothing_wrong();
	}
	demand("two-machines", "00000000-0000-0000-0000-000000000002 ask in turns");
}

static void
test_address_in_use(void **state)
{
	struct event e = { .kind = EV_IN_USE, .mac = mac_fix, .addr = FIXED, .total = 1,
	    .text = "52:54:00:00:00:99" };

	(void)state;
	discover(BIOS);
	(void)timeline_event(&tl, &e, in.state, b->now);
	demand("address-in-use", "192.168.10.20 is in use by 52:54:00:00:00:99");
}

static void
test_declined(void **state)
{
	struct dhcp_msg m;

	(void)state;
	boots(BIOS);
	make(&m, mac_fix, DHCPDECLINE);
	(void)dhcp_put(&m, DHO_DHCP_SERVER_IDENTIFIER, "\xc0\xa8\x0a\x01", 4);
	(void)dhcp_put(&m, DHO_DHCP_REQUESTED_ADDRESS, "\xc0\xa8\x0a\x14", 4);
	arrives(&m);
	demand("address-declined", "declined 192.168.10.20");
}

static void
test_pool_exhausted(void **state)
{
	(void)state;
	b->host[0].address = 0;
	for (uint32_t a = LO; a <= HI; a++)
		bind_lease(b, a, mac_other, LEASE_BOUND, 3600);
	discover(BIOS);
	demand("pool-exhausted", "1 times: none is free");
}

static void
test_no_network(void **state)
{
	struct dhcp_msg m;

	(void)state;
	firmware(&m, DHCPDISCOVER, BIOS);
	m.giaddr = IP(172, 16, 0, 1);
	arrives(&m);
	demand("no-network", "through the relay 172.16.0.1");
}

static void
test_min_secs(void **state)
{
	(void)state;
	b->cfg.top.dhcp.min_secs = 10;
	discover(BIOS);
	demand("min-secs", "dhcp.min-secs");
}

static void
test_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct dhcp_msg m;

		firmware(&m, DHCPREQUEST, BIOS);
		(void)dhcp_put(&m, DHO_DHCP_REQUESTED_ADDRESS, "\x0a\x63\x00\x05", 4);
		arrives(&m);
		after(2);
	}
	demand("address-refused", "2 times that it may not have: ");
}

static void
test_no_answer(void **state)
{
	struct event_dhcp e = { .mac = mac_fix, .asked = SEEN_DISCOVER, .silent = true,
	    .fw = FW_PXE_BIOS, .rule = "no-record", .why = "there is no record of it", .text = "x" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		nothing_wrong();
		(void)timeline_dhcp(&tl, &e, in.state, b->now);
		after(4);
	}
	demand("no-answer", "3 times and got no answer: there is no record of it (rule no-record)");
}

static void
test_other_server_chosen(void **state)
{
	(void)state;
	discover(BIOS);
	after(2);
	nothing_wrong();
	request(BIOS, OTHER, IP(192, 168, 10, 77));
	demand("other-dhcp", "offered 192.168.10.20, never requested: another DHCP server answered "
	    "(192.168.10.9), and it took 192.168.10.77");
	/* It comes to its senses. */
	after(30);
	boots(BIOS);
	nothing_wrong();
}

static void
test_other_server_heard(void **state)
{
	(void)state;
	discover(BIOS);
	other_server_offers(IP(192, 168, 10, 77));
	nothing_wrong();
	after(6);
	demand("other-dhcp", "another DHCP server answered (192.168.10.9, which offers 192.168.10.77)");
}

/* One that answers beside us, and loses, is nobody's trouble. */
static void
test_other_server_not_chosen(void **state)
{
	(void)state;
	discover(BIOS);
	other_server_offers(IP(192, 168, 10, 77));
	after(4);
	request(BIOS, SERVER, FIXED);
	after(6);
	nothing_wrong();
}

static void
test_unheeded(void **state)
{
	(void)state;
	b->subnet[0].mode = DHCP_PROXY;
	bench_down(b);
	bench_up(b);
	for (int i = 0; i < 4; i++) {
		discover(BIOS);
		nothing_wrong();
		after(i < 3 ? 4 : 0);
	}
	event(EV_UNHEEDED, "takes no address", 0, 0);
	demand("no-other-dhcp", "4 times and takes no address");
}

static void
test_arch_not_served(void **state)
{
	(void)state;
	recipe.os = BOOT_LINUX;
	discover(35);		/* MIPS, SW64: nobody's */
	demand("arch-not-served", "there is no boot program for that");
}

static void
test_http_off(void **state)
{
	(void)state;
	discover(HTTP);
	demand("http-off", "HTTP server is off");
}

static void
test_offer_lost_at_relay(void **state)
{
	struct dhcp_msg m;

	(void)state;
	b->host[0].address = 0;
	for (int i = 0; i < 3; i++) {
		firmware(&m, DHCPDISCOVER, BIOS);
		m.giaddr = RELAY;
		arrives(&m);
		if (i < 2)
			nothing_wrong();
		after(8);
	}
	demand("offer-lost-at-relay", "3 times through the relay 10.0.0.1, and never requested the 10.0.0.5");
}

static void
test_offer_lost(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		discover(BIOS);
		if (i < 2)
			nothing_wrong();
		after(8);
	}
	demand("offer-lost", "3 times on eth1, and never requested the 192.168.10.20");
	/* Switched off. */
	after(3600);
	nothing_wrong();
}

static void
test_offer_not_taken(void **state)
{
	(void)state;
	discover(BIOS);
	after(39);
	nothing_wrong();
	after(1);
	demand("offer-not-taken", "offered 192.168.10.20 40 s ago, never requested");
}

static void
test_spanning_tree(void **state)
{
	struct dhcp_msg m;

	(void)state;
	firmware(&m, DHCPDISCOVER, UEFI);
	m.secs = 32;
	arrives(&m);
	after(1);
	demand("spanning-tree", "32 s between link and DISCOVER");
	request(UEFI, SERVER, FIXED);
	fetches("boot/loader.efi", MIB);
	nothing_wrong();
}

static void
test_woken(void **state)
{
	(void)state;
	event(EV_POWER, "Wake-on-LAN", 0, 0);
	after(179);
	nothing_wrong();
	after(1);
	demand("woken-not-heard", "switched on 180 s ago (Wake-on-LAN)");
	discover(BIOS);
	nothing_wrong();
}

/* The boot program ----------------------------------------------------------- */

static void
test_no_boot_file(void **state)
{
	(void)state;
	recipe.bios_file[0] = '\0';
	boots(BIOS);
	after(28);
	nothing_wrong();
	after(1);
	demand("no-boot-file", "was told no boot file");
}

static void
test_bios_only(void **state)
{
	(void)state;
	in.uefi = false;
	boots(UEFI);
	fails(EV_TFTP_FAIL, EC_NOT_FOUND, "boot/loader.efi: File not found", 0, 0);
	demand("bios-only", "asked for boot/loader.efi: this profile has BIOS only");
}

static void
test_uefi_only(void **state)
{
	(void)state;
	in.bios = false;
	boots(BIOS);
	fails(EV_TFTP_FAIL, EC_NOT_FOUND, "boot/pxeboot: File not found", 0, 0);
	demand("uefi-only", "asked for boot/pxeboot: this profile has UEFI only");
}

static void
test_file_too_large(void **state)
{
	(void)state;
	boots(BIOS);
	event(EV_TFTP, "mfsroot", 0, 100 * MIB);
	fails(EV_TFTP_FAIL, EC_LOST, "mfsroot: no answer", 65535ul * 1024, 1024);
	demand("file-too-large", "ended after 65535 blocks of 1024 bytes");
}

static void
test_tftp_no_way_back(void **state)
{
	(void)state;
	boots(BIOS);
	fails(EV_TFTP_FAIL, EC_LOST, "boot/pxeboot: no answer", 0, 1428);
	demand("tftp-no-way-back", "asked for boot/pxeboot, and no block");
}

static void
test_tftp_given_up(void **state)
{
	(void)state;
	boots(BIOS);
	for (int i = 0; i < 2; i++) {
		event(EV_TFTP, "boot/pxeboot", 0, 300000);
		fails(EV_TFTP_FAIL, EC_LOST, "boot/pxeboot: no answer", 71400, 1428);
		after(5);
	}
	demand("tftp-given-up", "given up at byte 71400, 2 times the same (blocks of 1428)");
}

static void
test_tftp_client_error(void **state)
{
	(void)state;
	boots(BIOS);
	event(EV_TFTP, "boot/pxeboot", 0, 300000);
	fails(EV_TFTP_FAIL, EC_REFUSED, "boot/pxeboot: blksize out of range", 0, 1428);
	nothing_wrong();
	after(20);
	demand("tftp-client-error", "blocks of 1428): \"blksize out of range\"");
}

static void
test_file_not_found(void **state)
{
	(void)state;
	boots(BIOS);
	fails(EV_TFTP_FAIL, EC_NOT_FOUND, "grub/x86.cfg: File not found", 0, 0);
	nothing_wrong();	/* programs try one name after the other */
	after(20);
	demand("file-not-found", "asked for grub/x86.cfg: there is no such file; it was told to load "
	    "boot/pxeboot");
}

static void
test_file_denied(void **state)
{
	(void)state;
	boots(BIOS);
	fails(EV_TFTP_FAIL, EC_DENIED, "boot/pxeboot: Access denied", 0, 0);
	after(20);
	demand("file-denied", "asked for boot/pxeboot: Access denied");
}

static void
test_file_stalled(void **state)
{
	(void)state;
	boots(BIOS);
	event(EV_TFTP, "boot/vmlinuz", 0, 1000);
	event(EV_PROGRESS, "boot/vmlinuz", 430, 1000);
	after(59);
	nothing_wrong();
	after(1);
	demand("file-stalled", "reading vmlinuz stopped at 43 %, 60 s ago");
}

static void
test_no_tftp(void **state)
{
	(void)state;
	boots(BIOS);
	after(28);
	nothing_wrong();
	after(1);
	demand("no-tftp", "got 192.168.10.20 and was told to load boot/pxeboot from 192.168.10.1, and "
	    "never asked");
}

static void
test_secure_boot(void **state)
{
	(void)state;
	boots(UEFI);
	fetches(".provd/" TOKEN "/root/boot/loader.efi", MIB);
	after(44);
	nothing_wrong();
	after(1);
	demand("secure-boot", "UEFI loaded boot/loader.efi 45 s ago");
	discover(UEFI);
	demand("secure-boot", "UEFI loaded boot/loader.efi 1 time and began anew");
}

/* It was taken for an iPXE that does not say so, and given that one's script. */
static void
test_secure_boot_of_ipxe(void **state)
{
	(void)state;
	recipe.os = BOOT_LINUX;
	boots(UEFI);
	fetches(".provd/" TOKEN "/ipxe.efi", MIB);
	after(2);
	strcpy(timeline_seen(&tl)->boot_rule, "boot-ipxe-silent");
	fetches(".provd/" TOKEN "/menu.ipxe", 500);
	nothing_wrong();
	after(2);
	discover(UEFI);
	demand("secure-boot", "UEFI loaded ipxe.efi 1 time and began anew");
}

static void
test_program_fails(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		boots(BIOS);
		fetches(".provd/" TOKEN "/root/boot/pxeboot", 300000);
		after(10);
	}
	discover(BIOS);
	demand("program-fails", "loaded boot/pxeboot 2 times and began its network boot anew");
}

static void
test_program_silent(void **state)
{
	(void)state;
	boots(BIOS);
	fetches(".provd/" TOKEN "/root/boot/pxeboot", 300000);
	after(45);
	demand("program-silent", "loaded boot/pxeboot 45 s ago");
}

/* The loader, the kernel ------------------------------------------------------- */

static void
loader_runs(void)
{
	boots(BIOS);
	fetches(".provd/" TOKEN "/root/boot/pxeboot", 300000);
	after(3);
}

static void
loader_mounts(void)
{
	loader_runs();
	event(EV_GETPORT, "", 0, SEEN_MOUNTD);
	event(EV_MOUNT, "/.provd/" TOKEN "/root", 0, 0);
	after(2);
}

static void
kernel_is_read(void)
{
	loader_mounts();
	event(EV_PROGRESS, "/boot/kernel/kernel", 20 * MIB, 20 * MIB);
}

static void
test_mount_refused(void **state)
{
	(void)state;
	loader_runs();
	fails(EV_MOUNT_FAIL, EC_NOT_FOUND, "/export/freebsd: No such file or directory", 0, 0);
	after(5);
	demand("mount-refused", "the mount of /export/freebsd was refused: No such file");
}

static void
test_stale(void **state)
{
	(void)state;
	kernel_is_read();
	event(EV_STALE, "", 0, 1);
	nothing_wrong();
	event(EV_STALE, "", 0, 1);
	demand("stale-handle", "a file handle 2 times");
}

static void
test_mountd_blocked(void **state)
{
	(void)state;
	loader_runs();
	event(EV_GETPORT, "", 0, SEEN_MOUNTD);
	after(30);
	demand("mountd-blocked", "asked portmap (port 111) for mountd, and never came there: firewalled?");
}

static void
test_loader_no_root(void **state)
{
	struct dhcp_msg m;

	(void)state;
	loader_runs();
	make(&m, mac_fix, DHCPREQUEST);
	(void)dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient", 9);
	(void)dhcp_put(&m, DHO_DHCP_SERVER_IDENTIFIER, "\xc0\xa8\x0a\x01", 4);
	(void)dhcp_put(&m, DHO_DHCP_REQUESTED_ADDRESS, "\xc0\xa8\x0a\x14", 4);
	arrives(&m);
	after(30);
	demand("loader-no-root", "FreeBSD's loader got 192.168.10.20 30 s ago, and asked neither");
}

static void
test_no_kernel(void **state)
{
	(void)state;
	loader_mounts();
	after(100);
	demand("no-kernel", "the loader mounted its root and read no kernel");
}

static void
test_nfs_blocked_for_the_kernel_of_the_loader(void **state)
{
	(void)state;
	kernel_is_read();
	after(119);
	nothing_wrong();
	after(1);
	demand("nfs-blocked", "loader asked portmap and mounted, kernel was read, and the kernel never "
	    "came to TCP 2049: firewalled?");
}

static void
test_nfs_blocked_for_a_linux(void **state)
{
	(void)state;
	boots(BIOS);
	fetches("pxelinux.0", 40000);
	fetches("boot/vmlinuz", 8 * MIB);
	after(20);
	event(EV_GETPORT, "", 0, SEEN_MOUNTD);
	after(90);
	demand("nfs-blocked", "the kernel runs (it asked portmap), and never came to TCP 2049: firewalled?");
}

static void
test_kernel_silent(void **state)
{
	(void)state;
	boots(BIOS);
	fetches("pxelinux.0", 40000);
	fetches("boot/vmlinuz", 8 * MIB);
	after(119);
	nothing_wrong();
	after(1);
	demand("kernel-silent", "vmlinuz was read 120 s ago");
}

static void
test_claim_refused(void **state)
{
	(void)state;
	kernel_is_read();
	event(EV_ROOT, "", 0, 0);
	seen_claim_refused(timeline_seen(&tl), "this installation has been started already", b->now);
	demand("claim-refused", "was refused: this installation has been started already");
}

static void
test_no_script(void **state)
{
	(void)state;
	kernel_is_read();
	event(EV_ROOT, "", 0, 0);
	after(150);
	demand("no-script", "its root was mounted 150 s ago, and the script never asked to begin");
	step(1, "disk", false);
	nothing_wrong();
	after(150);
	demand("no-script", "the script stopped in disk 150 s ago");
}

static void
test_boots_again(void **state)
{
	(void)state;
	kernel_is_read();
	event(EV_ROOT, "", 0, 0);
	after(60);
	boots(BIOS);
	demand("boots-again", "network boot 2 of 5 since it was armed");
}

/* Installing, and after ---------------------------------------------------------- */

static void
installs(void)
{
	kernel_is_read();
	event(EV_ROOT, "", 0, 0);
	in.state = HS_INSTALLING;
	in.since = b->now;
	step(6, "newfs", false);
}

static void
test_distribution_stalled(void **state)
{
	(void)state;
	installs();
	event(EV_PROGRESS, "/dist/base.txz", 25, 100);
	after(59);
	nothing_wrong();
	after(1);
	demand("distribution-stalled", "reading base.txz stopped at 25 %, 60 s ago (step 6 of 12, newfs)");
}

static void
test_step_silent(void **state)
{
	(void)state;
	installs();
	after(179);
	nothing_wrong();
	after(1);
	demand("step-silent", "nothing heard for 180 s in step 6 of 12, newfs");
	in.usual = 60;		/* it is always silent for a minute */
	nothing_wrong();
	after(180);
	demand("step-silent", "nothing heard for 360 s");
}

static void
test_step_slow(void **state)
{
	(void)state;
	in.usual = 10;
	installs();
	for (int i = 0; i < 3; i++) {
		nothing_wrong();
		after(50);
		event(EV_LOG, "still here", 0, 0);
	}
	demand("step-slow", "step 6 of 12, newfs, runs for 150 s; it used to take 10 s");
}

static void
test_restarted(void **state)
{
	(void)state;
	installs();
	in.state = HS_FAILED;
	in.reason = "restarted in step 6 of 12 (newfs)";
	nothing_wrong();
	timeline_seen(&tl)->restarted = 6;
	demand("restarted", "restarted in step 6 of 12, newfs");
}

static void
test_step_failed(void **state)
{
	static const char log[] = "one\ntwo\nnewfs: /dev/ada0p2:\r\n could not find special device\nexit 1\n\n";

	(void)state;
	installs();
	step(6, "newfs", true);
	seen_last_lines(timeline_seen(&tl), log, sizeof(log) - 1);
	in.state = HS_FAILED;
	in.reason = "step newfs: exit 1";
	demand("step-failed", "stopped in step 6 of 12, newfs: exit 1; last lines: newfs: /dev/ada0p2: /  "
	    "could not find special device / exit 1");
}

static void
test_boot_loop(void **state)
{
	(void)state;
	in.state = HS_FAILED;
	nothing_wrong();
	timeline_seen(&tl)->looped = 5;
	demand("boot-loop", "booted from the network 5 times without starting the installation: disarmed");
}

static void
test_disk_loop(void **state)
{
	(void)state;
	in.state = HS_LOCAL;
	discover(BIOS);
	nothing_wrong();
	strcpy(timeline_seen(&tl)->boot_rule, "disk-loop");
	demand("disk-loop", "was sent to its disk several times");
	after(3600);
	nothing_wrong();
}

static void
test_never_came_back(void **state)
{
	(void)state;
	installs();
	in.state = HS_INSTALLED;
	in.since = b->now;
	after(899);
	nothing_wrong();
	after(1);
	demand("never-came-back", "installed 15 min ago");
	discover(NONE);		/* the system's own client */
	nothing_wrong();
}

/* What survives, what is bounded ---------------------------------------------------- */

static void
test_the_reason_survives_a_restart(void **state)
{
	char *text;

	(void)state;
	boots(BIOS);
	fetches(".provd/" TOKEN "/root/boot/pxeboot", 300000);
	after(45);
	text = timeline_text(&tl);
	assert_non_null(text);
	timeline_free(&tl);
	timeline_load_text(&tl, text);
	demand("program-silent", "loaded boot/pxeboot 45 s ago");
	assert_int_equal(tl.n_mark, 2);
	assert_string_equal(tl.mark[1].name, "tftp");
	free(text);
	/* Another provd's, or a damaged one. */
	timeline_free(&tl);
	timeline_load_text(&tl, "mark x\nmark 5 \nheard -1\nheard 99999999999999999999\nnothing 1\n"
	    "got_file a\x1b[2J\nheard\n");
	assert_int_equal(tl.seen->heard, 0);
	assert_string_equal(tl.seen->got_file, "a?[2J");
}

static void
test_the_last_packets_are_kept(void **state)
{
	char text[PACKET_TEXT];

	(void)state;
	boots(UEFI);
	assert_int_equal(tl.packets->n, 4);
	packet_text(packets_at(tl.packets, 0), text);
	assert_string_equal(text, "DISCOVER from PXE, UEFI x64, 0 s, xid 12345678");
	packet_text(packets_at(tl.packets, 3), text);
	assert_string_equal(text, "ACK 192.168.10.20 (rule selected, boot rule boot-freebsd-uefi)");
	other_server_offers(HI);
	packet_text(packets_at(tl.packets, 4), text);
	assert_string_equal(text, "OFFER 192.168.10.103 by the server 192.168.10.9");
	for (int i = 0; i < 40; i++)
		discover(BIOS);
	assert_int_equal(tl.packets->n, PACKETS);
	assert_null(packets_at(tl.packets, PACKETS));
}

static void
test_every_rule_was_demanded(void **state)
{
	const char *name, *what, *advice;
	unsigned n = 0;

	(void)state;
	for (; (name = why_rule(n, &what, &advice)) != NULL; n++) {
		if (!told[n])
			fail_msg("no test demands %s", name);
		assert_true(strlen(what) > 10 && strlen(advice) > 10);
	}
	assert_true(n >= 25 && n < sizeof(told));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_an_installation_that_goes_well_has_no_reason_at_any_time),
		T(test_turn), T(test_interface_down), T(test_muted), T(test_two_machines),
		T(test_address_in_use), T(test_declined), T(test_pool_exhausted), T(test_no_network),
		T(test_min_secs), T(test_refused), T(test_no_answer), T(test_other_server_chosen),
		T(test_other_server_heard), T(test_other_server_not_chosen), T(test_unheeded),
		T(test_arch_not_served), T(test_http_off), T(test_offer_lost_at_relay),
		T(test_offer_lost), T(test_offer_not_taken), T(test_spanning_tree), T(test_woken),
		T(test_no_boot_file), T(test_bios_only), T(test_uefi_only), T(test_file_too_large),
		T(test_tftp_no_way_back), T(test_tftp_given_up), T(test_tftp_client_error),
		T(test_file_not_found), T(test_file_denied), T(test_file_stalled), T(test_no_tftp),
		T(test_secure_boot), T(test_secure_boot_of_ipxe),
		T(test_program_fails), T(test_program_silent),
		T(test_mount_refused), T(test_stale), T(test_mountd_blocked), T(test_loader_no_root),
		T(test_no_kernel), T(test_nfs_blocked_for_the_kernel_of_the_loader),
		T(test_nfs_blocked_for_a_linux), T(test_kernel_silent), T(test_claim_refused),
		T(test_no_script), T(test_boots_again), T(test_distribution_stalled),
		T(test_step_silent), T(test_step_slow), T(test_restarted), T(test_step_failed),
		T(test_boot_loop), T(test_disk_loop), T(test_never_came_back),
		T(test_the_reason_survives_a_restart), T(test_the_last_packets_are_kept),
		cmocka_unit_test(test_every_rule_was_demanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
