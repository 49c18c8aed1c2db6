# chalkcast: `make demo` goes on air with the sample station, `make test` passes every test.
# Other targets: build (default), deps, station, check, check-style, asan, ubsan, tsan, fuzz, bench, drill, soak, cover, install, clean.

VERSION := 1
CC      ?= cc
BUILD   ?= build
PREFIX  ?= /usr/local
SAN     ?=
MODULES := libavformat libavcodec libavfilter libavutil libswresample libebur128 libass fontconfig libdvbpsi libxml-2.0 glib-2.0 libcrypto libxxhash jansson libical sqlite3
WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2
OPT     ?= -O2 -g
# Asked of pkg-config when a recipe runs, so that `make deps` works on a machine that has none of them yet.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(MODULES)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(MODULES)))$(PKG_LIBS)
CFLAGS   = -std=gnu17 $(OPT) $(WARN) $(SAN) -D_GNU_SOURCE -DCHALKCAST_VERSION='"$(VERSION)"' -I. $(PKG_CFLAGS) -pthread
LDLIBS   = $(PKG_LIBS) -lm -pthread
# A hundred programs of the tests are linked: gold does it in a sixth of ld's time.
TEST_LD := -fuse-ld=gold

MEDIA   := $(wildcard mux/*.c mux/prepare/*.c)
SOURCES := $(wildcard schedules/*.c schedules/export/*.c epg/*.c epg/measure/*.c mux/*.c mux/measure/*.c mux/prepare/*.c playout/*.c playout/measure/*.c playout/outputs/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/schedules/grammars.o $(BUILD)/schedules/export/templates.o $(BUILD)/epg/gbk_table.o $(BUILD)/playout/slate_lesson.o
LIBRARY := $(filter-out $(BUILD)/playout/main.o,$(OBJECTS))
UNIT    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*_test.c))
TOOLS   := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/tools/*.c))

.PHONY: build deps station demo test check check-style layers headers unit sanitized asan ubsan tsan rings fuzz fuzzers
.PHONY: search bench drill soak cover install clean
.SECONDARY:
build: $(BUILD)/chalkcast $(BUILD)/chalkcast-prepare.so

# What needs FFmpeg is loaded when a lesson is prepared (playout/lazy/prepare.c); --as-needed leaves FFmpeg out of the program.
LAZY := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/key.c %/preset.c %/work.c,$(wildcard mux/prepare/*.c)))
$(LAZY): CFLAGS += -fPIC
$(LAZY): Makefile
$(BUILD)/chalkcast: $(filter-out $(LAZY),$(OBJECTS)) $(BUILD)/playout/lazy/prepare.o
	@echo "  LINK  $@"; $(CC) $(CFLAGS) -rdynamic -Wl,--as-needed -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib/chalkcast' -o $@ $^ $(LDLIBS)
$(BUILD)/chalkcast-prepare.so: $(LAZY)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) -shared -Wl,-Bsymbolic -o $@ $^ $(LDLIBS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"; $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/schedules/grammars.o: schedules/grammars.S $(wildcard schedules/*.xsd)
	@mkdir -p $(@D); echo "  AS    $<"; $(CC) -I. -c -o $@ $<

# What iconv knows of GBK and GB 2312, as tables.
$(BUILD)/gbk-maker: $(BUILD)/epg/gbk/maker.o
	@echo "  LINK  $@"; $(CC) $(CFLAGS) -o $@ $^
$(BUILD)/gbk.table: $(BUILD)/gbk-maker
	@echo "  GBK   $@"; $(BUILD)/gbk-maker $@
$(BUILD)/epg/gbk_table.o: epg/gbk/table.S $(BUILD)/gbk.table
	@mkdir -p $(@D); echo "  AS    $<"; $(CC) -I$(BUILD) -c -o $@ $<

$(BUILD)/schedules/export/templates.o: schedules/export/templates.S $(wildcard schedules/export/web/*)
	@mkdir -p $(@D); echo "  AS    $<"; $(CC) -I. -c -o $@ $<

# The compiled-in picture: a lesson of one second, made by the program's own preparation.
$(BUILD)/slate-maker: $(BUILD)/playout/slate/maker.o $(MEDIA:%.c=$(BUILD)/%.o)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/slate.lesson: $(BUILD)/slate-maker
	@echo "  SLATE $@"; $(BUILD)/slate-maker $@
$(BUILD)/playout/slate_lesson.o: playout/slate/lesson.S $(BUILD)/slate.lesson
	@mkdir -p $(@D); echo "  AS    $<"; $(CC) -I$(BUILD) -c -o $@ $<

# The judge and the receiver of the tests, in an archive: only what asks for it gets it.
$(BUILD)/tests/judge.a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/judge/*.c tests/receiver/*.c))
	@rm -f $@; echo "  AR    $@"; $(AR) rcs $@ $^
$(BUILD)/tests/%_test: $(BUILD)/tests/%_test.o $(BUILD)/tests/judge.a $(LIBRARY)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) $(TEST_LD) -o $@ $^ $(LDLIBS) -lcmocka
$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/tests/judge.a $(LIBRARY)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) $(TEST_LD) -o $@ $^ $(LDLIBS)

deps:
	@tests/deps
station: build
	@schedules/examples/make-station $(BUILD) $(STATION)
demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) station
	@playout/demo $(BUILD)

check: build check-style unit
unit: $(UNIT)
	@tests/run --unit $(BUILD)
# Everything is built before anything runs, with and without the sanitizers; what they find fails the tests.
test: deps
	@$(MAKE) --no-print-directory -j$$(nproc) build check-style $(UNIT) $(TOOLS)
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=$(BUILD)/sanitized SAN="$(SANITIZE)" OPT="-O1 -g" sanitized fuzzers
	@tests/run $(BUILD)

# What other libraries do not free is not ours to mend.
export LSAN_OPTIONS = suppressions=$(CURDIR)/tests/leaks:print_suppressions=0
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
sanitized: build $(UNIT)
asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SAN="-fsanitize=address" OPT="-O1 -g" unit
ubsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan SAN="-fsanitize=undefined -fno-sanitize-recover=all" OPT="-O1 -g" unit
# FFmpeg is not built for ThreadSanitizer, so what it says of FFmpeg's threads is not ours: only the rings are run.
tsan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SAN="-fsanitize=thread" OPT="-O1 -g" rings
rings: export TSAN_OPTIONS = exitcode=0
rings: $(BUILD)/tests/ahead_test $(BUILD)/tests/onair_test $(BUILD)/tests/succession_test $(BUILD)/tests/verifier_test
	@TSAN_OPTIONS=exitcode=66 $(BUILD)/tests/ahead_test
	@TSAN_OPTIONS=exitcode=66 $(BUILD)/tests/onair_test
	@TSAN_OPTIONS=exitcode=66 $(BUILD)/tests/succession_test
	@TSAN_OPTIONS=exitcode=66 $(BUILD)/tests/verifier_test

# One fuzzer for each parser of anything from outside. They replay the corpora in `make test` (tests/e2e/fuzz.sh);
# `make fuzz` lets each search for FUZZ_SECONDS.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_SECONDS ?= 60
fuzzers: $(FUZZERS)
$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIBRARY)
	@mkdir -p $(@D); echo "  FUZZ  $@"; clang $(CFLAGS) -fsanitize=address,undefined $< tests/fuzz/replay.c $(LIBRARY) -o $@ $(LDLIBS)
fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/libfuzzer CC=clang SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" search
search: $(LIBRARY)
	@mkdir -p $(BUILD)/fuzz
	@for f in $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c)); do \
	  clang $(CFLAGS) -fsanitize=fuzzer,address,undefined tests/fuzz/$$f.c $(LIBRARY) -o $(BUILD)/fuzz/$$f $(LDLIBS) || exit 1; \
	  mkdir -p $(BUILD)/fuzz/found-$$f; \
	  $(BUILD)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/$$f- \
	    $(BUILD)/fuzz/found-$$f tests/fuzz/corpus/$${f%_fuzz} || exit 1; done

bench: deps
	@$(MAKE) --no-print-directory -j$$(nproc) station $(TOOLS)
	@tests/bench/run $(BUILD)
# Every fault done to a rehearsal of the sample station. DRILL_SECONDS is how long each lasts.
DRILL_SECONDS ?= 30
drill: deps
	@$(MAKE) --no-print-directory -j$$(nproc) station
	@$(BUILD)/chalkcast -C $(BUILD)/station drill --for $(DRILL_SECONDS) --kills 100
# An hour of play, and a month simulated: memory must stay. SOAK_SECONDS shortens the hour. 30 days of a random
# operator (SOAK_DAYS), 1000 kills (SOAK_KILLS), each allocation failing in turn. And 100 failovers of two machines.
soak: deps
	@$(MAKE) --no-print-directory -j$$(nproc) station $(BUILD)/tests/onair_test $(BUILD)/tests/memory_test $(TOOLS)
	@tests/bench/run $(BUILD) soak pair
cover:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/cover SAN="--coverage" OPT="-O0 -g" unit
	@tests/style/coverage $(BUILD)/cover

check-style: layers headers
	@clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h' --cached --others --exclude-standard)
	@tests/style/sizes
layers:
	@tests/style/layers
headers:
	@for h in $$(find schedules epg mux playout -name '*.h'); do \
	  $(CC) $(CFLAGS) -fsyntax-only -x c $$h || exit 1; done

install: build
	install -D $(BUILD)/chalkcast $(DESTDIR)$(PREFIX)/bin/chalkcast
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/chalkcast $(BUILD)/chalkcast-prepare.so
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/chalkcast schedules/station.xsd schedules/timetable.xsd
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 playout/manual/*.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 playout/manual/*.5
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
