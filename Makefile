# GNU make.  One file, no recursion but for the sanitizer build, no configure.
#
#   make            build/provd and build/provctl
#   make deps       install the packages that building and testing need
#   make demo       install a QEMU machine from provd, from power-on to login
#   make check      every test but the slow ones, one installation included
#   make check-all  the rest too
#   make install    PREFIX DESTDIR MANDIR SYSCONFDIR SERVICEDIR
#   make dist|deb    a tarball of the last commit; a Debian package
#   make fuzz-NAME  fuzz one target for FUZZ_SECONDS (clang)
#
# CC=gcc|clang  WERROR=1  SAN=address,undefined  V=1  B=build

PREFIX	?= /usr/local
SYSCONFDIR ?= /etc
MANDIR	?= $(PREFIX)/share/man
DATADIR	?= $(PREFIX)/share/provd
PKG_CONFIG ?= pkg-config
INSTALL	?= install
B	?= build
O	= $(B)/obj
CFLAGS	?= -O2 -g
VERSION	:= $(shell sed -n 's/^\#define PROVD_VERSION.*"\(.*\)"/\1/p' provd/version.h)
OS	:= $(shell uname -s)
# What starts it: systemd's unit, or a script for rc(8).
SERVICE	:= $(if $(filter Linux,$(OS)),provd.service,provd.rc)
SERVICEDIR ?= $(PREFIX)/$(if $(filter Linux,$(OS)),lib/systemd/system,etc/rc.d)

ZSHDIR	?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISHDIR	?= $(PREFIX)/share/fish/vendor_completions.d

# Packages (README.md says what each is for) ----------------------------------
DEPS	:= gcc make pkg-config libevent-dev libtirpc-dev libyaml-dev libsqlite3-dev \
	libjansson-dev libcap-dev libarchive-dev libmd-dev libssl-dev
DEPS_DEMO := python3 iproute2 mmdebstrap xz-utils qemu-system-x86 qemu-utils \
	ipxe-qemu seabios e2fsprogs fdisk xfsprogs openssl
DEPS_TEST := libcmocka-dev clang shellcheck mandoc dash busybox curl procps \
	xorriso libarchive-tools chromium
DEPS_FREEBSD := gmake pkgconf libevent libyaml sqlite3 jansson cmocka

WARN	:= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	   -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wvla
P_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread -MMD -MP $(WARN) $(PKG_CFLAGS) \
	   -DPROVD_CONFIG='"$(SYSCONFDIR)/provd.yaml"' -DPROVD_HOOKS='"$(DATADIR)/hooks"' -DPROVD_DATA='"$(DATADIR)"'
ifeq ($(WERROR),1)
P_CFLAGS += -Werror
endif
ifneq ($(SAN),)
P_CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
P_LDFLAGS += -fsanitize=$(SAN)
endif
ifneq ($(V),1)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2);
endif

PKGS	:= libevent libevent_openssl openssl yaml-0.1 sqlite3 jansson
ifeq ($(OS),Linux)
PKGS	+= libtirpc
endif
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LIBS	= $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lmd -pthread
ifeq ($(OS),Linux)
LIBS	+= -lcap
endif
# Of provctl alone (and tests): what reads discs and archives.
LIBS_MEDIA = -larchive -lmd

