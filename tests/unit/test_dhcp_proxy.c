/* test_dhcp_proxy.c - boot information beside another DHCP server (PXE 2.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../dhcpd/dhcp_proxy.h"
#include "../../dhcpd/dhcp_pxe.h"
#include "dhcp_fixture.h"

#define CLIENT	IP(192, 168, 10, 77)
#define OTHER	IP(192, 168, 10, 9)
#define BIOS	"PXEClient:Arch:00000:UNDI:002001"
#define UEFI	"PXEClient:Arch:00007:UNDI:003016"

static char item[] = "Install this machine", prompt[] = "Press F8 for a menu";
static const uint8_t guid[17] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void
up(struct bench *b)
{
	bench_init(b);
	b->subnet[0].mode = b->subnet[1].mode = DHCP_PROXY;
	b->boot.action = BOOT_FILE;
	strcpy(b->boot.file, "boot/file");
	bench_up(b);
}

static void
firmware(struct dhcp_msg *m, int type, const char *class, int arch)
{
	make(m, mac_dyn, type);
	dhcp_put(m, DHO_VENDOR_CLASS_IDENTIFIER, class, strlen(class));
	if (arch >= 0)
		dhcp_put(m, DHO_PXE_SYSTEM_TYPE, (uint8_t[]){ 0, (uint8_t)arch }, 2);
	dhcp_put(m, DHO_PXE_CLIENT_ID, guid, sizeof(guid));
}

/* To port 4011, from the client's own address. */
static void
decide_binl(struct bench *b, const struct dhcp_msg *m, struct dhcp_verdict *v)
{
	struct dhcp_facts f;
	struct dhcp_env env = { .now = b->now, .nets = b->nets, .server = SERVER,
	    .boot = &b->boot, .leases = b->leases, .binl = true, .peer = CLIENT,
	    .peer_port = 4011 };

	dhcp_facts(m, &f);
	env.net = dhcp_net_of(m, &f, b->nets, SERVER);
	env.host = bench_host(b, f.mac);
	dhcp_decide(m, &f, &env, v);
}

static void
vendor(const struct dhcp_verdict *v, struct dhcp_pxe *ret)
{
	size_t len;
	const uint8_t *p = dhcp_opt(&v->reply, DHO_VENDOR_ENCAPSULATED_OPTIONS, &len);

	assert_non_null(p);
	assert_int_equal(dhcp_pxe_read(p, len, ret), 0);
}

/* No address, no lease: only who we are. */
static void
assert_proxy(const struct dhcp_verdict *v, int type)
{
	static const uint8_t lease[] = { DHO_DHCP_LEASE_TIME, DHO_DHCP_RENEWAL_TIME,
		DHO_DHCP_REBINDING_TIME, DHO_SUBNET_MASK, DHO_ROUTERS,
		DHO_DOMAIN_NAME_SERVERS, DHO_HOST_NAME };
	uint32_t id = 0;

	assert_int_equal(type_of(v), type);
	assert_int_equal(v->lease_op, DLO_NONE);
	assert_int_equal(v->reply.yiaddr, 0);
	for (size_t i = 0; i < sizeof(lease); i++)
		assert_false(v->reply.has[lease[i]]);
	assert_true(dhcp_opt_u32(&v->reply, DHO_DHCP_SERVER_IDENTIFIER, &id));
	assert_int_equal(id, SERVER);
	assert_int_equal(v->reply.siaddr, SERVER);
	assert_true(v->reply.has[DHO_PXE_CLIENT_ID]);
}

static void
test_bios_rom_loads_the_file_of_the_offer_at_once(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe p;

	(void)state;
	up(&b);
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_int_equal(v.rule, DR_PROXY_OFFER);
	assert_string_equal(v.reply.file, "boot/file");
	vendor(&v, &p);
	assert_true(p.has_control);
	assert_int_equal(p.control, PXE_DISCOVERY_NONE);
	assert_int_equal(v.dest.how, DEST_BROADCAST);
	assert_int_equal(v.reply.flags, BOOTP_BROADCAST);
	bench_down(&b);
}

