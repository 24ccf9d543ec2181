# Thin: all logic is in CMakeLists.txt. `make deps check` does everything on a fresh Debian.
BUILD ?= build
JOBS ?= $(shell nproc)

all: $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) -j $(JOBS)

check bench soak install: all
	@cmake --build $(BUILD) --target $@

test: all
	@cd $(BUILD) && ctest --output-on-failure

$(BUILD)/CMakeCache.txt:
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS)

deps:
	@sh cmake/deps.sh

clean:
	@rm -rf $(BUILD)

.PHONY: all check test bench soak install deps clean
# `make deps check` with -j: the packages first.
.NOTPARALLEL:
