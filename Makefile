VERSION := $(shell cat VERSION)
BUILD   := build
PREFIX  := /usr/local
DESTDIR :=

# The image.
NAME := localhost/pause
TAG  := $(VERSION)
DIST := dist
IMAGE := $(DIST)/pause.tar

# What a release is built with: it targets every platform. This machine's own file takes any C11 compiler.
RELEASE_CC := clang-19
ifeq ($(origin CC),default)
CC := $(or $(notdir $(firstword $(foreach cc,$(RELEASE_CC) clang gcc,$(shell command -v $(cc))))),cc)
endif

CFLAGS  := -std=c11 -Wall -Wextra -Wpedantic -Werror -Oz -ffreestanding -fno-pic -fno-stack-protector \
           -fomit-frame-pointer -fno-unwind-tables -fno-asynchronous-unwind-tables
LDFLAGS := -static -nostdlib -Wl,--build-id=none,-z,noexecstack,-z,max-page-size=65536,-O2,-T,src/pause.ld

SOURCES := src/pause.c src/syscall.h src/pause.ld src/trim.sh VERSION
MACHINE := $(shell uname -m)

# clang is told the target, and takes lld where there is one.
lld    = $(if $(shell command -v $(subst clang,ld.lld,$(1))),-fuse-ld=lld)
target = $(if $(findstring clang,$(1)),--target=$(2) $(call lld,$(notdir $(1))))

# Kernel headers: of linux-libc-dev-*-cross, or of linux-libc-dev. The asm-generic ones are everywhere the same.
headers = -nostdinc $(addprefix -isystem ,$(wildcard /usr/$(1)/include /usr/include/$(1)) /usr/include)

# $(call platform,OCI name,src/arch header,what `uname -m` says there,compiler target,flags)
define platform
KNOWN += $(1)
ifneq (,$(filter $(3),$(MACHINE)))
PLATFORM ?= $(1)
endif
$(BUILD)/$(subst /,-,$(1))/pause: $(SOURCES) src/arch/$(2).h
$(BUILD)/$(subst /,-,$(1))/%: cc = $$(if $$(filter $(1),$$(PLATFORM)),$$(CC),$$(RELEASE_CC))
$(BUILD)/$(subst /,-,$(1))/%: compile = $$(cc) $$(call target,$$(cc),$(4)) $$(CFLAGS) $(5) $$(call headers,$(4)) \
	-DARCH='"arch/$(2).h"' -DPLATFORM='"$(1)"' -DVERSION='"$(VERSION)"' $$(LDFLAGS) src/pause.c
endef

# mips64le: addresses have 32 bits here; clang has the option for it in its code generator only.
sym32 = $(if $(findstring clang,$(cc)),-Xclang -target-feature -Xclang +sym32,-msym32)

# arm: -Oz would divide by a call into libc. 386: neither SSE nor cmov.
$(eval $(call platform,linux/amd64,amd64,x86_64,x86_64-linux-gnu,-march=x86-64))
$(eval $(call platform,linux/arm64,arm64,aarch64,aarch64-linux-gnu,-march=armv8-a))
$(eval $(call platform,linux/arm/v7,arm,armv7l armv8l,arm-linux-gnueabihf,-march=armv7-a -mthumb -Os))
$(eval $(call platform,linux/arm/v6,arm,armv6l,arm-linux-gnueabi,-march=armv6 -marm -Os))
$(eval $(call platform,linux/386,386,i386 i486 i586 i686,i686-linux-gnu,-march=i486))
$(eval $(call platform,linux/riscv64,riscv64,riscv64,riscv64-linux-gnu,-march=rv64gc))
$(eval $(call platform,linux/ppc64le,ppc64le,ppc64le,powerpc64le-linux-gnu,-mcpu=power8 -mno-altivec -mno-vsx))
$(eval $(call platform,linux/s390x,s390x,s390x,s390x-linux-gnu,-march=z10))
$(eval $(call platform,linux/mips64le,mips64le,mips64,mips64el-linux-gnuabi64,-march=mips64r2 -mno-abicalls -G0 $$(sym32)))
$(eval $(call platform,linux/loong64,loong64,loongarch64,loongarch64-linux-gnu,-march=loongarch64 -isystem /usr/riscv64-linux-gnu/include))
PLATFORMS := $(KNOWN)
$(foreach p,$(filter-out $(KNOWN),$(PLATFORMS)),$(error PLATFORMS has $p, which is none of: $(KNOWN)))
PLATFORM ?= $(error no platform for machine $(MACHINE); choose one: make PLATFORM=linux/arm/v7)
NATIVE   = $(BUILD)/$(subst /,-,$(PLATFORM))/pause

.PHONY: all platforms image loader sbom dist sizes push verify run test test-kernels test-scale install clean help \
        print-platform tiny tiny-listing tiny-image test-engines test-cycles force
.DELETE_ON_ERROR:
.SECONDARY:

all: $(NATIVE) ## build for this machine (CC=… picks the compiler)

# A file of each platform's folder.
each = $(foreach p,$(PLATFORMS),$(BUILD)/$(subst /,-,$p)/$(1))

platforms: $(call each,pause) ## build for all ten platforms, with clang-19

%/pause: %/command
	@$(compile) -o $@.linked
	@src/trim.sh $@.linked $@
	@rm $@.linked
	@printf '%6d bytes  %s\n' "$$(wc -c <$@)" $@