static void
test_uefi_is_sent_to_port_4011(void **state)
{
	static const int arch[] = { 6, 7, 9, 11 };
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	for (size_t i = 0; i < sizeof(arch) / sizeof(arch[0]); i++) {
		firmware(&m, DHCPDISCOVER, UEFI, arch[i]);
		decide(&b, &m, &v);
		assert_proxy(&v, DHCPOFFER);
		assert_int_equal(v.rule, DR_PROXY_4011);
		assert_string_equal(v.reply.file, "");
		assert_false(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
	}
	bench_down(&b);
}

static void
test_the_boot_server_answers_where_it_was_asked_from(void **state)
{
	static const int type[] = { DHCPREQUEST, DHCPDISCOVER, DHCPINFORM };
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	for (size_t i = 0; i < sizeof(type) / sizeof(type[0]); i++) {
		firmware(&m, type[i], UEFI, 7);
		m.ciaddr = CLIENT;
		decide_binl(&b, &m, &v);
		assert_proxy(&v, DHCPACK);
		assert_int_equal(v.rule, DR_PROXY_ACK);
		assert_int_equal(v.reply.ciaddr, CLIENT);
		assert_string_equal(v.reply.file, "boot/file");
		assert_false(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
		assert_int_equal(v.dest.how, DEST_SOURCE);
		assert_int_equal(v.dest.addr, CLIENT);
		assert_int_equal(v.dest.port, 4011);
	}
	bench_down(&b);
}

static void
test_ipxe_gets_its_file_at_once(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	firmware(&m, DHCPDISCOVER, UEFI, 7);
	dhcp_put(&m, DHO_USER_CLASS, "iPXE", 4);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_string_equal(v.reply.file, "boot/file");
	bench_down(&b);
}

static void
test_http_firmware_gets_a_url(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	size_t len;

	(void)state;
	up(&b);
	strcpy(b.boot.file, "http://192.168.10.1/boot.efi");
	firmware(&m, DHCPDISCOVER, "HTTPClient:Arch:00016:UNDI:003001", 16);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_memory_equal(dhcp_opt(&v.reply, DHO_VENDOR_CLASS_IDENTIFIER, &len), "HTTPClient", 10);
	assert_int_equal(len, 10);
	assert_memory_equal(dhcp_opt(&v.reply, DHO_BOOTFILE_NAME, &len), b.boot.file, 28);
	assert_string_equal(v.reply.file, "");
	bench_down(&b);
}

static void
test_a_raspberry_pi_finds_its_words(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe p;

	(void)state;
	up(&b);
	b.boot.action = BOOT_ADDRESS;
	b.boot.file[0] = '\0';
	firmware(&m, DHCPDISCOVER, "PXEClient:Arch:00041:UNDI:002001", 41);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	vendor(&v, &p);
	assert_string_equal(p.menu[0].text, "Raspberry Pi Boot");
	b.boot.action = BOOT_LOCAL;
	decide(&b, &m, &v);
	assert_false(v.answer);
	bench_down(&b);
}

static void
test_loaders_and_systems_get_nothing(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	make(&m, mac_dyn, DHCPDISCOVER);		/* Linux, dhclient */
	decide(&b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_PROXY_NOT_FW);
	dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient", 9);	/* FreeBSD's loader */
	decide(&b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_PROXY_LOADER);
	make(&m, mac_dyn, DHCP_NOTYPE);
	decide(&b, &m, &v);
	assert_false(v.answer);
	firmware(&m, DHCPINFORM, BIOS, 0);
	decide(&b, &m, &v);
	assert_false(v.answer);
	bench_down(&b);
}

static void
test_strangers_get_nothing_unless_clients_is_any(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	memcpy(m.chaddr, mac_other.b, 6);
	decide(&b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_UNKNOWN);
	b.cfg.top.clients = 1;	/* any */
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	bench_down(&b);
}

/* PXE 2.1, table 2-1: 6, 8, 9, 10. */
static void
test_a_configured_menu_is_offered_to_bios_roms(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe p;

	(void)state;
	bench_init(&b);
	b.cfg.top.dhcp.pxe_menu.prompt = prompt;
	b.cfg.top.dhcp.pxe_menu.item = item;
	b.cfg.top.dhcp.pxe_menu.timeout = 7;
	b.subnet[0].mode = DHCP_PROXY;
	b.boot.action = BOOT_FILE;
	strcpy(b.boot.file, "boot/file");
	bench_up(&b);
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_int_equal(v.rule, DR_PROXY_MENU);
	assert_string_equal(v.reply.file, "");	/* it is the boot server's to say */
	vendor(&v, &p);
	assert_int_equal(p.control & PXE_DISCOVERY_NONE, 0);
	assert_int_equal(p.n_server, 1);
	assert_int_equal(p.server[0].type, PXE_ITEM_OURS);
	assert_int_equal(p.server[0].addr, SERVER);
	assert_int_equal(p.n_menu, 2);
	assert_int_equal(p.menu[0].type, PXE_ITEM_OURS);
	assert_string_equal(p.menu[0].text, item);
	assert_int_equal(p.menu[1].type, PXE_ITEM_LOCAL);
	assert_true(p.has_prompt);
	assert_int_equal(p.timeout, 7);
	assert_string_equal(p.prompt, prompt);

	/* UEFI's menus are broken, and iPXE has its own. */
	firmware(&m, DHCPDISCOVER, UEFI, 7);
	decide(&b, &m, &v);
	assert_int_equal(v.rule, DR_PROXY_4011);
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	dhcp_put(&m, DHO_USER_CLASS, "iPXE", 4);
	decide(&b, &m, &v);
	assert_int_equal(v.rule, DR_PROXY_OFFER);
	bench_down(&b);
}

static void
ask_item(struct dhcp_msg *m, int type, uint16_t it, uint16_t layer)
{
	const struct dhcp_pxe asked = { .has_item = true, .item = it, .layer = layer };
	uint8_t buf[PXE_OPTION_MAX];
	int len = dhcp_pxe_write(&asked, buf);

	firmware(m, type, BIOS, 0);
	m->ciaddr = CLIENT;
	dhcp_put(m, DHO_VENDOR_ENCAPSULATED_OPTIONS, buf, (size_t)len);
}

/* PXE 2.1, 2.2.4: the boot server repeats the item that was chosen. */
static void
test_the_chosen_item_is_repeated(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe p;

	(void)state;
	up(&b);
	ask_item(&m, DHCPREQUEST, PXE_ITEM_OURS, 3);
	decide_binl(&b, &m, &v);
	assert_proxy(&v, DHCPACK);
	assert_string_equal(v.reply.file, "boot/file");
	vendor(&v, &p);
	assert_true(p.has_item);
	assert_int_equal(p.item, PXE_ITEM_OURS);
	assert_int_equal(p.layer, 3);

	ask_item(&m, DHCPREQUEST, PXE_ITEM_LOCAL, 0);
	decide_binl(&b, &m, &v);
	assert_proxy(&v, DHCPACK);
	assert_int_equal(v.rule, DR_PROXY_DISK);
	assert_string_equal(v.reply.file, "");

	ask_item(&m, DHCPREQUEST, 15, 0);	/* somebody else's */
	decide_binl(&b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_PROXY_NOT_OURS);

	/* 2.2.3: looking for boot servers by broadcast. */
	ask_item(&m, DHCPREQUEST, PXE_ITEM_OURS, 0);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPACK);
	bench_down(&b);
}

static void
test_an_installed_host_is_sent_to_its_disk(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe p;

	(void)state;
	up(&b);
	b.boot.action = BOOT_LOCAL;
	strcpy(b.boot.file, ".provd/local/pxelinux.0");
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_int_equal(v.rule, DR_PROXY_DISK);
	assert_string_equal(v.reply.file, "");
	vendor(&v, &p);
	assert_int_equal(p.n_menu, 1);
	assert_int_equal(p.menu[0].type, PXE_ITEM_LOCAL);
	assert_true(p.has_prompt);
	assert_int_equal(p.timeout, 0);

	b.boot.file[0] = '\0';		/* UEFI goes on to its next entry by itself */
	firmware(&m, DHCPDISCOVER, UEFI, 7);
	decide(&b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_PROXY_NO_FILE);
	bench_down(&b);
}

static void
test_no_lease_is_touched(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	bind_lease(&b, LO, mac_dyn, LEASE_BOUND, 3600);
	for (int type = DHCPDISCOVER; type <= DHCPINFORM; type++) {
		firmware(&m, type, BIOS, 0);
		dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
		decide(&b, &m, &v);
		assert_int_equal(v.lease_op, DLO_NONE);
		assert_true(!v.answer || v.reply.yiaddr == 0);
	}
	bench_down(&b);
}

/* RFC 3046: through a relay, and with its information. */
static void
test_a_relay_is_answered(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;

	(void)state;
	up(&b);
	firmware(&m, DHCPDISCOVER, BIOS, 0);
	m.giaddr = RELAY;
	dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, "\1\1x", 3);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	assert_int_equal(v.dest.how, DEST_RELAY);
	assert_int_equal(v.dest.addr, RELAY);
	assert_true(v.reply.has[DHO_DHCP_AGENT_OPTIONS]);
	bench_down(&b);
}

