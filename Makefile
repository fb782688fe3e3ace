# Simfra in C.  Targets:
#
#   make [all]      every program, into build/$(B)/      (B=debug release asan tsan fuzz)
#   make check      unit, api and codec tests of this flavour     T=store: only those named so
#   make test       everything: install what is missing, lint, all flavours, fuzz, e2e, chaos
#   make up, down   install, build, start the control plane; stop it and leave nothing behind
#   make lint       layers, symbols, headers, clang-format, clang-tidy, cppcheck
#   make fmt        format the sources           make hdr-check  each header compiles alone
#   make fuzz       FUZZ_TIME seconds in all     make bench      the targets, measured
#   make images     the container images         make docs       tables that the program prints
#   make deps       what build and tests need    make install    DESTDIR, PREFIX
#   make clean      remove build/
#
# V=1 shows the commands.  CC, CFLAGS and LDFLAGS are yours and come last.  BUILD=/elsewhere moves
# build/; IN="base control/store" takes only those folders, while the others are in pieces.

VERSION := $(shell cat VERSION)
B ?= debug
BUILD ?= build
PREFIX ?= /usr/local
FORMAT ?= clang-format-14
TIDY ?= clang-tidy-14
IN ?= base models control sidecar netdns agents
O := $(BUILD)/$(B)
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(B)),clang,gcc)
endif
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-7s %s\n')
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:

# What is where

