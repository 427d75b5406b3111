# The program; `make help` lists the targets. What ships and the tests have Makefiles of their own, which this one includes;
# what proves, measures and records the product is in lab/.
MAKEFLAGS += --no-print-directory
$(if $(wildcard src/platforms),,$(error run make in the folder of the sources, or name it: make -C FOLDER))
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

# This machine's, or another one: make PLATFORM=OS/ARCH[/VARIANT]
PLATFORM ?= $(or $(shell scripts/platforms.sh --native),$(error choose one with PLATFORM=, of: $(KNOWN)))
folder    = $(BUILD)/$(subst /,-,$1)
NATIVE    = $(call folder,$(PLATFORM))/pause

# What was typed, before anything is made of it.
known = $(foreach p,$(filter-out $(KNOWN),$2),$(error $1 has $p, which is none of: $(KNOWN)))
$(call known,PLATFORMS,$(PLATFORMS))
$(if $(PLATFORMS),,$(error PLATFORMS is empty; it takes some of: $(KNOWN)))
ifneq ($(origin PLATFORM),file)
$(call known,PLATFORM,$(PLATFORM))
$(if $(filter 1,$(words $(PLATFORM))),,$(error PLATFORM is "$(PLATFORM)"; it takes one of: $(KNOWN)))
endif
$(if $(filter 1,$(words $(BUILD))),,$(error BUILD is "$(BUILD)"; it takes the path of a folder, without spaces))
$(if $(CC),,$(error CC is empty; it takes a compiler, as in CC=gcc))

# A release is built with one compiler, which targets every platform. CC, CFLAGS and LDFLAGS are taken for this machine's
# own build, and for no other goal than these: what ships never depends on somebody's environment. Who asks for this
# machine's platform alone, and has not that compiler, gets it from the one that is there.
RELEASE_CC := clang-19
LOCAL      := all run check install uninstall clean help
ifeq ($(origin CC),default)
CC := $(or $(notdir $(firstword $(foreach cc,$(RELEASE_CC) clang gcc,$(shell command -v $(cc))))),cc)
endif
ships    := $(filter-out $(LOCAL),$(or $(MAKECMDGOALS),all))
alone    := $(if $(filter 1,$(words $(PLATFORMS))),$(if $(filter $(PLATFORMS),$(shell scripts/platforms.sh --native)),yes))
makeshift := $(if $(ships),$(if $(alone),$(if $(shell command -v $(RELEASE_CC)),,yes)))
own      := $(if $(ships),$(makeshift),yes)
compiler := $(if $(own),$(CC),$(RELEASE_CC))
clang    := $(firstword $(foreach word,$(notdir $(compiler)),$(if $(findstring clang,$(word)),$(word))))
# lld comes with the release's compiler, maybe only now.
has_lld  := $(if $(clang),$(if $(own),$(shell command -v $(subst clang,ld.lld,$(clang))),yes))

# Ours, which the user's may override; and, behind those, what the file cannot be without.
FLAGS := -Oz -Wall -Wextra -Wpedantic -Werror -fomit-frame-pointer
NEEDS := -std=c11 -ffreestanding -fno-pic -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables \
         -fno-exceptions -fno-lto -g0 -static -no-pie -nostdlib -Wno-unused-command-line-argument \
         -Wl,--build-id=none,-z,noexecstack,-z,max-page-size=65536,-z,noseparate-code,-O2,--orphan-handling=error,-T,src/pause.ld
SOURCES := src/pause.c src/syscall.h src/pause.ld src/trim.sh VERSION

# What follows is read while a rule for $(BUILD)/%/… is made: $* is the platform's folder.
target   = $(call cell,$*,target)
package  = $(call cell,$*,package)
# clang is told the target, takes lld where there is one, and has -msym32 in its code generator only.
select   = $(if $(clang),--target=$(target) $(if $(has_lld),-fuse-ld=lld))
flags    = $(if $(clang),$(subst -msym32,-Xclang -target-feature -Xclang +sym32,$1),$1)
# The kernel's headers alone; those of asm-generic and linux are everywhere the same. Debian names the folder of its own
# architecture after the target, or, where that names a processor, after the architecture.
headers  = -nostdinc $(addprefix -isystem ,$(wildcard /usr/$(target)/include \
           $(addprefix /usr/include/,$(target) $(package)-linux-gnu)) /usr/include)