/* Learning -------------------------------------------------------------------- */

static uint32_t
learn(struct bench *b, const struct dhcp_msg *m, bool binl, uint32_t *server)
{
	struct dhcp_env e = { .now = b->now, .nets = b->nets, .server = SERVER,
	    .leases = b->leases, .binl = binl };
	struct dhcp_facts f;

	dhcp_facts(m, &f);
	e.net = dhcp_net_of(m, &f, b->nets, SERVER);
	return dhcp_proxy_learn(m, &e, server);
}

static void
test_an_address_of_another_server_is_learnt(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	uint32_t server;

	(void)state;
	up(&b);
	make(&m, mac_dyn, DHCPREQUEST);
	dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, CLIENT);
	dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, OTHER);
	assert_int_equal(learn(&b, &m, false, &server), CLIENT);
	assert_int_equal(server, OTHER);

	make(&m, mac_dyn, DHCPREQUEST);		/* INIT-REBOOT */
	dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, CLIENT);
	assert_int_equal(learn(&b, &m, false, &server), CLIENT);
	assert_int_equal(server, 0);

	make(&m, mac_dyn, DHCPREQUEST);		/* REBINDING; and at port 4011 */
	m.ciaddr = CLIENT;
	assert_int_equal(learn(&b, &m, false, &server), CLIENT);
	make(&m, mac_dyn, DHCPINFORM);
	m.ciaddr = CLIENT;
	assert_int_equal(learn(&b, &m, false, &server), 0);
	assert_int_equal(learn(&b, &m, true, &server), CLIENT);
	bench_down(&b);
}