# Sources: every .c of these folders, and what is pure of the programs' own --
FOLDERS	:= lib tree fleet pxe-menus profiles media import handover dhcpd tftpd nfs httpd
LIBSRC	:= $(sort $(foreach d,$(FOLDERS),$(wildcard $(d)/*.c)) provd/setup.c provd/screen.c)
EMBED	:= $(wildcard profiles/*.sh) $(wildcard pxe-menus/*.tmpl)
LIBOBJ	:= $(LIBSRC:%.c=$(O)/%.o) $(EMBED:%=$(O)/embed/%.o)
PROVD	:= main daemon settings arm trees hand hook hook_child kept pick power reload waves webhook webhook_send $(patsubst provd/%.c,%,$(sort $(wildcard provd/api*.c)))
PROVCTL	:= provctl settings $(patsubst provd/%.c,%,$(sort $(wildcard provd/ctl_*.c)))
UNIT	:= $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ	:= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(B)/provd $(B)/provctl

$(B)/provd: $(PROVD:%=$(O)/provd/%.o) $(O)/embed/web.o $(B)/libprovd.a
	$(call say,LD,$@) $(CC) $(LDFLAGS) $(P_LDFLAGS) $^ $(LIBS) -o $@
$(B)/provctl: $(PROVCTL:%=$(O)/provd/%.o) $(B)/libprovd.a
	$(call say,LD,$@) $(CC) $(LDFLAGS) $(P_LDFLAGS) $^ $(LIBS) $(LIBS_MEDIA) -o $@
$(B)/libprovd.a: $(LIBOBJ)
	$(call say,AR,$@) rm -f $@ && $(AR) cr $@ $^
$(O)/%.o: %.c
	$(call say,CC,$@) mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(P_CFLAGS) $(CFLAGS) -c $< -o $@

# Shell files and menu templates become strings: nothing is opened at run time.
$(O)/embed/%.c: % profiles/embed
	$(call say,GEN,$@) mkdir -p $(@D) && profiles/embed \
	    $(if $(filter profiles/%,$*),profiles/embed.h,pxe-menus/templates.h) $< >$@.new && mv $@.new $@
$(O)/embed/%.o: $(O)/embed/%.c
	$(call say,CC,$@) $(CC) $(CPPFLAGS) $(P_CFLAGS) $(CFLAGS) -iquote . -c $< -o $@

# So do the files of the web page.
WEB	:= $(sort $(wildcard web/*.html web/*.css web/*.js web/*.svg))
$(O)/embed/web.c: web/embed $(WEB)
	$(call say,GEN,$@) mkdir -p $(@D) && web/embed $(WEB) >$@.new && mv $@.new $@

$(B)/tests/unit/%: $(O)/tests/unit/%.o $(B)/libprovd.a
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) $(P_LDFLAGS) $^ -lcmocka -levent_pthreads $(LIBS) $(LIBS_MEDIA) -o $@
$(B)/tests/fuzz/replay_%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/main.o $(B)/libprovd.a
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) $(P_LDFLAGS) $^ $(LIBS) $(LIBS_MEDIA) -o $@

# Tests ------------------------------------------------------------------------
RUN	= python3 tests/run.py -l $(B)/log
REPLAY	:= $(FUZZ:%=$(B)/tests/fuzz/replay_%)
INTEROP	:= $(filter-out %lib.sh %peers.sh %/stress_gone.sh,$(sort $(wildcard tests/interop/*.sh)))
SANB	:= build/san
SANFLAGS = B=$(SANB) SAN=address,undefined CFLAGS="-O1 -g"

deps deps-build deps-demo:
ifeq ($(OS),Linux)
	$(Q)tests/deps.sh $(DEPS) $(if $(filter-out deps-build,$@),$(DEPS_DEMO)) \
	    $(if $(filter deps,$@),$(DEPS_TEST))
else
	pkg install -y $(DEPS_FREEBSD)
endif

$(B)/bench/%: $(O)/bench/%.o
	$(call say,LD,$@) mkdir -p $(@D) && $(CC) $(LDFLAGS) $(P_LDFLAGS) $^ -o $@
STORM	:= $(patsubst %.c,$(O)/%.o,$(wildcard bench/storm_*.c))
$(B)/bench/storm: $(STORM)
BENCH	:= $(B)/bench/storm $(B)/bench/nfs $(B)/bench/dora $(B)/bench/tftp \
	$(B)/bench/http $(B)/bench/floor
bench: all $(BENCH)
	$(Q)$(MAKE) --no-print-directory bench-dhcp bench-tftp bench-http bench-nfs
bench-tftp: all $(BENCH)
	$(Q)RUNS=5 FILE_KB=1024 LOSS_KB=1024 PROVD_TEST_TIME=1500 tests/interop/bench_tftp.sh
bench-nfs: all $(BENCH)
	$(Q)RUNS=5 MANY=4 BIG_MB=64 FILES=100 PROVD_TEST_TIME=1500 tests/interop/bench_nfs.sh
bench-http: all $(BENCH)
	$(Q)RUNS=7 SECONDS_EACH=2 tests/interop/bench_http.sh
bench-storm: all $(BENCH)
	$(Q)RUNS=3 MACHINES=400 AT_A_TIME=50 KERNEL_KB=4096 ROOT_MB=8 DIST_MB=8 \
	    SECONDS_EACH=280 PROVD_TEST_TIME=1800 tests/interop/bench_storm.sh
bench-dhcp: all $(BENCH)
	$(Q)RUNS=5 SECONDS_EACH=4 POOLS="1 2" tests/interop/bench_dhcp.sh

unit-programs: $(UNIT)
replay-programs: $(REPLAY)
unit: unit-programs
	$(Q)$(RUN) -j 2 $(foreach t,$(UNIT),unit/$(notdir $t)=$t)
replay: replay-programs
	$(Q)$(RUN) -j 2 $(foreach f,$(FUZZ),replay/$f="$(B)/tests/fuzz/replay_$f \
	    tests/fuzz/corpus/$f tests/fuzz/repro/$f")

# Everything that `make check` runs, in one list, so that one line counts it.
check: deps check-build
	$(Q)$(RUN) -j 2 -t 900 $(CHECKS)
check-all: deps check-build
	$(Q)$(RUN) -j 2 -t 1500 $(CHECKS) $(SLOW)
check-build:
	$(Q)$(MAKE) --no-print-directory all man tree $(BENCH)
	$(Q)$(MAKE) --no-print-directory $(SANFLAGS) all unit-programs replay-programs

CHECKS	= e2e/install="tests/e2e/run install" e2e/selftest=tests/e2e/selftest \
	$(foreach t,$(UNIT:$(B)/%=%),unit/$(notdir $t)=$(SANB)/$t) \
	$(foreach f,$(FUZZ),replay/$f="$(SANB)/tests/fuzz/replay_$f \
	    tests/fuzz/corpus/$f tests/fuzz/repro/$f") \
	web/page="tests/web/run page" web/fleet="tests/web/run fleet" \
	config="tests/config/run.sh $(SANB)/provd" \
	$(foreach t,$(INTEROP),interop/$(notdir $t)="PROVD=$(SANB)/provd $t") \
	$(foreach p,$(filter-out docs/README.md,$(wildcard docs/*.md)),$p="PROVD=$(SANB)/provd tests/docs/run.sh $p") \
	$(foreach t,$(wildcard tests/lint/*.sh),lint/$(notdir $t)="B=$(B) $t")
SLOW	= interop/stress_gone.sh=tests/interop/stress_gone.sh \
	interop/stress_clients.sh-1000000="STRESS=1 PROVD_TEST_TIME=1200 tests/interop/stress_clients.sh" \
	interop/stress_net.sh-4="STRESS=1 PROVD_TEST_TIME=1200 tests/interop/stress_net.sh" \
	interop/nfs_linux.sh-20000="STRESS=1 PROVD_TEST_TIME=1200 tests/interop/nfs_linux.sh" \
	interop/stress_dhcp.sh-10="STRESS=1 PROVD_TEST_TIME=1200 tests/interop/stress_dhcp.sh" \
	interop/dhcp_kill.sh-200="KILLS=200 tests/interop/dhcp_kill.sh" \
	interop/nfs_large.sh-500000="FILES=500000 PROVD_TEST_TIME=1400 tests/interop/nfs_large.sh" \
	web/install="tests/web/run install" \
	package/deb=tests/package/deb.sh \
	$(foreach c,$(shell tests/e2e/run --list-slow 2>/dev/null),e2e/$c="tests/e2e/run $c")

# An install tree of Debian's packages, for the demo and the end-to-end tests.
SUDO	:= $(if $(filter-out 0,$(shell id -u)),sudo)
tree:
	$(Q)$(SUDO) tests/e2e/mktree build/tree/debian && tests/e2e/mkboot build/boot
# A real FreeBSD: MEDIA=disc1.iso or a directory, FIRMWARE=bios|uefi, PROFILE=...
e2e-freebsd: deps-demo
	$(Q)test -n "$(MEDIA)" || { echo "say MEDIA=<ISO image or directory of a release>"; exit 2; }
	$(Q)$(MAKE) --no-print-directory all && tests/e2e/mkboot build/boot
	$(Q)tests/e2e/freebsd "$(MEDIA)" "$(FIRMWARE)" "$(PROFILE)"
demo: deps-demo
	$(Q)$(MAKE) --no-print-directory all tree
	$(Q)python3 tests/e2e/demo.py

fuzz-%: tests/fuzz/fuzz_%.c
	$(Q)$(MAKE) --no-print-directory B=build/fuzz CC=clang \
	    SAN=fuzzer-no-link,address,undefined build/fuzz/libprovd.a
	$(Q)mkdir -p build/fuzz/new_$* && clang $(P_CFLAGS) -g -O1 \
	    -fsanitize=fuzzer,address,undefined $< build/fuzz/libprovd.a $(LIBS) $(LIBS_MEDIA) \
	    -o build/fuzz/fuzz_$*
	$(Q)build/fuzz/fuzz_$* -max_total_time=$${FUZZ_SECONDS:-30} \
	    build/fuzz/new_$* tests/fuzz/corpus/$* $(wildcard tests/fuzz/repro/$*)

# Manual, installation -----------------------------------------------------------
MAN	:= man/provd.8 man/provctl.8 $(B)/man/provd.yaml.5 $(B)/man/provd-profile.5 \
	$(B)/man/provd-why.7
man: $(MAN)
$(B)/man/provd.yaml.5: man/provd.yaml.5.in $(B)/provd
	$(Q)mkdir -p $(@D) && $(B)/provd -x man >$@.opt && \
	    sed -e '/@OPTIONS@/{r $@.opt' -e 'd;}' $< >$@
$(B)/man/provd-profile.5: man/provd-profile.5.in $(B)/provd
	$(Q)mkdir -p $(@D) && $(B)/provd -x profile-man >$@.opt && \
	    sed -e '/@OPTIONS@/{r $@.opt' -e 'd;}' $< >$@
$(B)/man/provd-why.7: man/provd-why.7.in $(B)/provd
	$(Q)mkdir -p $(@D) && $(B)/provd -x why >$@.opt && $(B)/provd -x why-unknown >$@.opt2 && \
	    sed -e '/@RULES@/{r $@.opt' -e 'd;}' -e '/@STRANGERS@/{r $@.opt2' -e 'd;}' $< >$@

install: all man
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(MANDIR)/man5 \
	    $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(DATADIR)/profiles
	$(INSTALL) -m 755 $(B)/provd $(B)/provctl $(DESTDIR)$(PREFIX)/sbin
	$(INSTALL) -m 644 $(filter %.8,$(MAN)) $(DESTDIR)$(MANDIR)/man8
	$(INSTALL) -m 644 $(filter %.5,$(MAN)) $(DESTDIR)$(MANDIR)/man5
	$(INSTALL) -m 644 $(filter %.7,$(MAN)) $(DESTDIR)$(MANDIR)/man7
	$(INSTALL) -m 644 profiles/*.yaml $(DESTDIR)$(DATADIR)/profiles
	$(INSTALL) -m 644 provd.example.yaml $(DESTDIR)$(DATADIR)
	$(INSTALL) -d $(DESTDIR)$(DATADIR)/hooks
	$(INSTALL) -m 755 dist/hooks/* $(DESTDIR)$(DATADIR)/hooks
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(SERVICEDIR)
	$(INSTALL) -m 644 dist/provctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/provctl
	$(INSTALL) -d $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	$(INSTALL) -m 644 dist/_provctl $(DESTDIR)$(ZSHDIR)
	$(INSTALL) -m 644 dist/provctl.fish $(DESTDIR)$(FISHDIR)
	sed 's|@PREFIX@|$(PREFIX)|g; s|@SYSCONFDIR@|$(SYSCONFDIR)|g' dist/$(SERVICE) >$(DESTDIR)$(SERVICEDIR)/$(SERVICE:.rc=)
	chmod $(if $(filter %.rc,$(SERVICE)),755,644) $(DESTDIR)$(SERVICEDIR)/$(SERVICE:.rc=)

# The last commit, byte for byte the same wherever it is made.
dist:
	$(Q)mkdir -p $(B)
	git -c core.autocrlf=false archive --format=tar --prefix=provd-$(VERSION)/ HEAD | \
	    gzip -9n >$(B)/provd-$(VERSION).tar.gz
# The same tree as a Debian package, beside the checkout.
deb:
	dpkg-buildpackage -us -uc -b

clean:
	$(SUDO) rm -rf $(B)

.PHONY: all bench bench-dhcp bench-tftp bench-nfs bench-http bench-storm e2e-freebsd deps deps-build deps-demo unit-programs replay-programs unit replay check \
	check-all check-build tree demo man install dist deb clean
.SECONDARY:
-include $(wildcard $(O)/*/*.d $(O)/tests/*/*.d)
