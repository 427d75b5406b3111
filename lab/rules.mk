# The product's rules and the laboratory's, for lab/Makefile.
include Makefile
FOLDERS := $(sort $(wildcard lab/*/Makefile))
LISTED  := lab/rules.mk $(FOLDERS)
CALL    := make -C lab
MORE    :=
include $(FOLDERS)

# Another target of the laboratory, in a recipe.
lab = $(MAKE) -f lab/rules.mk

.PHONY: selftest
selftest: ## the tests of the comparison and of the smallest edition, as CI runs them
	@scripts/setup.sh test
	@$(lab) image tiny
	@tests/suite.sh lab/bench/*.bats lab/tiny/tests/tiny.bats lab/tiny/tests/image.bats