static void
test_an_address_that_it_cannot_have_is_not_learnt(void **state)
{
	const uint32_t bad[] = { SERVER, IP(192, 168, 10, 0), IP(192, 168, 10, 255),
	    IP(172, 16, 0, 1), 0, LO };
	struct bench b;
	struct dhcp_msg m;
	uint32_t server;

	(void)state;
	up(&b);
	bind_lease(&b, LO, mac_other, LEASE_BOUND, 60);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(&m, mac_dyn, DHCPREQUEST);
		dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, bad[i]);
		dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, OTHER);
		assert_int_equal(learn(&b, &m, false, &server), 0);
	}
	make(&m, mac_dyn, DHCPREQUEST);		/* ours */
	dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, CLIENT);
	dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, SERVER);
	assert_int_equal(learn(&b, &m, false, &server), 0);
	make(&m, mac_dyn, DHCPDISCOVER);		/* only a wish */
	dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, CLIENT);
	assert_int_equal(learn(&b, &m, false, &server), 0);
	bench_down(&b);
}

/* Option 43 ------------------------------------------------------------------- */

static void
test_option_43_reads_what_it_writes(void **state)
{
	struct dhcp_pxe a = { .has_control = true, .control = 7, .n_server = 2,
	    .server = { { PXE_ITEM_OURS, SERVER }, { 5, OTHER } }, .n_menu = 2,
	    .menu = { { PXE_ITEM_OURS, "one" }, { 0, "" } }, .has_prompt = true,
	    .timeout = 255, .prompt = "F8", .has_item = true, .item = 1, .layer = 0x8000 }, r;
	uint8_t buf[PXE_OPTION_MAX];
	int len = dhcp_pxe_write(&a, buf);

	(void)state;
	assert_true(len > 0);
	assert_int_equal(buf[len - 1], DHO_END);
	assert_int_equal(dhcp_pxe_read(buf, (size_t)len, &r), 0);
	assert_memory_equal(&a, &r, sizeof(a));
	for (size_t n = 0; n < (size_t)len; n++)
		(void)dhcp_pxe_read(buf, n, &r);	/* cut anywhere: no harm */
	assert_int_equal(dhcp_pxe_read(buf, 2, &r), -EBADMSG);
}

