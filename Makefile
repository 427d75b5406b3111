# The program; `make help` lists the targets. What ships and the tests have Makefiles of their own, which this one includes;
# what proves, measures and records the product is in lab/.
VERSION := $(shell cat VERSION)
BUILD   := build
PREFIX  := /usr/local
DESTDIR :=

# A value as one word of the shell, whatever is in it.
quote = '$(subst ','\'',$1)'

# src/platforms, as words: $(call cell,FOLDER,target)
CELLS := $(shell scripts/platforms.sh --cells)
cell   = $(or $(subst ~, ,$(patsubst $1:$2=%,%,$(filter $1:$2=%,$(CELLS)))),$(error src/platforms has no $2 of $1))

KNOWN     := $(if $(CELLS),$(shell scripts/platforms.sh platform),$(error src/platforms cannot be read))
PLATFORMS := $(KNOWN)
$(foreach p,$(filter-out $(KNOWN),$(PLATFORMS)),$(error PLATFORMS has $p, which is none of: $(KNOWN)))

# This machine's, or another one: make PLATFORM=OS/ARCH[/VARIANT]
PLATFORM ?= $(or $(shell scripts/platforms.sh --native),$(error choose one with PLATFORM=, of: $(KNOWN)))
folder    = $(BUILD)/$(subst /,-,$1)
NATIVE    = $(call folder,$(PLATFORM))/pause

# A release is built with one compiler, which targets every platform. For this machine, and for no other goal than
# these, CC is taken: what ships never depends on somebody's environment.
RELEASE_CC := clang-19
LOCAL      := all run check install
ifeq ($(origin CC),default)
CC := $(or $(notdir $(firstword $(foreach cc,$(RELEASE_CC) clang gcc,$(shell command -v $(cc))))),cc)
endif
compiler   := $(if $(filter-out $(LOCAL),$(or $(MAKECMDGOALS),all)),$(RELEASE_CC),$(CC))
is_clang   := $(findstring clang,$(notdir $(compiler)))
has_lld    := $(if $(is_clang),$(shell command -v $(subst clang,ld.lld,$(notdir $(compiler)))))

CFLAGS  := -std=c11 -Wall -Wextra -Wpedantic -Werror -Oz -ffreestanding -fno-pic -fno-stack-protector \
           -fomit-frame-pointer -fno-unwind-tables -fno-asynchronous-unwind-tables
LDFLAGS := -static -nostdlib \
           -Wl,--build-id=none,-z,noexecstack,-z,max-page-size=65536,-O2,--orphan-handling=error,-T,src/pause.ld
SOURCES := src/pause.c src/syscall.h src/pause.ld src/trim.sh VERSION

# What follows is read while a rule for $(BUILD)/%/… is made: $* is the platform's folder.
target   = $(call cell,$*,target)
# clang is told the target, takes lld where there is one, and has -msym32 in its code generator only.
select   = $(if $(is_clang),--target=$(target) $(if $(has_lld),-fuse-ld=lld))
flags    = $(if $(is_clang),$(subst -msym32,-Xclang -target-feature -Xclang +sym32,$1),$1)
# The kernel's headers alone; those of asm-generic and linux are everywhere the same.
headers  = -nostdinc $(addprefix -isystem ,$(wildcard /usr/$(target)/include /usr/include/$(target)) /usr/include)
compile  = $(compiler) $(select) $(CFLAGS) $(call flags,$(call cell,$*,flags)) $(headers) \
           -DARCH='"arch/$(call cell,$*,header).h"' -DPLATFORM='"$(call cell,$*,platform)"' -DVERSION='"$(VERSION)"' \
           $(LDFLAGS) src/pause.c

# What rules make in a platform's folder; the last four are the laboratory's.
BUILT := pause pause.linked command check bare bare.linked pause-tiny

.PHONY: all platforms run install clean help force
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:

all: $(NATIVE) ## build for this machine (CC=… picks the compiler)

# A file of each platform's folder.
each = $(foreach p,$(PLATFORMS),$(call folder,$p)/$1)

platforms: $(call each,pause) ## build for all platforms, with clang-19

$(BUILD)/%/pause: $(BUILD)/%/command $(SOURCES) src/arch/$$(call cell,$$*,header).h
	@$(compile) -o $@.linked
	@src/trim.sh $@.linked $@
	@rm $@.linked
	@printf '%6d bytes  %s\n' "$$(wc -c <$@)" $@

# Another compiler or another flag rebuilds, too.
$(BUILD)/%/command: force
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(compile)) | cmp -s - $@ || printf '%s\n' $(call quote,$(compile)) >$@

run: ## hold namespaces with the program, here and now, until Ctrl-C
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory all
	@exec scripts/hold.sh $(NATIVE:/pause=)

install: all ## to DESTDIR and PREFIX
	install -D -m 755 $(NATIVE) $(call quote,$(DESTDIR)$(PREFIX)/bin/pause)
	install -D -m 644 man/pause.1 $(call quote,$(DESTDIR)$(PREFIX)/share/man/man1/pause.1)

include image/Makefile tests/Makefile

clean: ## remove what was built, and nothing else
	@rm -f $(foreach f,$(BUILT),$(BUILD)/linux-*/$f)
	@rmdir --ignore-fail-on-non-empty $(wildcard $(BUILD)/linux-* $(BUILD)) 2>/dev/null || :

# The files whose targets are listed, how one calls them, and what else there is.
LISTED := $(MAKEFILE_LIST)
CALL   := make
MORE   := make -C lab help    what proves, measures and records the product

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "$(CALL) %-14s %s\n", $$1, $$2 }' $(LISTED)
	@$(if $(MORE),echo '$(MORE)')