# Another compiler or another flag rebuilds, too.
%/command: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(compile))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(compile))' >$@

image: platforms ## dist/pause.tar with all platforms, and one archive each (NAME, TAG, PLATFORMS, SOURCE_DATE_EPOCH)
	@image/build.sh '$(DIST)/pause.tar' '$(NAME)' '$(TAG)' $(PLATFORMS)
	@$(foreach p,$(PLATFORMS),image/build.sh '$(DIST)/pause-$(subst /,-,$p).tar' '$(NAME)' '$(TAG)' $p &&) :

loader: image ## dist/load-pause.sh: a shell script that carries the image into a node's engine, and one per platform
	@image/loader.sh '$(DIST)/pause.tar' '$(DIST)/load-pause.sh'
	@$(foreach p,$(subst /,-,$(PLATFORMS)),image/loader.sh '$(DIST)/pause-$p.tar' '$(DIST)/load-pause-$p.sh' &&) :

sbom: image ## dist/pause.*.json: SPDX and CycloneDX bills of materials, SLSA provenance (SOURCE, BUILDER)
	@image/sbom.sh '$(DIST)/pause.tar'

dist: ## all that is published, in dist/, and SHA256SUMS over it
	@rm -rf '$(DIST)'
	@$(MAKE) --no-print-directory loader sbom
	@cd '$(DIST)' && LC_ALL=C sha256sum -- * >.part && mv .part SHA256SUMS

sizes: image ## table of the bytes that each platform pulls, and of the archives
	@image/sizes.sh '$(DIST)'

push: image ## to a registry: REGISTRY=host/name, DRY_RUN=1 only shows what would go
	@image/push.sh $(if $(DRY_RUN),--dry-run) '$(DIST)/pause.tar' '$(REGISTRY)' '$(TAG)'

verify: ## build again from the tag (or REV=…) and compare with IMAGE=dist/pause.tar or IMAGE=host/name:tag
	@image/verify.sh $(if $(REV),--rev '$(REV)') '$(IMAGE)'

# The smallest edition: tiny/<architecture>.ld is the file, field by field.
TINY = $(foreach architecture,amd64 386 arm64,$(BUILD)/linux-$(architecture)/pause-tiny)
$(TINY): cc = $(RELEASE_CC)
$(BUILD)/linux-amd64/pause-tiny: triple = x86_64-linux-gnu
$(BUILD)/linux-386/pause-tiny: triple = i686-linux-gnu
$(BUILD)/linux-arm64/pause-tiny: triple = aarch64-linux-gnu

tiny: $(TINY) ## build the smallest edition, for the record and not for production (docs/smallest.md)

$(TINY): $(BUILD)/linux-%/pause-tiny: tiny/%.c tiny/%.ld tiny/tiny.h
	@mkdir -p $(@D)
	@$(cc) $(call target,$(cc),$(triple)) -std=gnu11 -Wall -Wextra -Werror -ffreestanding -static -nostdlib \
		$(call headers,$(triple)) -Wl,--build-id=none,--oformat=binary,-T,tiny/$*.ld tiny/$*.c -o $@
	@printf '%6d bytes  %s\n' "$$(wc -c <$@)" $@

tiny-listing: $(BUILD)/linux-amd64/pause-tiny ## what each byte of it is, header field, instruction, or both
	@tiny/listing.sh amd64 $<

tiny-image: $(BUILD)/linux-amd64/pause-tiny ## its image, as one line to paste into a shell
	@tiny/image.sh $<

run: ## hold namespaces with the program, here and now, until Ctrl-C
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory all
	@exec scripts/run.sh $(NATIVE:/pause=)

test: ## install what the tests need, build all platforms and the image, run every test
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory image
	@tests/run.sh

test-kernels: ## boot a distribution's kernel for every platform, with the program as PID 1
	@scripts/setup.sh kernels
	@$(MAKE) --no-print-directory platforms $(call each,check)
	@tests/run.sh tests/kernels

test-scale: ## a million orphans, ten thousand programs at once
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory platforms
	@tests/run.sh tests/scale

ENGINE_TESTS := oci-runtimes seccomp containerd podman podman-kube docker
test-engines: ## the tests of container engines, on the newest that Debian has, and gVisor
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory image
	@tests/newest/newest.sh tests/run.sh $(ENGINE_TESTS:%=tests/%.bats) tests/newest/gvisor.bats

test-cycles: ## 1,000 sandboxes of containerd, started and stopped, and nothing of them left
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory image
	@tests/run.sh tests/cycles/cycles.bats

include bench/Makefile

install: all ## to DESTDIR and PREFIX
	install -D -m 755 $(NATIVE) $(DESTDIR)$(PREFIX)/bin/pause
	install -D -m 644 man/pause.1 $(DESTDIR)$(PREFIX)/share/man/man1/pause.1

clean: ## remove what was built
	rm -rf $(BUILD) $(DIST)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# For scripts and tests: what this machine is.
print-platform:
	@echo $(PLATFORM)

# What the machines of `make test-kernels` start first: pause's headers, another source.
%/check: tests/kernels/check.c src/syscall.h %/command
	@$(compile:src/pause.c=tests/kernels/check.c) -o $@