here = $(sort $(shell find $(wildcard $(1)) -name '$(2)' 2>/dev/null))
ALL_C := $(call here,$(IN),*.c)
AGENTS := $(notdir $(patsubst %/main.c,%,$(filter agents/%/main.c,$(ALL_C))))
STATIC := init# and what each takes from base/:
init_BASE := arena buf clock err log
MAINS := control/main.c models/modelc.c $(AGENTS:%=agents/%/main.c)
MODELS := $(if $(filter models/modelc.c,$(ALL_C)),$(wildcard models/*.json))
GEN := $(if $(MODELS),$(MODELS:models/%.json=$(O)/gen/%.c) $(O)/gen/index.c)
LIB_C := $(filter-out $(MAINS),$(ALL_C))
LIB_O := $(LIB_C:%.c=$(O)/%.o) $(GEN:.c=.o)
TEST_DIRS := $(filter-out tests/fuzz tests/bench tests/e2e,$(wildcard tests/*))
TEST_C := $(call here,$(TEST_DIRS),*.c)
TESTS := $(foreach c,$(TEST_C),$(if $(filter test_%,$(notdir $(c))),$(O)/$(c:.c=)))
TESTLIB_O := $(patsubst %.c,$(O)/%.o,$(foreach c,$(TEST_C),$(if $(filter test_%,$(notdir $(c))),,$(c))))
# One thread has no races, and asking every operation takes minutes under the thread sanitizer.
ifeq ($(B),tsan)
TESTS := $(filter-out %/test_probe,$(TESTS))
endif
FUZZ := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*.c))
HEADERS := $(call here,$(IN) $(TEST_DIRS),*.h)
LINTED := $(ALL_C) $(TEST_C) $(FUZZ:$(O)/%=%.c) $(BENCH:$(O)/%=%.c)
PROGRAMS := $(strip $(if $(filter control/main.c,$(ALL_C)),$(O)/simfra) $(AGENTS:%=$(O)/simfra-%))

# How it is compiled

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Walloca -Wundef \
	-Wformat=2 -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum -Wconversion -Wno-sign-conversion
ONLY_gcc := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-signedness \
	-ftrivial-auto-var-init=zero
ONLY_clang := -Wmissing-variable-declarations
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
FLAGS_debug := -Og -g
FLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
FLAGS_asan := -Og -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -Og -g -fsanitize=thread
FLAGS_fuzz := $(FLAGS_asan) -fsanitize=fuzzer-no-link
FAMILY := $(if $(findstring clang,$(CC)),clang,gcc)
BASE_CFLAGS := -std=c17 -D_GNU_SOURCE -I. -pthread $(WARN) $(HARDEN)
ALL_CFLAGS = -DSIMFRA_VERSION='"$(VERSION)"' $(BASE_CFLAGS) $(ONLY_$(FAMILY)) -fPIE $(FLAGS_$(B)) $(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) -pthread $(FLAGS_$(B)) $(LDFLAGS)
LIBS := -ljansson -lcivetweb -lhiredis -lcurl -lssl -lcrypto -lm -larchive -lexpat -lqrencode -lz -luv -lnftables -lmnl -lpcre2-8
# Static programs go into containers of any image, so they are small, and without sanitizers.
STATIC_CC ?= musl-gcc
STATIC_CFLAGS = $(BASE_CFLAGS) $(ONLY_gcc) -Os -g -ffunction-sections -fdata-sections \
	-idirafter /usr/include -idirafter /usr/include/$(shell uname -m)-linux-gnu $(CFLAGS)
STATIC_LDFLAGS = -static $(if $(filter release,$(B)),-s) -Wl,-z,noexecstack,-z,relro,-z,now,--gc-sections $(LDFLAGS)
DEPS = -MMD -MP -MF $(@:.o=.d) -MT $@

all: $(PROGRAMS) $(if $(filter models/modelc.c,$(ALL_C)),$(O)/modelc) $(if $(PROGRAMS),,$(O)/libsimfra.a)
	@:

# A stamp is touched only when what it holds has changed.
stamp = $(shell mkdir -p $(O); printf '%s\n' '$(subst ','\'',$(2))' >$(O)/$(1).new; \
	cmp -s $(O)/$(1).new $(O)/$(1) && rm $(O)/$(1).new || mv $(O)/$(1).new $(O)/$(1))
ifneq ($(MAKECMDGOALS),clean)
$(call stamp,flags,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(STATIC_CC) $(STATIC_CFLAGS) $(STATIC_LDFLAGS))
$(call stamp,sources,$(LIB_O) $(TESTLIB_O))
endif

$(O)/%.o: %.c $(O)/flags
	$(SAY) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(DEPS) -c -o $@ $<

$(O)/static/%.o: %.c $(O)/flags
	$(SAY) CC-S $<
	$(Q)mkdir -p $(@D)
	$(Q)$(STATIC_CC) $(STATIC_CFLAGS) $(DEPS) -c -o $@ $<

$(O)/gen/%.o: $(O)/gen/%.c $(O)/flags
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(DEPS) -c -o $@ $<

$(GEN) &: $(O)/modelc $(MODELS)
	$(SAY) MODELC $(words $(MODELS))' models'
	$(Q)mkdir -p $(O)/gen
	$(Q)$(O)/modelc $(O)/gen $(MODELS)

$(O)/libbase.a: $(patsubst %.c,$(O)/%.o,$(wildcard base/*.c))
$(O)/libsimfra.a: $(LIB_O)
$(O)/libtest.a: $(TESTLIB_O)
$(O)/libbase.a $(O)/libsimfra.a $(O)/libtest.a: $(O)/sources
	$(SAY) AR $@
	$(Q)rm -f $@ && ar qc --thin $@ $(filter %.o,$^) && ranlib $@

$(O)/modelc: $(O)/models/modelc.o $(O)/models/load.o $(O)/models/model.o $(O)/libbase.a
$(O)/simfra: $(O)/control/main.o $(O)/libsimfra.a
DYNAMIC := $(patsubst %,$(O)/simfra-%,$(filter-out $(STATIC),$(AGENTS)))
$(DYNAMIC): $(O)/simfra-%: $(O)/agents/%/main.o $(O)/libsimfra.a
$(O)/modelc $(O)/simfra $(DYNAMIC):
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

define static_program
$(O)/simfra-$(1): $$(patsubst %,$(O)/static/%.o,$$(basename $$(filter agents/$(1)/%,$(ALL_C)) $$($(1)_BASE:%=base/%.c)))
	$$(SAY) LD $$@
	$$(Q)$$(STATIC_CC) -o $$@ $$^ $$(STATIC_LDFLAGS)
endef
$(foreach a,$(filter $(STATIC),$(AGENTS)),$(eval $(call static_program,$(a))))

$(TESTS) $(BENCH) $(FUZZ): $(O)/%: $(O)/%.o $(O)/libtest.a $(O)/libsimfra.a
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(findstring /fuzz_,$@),-fsanitize=fuzzer) -o $@ $^ $(LIBS) -lcmocka

# Tests

CHOSEN := $(if $(T),$(foreach t,$(TESTS),$(if $(findstring $(T),$(t)),$(t))),$(TESTS))
NET := $(filter $(O)/tests/net/%,$(CHOSEN))
tests: $(CHOSEN) $(if $(T),,$(PROGRAMS))
check: tests ; $(Q)tests/run $(O) $(filter-out $(NET),$(CHOSEN))
check-net: tests ; $(Q)tests/run --jobs 1 $(O) $(NET)
test: ; $(Q)tests/all
fuzzers: $(FUZZ)
fuzz: ; $(Q)$(MAKE) B=fuzz fuzzers && tests/fuzz/run $(BUILD)/fuzz
benches: $(BENCH)
bench: ; $(Q)$(MAKE) B=release all benches && tests/bench/run $(BUILD)/release

# Lint: a stamp a source, beside the object, so that only what has changed is looked at again.

lint: layers hdr-check docs-check $(O)/lint/format symbols $(LINTED:%=$(O)/lint/%.tidy) $(O)/lint/cppcheck.ok
	$(Q)tools/layers -l | tail -n 1
layers: ; $(Q)tools/layers
symbols: $(LINTED:%.c=$(O)/%.o) $(LIB_O) ; $(Q)tools/symbols $(O) $(sort $^)
hdr-check: $(HEADERS:%=$(O)/hdr/%.o)
$(O)/hdr/%.h.o: %.h $(O)/flags
	$(Q)mkdir -p $(@D)
	$(Q)echo 'typedef int unit;' | $(CC) $(ALL_CFLAGS) $(DEPS) -c -o $@ -x c -include $< -
$(O)/lint/format: $(LINTED) $(HEADERS) .clang-format
	$(SAY) FORMAT 'all files'
	$(Q)out=$$($(FORMAT) --dry-run -Werror $(if $(filter .clang-format,$?),$(filter-out .clang-format,$^),$?) 2>&1) || \
	{ echo "$$out" | sed -n 's/^\([^:]*\):.*: error: .*/\1: not as .clang-format has it: make fmt/p' | uniq >&2; exit 1; }
	$(Q)mkdir -p $(@D) && touch $@
$(O)/lint/%.c.tidy: $(O)/%.o .clang-tidy
	$(SAY) TIDY $*.c
	$(Q)mkdir -p $(@D)
	$(Q)$(TIDY) --quiet $*.c -- -std=c17 -D_GNU_SOURCE -I. >$@.out 2>&1 || { cat $@.out >&2; exit 1; }
	$(Q)mv $@.out $@
$(O)/lint/cppcheck.ok: $(LINTED:%.c=$(O)/%.o)
	$(SAY) CPPCHK 'all files'
	$(Q)mkdir -p $(@D)/cppcheck
	$(Q)cppcheck --quiet -j 2 --std=c11 -D_GNU_SOURCE -I. --enable=warning,performance,portability \
	    --inline-suppr --suppress=internalAstError --include=tools/cppcheck.h --error-exitcode=1 \
	    --cppcheck-build-dir=$(@D)/cppcheck $(LINTED)
	$(Q)touch $@
fmt: ; $(Q)$(FORMAT) -i $(LINTED) $(HEADERS)

# Life

deps: ; $(Q)tools/install-deps test
up: ; $(Q)tools/up
down: ; $(Q)tools/down
images: ; $(Q)$(MAKE) B=release all && images/build
DOCS := $(O)/simfra $(O)/tests/api/test_probe
docs: $(DOCS) ; $(Q)tools/docs $(DOCS)
docs-check: $(DOCS) ; $(Q)tools/docs --check $(DOCS)
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/simfra
	install $(PROGRAMS) $(DESTDIR)$(PREFIX)/lib/simfra
	ln -sf ../lib/simfra/simfra $(DESTDIR)$(PREFIX)/bin/simfra
clean:
	@test ! -e build/run/pid || { echo 'it runs, or has crashed: make down first'; exit 1; }
	rm -rf $(BUILD)

.PHONY: all tests check check-net test fuzz fuzzers bench benches lint layers symbols hdr-check fmt deps up down images \
	docs docs-check install clean
-include $(LINTED:%.c=$(O)/%.d) $(GEN:.c=.d) $(HEADERS:%=$(O)/hdr/%.d) $(LINTED:%.c=$(O)/static/%.d)
