# `make run` and `make test` install what they need; everything private goes to .build, .tools and .domainflow.
PG_CONFIG ?= pg_config
VERSION ?=
ONLY ?=
PROGRAM ?=
BUILT = .build/release/domainflow

# Two parallel `swift build` would wait for each other's lock and print a message about it.
.NOTPARALLEL:
.PHONY: help setup build run test climate bench lint coverage install installcheck release matrix docs clean

help: ## Lists the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## Installs what the targets need and this machine lacks: apt packages as root or with sudo, Python tools in .tools
	@tools/setup.sh bench
	@tools/setup.sh matrix

build: ## Builds the program: .build/release/domainflow
	@tools/setup.sh run
	@swift build -c release --product domainflow

run: build ## Runs the demo: a private PostgreSQL, a campaign with 8 workers, a race test, a report (about 3 minutes)
	@$(BUILT) demo

test: ## Runs every test (about 10 minutes on 2 cores)
	@tools/setup.sh test
	@tools/test.sh

climate: build ## Runs all tests under other settings, locales, roles, clocks, servers and topologies (about 35 minutes on 2 cores)
	@tools/setup.sh climate
	@DOMAINFLOW=$(CURDIR)/$(BUILT) tools/climate.py $(ONLY)

bench: build ## Takes every measure; ONLY="name ..." selects some, PAIRS=n and SECONDS=n shorten them
	@tools/setup.sh bench
	@case "$(or $(ONLY),install.equal)" in *install.equal*) tools/setup.sh matrix ;; esac
	@PAIRS=$(PAIRS) BENCH_SECONDS=$(SECONDS) python3 bench/run.py $(ONLY)

lint: ## Checks Swift and SQL: layers, swift-format, squawk, pgspot, proofs, plpgsql_check
	@tools/setup.sh test
	@tools/lint.sh

coverage: ## Measures which lines of Swift and which statements of PL/pgSQL the tests reach
	@tools/setup.sh test
	@tools/coverage.sh

install: ## Installs the extension and the race lab's gates into the PostgreSQL of PG_CONFIG (sudo make install, if it needs root)
	@$(MAKE) -s -C extension install PG_CONFIG=$(PG_CONFIG)
	@$(MAKE) -s -C extension/gate install PG_CONFIG=$(PG_CONFIG)

installcheck: build ## Tests the installed extension with pg_regress on a private server of that PostgreSQL
	@tools/setup.sh test
	@DOMAINFLOW=$(BUILT) tools/verify/installcheck.sh $(PG_CONFIG)

release: build ## Makes a release of the program, of the SQL, or of both: make release PROGRAM=x.y.z VERSION=x.y.z
	@tools/setup.sh test
	@DOMAINFLOW=$(CURDIR)/$(BUILT) tools/release.sh $(if $(VERSION),--sql $(VERSION)) $(if $(PROGRAM),--program $(PROGRAM))

matrix: build ## Compares all ways to install on PostgreSQL 15, 16 and 18, and runs pg_regress on each
	@tools/setup.sh matrix
	@DOMAINFLOW=$(BUILT) tools/verify/matrix.sh 15 16 18

docs: ## Writes the documentation of the libraries to .build/documentation (fetches a plugin)
	@cp Snippets/DomainFlow/Receipt*.swift Sources/DomainFlow/DomainFlow.docc/Resources/
	@DOMAINFLOW_DOCS=1 swift package --allow-writing-to-directory .build/documentation generate-documentation \
		--target PQClient --target DomainFlow --target RaceLab --enable-experimental-combined-documentation --output-path .build/documentation

clean: ## Deletes build products and installed tools, and stops the private server
	@if [ -x $(BUILT) ] && [ -d .domainflow ]; then $(BUILT) dev stop; fi; true
	@rm -rf .build .tools coverage extension/regress/results extension/regress/regression.*