# One blank between words: the same command from every goal, so that none builds again what another one has built.
compile  = $(strip $(compiler) $(select) $(FLAGS) $(call flags,$(call cell,$*,flags)) \
           $(if $(own),$(CFLAGS) $(LDFLAGS)) $(NEEDS) $(headers) -DARCH='"arch/$(call cell,$*,arch).h"' \
           -DPLATFORM='"$(call cell,$*,platform)"' -DVERSION='"$(VERSION)"' src/pause.c)

# What rules make in a platform's folder; the last six are the laboratory's.
BUILT := pause pause.linked command check bare bare.linked pause-tiny pause-memory pause-memory.linked

.PHONY: all platforms tools run install uninstall clean help force
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
# With `clean` among the goals they come one after another, as they were typed.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

all: $(NATIVE) ## build for this machine, with the compiler that is there (CC, CFLAGS, LDFLAGS)

# A file of each platform's folder.
each = $(foreach p,$(PLATFORMS),$(call folder,$p)/$1)

platforms: $(call each,pause) ## build for all platforms, with clang-19, which it installs (PLATFORMS)
	@$(if $(makeshift),echo 'built by $(CC) and not by $(RELEASE_CC): these are not the bytes of a release' >&2)

# What a build needs: for a release it is brought; whoever builds for this machine may have reasons for what he has.
tools:
	@$(if $(own),$(if $(makeshift),scripts/setup.sh run,command -v $(firstword $(CC)) >/dev/null || { \
		echo 'make: no compiler named $(firstword $(CC)) is here. Run scripts/setup.sh run to install one' \
		'or name yours with CC=' >&2; exit 1; }),scripts/setup.sh image)

$(BUILD)/%/pause: $(BUILD)/%/command $(SOURCES) src/arch/$$(call cell,$$*,arch).h
	@$(compile) -o $@.linked || { $(if $(own),$(if $(clang),,[ "$$(scripts/platforms.sh --native)" = $(PLATFORM) ] || \
		echo 'make: is $(CC) for $(PLATFORM)? If not, name a compiler that is with CC=, as in CC=clang' >&2;)) exit 1; }
	@src/trim.sh $@.linked $@
	@rm $@.linked
	@printf '%6d bytes  %s\n' "$$(wc -c <$@)" $@

# Another compiler or another flag rebuilds, too.
$(BUILD)/%/command: force | tools
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(compile)) | cmp -s - $@ || printf '%s\n' $(call quote,$(compile)) >$@

run: ## hold namespaces with the program, here and now, until Ctrl-C
	@scripts/setup.sh run
	@$(MAKE) all
	@exec scripts/hold.sh $(NATIVE:/pause=)

install: all ## to DESTDIR and PREFIX
	install -D -m 755 $(NATIVE) $(call quote,$(DESTDIR)$(PREFIX)/bin/pause)
	install -D -m 644 man/pause.1 $(call quote,$(DESTDIR)$(PREFIX)/share/man/man1/pause.1)

uninstall: ## what install has put there, from DESTDIR and PREFIX
	rm -f $(call quote,$(DESTDIR)$(PREFIX)/bin/pause) $(call quote,$(DESTDIR)$(PREFIX)/share/man/man1/pause.1)

include image/Makefile tests/Makefile

clean: ## remove what was built, and nothing else
	@rm -f $(foreach f,$(BUILT),$(BUILD)/linux-*/$f)
	@rmdir --ignore-fail-on-non-empty $(wildcard $(BUILD)/linux-* $(BUILD)) 2>/dev/null || :

# The files whose targets are listed, how one calls them, and what else there is.
LISTED := $(MAKEFILE_LIST)
CALL   := make
define MORE
docs/image.md       has more of the image: bills of materials, packages, registries
make -C lab help    what proves, measures and records the product
endef
export MORE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "$(CALL) %-14s %s\n", $$1, $$2 }' $(LISTED)
	@[ -z "$$MORE" ] || echo "$$MORE"