static void
test_option_43_that_is_too_long_is_not_written(void **state)
{
	struct dhcp_pxe a = { .n_menu = PXE_ITEMS };
	uint8_t buf[PXE_OPTION_MAX];

	(void)state;
	for (unsigned i = 0; i < PXE_ITEMS; i++)
		memset(a.menu[i].text, 'x', PXE_TEXT - 1);
	assert_int_equal(dhcp_pxe_write(&a, buf), -ENOBUFS);
}

/* A Raspberry Pi boots from the server whose menu says so. */
static void
test_a_raspberry_pi_is_offered_its_menu(void **state)
{
	struct bench b;
	struct dhcp_msg m;
	struct dhcp_verdict v;
	struct dhcp_pxe pxe;

	(void)state;
	up(&b);
	b.boot.file[0] = '\0';		/* it knows the names itself */
	make(&m, mac_dyn, DHCPDISCOVER);
	dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, BIOS, strlen(BIOS));
	dhcp_put(&m, DHO_PXE_SYSTEM_TYPE, "\0\0", 2);
	dhcp_put(&m, DHO_PXE_CLIENT_ID, "\0RPi4\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c", 17);
	decide(&b, &m, &v);
	assert_proxy(&v, DHCPOFFER);
	vendor(&v, &pxe);
	assert_int_equal(pxe.n_menu, 1);
	assert_string_equal(pxe.menu[0].text, "Raspberry Pi Boot");
	b.boot.action = BOOT_LOCAL;
	decide(&b, &m, &v);
	assert_false(v.answer);
	bench_down(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bios_rom_loads_the_file_of_the_offer_at_once),
		cmocka_unit_test(test_uefi_is_sent_to_port_4011),
		cmocka_unit_test(test_the_boot_server_answers_where_it_was_asked_from),
		cmocka_unit_test(test_ipxe_gets_its_file_at_once),
		cmocka_unit_test(test_http_firmware_gets_a_url),
		cmocka_unit_test(test_a_raspberry_pi_finds_its_words),
		cmocka_unit_test(test_loaders_and_systems_get_nothing),
		cmocka_unit_test(test_strangers_get_nothing_unless_clients_is_any),
		cmocka_unit_test(test_a_configured_menu_is_offered_to_bios_roms),
		cmocka_unit_test(test_the_chosen_item_is_repeated),
		cmocka_unit_test(test_an_installed_host_is_sent_to_its_disk),
		cmocka_unit_test(test_no_lease_is_touched),
		cmocka_unit_test(test_a_relay_is_answered),
		cmocka_unit_test(test_an_address_of_another_server_is_learnt),
		cmocka_unit_test(test_an_address_that_it_cannot_have_is_not_learnt),
		cmocka_unit_test(test_option_43_reads_what_it_writes),
		cmocka_unit_test(test_option_43_that_is_too_long_is_not_written),
		cmocka_unit_test(test_a_raspberry_pi_is_offered_its_menu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
